"""Many points of one derivative as a table with a line per point, and the witnesses summed up below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from gradcli.errors import visible
from gradcli.report.blocks import ALL_OF_IT, beside, formula_blocks, note, plain_table
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
        and all(check.steps is None for check in (record.checks or {}).values())
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
    names = dict.fromkeys(name for record in records for name in record.checks or {})
    width = max((len(WITNESS_NAMES.get(name, name)) for name in names), default=0)
    for name in names:
        heard = [(r.point or 0, r.checks[name]) for r in records if r.checks and name in r.checks]
        worst = min((check.verdict for _, check in heard), key=_FROM_WORST.index)
        sign = check_sign(worst, symbols)
        title = Text(f"{sign} {WITNESS_NAMES.get(name, visible(name)).ljust(width)}", style=CHECK_STYLES.get(worst, ""))
        yield beside(title, Text(_over_points(heard, len(records))))


def _over_points(heard: Sequence[tuple[int, Check]], count: int) -> str:
    """`agree at 4 of 6 points (8 of 12 entries), largest error 0; skipped at points 2 and 3: why`.

    A check may be there at some of the `count` points only, as that of a value in doubt is.
    """
    checks = [check for _, check in heard]
    agreed = sum(check.verdict == "agree" for check in checks)
    parts = []
    if agreed:
        share = f"all {count}" if agreed == count else f"{agreed} of {count}"
        entries = f"{sum(c.compared for c in checks)} of {sum(c.of for c in checks)} entries"
        parts.append(f"agree at {share} points ({entries}), {_precision(checks)}".rstrip(", "))
    alike: dict[tuple[str, str | None], list[int]] = {}
    for point, check in heard:
        if check.verdict != "agree" or check.reason:
            alike.setdefault((check.verdict, check.reason), []).append(point)
    for (verdict, reason), points in list(alike.items())[:_REASONS]:
        where = f"all {count} points" if len(points) == count else _named(points)
        head = "at" if verdict == "agree" else f"{verdict} at"
        parts.append(f"{head} {where}{f': {visible(reason)}' if reason else ''}")
    if len(alike) > _REASONS:
        parts.append(f"{len(alike) - _REASONS} more reasons: {ALL_OF_IT}")
    return "; ".join(parts)


def _precision(checks: Sequence[Check]) -> str:
    """The digits proved if they are of every point, else the largest error."""
    digits = [c.digits for c in checks if c.digits is not None]
    errors = [c.max_error for c in checks if c.max_error is not None]
    if digits and len(digits) == len(checks) and all(c.verdict == "agree" for c in checks):
        return f"{rounded(min(digits), 3)} digits proved"
    return f"largest error {rounded(max(errors), 2)}" if errors else ""


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
