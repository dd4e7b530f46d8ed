"""Products of two arrays over shared letters: `A @ B` and its kin where it is one, else `einsum`."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.autodiff.primitive import Shape
from gradcli.targets.source.arrays import Arrays
from gradcli.targets.source.forms import Form
from gradcli.targets.source.numbers import ONE


def contraction(to: Arrays, letters: tuple[str, str, str], shapes: Sequence[Shape], forms: Sequence[Form]) -> Form:
    """The einsum of two forms with axes `letters[0]` and `letters[1]`, summed over what is not in `letters[2]`."""
    left, right, result = letters
    outer, a = to.split(forms[0])
    factor, b = to.split(forms[1])
    outer = to.times(outer, factor)
    if not a.shape and not b.shape:
        a = to.full(a, shapes[0])
    if not a.shape:
        return to.times(outer, _repeated(to, left, b, right, result, shapes))
    if not b.shape:
        return to.times(outer, _repeated(to, right, a, left, result, shapes[::-1]))
    a, b = to.full(a, shapes[0]), to.full(b, shapes[1])
    return to.times(
        outer,
        _matrix_product(to, a, left, b, right, result)
        or _elementwise(to, a, left, b, right, result)
        or _einsum(to, letters, a, b, shapes),
    )


def _repeated(to: Arrays, ones: str, form: Form, letters: str, result: str, shapes: Sequence[Shape]) -> Form:
    """The product with an array of ones: sums over the letters that are left out, repetition along the others."""
    gone = [k - len(letters) for k, c in enumerate(letters) if c not in result]
    summed = to.sum(to.full(form, shapes[1]), shapes[1], gone) if gone else form
    rest = "".join(c for c in letters if c in result)
    outer, inner = to.split(summed)
    if not inner.shape:
        return summed
    sizes = dict(zip(rest, to.full(inner, tuple(shapes[1][letters.index(c)] for c in rest)).shape, strict=True))
    inner = to.full(inner, tuple(sizes[c] for c in rest))
    order = [rest.index(c) for c in result if c in rest]
    if order != sorted(order):
        inner = to.transposed(inner, order)
    first = next(k for k, c in enumerate(result) if c in rest)
    wanted = tuple(sizes.get(c, 1) for c in result[first:])
    return to.times(outer, to.reshaped(inner, wanted))


def _matrix_product(to: Arrays, a: Form, left: str, b: Form, right: str, result: str) -> Form | None:
    shared = [c for c in left if c in right]
    if len(left) > 2 or len(right) > 2 or any(c in result for c in shared):
        return None
    if not shared and len(left) == len(right) == 1:
        pair = (a, b) if result == left + right else (b, a)
        return to.call("outer", *pair, shape=(*pair[0].shape, *pair[1].shape))
    if len(shared) != 1:
        return None
    (c,) = shared
    if (left + right).replace(c, "") != result:  # (A @ B)' is B' @ A'
        a, left, b, right = b, right, a, left
    return to.matmul(a if left[-1] == c else to.transposed(a), b if right[0] == c else to.transposed(b))


def _elementwise(to: Arrays, a: Form, left: str, b: Form, right: str, result: str) -> Form | None:
    """A product entry by entry, perhaps summed up: `sum(A*B)`."""
    if result not in (left, "") or not left.endswith(right):
        return None
    product = to.algebra.multiply([(a, ONE), (b, ONE)])
    return product if result == left else to.sum(product, a.shape, range(-len(left), 0))


def _einsum(to: Arrays, letters: tuple[str, str, str], a: Form, b: Form, shapes: Sequence[Shape]) -> Form:
    left, right, result = letters
    sizes = dict(zip(left, shapes[0], strict=True)) | dict(zip(right, shapes[1], strict=True))
    return to.call("einsum", f"{left},{right}->{result}", a, b, shape=tuple(sizes[c] for c in result))
