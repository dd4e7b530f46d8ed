"""The functions of the language by their names, for Python code that asks for one."""

from __future__ import annotations

from gradcli.autodiff import array_functions, compositions
from gradcli.autodiff.elementwise import CALLABLE


def is_function(name: str) -> bool:
    """Whether the language has a function of this name or alias."""
    composition = compositions.BY_NAME.get(name)
    return name in CALLABLE or name in array_functions.BY_NAME or (composition is not None and not composition.private)


def meaning_of(name: str) -> str:
    """A sentence that says what a function of the language is.

    Raises:
        KeyError: if there is no such function.
    """
    found = CALLABLE.get(name) or array_functions.BY_NAME.get(name) or compositions.BY_NAME[name]
    return f"{found.meaning}."
