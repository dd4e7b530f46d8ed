"""gradcli's own functions of recordable values: every function of the language, NumPy's or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff import array_functions
from gradcli.autodiff.elementwise import CALLABLE
from gradcli.recording.dispatch import call_text
from gradcli.recording.known_functions import is_function, meaning_of
from gradcli.recording.translation import whole
from gradcli.recording.values import Value, constant


def recorded_function(name: str) -> Callable[..., Value]:
    """A function of the language as a Python function of recordable values, numbers and arrays.

    Args:
        name: its name or an alias (`sigmoid`, `logsumexp`, `erf`, ...; see `gradcli functions`).

    Returns:
        A function that takes the values first and static arguments (`axis`, `shape`, ...) after
        them or by keyword, as the language does; the result is a recordable value.

    Raises:
        KeyError: if there is no such function.

    >>> recorded_function("sigmoid")(0.0)
    Value(0.5)
    >>> recorded_function("logsumexp")([0.0, 0.0], axis=0)
    Value(0.6931471805599453)
    """
    if not is_function(name):
        raise KeyError(name)

    def function(*arguments: Any, **options: Any) -> Value:
        operands: list[Any] = []
        written = [_argument(name, k, len(arguments), argument, operands) for k, argument in enumerate(arguments)]
        written += [f"{key}={whole(value)}" for key, value in options.items() if value is not None]
        return Value(call_text(f"{name}({', '.join(written)})", operands))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = meaning_of(name)
    return function


def stop_gradient(x: Any) -> Value:
    """The same value, held constant for every derivative.

    Args:
        x: a value, a number or an array; whole numbers, truth values and text stay what they are.

    Returns:
        A value of the same shape that no gradient passes through.

    >>> from gradcli.gradient_tape import Tape, Variable
    >>> x = Variable(3.0)
    >>> with Tape() as tape:
    ...     y = x * stop_gradient(x)
    >>> tape.gradient(y, x)
    Value(3.0)
    """
    held = x.node.value if isinstance(x, Value) else np.asarray(x)
    return Value(call_text("stop_gradient(x0)", [x])) if held.dtype.kind == "f" else constant(x)


def _argument(name: str, k: int, count: int, argument: Any, operands: list[Any]) -> str:
    """One argument as it is written: an operand's name, or a static argument itself."""
    function = array_functions.BY_NAME.get(name)
    if function is not None and not (function.skip <= k and (function.values is None or k < function.values)):
        return f'"{argument}"' if isinstance(argument, str) else whole(argument)
    row = CALLABLE.get(name)
    if row is not None and k < len(row.parameters) and count > len(row.arguments):
        return repr(argument)
    operands.append(argument)
    return f"x{len(operands) - 1}"
