"""The table for people: a block per record, or one line per point where many points were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import Console, RenderableType
from rich.text import Text

from gradcli.errors import visible
from gradcli.report.blocks import (
    check_blocks,
    claim_blocks,
    enclosure_blocks,
    formula_blocks,
    gradient_blocks,
    heading,
    hessian_blocks,
    jacobian_blocks,
    value_line,
    verdict_blocks,
    zero_blocks,
)
from gradcli.report.docket import docket_blocks
from gradcli.report.points import fits_points, points_blocks
from gradcli.report.step_tables import step_blocks
from gradcli.report.symbols import Symbols, symbols_for
from gradcli.result import Record


def table(records: Iterable[Record], console: Console, *, sparse: bool = False) -> Iterator[str]:
    """The blocks of all records, each as soon as it is complete.

    Args:
        records: in the order of sources, tasks, outputs and points.
        console: gives the width, the colours and the encoding; nothing is written to it.
        sparse: list the entries of matrices that are not 0.
    """
    symbols = symbols_for(console.encoding)
    first = True
    last: str | None = None
    for _, group in groupby(records, key=lambda r: (r.source, r.task, r.output)):
        for block in _grouped(group):
            with console.capture() as capture:
                if block[0].source != last or block[0].error is not None:
                    for part in heading(block[0]):
                        console.print(part)
                for part in _parts(block, console.width, symbols, sparse):
                    console.print(part)
            text = "".join(line.rstrip() + "\n" for line in capture.get().lstrip("\n").splitlines())
            yield text if first else "\n" + text
            first, last = False, block[0].source


def _grouped(group: Iterator[Record]) -> Iterator[list[Record]]:
    """All points of one derivative together if they make a table of lines, else one by one."""
    start = next(group)
    if start.point is None or not fits_points(start):
        yield [start]
        for record in group:
            yield [record]
        return
    together = [start, *group]
    if len(together) > 1 and all(fits_points(record) for record in together):
        yield together
    else:
        yield from ([record] for record in together)


def _parts(block: list[Record], width: int, symbols: Symbols, sparse: bool) -> Iterator[RenderableType]:
    """What is printed below the heading, numbers and witnesses set apart by empty lines."""
    record = block[0]
    if len(block) > 1:
        yield Text()
        yield from points_blocks(block, width, symbols)
        return
    yield from value_line(record, symbols)
    if record.gradient:
        yield Text()
        yield from gradient_blocks(record, width, symbols)
    name = visible(record.output or "f")
    if record.hessian is not None:
        yield Text(f"\nHessian of {name}", style="bold")
        yield from hessian_blocks(record.hessian, width, symbols, sparse)
    if record.jacobian is not None:
        yield Text(f"\nJacobian of {name}", style="bold")
        yield from jacobian_blocks(record.jacobian, width, symbols, sparse)
    if record.zeros:
        yield Text()
        yield from zero_blocks(record)
    if record.formula:
        yield Text()
        yield from formula_blocks(record, symbols)
    if record.enclosures:
        yield Text("\nenclosures, proved by interval arithmetic", style="bold")
        yield from enclosure_blocks(record, sparse)
    yield from claim_blocks(record, symbols)
    if record.error is None:
        yield Text()
    yield from step_blocks(record, symbols)
    yield from check_blocks(record, symbols)
    yield from docket_blocks(record, symbols)
    yield from verdict_blocks(record, symbols)
