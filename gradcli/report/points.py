"""Many points of one derivative as a table with a line per point, and the witnesses summed up below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from gradcli.errors import visible
from gradcli.report.blocks import ALL_OF_IT, formula_blocks, note, plain_table
from gradcli.report.entries import WITNESS_NAMES, number, rounded, shape_of
from gradcli.report.grid import aligned
from gradcli.report.sentences import MEANING, remarks
from gradcli.report.symbols import CHECK_STYLES, VERDICT_STYLES, Symbols, check_sign
from gradcli.result import VERDICTS, Check, Record

_MOST = 200  #: points shown
_REMARKS = 5  #: points whose kinks or non-finite numbers are spelled out
_REASONS = 2  #: reasons of a witness that are spelled out
_NAMED = 5  #: points that are listed by number
_FROM_WORST = ("disagree", "inconclusive", "skipped", "agree")
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
        heard = [(r.point or 0, r.checks[name]) for r in records if r.checks and name in r.checks]
        worst = min((check.verdict for _, check in heard), key=_FROM_WORST.index)
        sign = check_sign(worst, symbols)
        title = Text(f"{sign} {WITNESS_NAMES.get(name, visible(name)).ljust(width)}", style=CHECK_STYLES.get(worst, ""))
        line = Table.grid(padding=(0, 2, 0, 0))
        line.add_row(title, Text(_over_points(heard)))
        yield line


def _over_points(heard: Sequence[tuple[int, Check]]) -> str:
    """`agree at all 3 points (6 of 6 entries), largest error 1e-16`; what a witness could not do, point by point."""
    verdicts = [verdict for verdict in _FROM_WORST if any(check.verdict == verdict for _, check in heard)]
    where = {v: [point for point, check in heard if check.verdict == v] for v in verdicts}
    words = [f"{v} at {f'all {len(heard)} points' if len(verdicts) == 1 else _named(where[v])}" for v in verdicts]
    compared, of = sum(c.compared for _, c in heard), sum(c.of for _, c in heard)
    parts = [f"{', '.join(words)} ({compared} of {of} entries)"]
    errors = [c.max_error for _, c in heard if c.max_error is not None]
    digits = [c.digits for _, c in heard if c.digits is not None]
    if digits and len(digits) == len(heard) and verdicts == ["agree"]:
        parts.append(f"{rounded(min(digits), 3)} digits proved")
    elif errors:
        parts.append(f"largest error {rounded(max(errors), 2)}")
    reasons: dict[str, list[int]] = {}
    for point, check in heard:
        if check.reason:
            reasons.setdefault(check.reason, []).append(point)
    sentence = ", ".join(parts)
    told = [f"at {_named(points)}: {visible(reason)}" for reason, points in list(reasons.items())[:_REASONS]]
    hidden = [f"{len(reasons) - _REASONS} more reasons: {ALL_OF_IT}"] if len(reasons) > _REASONS else []
    return "; ".join([sentence, *told, *hidden])


def _named(points: Sequence[int]) -> str:
    """`point 2`, `points 0, 2 and 5`, `17 points`."""
    if len(points) > _NAMED:
        return f"{len(points)} points"
    listed = " and ".join(filter(None, [", ".join(map(str, points[:-1])), str(points[-1])]))
    return f"point{'s' if len(points) > 1 else ''} {listed}"


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
