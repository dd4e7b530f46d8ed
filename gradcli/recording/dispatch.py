"""What happens when NumPy hands a call to a recordable value: record it, or let NumPy compute it.

A call is recorded if an active tape watches something it depends on. One that cannot be
recorded then is an error: a gradient that silently misses a part would be a wrong number.
Results are nodes wherever they are arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.errors import GradcliError
from gradcli.recording.errors import NotRecordedError
from gradcli.recording.numpy_functions import TRANSLATIONS, WITHOUT_PATH
from gradcli.recording.programs import compute
from gradcli.recording.record import Array, Box, Node, active_records
from gradcli.recording.structures import structure_of
from gradcli.recording.translation import element
from gradcli.recording.ufuncs import REDUCTIONS, TEXTS, gives_truth

_ADVICE = "write it with functions that are, or take .numpy() of its arguments to hold them constant"


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A universal function, or a method of one, of recordable values.

    Raises:
        TypeError: if it cannot be recorded but would have to be.
        RuntimeError: for `variable += value`.
    """
    if method == "__call__" and "out" in options and options["out"][0] is inputs[0] and isinstance(inputs[0], Box):
        inputs[0].changed_in_place(ufunc.__name__)
        options = {key: value for key, value in options.items() if key != "out"}
    if gives_truth(ufunc) or not is_watched(inputs):
        return _plain(getattr(ufunc, method), inputs, options)
    if method != "__call__":
        function = REDUCTIONS.get((ufunc, method))
        if function is None:
            raise _not_recorded(f"{ufunc.__name__}.{method}")
        return call_function(function, inputs, {"axis": 0, **options})
    if ufunc in TRANSLATIONS:
        return call_function(ufunc, inputs, options)
    text = TEXTS.get(ufunc)
    if text is None:
        raise _not_recorded(ufunc.__name__)
    if options:
        raise _not_recorded(f"{ufunc.__name__} with {', '.join(options)}")
    return _recorded(ufunc, text, inputs, lambda: _plain(ufunc, inputs, {}))


def call_function(function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """A function of NumPy's other than a ufunc, of recordable values.

    Raises:
        TypeError: if it cannot be recorded but would have to be.
    """

    def plain() -> Any:
        return _plain(function, arguments, options)

    if function in WITHOUT_PATH or not is_watched((*arguments, *options.values())):
        return plain()
    translate = TRANSLATIONS.get(function)
    if translate is None:
        raise _not_recorded(function.__name__)
    given = {key: value for key, value in options.items() if not (key in ("dtype", "out") and value is None)}
    try:
        text, operands, finish = translate(*arguments, **given)
    except (TypeError, ValueError) as error:
        plain()  # where NumPy refuses the call too, its own error is the one a person knows
        raise _not_recorded(f"{function.__name__} called like this ({error})") from error
    return finish(_recorded(function, text, operands, plain), plain)


def item(value: Box, key: Any) -> Any:
    """`value[key]`.

    Raises:
        IndexError: for a place that does not exist.
        TypeError: for a mask or an array as index of a recorded value.
    """
    if not is_watched((value,)):
        return _plain(lambda held, at: held[at], (value, key), {})
    text = element(value.node.shape, key)
    if text is None:
        raise NotRecordedError(
            "a recorded value is indexed by whole numbers and slices, not by a mask or an array",
            hint="np.where(mask, x, 0.0) chooses by a mask",
        )
    return compute(text, [value.node])


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
        raise NotRecordedError(f"{node.value.dtype} entries cannot be computed with here")
    return Node(node.value.astype(np.float64))


def plain_array(value: Any) -> Array:
    """A copy of a number, an array or a recordable value as an array, real floats as float64.

    Raises:
        TypeError: if it holds Python objects.
    """
    found = value.node.value.copy() if isinstance(value, Box) else np.array(value)
    if found.dtype.kind == "O":
        raise NotRecordedError(f"a value is a number or an array of numbers, not {type(value).__name__}")
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


def _plain(function: Callable[..., Any], arguments: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """The call as NumPy makes it, on the arrays themselves; arrays in its result become nodes."""
    structure = structure_of([list(arguments), dict(options)])
    given, named = structure.rebuild([leaf.node.value if isinstance(leaf, Box) else leaf for leaf in structure.leaves])
    result = function(*given, **named)
    if named.get("out") is not None:
        return result
    parts = structure_of(result)
    return parts.rebuild(
        [Node(plain_array(leaf)) if isinstance(leaf, np.ndarray | np.generic) else leaf for leaf in parts.leaves]
    )


def _recorded(function: Callable[..., Any], text: str, operands: Sequence[Any], plain: Callable[[], Any]) -> Any:
    if any(_kind(operand) in "cSU" for operand in operands):
        return plain()
    nodes = [node_of(operand) for operand in operands]
    try:
        return compute(text, nodes)
    except GradcliError as error:
        plain()  # where NumPy refuses the call too, its own error is the one a person knows
        raise _not_recorded(f"{function.__name__} called like this ({error.message})") from error


def _kind(operand: Any) -> str:
    """The kind of its entries, without a look into lists."""
    if isinstance(operand, complex | str):
        return "c"
    held = operand.node.value if isinstance(operand, Box) else operand
    return held.dtype.kind if isinstance(held, np.ndarray | np.generic) else "f"


def _not_recorded(what: str) -> NotRecordedError:
    return NotRecordedError(f"np.{what} is not recorded: no gradient would pass through it", hint=_ADVICE)
