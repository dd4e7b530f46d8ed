"""Many points of one derivative as a table with a line per point, and the witnesses summed up below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from gradcli.errors import visible
from gradcli.report.blocks import ALL_OF_IT, formula_blocks, note, plain_table
from gradcli.report.entries import WITNESS_NAMES, number, rounded, shape_of
from gradcli.report.grid import aligned
from gradcli.report.sentences import MEANING, check_sentence, remarks
from gradcli.report.symbols import CHECK_STYLES, VERDICT_STYLES, Symbols, check_sign
from gradcli.result import VERDICTS, Check, Record

_MOST = 200  #: points shown
_REMARKS = 5  #: points whose kinks or non-finite numbers are spelled out
_VARIABLES = 6  #: beyond this many variables a block per point reads better
_DIGITS = (None, 12, 9, 6)


def fits_points(record: Record) -> bool:
    """Whether a record is one line of numbers: scalars only, and not too many."""
    gradient = record.gradient
    return (
        record.task == "grad"
        and bool(gradient)
        and len(gradient or {}) <= _VARIABLES
        and not record.enclosures
        and not record.claims
        and record.error is None
        and all(shape_of(v) == () for v in (*(record.at or {}).values(), *(gradient or {}).values(), record.value))
    )


def points_blocks(records: Sequence[Record], width: int, symbols: Symbols) -> Iterator[RenderableType]:
    """The lines, then one summary line per witness, the points that need a word, and the verdict."""
    kept = records[:_MOST]
    first = records[0]
    output = visible(first.output or "f")
    variables = list(first.gradient or {})
    heads = ["point", *map(visible, variables), output]
    heads += [f"{symbols.partial}{output}/{symbols.partial}{visible(name)}" for name in variables]
    numbers = [
        [r.point, *((r.at or {}).get(n) for n in variables), r.value, *((r.gradient or {}).get(n) for n in variables)]
        for r in kept
    ]
    columns: list[list[str]] = []
    digits: int | None = None
    for digits in _DIGITS:
        columns = [aligned([_text(line[k], digits) for line in numbers]) for k in range(len(heads))]
        needed = sum(2 + max(len(head), *map(len, column)) for head, column in zip(heads, columns, strict=True))
        if needed + max(len(r.verdict) for r in kept) <= width:
            break
    lines = plain_table()
    for head in heads:
        lines.add_column(Text(head), no_wrap=True)
    lines.add_column("verdict", no_wrap=True)
    for record, *cells in zip(kept, *columns, strict=True):
        lines.add_row(*map(Text, cells), Text(record.verdict, style=VERDICT_STYLES.get(record.verdict, "")))
    yield lines
    notes = [f"{len(records) - _MOST} more points"] if len(records) > _MOST else []
    if digits is not None:
        notes.append(f"rounded to {digits} digits")
    if notes:
        yield note(f"{', '.join(notes)}: {ALL_OF_IT}")
    yield Text()
    yield from formula_blocks(first, symbols)
    yield from _witnesses(records, symbols)
    yield from _words(records)


def _text(value: float | int | None, digits: int | None) -> str:
    return rounded(value, digits) if isinstance(value, float) else number(value)


def _witnesses(records: Sequence[Record], symbols: Symbols) -> Iterator[RenderableType]:
    names = list(records[0].checks or {})
    width = max((len(WITNESS_NAMES.get(name, name)) for name in names), default=0)
    for name in names:
        checks = [r.checks[name] for r in records if r.checks and name in r.checks]
        worst = min(checks, key=lambda c: ("disagree", "inconclusive", "skipped", "agree").index(c.verdict))
        errors = [c.max_error for c in checks if c.max_error is not None]
        digits = [c.digits for c in checks if c.digits is not None]
        summed = Check(
            worst.verdict,
            max(errors, default=None),
            sum(c.compared for c in checks),
            sum(c.of for c in checks),
            worst.reason,
            min(digits) if len(digits) == len(checks) else None,
            worst.method,
        )
        style = CHECK_STYLES.get(worst.verdict, "")
        sign = check_sign(worst.verdict, symbols)
        yield Text.assemble(
            (f"{sign} {WITNESS_NAMES.get(name, visible(name)).ljust(width)}", style), f"  {check_sentence(summed)}"
        )


def _words(records: Sequence[Record]) -> Iterator[RenderableType]:
    spoken = [r for r in records if remarks(r)]
    for record in spoken[:_REMARKS]:
        for line in remarks(record):
            yield Text(f"point {record.point}: {line}", style="yellow")
    if len(spoken) > _REMARKS:
        yield note(f"{len(spoken) - _REMARKS} more points with a remark: {ALL_OF_IT}")
    counts = Counter(r.verdict for r in records)
    for verdict in sorted(counts, key=VERDICTS.index):
        share = f" at {counts[verdict]} of {len(records)} points"
        yield Text.assemble((verdict, VERDICT_STYLES.get(verdict, "")), f"{share}: {MEANING[verdict]}")
