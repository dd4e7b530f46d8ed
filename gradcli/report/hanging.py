"""Lines that go on below themselves: what does not fit is indented, so that the next line's start stands out."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text


class Hanging:
    """A text whose second and further lines are indented.

    Args:
        text: one logical line.
        indent: columns.
    """

    def __init__(self, text: Text, indent: int = 2) -> None:
        self.text = text
        self.indent = indent

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if len(self.text.wrap(console, options.max_width)) == 1:
            yield self.text
            return
        lines = self.text.wrap(console, max(options.max_width - self.indent, 1))
        for position, line in enumerate(lines):
            yield Text.assemble(" " * self.indent, line) if position else line
