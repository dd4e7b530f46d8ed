"""The parts of the table: each turns one part of a record into something rich can print.

Whatever a stranger wrote goes through `errors.visible` and into `Text`, which reads no markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gradcli.errors import visible
from gradcli.language.labels import label_of
from gradcli.report.audits import audit_lines
from gradcli.report.entries import (
    CERTIFIED,
    WITNESS_NAMES,
    bounds,
    certified,
    indices,
    inline,
    item,
    number,
    shape_of,
    split_key,
)
from gradcli.report.grid import Grid, aligned, fit
from gradcli.report.hanging import Hanging
from gradcli.report.sentences import (
    cancellation_sentence,
    check_sentence,
    claim_lines,
    failure_place,
    kink_sentence,
    meaning,
    nonfinite_sentence,
    product_sentence,
    rewrite_sentence,
    unclaimed_sentence,
    zero_sentence,
)
from gradcli.report.symbols import CHECK_STYLES, CLAIM_STYLES, VERDICT_STYLES, Symbols, check_sign
from gradcli.result import Hessian, Jacobian, Record, Values

_LONGEST = 400  #: characters of a source or formula that are shown
_ENTRIES = 40  #: rows of a list of entries that are shown
_LISTED = 8  #: numbers of a list in a line
_INDENT = (0, 0, 0, 2)
ALL_OF_IT = "--format json shows all"


def shown(text: str) -> str:
    """A stranger's text as one safe line, cut where it is very long."""
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"
    return visible(cut)


def heading(record: Record) -> Iterator[RenderableType]:
    """The title, if there is one, and the source."""
    if record.title:
        yield Text(shown(record.title), style="bold")
    yield Text(shown(record.source), style="cyan" if record.title else "bold cyan")


def value_line(record: Record, symbols: Symbols) -> Iterator[RenderableType]:
    """`f = 18`, and for matrices of derivatives where it was taken."""
    name = visible(record.output or "f")
    if record.at is None:
        return
    line = f"{name} = {inline(record.value, symbols.times)}" if record.value is not None else ""
    if record.at and not record.gradient:
        places = [f"{visible(n)} = {inline(v, symbols.times)}" for n, v in list(record.at.items())[:_LISTED]]
        places += [symbols.more] if len(record.at) > _LISTED else []
        line += f"{'   ' if line else ''}at {', '.join(places)}"
    if line:
        yield Text(line)


def gradient_blocks(record: Record, width: int, symbols: Symbols) -> Iterator[RenderableType]:
    """Scalars and vectors as rows of one table, then a grid for each matrix."""
    gradient = record.gradient or {}
    at = record.at or {}
    name = visible(record.output or "f")
    rows: list[tuple[str, str, str]] = []
    hidden = 0
    grids = []
    for variable, values in gradient.items():
        shape, place = shape_of(values), at.get(variable)
        if values is None:
            rows.append((visible(variable), inline(place, symbols.times), "not connected"))
        elif len(shape) == 2:
            grids.append((variable, shape, values))
        else:
            for count, index in enumerate(indices(shape)):
                if count >= _ENTRIES or len(rows) >= 2 * _ENTRIES:
                    total = prod(shape)
                    rows.append((symbols.more, symbols.more, symbols.more))
                    hidden += total - count
                    break
                spot = number(item(place, index)) if place is not None else ""
                rows.append((label_of(visible(variable), index), spot, number(item(values, index))))
    if rows:
        table = plain_table()
        table.add_column("variable", no_wrap=False, overflow="fold")
        table.add_column("at", overflow="fold")
        table.add_column(f"derivative of {name}", overflow="fold", style="bold")
        columns = [aligned([row[k] if row[k] != "not connected" else "" for row in rows]) for k in (1, 2)]
        for (variable, _, value), spot, text in zip(rows, *columns, strict=True):
            missing = value == "not connected"
            table.add_row(Text(variable), Text(spot), Text(value, style="dim") if missing else Text(text))
        yield table
    if hidden:
        yield note(f"{hidden} more entries: {ALL_OF_IT}")
    for number_of_grid, (variable, (height, breadth), values) in enumerate(grids):
        if rows or number_of_grid:
            yield Text()
        head = f"{symbols.partial}{name}/{symbols.partial}{visible(variable)}"
        yield Text(f"{head}   ({height} {symbols.times} {breadth})", style="bold")
        rows_, columns_ = [str(i) for i in range(height)], [str(j) for j in range(breadth)]
        yield from _grid(fit(values, rows_, columns_, width, symbols.more))


def zero_blocks(record: Record) -> Iterator[RenderableType]:
    """A line for each reason why entries are 0 or not connected."""
    for zero in record.zeros[:_LISTED]:
        yield Hanging(Text(zero_sentence(zero), style="dim"))
    if len(record.zeros) > _LISTED:
        yield note(f"{len(record.zeros) - _LISTED} more reasons: {ALL_OF_IT}")


def hessian_blocks(hessian: Hessian, width: int, symbols: Symbols, sparse: bool) -> Iterator[RenderableType]:
    """The matrix, its eigenvalues, its definiteness and its audit."""
    labels = [visible(one) for one in hessian.labels]
    yield from _matrix(hessian.matrix, labels, labels, width, symbols, sparse)
    if hessian.eigenvalues is not None or audit_lines(hessian):
        yield Text()
    if hessian.eigenvalues is not None:
        yield beside(Text("eigenvalues "), Text(_few(hessian.eigenvalues, symbols)))
    if hessian.definiteness is not None:
        yield Text.assemble("definiteness  ", (hessian.definiteness, "bold"))
    for head, line in audit_lines(hessian):
        yield beside(Text(head.ljust(12)), Text(line))


def jacobian_blocks(jacobian: Jacobian, width: int, symbols: Symbols, sparse: bool) -> Iterator[RenderableType]:
    """The matrix of an output's entries (rows) by the variables' entries (columns)."""
    rows, columns = [visible(one) for one in jacobian.rows], [visible(one) for one in jacobian.columns]
    yield from _matrix(jacobian.matrix, rows, columns, width, symbols, sparse)


def formula_blocks(record: Record, symbols: Symbols) -> Iterator[RenderableType]:
    """One line per derivative: `∂f/∂x = 2*x*y`."""
    name = visible(record.output or "f")
    for key, formula in (record.formula or {}).items():
        left = (_derivative(name, visible(key), record.task, symbols), "bold")
        if formula.text is None:
            yield Text.assemble(left, (f" has no formula here: {visible(formula.reason or '')}", "dim"))
        else:
            yield Text.assemble(left, f" = {shown(formula.text)}")


def enclosure_blocks(record: Record, sparse: bool) -> Iterator[RenderableType]:
    """Rigorous lower and upper bounds of every entry, how many digits they prove, and how sensitive it is."""
    table = plain_table()
    heads = CERTIFIED if record.digits else CERTIFIED[:3]
    if record.digits:
        table.padding = (0, 0, 0, 0)  # two bounds of all digits leave no more room in 80 columns
    for title in heads:
        table.add_column(title.removeprefix("condition in "), overflow="fold")
    found = list(bounds(record, sparse=sparse))
    for one in found[:_ENTRIES]:
        table.add_row(*(Text(visible(text)) for text in certified(one)[: len(heads)]))
    yield table
    if record.condition:
        yield note("inputs, operations: units of rounding of the entry that one unit in each can take")
    if len(found) > _ENTRIES:
        yield note(f"{len(found) - _ENTRIES} more entries: {ALL_OF_IT}")


def claim_blocks(record: Record, symbols: Symbols) -> Iterator[RenderableType]:
    """Each hand-derived formula with its verdict, a wrong one with a point that shows it; and what nobody claimed."""
    for claim in record.claims:
        style = CLAIM_STYLES.get(claim.verdict, "yellow")
        by = f" ({visible(claim.decided_by)})" if claim.decided_by else ""
        words = (f"{check_sign(claim.verdict, symbols)} {visible(claim.name)}", style), f" = {shown(claim.claim)}  "
        yield Hanging(Text.assemble(*words, (claim.verdict, style), by))
        yield from (_indented(Text(line)) for line in claim_lines(claim, symbols.times))
    missing = unclaimed_sentence(record)
    if missing is not None:
        yield note(missing)


def check_blocks(record: Record, symbols: Symbols) -> Iterator[RenderableType]:
    """One line per witness."""
    checks = record.checks or {}
    names = {name: WITNESS_NAMES.get(name, visible(name.replace("_", " "))) for name in checks}
    width = max(map(len, names.values()), default=0)
    for name, check in checks.items():
        style = CHECK_STYLES.get(check.verdict, "")
        sign = f"{check_sign(check.verdict, symbols)} "
        yield beside(Text(sign + names[name].ljust(width), style=style), Text(check_sentence(check)))


def verdict_blocks(record: Record, symbols: Symbols) -> Iterator[RenderableType]:
    """What to know about the point, and the verdict; of an error its message, place and hint."""
    spots = [(nonfinite_sentence(one), "magenta", one.excerpt, one.product) for one in record.nonfinite]
    spots += [(cancellation_sentence(one), "yellow", None, None) for one in record.cancellations]
    spots += [(kink_sentence(one), "yellow", one.excerpt, None) for one in record.kinks]
    if record.checks and (spots or record.rewrites) and not (record.entries or record.disputes):
        yield Text()
    for sentence, colour, excerpt, product in spots[:_LISTED]:
        yield Hanging(Text(sentence, style=colour))
        if excerpt is not None:
            underline = " " * excerpt.start + "^" * excerpt.width
            yield _indented(Text(excerpt.text, no_wrap=True, overflow="crop"))
            yield _indented(Text(underline, style=colour, no_wrap=True, overflow="crop"))
        if product is not None:
            yield _indented(Text(product_sentence(product).replace("×", symbols.times)))
    if len(spots) > _LISTED:
        yield note(f"{len(spots) - _LISTED} more such places: {ALL_OF_IT}")
    for rewrite in record.rewrites:
        yield Hanging(Text(rewrite_sentence(rewrite), style="green"))
    sign, style = check_sign(record.verdict, symbols), VERDICT_STYLES.get(record.verdict, "")
    if record.error is None:
        yield Hanging(Text.assemble((f"{sign} {record.verdict}", style), f": {meaning(record)}"))
        return
    place = failure_place(record.error)
    yield Text.assemble((f"{sign} error", style), f": {shown(record.error.message)}" + (f" ({place})" if place else ""))
    if record.error.hint:
        yield _indented(Text(f"help: {shown(record.error.hint)}", style="dim"))


def _matrix(
    matrix: Values, rows: Sequence[str], columns: Sequence[str], width: int, symbols: Symbols, sparse: bool
) -> Iterator[RenderableType]:
    if not rows or not columns:
        yield note("no entries")
    elif sparse:
        yield from _coordinates(matrix, rows, columns)
    else:
        yield from _grid(fit(matrix, rows, columns, width, symbols.more))


def _grid(grid: Grid) -> Iterator[RenderableType]:
    table = plain_table()
    table.add_column("", no_wrap=True, style="dim")
    for head in grid.columns:
        table.add_column(Text(head), no_wrap=True, justify="right")
    for name, cells in zip(grid.rows, grid.cells, strict=True):
        table.add_row(Text(name), *(_number_text(cell) for cell in cells))
    yield table
    if grid.notes:
        yield note(f"{', '.join(grid.notes)}: {ALL_OF_IT}")


def _coordinates(matrix: Values, rows: Sequence[str], columns: Sequence[str]) -> Iterator[RenderableType]:
    found = [(i, j, v) for i, line in enumerate(matrix) for j, v in enumerate(line) if v != 0]
    table = plain_table()
    for title in ("row", "column", "value"):
        table.add_column(title, overflow="fold")
    texts = aligned([number(v) for _, _, v in found[:_ENTRIES]])
    for (i, j, _), text in zip(found, texts, strict=False):
        table.add_row(Text(rows[i]), Text(columns[j]), Text(text))
    yield table
    hidden = f", {len(found) - _ENTRIES} of them not shown: {ALL_OF_IT}" if len(found) > _ENTRIES else ""
    yield note(f"{len(found)} of {len(rows) * len(columns)} entries are not 0{hidden}")


def beside(head: Text, words: Text) -> Table:
    """A line of two columns, so that what is too long goes on below itself."""
    line = Table.grid(padding=(0, 2, 0, 0))
    line.add_row(head, words)
    return line


def plain_table() -> Table:
    """A table with nothing but a rule below its head, and two characters between columns."""
    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")


def _number_text(text: str) -> Text:
    return Text(text, style="dim" if text.strip() == "0" else "")


def note(text: str) -> RenderableType:
    """A remark of the table about itself."""
    return Text(f"({text})", style="dim italic")


def _indented(text: Text) -> RenderableType:
    return Padding(text, _INDENT)


def _derivative(output: str, key: str, task: str | None, symbols: Symbols) -> str:
    """`∂f/∂x`; `∂²f/∂x∂y` for a Hessian's key `x,y`; `∂f[0]/∂x` for a Jacobian's key `f[0],x`."""
    d, parts = symbols.partial, split_key(key)
    if task == "jacobian" and len(parts) == 2:
        return f"{d}{parts[0]}/{d}{parts[1]}"
    if len(parts) == 1:
        return f"{d}{output}/{d}{key}"
    square = "²" if symbols.wide else "^2 "
    below = "".join(d + part for part in parts) if symbols.wide else f"({' '.join(d + part for part in parts)})"
    return f"{d}{square}{output}/{below}"


def _few(values: Sequence[float], symbols: Symbols) -> str:
    """The first and the last of many numbers."""
    if len(values) <= _LISTED:
        return ", ".join(map(number, values))
    ends = [*map(number, values[:3]), symbols.more, *map(number, values[-3:])]
    return f"{', '.join(ends)} ({len(values)} in all)"
