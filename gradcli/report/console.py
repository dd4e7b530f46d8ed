"""The consoles a table is laid out for: a terminal with its colours, or plain text of a fixed width."""

from __future__ import annotations

import io
import os
from typing import TextIO

from rich.console import Console

PLAIN_WIDTH = 80


def plain_console(width: int = PLAIN_WIDTH, encoding: str = "utf-8") -> Console:
    """Text without styling, as a file or a pipe wants it."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return Console(
        file=stream, width=width, color_system=None, force_terminal=False, markup=False, emoji=False, highlight=False
    )


def console_for(stream: TextIO) -> Console:
    """The console of a stream: colours only on a terminal that wants them, its own width there."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if not stream.isatty():
        columns = os.environ.get("COLUMNS", "")
        return plain_console(int(columns) if columns.isdecimal() and int(columns) > 0 else PLAIN_WIDTH, encoding)
    if os.environ.get("NO_COLOR"):
        return Console(file=stream, color_system=None, force_terminal=False, markup=False, emoji=False, highlight=False)
    return Console(file=stream, markup=False, emoji=False, highlight=False)
