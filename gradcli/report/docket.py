"""The dockets of a record: for each entry a small table of voices, and below it the reasoning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gradcli.errors import visible
from gradcli.report.blocks import ALL_OF_IT, beside, note
from gradcli.report.entries import VOICE_NAMES, number, rounded
from gradcli.report.sentences import check_sentence, fault_sentence
from gradcli.report.symbols import CHECK_STYLES, Symbols, check_sign
from gradcli.result import Check, Docket, Record

_DISPUTES = 5  #: disputed entries that are shown
_ENTRIES = 40  #: entries that are shown where all were asked for


def docket_blocks(record: Record, symbols: Symbols) -> Iterator[RenderableType]:
    """The two sweeps if they matter, then the entries asked for, or else those in dispute."""
    forward = record.forward
    if forward is not None and (forward.verdict == "disagree" or record.entries):
        width = max(len(VOICE_NAMES.get(name, name)) for name in ("forward", *(record.checks or {})))
        yield _sweeps(forward, width, symbols)
    if record.entries:
        of = max((check.of for check in (record.checks or {}).values()), default=len(record.entries))
        yield from _dockets(record.entries, _ENTRIES, of, "entries", symbols)
    elif record.disputes:
        yield from _dockets(record.disputes, _DISPUTES, record.disputed or 0, "entries in dispute", symbols)
    if record.entries or record.disputes:
        yield Text()
    for fault in record.faults:
        yield Text(fault_sentence(fault), style="bold red")


def _sweeps(check: Check, width: int, symbols: Symbols) -> RenderableType:
    style = CHECK_STYLES.get(check.verdict, "")
    sign = check_sign(check.verdict, symbols)
    return beside(Text(f"{sign} {VOICE_NAMES['forward'].ljust(width)}", style=style), Text(check_sentence(check)))


def _dockets(dockets: Sequence[Docket], most: int, of: int, what: str, symbols: Symbols) -> Iterator[RenderableType]:
    for docket in dockets[:most]:
        yield Text()
        who = "" if docket.suspect is None else f"  suspect: {VOICE_NAMES.get(docket.suspect, visible(docket.suspect))}"
        yield Text.assemble((visible(docket.entry), "bold"), (who, "bold red"))
        yield Padding(_voices(docket, symbols), (0, 0, 0, 2))
        yield Padding(Text(visible(docket.why)), (0, 0, 0, 2))
    more = of - min(len(dockets), most)
    if more > 0:
        yield Text()
        kept = ALL_OF_IT if of <= len(dockets) else f"--format json shows the first {len(dockets)}"
        yield note(f"{more} more {what}: {kept}")


def _voices(docket: Docket, symbols: Symbols) -> Table:
    """A line per voice: its number, its error bar, the outcome."""
    table = Table.grid(padding=(0, 3, 0, 0))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column()  # the reason alone may go on below itself
    numbers = {name: "-" if value is None else number(value) for name, value in docket.values.items()}
    for name, text in numbers.items():
        outcome = docket.outcomes.get(name, "")
        error = docket.errors.get(name)
        bar = "" if error is None else f"{symbols.within} {rounded(error, 2)}"
        reason = (docket.reasons or {}).get(name)
        said = Text(outcome, style=CHECK_STYLES.get(outcome, ""))
        if reason and outcome in ("skipped", "inconclusive"):
            said.append(f": {visible(reason)}", style="dim")
        table.add_row(Text(VOICE_NAMES.get(name, visible(name))), Text(text), Text(bar), said)
    return table
