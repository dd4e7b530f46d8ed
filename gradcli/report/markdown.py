"""Markdown: tables for a page or a pull request, with every stranger's text escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from gradcli.errors import visible
from gradcli.report.audits import audit_lines
from gradcli.report.entries import (
    CERTIFIED,
    VOICE_NAMES,
    WITNESS_NAMES,
    bounds,
    certified,
    entries,
    number,
    rounded,
    shape_of,
)
from gradcli.report.sentences import (
    check_sentence,
    claim_lines,
    dispute_lines,
    meaning,
    spot_remarks,
    unclaimed_sentence,
    with_code,
    zero_sentence,
)
from gradcli.report.step_sentences import CHOSEN, HEADS, left_out, notes, row, summary
from gradcli.result import Claim, Record, Values

_ZEROS = 8  #: reasons of zeros that are listed


def markdown(records: Iterable[Record], *, sparse: bool = False) -> Iterator[str]:
    """One section per record: its numbers as tables, its witnesses as a list."""
    last: str | None = None
    for record in records:
        lines = []
        if record.source != last:
            lines += [f"### {escape(record.title)}", ""] if record.title else []
            lines += [code(record.source, table=False), ""]
        last = record.source
        lines += _numbers(record, sparse)
        lines += [f"* {WITNESS_NAMES.get(n, n)}: {escape(check_sentence(c))}" for n, c in (record.checks or {}).items()]
        lines += [f"* {escape(zero_sentence(zero))}" for zero in record.zeros[:_ZEROS]]
        lines += [f"* {escape(line)}" for line in (*dispute_lines(record), *spot_remarks(record))]
        lines += _voices(record)
        lines += _steps(record)
        lines += [f"* **{record.verdict}**: {escape(meaning(record))}", ""]
        yield "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""A stranger's text as Markdown prints it literally.

    >>> escape("a*b | <b>")
    'a\\*b \\| \\<b\\>'
    """
    return re.sub(r"([\\`*_{}\[\]()#+!|<>&~$])", r"\\\1", visible(text))


def code(text: str, *, table: bool = True) -> str:
    r"""A code span that holds `text` whatever backticks are in it; `table`: inside a table's cell.

    >>> code("a|b"), code("a|b", table=False)
    ('`a\\|b`', '`a|b`')
    """
    shown = visible(text).replace("|", "\\|") if table else visible(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown[:1] == "`" or shown[-1:] == "`" or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _numbers(record: Record, sparse: bool) -> Iterator[str]:
    output = record.output or "f"
    if record.at is not None and record.value is not None:
        places = [f"{code(n)} = {number(v)}" for n, v in record.at.items() if shape_of(v) == ()]
        where = f" at {', '.join(places)}" if places and not record.gradient else ""
        if shape_of(record.value) == ():
            yield from (f"{code(output)} = {number(record.value)}{where}", "")
        else:
            rows = [[code(e.label), number(e.value)] for e in entries(record) if e.quantity == "value"]
            yield from _table(["output", f"value{where}"], rows)
    if record.gradient:
        found = [e for e in entries(record) if e.quantity == "gradient"]
        rows = [[code(e.label), number(e.at), "not connected" if e.value is None else number(e.value)] for e in found]
        yield from _table(["variable", "at", f"derivative of {code(output)}"], rows)
    if record.hessian is not None:
        labels = record.hessian.labels
        yield from _matrix("Hessian", record.hessian.matrix, labels, labels, sparse)
        if record.hessian.eigenvalues is not None:
            yield f"* eigenvalues: {', '.join(map(number, record.hessian.eigenvalues))}"
        if record.hessian.definiteness is not None:
            yield f"* definiteness: {record.hessian.definiteness}"
        yield from (f"* {head}: {escape(line)}" for head, line in audit_lines(record.hessian))
        yield ""
    if record.jacobian is not None:
        yield from _matrix("Jacobian", record.jacobian.matrix, record.jacobian.rows, record.jacobian.columns, sparse)
    if record.formula:
        lines = [
            [code(n), code(f.text) if f.text is not None else escape(f"none: {f.reason}")]
            for n, f in record.formula.items()
        ]
        yield from _table(["derivative by", "formula"], lines, 2)
    if record.enclosures:
        heads = CERTIFIED if record.digits else CERTIFIED[:3]
        proved = map(certified, bounds(record, sparse=sparse))
        lines = [[code(texts[0]), *map(escape, texts[1 : len(heads)])] for texts in proved]
        yield from _table(heads, lines)
    if record.claims:
        rows = [[code(c.name), code(c.claim), c.verdict, _words(c)] for c in record.claims]
        yield from _table(["claim", "formula", "verdict", "remark"], rows, 4)
        missing = unclaimed_sentence(record)
        if missing is not None:
            yield escape(missing)
            yield ""


def _steps(record: Record) -> Iterator[str]:
    for steps in (check.steps for check in (record.checks or {}).values() if check.steps is not None):
        for one in steps.tables:
            yield from ("", f"#### {escape(summary(one))}", "")
            rows = [[*row(t), f"**{CHOSEN}**" if t.step == one.step else ""] for t in one.tried]
            yield from _table([*HEADS, " "], rows, 0)
            yield from (f"* {escape(line)}" for line in notes(one))
        yield from ("", escape(left_out(steps))) if steps.left_out else ()
        yield ""


def _words(claim: Claim) -> str:
    def worded(text: str) -> str:
        return with_code(text, code, escape)

    by = [worded(claim.decided_by)] if claim.decided_by else []
    return "; ".join([*by, *claim_lines(claim, "×", code, worded)])


def _voices(record: Record) -> Iterator[str]:
    """Every witness's number, error bar and outcome on the entries, where these were asked for."""
    rows = [
        [
            code(one.entry),
            VOICE_NAMES.get(name, escape(name)),
            one.outcomes.get(name, ""),
            "" if value is None else number(value),
            "" if one.errors.get(name) is None else rounded(one.errors[name], 2),
        ]
        for one in record.entries or ()
        for name, value in one.values.items()
    ]
    if rows:
        yield ""
        yield from _table(["entry", "witness", "outcome", "number", "error bar"], rows, 3)


def _matrix(corner: str, matrix: Values, rows: Sequence[str], columns: Sequence[str], sparse: bool) -> Iterator[str]:
    if sparse:
        found = [
            [r, c, v] for r, line in zip(rows, matrix, strict=True) for c, v in zip(columns, line, strict=True) if v
        ]
        yield from _table(["row", "column", corner], [[code(r), code(c), number(v)] for r, c, v in found], 2)
    else:
        body = [[code(row), *map(number, line)] for row, line in zip(rows, matrix, strict=True)]
        yield from _table([corner, *map(code, columns)], body)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> Iterator[str]:
    """A table whose first `texts` columns are text, and the rest numbers."""
    yield _row(heads)
    yield _row(["---"] * texts + ["---:"] * (len(heads) - texts))
    yield from map(_row, rows)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
