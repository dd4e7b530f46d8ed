"""The expression language: names, lexer, parser, syntax tree and printer; it knows no function and no value.

What only errors need (`mistakes` and what it calls) is imported when the first error is made.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcli.language import foreign as foreign
    from gradcli.language import mistakes as mistakes
    from gradcli.language import notations as notations
    from gradcli.language import spelling as spelling


def __getattr__(name: str) -> Any:
    if name in ("foreign", "mistakes", "notations", "spelling"):
        return import_module(f"gradcli.language.{name}")
    raise AttributeError(f"module 'gradcli.language' has no attribute {name!r}")
