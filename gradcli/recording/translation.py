"""Pieces of text for NumPy calls: axes, shapes and indices written as the language writes them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Shape = tuple[int, ...]


class Translation(NamedTuple):
    """A NumPy call in gradcli's language.

    Attributes:
        text: over x0, x1, ...
        operands: what these stand for.
        finish: makes what NumPy gives back, from the recorded value and the call as NumPy makes it.
    """

    text: str
    operands: tuple[Any, ...]
    finish: Callable[[Any, Callable[[], Any]], Any] = lambda value, plain: value


#: How a call is said: as a text, or as the result itself, computed by other calls that are recorded.
Translate = Callable[..., Any]


def numbers(x: Any) -> Any:
    """The numbers alone, for choices that no derivative passes through."""
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)


def shape_of(x: Any) -> Shape:
    """Shape of a recordable value or of anything NumPy takes for an array."""
    shape = getattr(x, "shape", None)
    return shape if isinstance(shape, tuple) else np.shape(x)


def whole(numbers: Any) -> str:
    """A whole number or a list of them."""
    if isinstance(numbers, tuple | list):
        return f"[{', '.join(str(operator.index(n)) for n in numbers)}]"
    return str(operator.index(numbers))


def names(n: int) -> str:
    """`x0, x1, ...`."""
    return ", ".join(f"x{k}" for k in range(n))


def axis_option(axis: Any) -> str:
    """`, axis=...`, nothing for None."""
    return "" if axis is None else f", axis={whole(axis)}"


def reshaped(text: str, have: Shape, shape: Shape) -> str:
    """The value of `text`, of shape `have`, under another shape."""
    if have == shape:
        return text
    if not shape:
        return f"({text}){whole((0,) * len(have))}"
    return f"reshape({text}, {whole(shape)})"


def kept_dimensions(text: str, shape: Shape, axis: Any) -> str:
    """The result of a reduction of an array of this shape, with the axes that are gone put back as 1."""
    axes = range(len(shape)) if axis is None else [axis] if np.ndim(axis) == 0 else axis
    counted = {operator.index(k) % len(shape) for k in axes} if shape else set()
    kept = tuple(1 if k in counted else n for k, n in enumerate(shape))
    return f"reshape({text}, {whole(kept)})" if kept else text


def in_order(text: str, have: Shape, shape: Shape, order: str) -> str:
    """The value of `text`, of shape `have`, under another shape, both read by rows ("C") or by columns ("F").

    Raises:
        TypeError: for another order, which is a matter of the array's memory.
    """
    if order not in ("C", "F"):
        raise TypeError(f"order={order!r}")
    if order == "C" or max(len(have), len(shape)) < 2:
        return reshaped(text, have, shape)
    turned = f"transpose({text})" if len(have) > 1 else text
    found = reshaped(turned, have[::-1], shape[::-1])
    return f"transpose({found})" if len(shape) > 1 else found


def permuted(order: Sequence[int]) -> str:
    """x0 with its axes in this order."""
    return f"transpose(x0, axes={whole(tuple(order))})" if order else "x0"


class Element(NamedTuple):
    """Basic indexing: for each axis a place or a (start, stop, step), and the shape that comes out."""

    parts: tuple[int | tuple[int, int, int], ...]
    shape: Shape


def element(shape: Shape, key: Any) -> Element | None:
    """An array of this shape indexed by whole numbers, slices, `...` and `None`; None for any other key.

    Raises:
        IndexError: for a place that does not exist.
    """
    given = list(key) if isinstance(key, tuple) else [key]
    if not all(part is None or part is Ellipsis or isinstance(part, slice) or _is_whole(part) for part in given):
        return None
    if sum(part is Ellipsis for part in given) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    named = sum(part is not None and part is not Ellipsis for part in given)
    if named > len(shape):
        raise IndexError(f"too many indices: {named} for shape {shape}")
    everything = [slice(None)] * (len(shape) - named)
    spread: list[Any] = []
    for part in given if any(part is Ellipsis for part in given) else [*given, Ellipsis]:
        spread += everything if part is Ellipsis else [part]
    parts: list[int | tuple[int, int, int]] = []
    result: list[int] = []
    for part in spread:
        if part is None:
            result.append(1)
            continue
        n = shape[len(parts)]
        if isinstance(part, slice):
            bounds = part.indices(n)
            result.append(len(range(*bounds)))
            parts.append(bounds)
            continue
        k = operator.index(part)
        if not -n <= k < n:
            raise IndexError(f"index {k} is out of range for axis {len(parts)} of length {n}")
        parts.append(k % n)
    return Element(tuple(parts), tuple(result))


def _is_whole(part: Any) -> bool:
    if isinstance(part, bool | np.bool_) or shape_of(part):
        return False
    try:
        operator.index(part)
    except TypeError:
        return False
    return True


def tensor_product(a: Shape, b: Shape, left: Sequence[int], right: Sequence[int]) -> str:
    """x0 and x1 multiplied and summed over pairs of axes, as `einsum` writes it."""
    letters = iter("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    first = [next(letters) for _ in a]
    second = [next(letters) for _ in b]
    for i, j in zip(left, right, strict=True):
        second[j % len(b)] = first[i % len(a)]
    result = [c for c in (*first, *second) if (c in first) != (c in second)]
    return f'einsum("{"".join(first)},{"".join(second)}->{"".join(result)}", x0, x1)'


def entries(shape: Shape, axis: Any) -> int:
    """How many entries of an array of this shape a reduction over `axis` takes together."""
    if axis is None:
        return math.prod(shape)
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    return math.prod(shape[operator.index(k)] for k in axes)
