"""What happens when NumPy hands a call to a recordable value: record it, or let NumPy compute it.

A call is recorded if an active tape watches something it depends on. One that cannot be
recorded then is an error: a gradient that silently misses a part would be a wrong number.
Results are nodes wherever they are arrays.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradcli.errors import GradcliError
from gradcli.recording.arguments import without_defaults
from gradcli.recording.errors import NotRecordedError, TapeTypeError, TapeValueError
from gradcli.recording.numpy_functions import TRANSLATIONS, WITHOUT_PATH
from gradcli.recording.picking import PICKING, indexed, picked
from gradcli.recording.programs import compute
from gradcli.recording.record import Array, Box, Node, active_records
from gradcli.recording.scipy_functions import special_text
from gradcli.recording.structures import structure_of
from gradcli.recording.translation import Translate, Translation, element, shape_of
from gradcli.recording.ufuncs import TEXTS, gives_truth

_LOST = " is not recorded: no gradient would pass through it"
_ADVICE = (
    "write it with functions that are, give it a gradient with @gradcli.custom_gradient, "
    "or hold its arguments constant with .numpy()"
)


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A universal function, or a method of one, of recordable values.

    Raises:
        TypeError: if it cannot be recorded but would have to be.
        RuntimeError: for `variable += value`.
    """
    if method == "__call__" and "out" in options and options["out"][0] is inputs[0] and isinstance(inputs[0], Box):
        inputs[0].changed_in_place(ufunc.__name__)
        options = {key: value for key, value in options.items() if key != "out"}
    watched = is_watched((*inputs, *options.values()))
    if gives_truth(ufunc) or not watched:
        return _plain(getattr(ufunc, method), inputs, options, full_name(ufunc) if watched else None)
    if method == "outer":
        a, b = inputs
        return call_ufunc(ufunc, "__call__", (np.reshape(a, shape_of(a) + (1,) * len(shape_of(b))), b), options)
    if method != "__call__":
        call = getattr(ufunc, method)
        return _said(
            TRANSLATIONS.get((ufunc, method)),
            ufunc,
            f".{method}",
            inputs,
            options,
            lambda: _plain(call, inputs, options),
        )
    if ufunc in TRANSLATIONS:
        return call_function(ufunc, inputs, options)
    text = TEXTS.get(ufunc) or special_text(ufunc, inputs)
    if text is None:
        raise _not_recorded(ufunc)
    _, given = without_defaults(ufunc, (), options)
    if given:
        raise _not_recorded(ufunc, f" with {', '.join(given)}")
    return _recorded(ufunc, "", text, inputs, lambda: _plain(ufunc, inputs, {}, "complex numbers or text"))


def call_function(function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """A function of NumPy's other than a ufunc, of recordable values.

    Raises:
        TypeError: if it cannot be recorded but would have to be.
    """
    watched = is_watched((*arguments, *options.values()))
    if function in WITHOUT_PATH or not watched:
        return _plain(function, arguments, options, full_name(function) if watched else None)
    translate = partial(_picked, function) if function in PICKING else TRANSLATIONS.get(function)
    return _said(translate, function, "", arguments, options, lambda: _plain(function, arguments, options))


def _said(
    translate: Translate | None,
    function: Callable[..., Any],
    how: str,
    arguments: tuple[Any, ...],
    options: Mapping[str, Any],
    plain: Callable[[], Any],
) -> Any:
    """A call said by its translation: the text it gives, recorded, or what it has recorded itself.

    Args:
        translate: the translation, None if there is none.
        function: NumPy's.
        how: what is written after the function's name, such as a ufunc's method.
        arguments: given by position.
        options: given by name.
        plain: the call as NumPy makes it.

    Raises:
        TypeError: if there is no translation, or none for these arguments.
    """
    if translate is None:
        raise _not_recorded(function, how)
    try:
        given, named = without_defaults(getattr(function, how[1:]) if how else function, arguments, options)
        said = translate(*given, **named)
    except (TypeError, ValueError, KeyError, IndexError, ZeroDivisionError) as error:
        plain()  # where NumPy refuses the call too, its own error is the one a person knows
        because = error.message if isinstance(error, GradcliError) else str(error)
        raise _called_like_this(function, how, because) from error
    if not isinstance(said, Translation):
        return said
    return said.finish(_recorded(function, how, said.text, said.operands, plain), plain)


def item(value: Box, key: Any) -> Any:
    """`value[key]`.

    Raises:
        IndexError: for a place that does not exist.
    """
    if not is_watched((value,)):
        return _plain(lambda held, at: held[at], (value, key), {})
    basic = element(value.node.shape, key)
    if basic is not None:
        return indexed(value.node, basic)
    at = _values_of(key)
    return picked(value.node, lambda positions: positions[at])


def _picked(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """A function that picks entries of one of its arguments, whatever the others say."""
    place, keyword = PICKING[function]
    given = _values_of([list(arguments), dict(options)])

    def choose(positions: Array) -> Any:
        if keyword in given[1]:
            return function(*given[0], **given[1] | {keyword: positions})
        return function(*given[0][:place], positions, *given[0][place + 1 :], **given[1])

    return picked(node_of(options[keyword] if keyword in options else arguments[place]), choose)


def call_text(text: str, operands: Sequence[Any]) -> Node:
    """A text of the language over x0, x1, ...

    Raises:
        GradcliError: for unknown functions, wrong arguments and shapes that do not fit.
    """
    is_watched(operands)
    return compute(text, [node_of(operand) for operand in operands])


def node_of(operand: Any) -> Node:
    """The node of an operand, as float64; a plain number or array is copied.

    Raises:
        TypeError: if it is no number.
    """
    node = operand.node if isinstance(operand, Box) else Node(plain_array(operand))
    if node.value.dtype == np.float64:
        return node
    if node.value.dtype.kind not in "biu":
        raise TapeTypeError(f"{node.value.dtype} entries cannot be computed with here")
    return _node(node.value.astype(np.float64), node.cut)


def plain_array(value: Any) -> Array:
    """A copy of a number, an array or a recordable value as an array, real floats as float64.

    Raises:
        TypeError: if it holds anything but numbers, truth values or text, or is a masked array.
        ValueError: if its rows are not equally long.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TapeTypeError(
            "a masked array would lose its mask", hint="np.where(mask, 0.0, x) chooses entries; .filled(v) fills it"
        )
    try:
        found = value.node.value.copy() if isinstance(value, Box) else np.array(value)
    except ValueError as error:
        raise TapeValueError(str(error)) from None
    if found.dtype.kind not in "biufcSU":
        held = f"one of {found.dtype} entries" if found.ndim and found.dtype.kind != "O" else ""
        what = held or (f"{type(value).__name__} of other objects" if found.ndim else type(value).__name__)
        raise TapeTypeError(f"a value is a number or an array of numbers, not {what}")
    return found.astype(np.float64) if found.dtype.kind == "f" and found.dtype != np.float64 else found


def _boxes(arguments: Iterable[Any]) -> Iterator[Box]:
    for argument in arguments:
        if isinstance(argument, Box):
            yield argument
        elif isinstance(argument, list | tuple):
            yield from (leaf for leaf in structure_of(argument).leaves if isinstance(leaf, Box))


def is_watched(arguments: Iterable[Any]) -> bool:
    """Whether an active record holds one of the arguments (variables are watched now, if they are to be)."""
    found = False
    records = active_records()
    for box in _boxes(arguments) if records else ():
        for record in records:
            box.used_by(record)
            found = found or record.holds(box.node)
    return found


def _values_of(nest: Any) -> Any:
    """A nest with the arrays themselves in place of recordable values."""
    structure = structure_of(nest)
    return structure.rebuild([leaf.node.value if isinstance(leaf, Box) else leaf for leaf in structure.leaves])


def _plain(
    function: Callable[..., Any], arguments: Sequence[Any], options: Mapping[str, Any], cut: str | None = None
) -> Any:
    """The call as NumPy makes it, on the arrays themselves; arrays in its result become nodes.

    `cut` names what no gradient passes through, if one of the arguments is watched.
    """
    given, named = _values_of([list(arguments), dict(options)])
    result = function(*given, **named)
    if named.get("out") is not None:
        return result
    cut = cut or next((box.node.cut for box in _boxes(arguments) if box.node.cut), None)
    parts = structure_of(result)
    return parts.rebuild(
        [_node(leaf, cut) if isinstance(leaf, np.ndarray | np.generic) else leaf for leaf in parts.leaves]
    )


def _node(value: Any, cut: str | None) -> Node:
    node = Node(plain_array(value))
    node.cut = cut
    return node


def _recorded(
    function: Callable[..., Any], how: str, text: str, operands: Sequence[Any], plain: Callable[[], Any]
) -> Any:
    if any(_kind(operand) in "cSU" for operand in operands):
        return plain()
    nodes = [node_of(operand) for operand in operands]
    try:
        return compute(text, nodes)
    except GradcliError as error:
        plain()  # where NumPy refuses the call too, its own error is the one a person knows
        raise _called_like_this(function, how, error.message) from error


def _kind(operand: Any) -> str:
    """The kind of its entries, without a look into lists."""
    if isinstance(operand, complex | str):
        return "c"
    held = operand.node.value if isinstance(operand, Box) else operand
    return held.dtype.kind if isinstance(held, np.ndarray | np.generic) else "f"


def _called_like_this(function: Callable[..., Any], how: str, because: str) -> NotRecordedError:
    said = re.sub(r"^[\w.<>]+\(\) ", "", because)  # the name of our own function says nothing to a person
    said = said.removesuffix(_LOST)
    return _not_recorded(function, f"{how} called like this ({said})")


def _not_recorded(function: Callable[..., Any], how: str = "") -> NotRecordedError:
    what = full_name(function) + how
    return NotRecordedError(what + _LOST, hint=_ADVICE)


def full_name(function: Callable[..., Any]) -> str:
    """A function's name as people write it: `np.linalg.norm`."""
    homes = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft, "scipy.special": sys.modules.get("scipy.special")}
    name = function.__name__
    return next((f"{home}.{name}" for home, module in homes.items() if getattr(module, name, None) is function), name)
