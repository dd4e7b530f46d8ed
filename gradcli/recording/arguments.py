"""A call's arguments as a translation takes them: what only repeats a default of NumPy's is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from inspect import Parameter, signature
from typing import Any, NamedTuple

import numpy as np

#: Defaults of universal functions, and of the functions whose signature some NumPy does not tell.
_USUAL: dict[str, Any] = {
    "out": None,
    "dtype": None,
    "where": True,
    "casting": "same_kind",
    "order": "K",
    "subok": True,
}


class _Known(NamedTuple):
    """What a function is called with.

    Attributes:
        positions: names of the parameters that may be given by position.
        defaults: by name, of those that have one.
    """

    positions: tuple[str, ...]
    defaults: Mapping[str, Any]


@cache
def _known(function: Callable[..., Any]) -> _Known:
    if isinstance(function, np.ufunc):
        return _Known((), _USUAL)
    try:
        parameters = signature(function).parameters.values()
    except ValueError:
        return _Known((), _USUAL)
    by_position = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    positions = tuple(p.name for p in parameters if p.kind in by_position)
    return _Known(positions, {p.name: p.default for p in parameters if p.default is not Parameter.empty})


def without_defaults(
    function: Callable[..., Any], arguments: Sequence[Any], options: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments and options that say something.

    Args:
        function: of NumPy's.
        arguments: given by position; from the first that is a default on, the others come back by name.
        options: given by name.

    Returns:
        Arguments and options of a call that means the same (values are float64 in any case, so that
        is no option either).
    """
    positions, defaults = _known(function)
    named = {key: value for key, value in options.items() if not _says_nothing(key, value, defaults)}
    if len(arguments) > len(positions):
        return tuple(arguments), named
    for k, argument in enumerate(arguments):
        if _says_nothing(positions[k], argument, defaults):
            rest = zip(positions[k + 1 :], arguments[k + 1 :], strict=False)
            return tuple(arguments[:k]), {n: v for n, v in rest if not _says_nothing(n, v, defaults)} | named
    return tuple(arguments), named


def _says_nothing(name: str, value: Any, defaults: Mapping[str, Any]) -> bool:
    if name == "dtype" and value is not None and np.dtype(value) == np.float64:
        return True
    if name not in defaults:
        return False
    default = defaults[name]
    return value is default or (
        isinstance(value, str | int | float) and type(value) is type(default) and value == default
    )
