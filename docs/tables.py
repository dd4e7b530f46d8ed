"""Markdown's tables, and text that stands in their cells."""

from __future__ import annotations

import re
from collections.abc import Iterable

NOTICE = "<!-- Written by docs/generate.py from the program itself: change it there. -->"


def cell(text: str) -> str:
    """Text in a table's cell."""
    return re.sub(r"([|*_<\[\]])", r"\\\1", text.replace("\n", " "))


def code(text: str) -> str:
    """Text in a table's cell as code."""
    return "`" + text.replace("|", "\\|").replace("\n", " ") + "`"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(header)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
