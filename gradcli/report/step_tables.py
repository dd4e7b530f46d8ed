"""The steps of finite differences in words and tables: error against step, the one that was chosen, and why."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from gradcli.errors import visible
from gradcli.report.blocks import beside, note, plain_table
from gradcli.report.step_sentences import CHOSEN, HEADS, left_out, notes, row, summary
from gradcli.report.symbols import Symbols
from gradcli.result import Record


def step_blocks(record: Record, symbols: Symbols) -> Iterator[RenderableType]:
    """A table per entry, if the differences were asked to explain their steps."""
    for check in (record.checks or {}).values():
        if check.steps is None:
            continue
        yield Text("how the finite differences chose their steps", style="bold")
        for one in check.steps.tables:
            yield Text()
            yield Text(visible(summary(one, "±" if symbols.wide else "+-")))
            if one.tried:
                table = plain_table()
                for head in HEADS:
                    table.add_column(head, no_wrap=True, justify="right")
                table.add_column("", no_wrap=True)
                for tried in one.tried:
                    chosen = tried.step == one.step
                    mark = Text(f"{'←' if symbols.wide else '<-'} {CHOSEN}" if chosen else "")
                    table.add_row(*row(tried), mark, style="bold" if chosen else "")
                yield table
            for line in notes(one):
                yield beside(Text(" "), Text(visible(line)))
        if check.steps.left_out:
            yield note(left_out(check.steps))
        yield Text()
