"""CSV for spreadsheets: one row per number, with text cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from gradcli.errors import visible
from gradcli.report.entries import VOICE_NAMES, bounds, coordinates, entries, number
from gradcli.report.sentences import claim_numbers, remarks
from gradcli.result import Record

COLUMNS = ("source", "task", "output", "point", "quantity", "entry", "at", "value", "verdict", "message")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(text: str | None) -> str:
    """A text cell: one line, and with a leading apostrophe where a spreadsheet would see a formula.

    >>> cell("-x^2"), cell("x")
    ("'-x^2", 'x')
    """
    if not text:
        return ""
    shown = visible(text)
    return "'" + shown if text.startswith(_FORMULA_STARTS) else shown


def csv_rows(records: Iterable[Record], *, sparse: bool = False) -> Iterator[str]:
    """The header, then each record's rows: its numbers, or its formulas, claims or error.

    Numbers keep all their digits (`nan`, `inf`, `-inf` where not finite); a derivative that is
    not connected is an empty cell. Every number has the message beside it, what was found on the way to it has none.
    """
    yield _line(COLUMNS)
    for record in records:
        start = [cell(record.source), cell(record.task), cell(record.output), number(record.point)]
        message = cell("; ".join(remarks(record)))
        rows = [*_rows(record, sparse)] or [["error" if record.error else "", "", "", ""]]
        lines = [_line([*start, *row, record.verdict, message]) for row in rows]
        lines += [_line([*start, *row, record.verdict, ""]) for row in _evidence(record, sparse)]
        yield "".join(lines)


def _rows(record: Record, sparse: bool) -> Iterator[list[str]]:
    """Quantity, entry, at and value of each row of a record."""
    for quantity, name, at, value in entries(record, sparse=sparse):
        yield [quantity, cell(name), cell(at) if isinstance(at, str) else number(at), number(value)]
    if record.hessian is not None:
        for k, eigenvalue in enumerate(record.hessian.eigenvalues or ()):
            yield ["eigenvalue", str(k), "", number(eigenvalue)]
        if record.hessian.definiteness is not None:
            yield ["definiteness", "", "", cell(record.hessian.definiteness)]
        audit = record.hessian.audit
        if audit is not None and audit.rank is not None:
            yield ["rank", "", "", number(audit.rank)]
        if audit is not None and audit.critical_point is not None:
            yield ["critical point", "", "", cell(audit.critical_point)]
    yield from (
        ["formula", cell(key), "", cell(f.text if f.text is not None else f"none: {f.reason}")]
        for key, f in (record.formula or {}).items()
    )
    for claim in record.claims:
        yield [f"claim {claim.verdict}", cell(claim.name), "", cell(claim.claim)]
        places = "; ".join(f"{n} = {number(v)}" for n, v in coordinates(claim.counterexample or {}))
        if claim.counterexample and claim.actual is not None:
            where, said, found = claim_numbers(claim)
            yield ["claimed there", cell(where), cell(places), number(said)]
            yield ["derivative there", cell(where), cell(places), number(found)]
    yield from (["not claimed", cell(name), "", ""] for name in record.unclaimed)


def _evidence(record: Record, sparse: bool) -> Iterator[list[str]]:
    """The same of what the numbers rest on: enclosures, every witness's number, the steps of differences."""
    for bound in bounds(record, sparse=sparse):
        yield ["lower bound", cell(bound.label), "", _number(bound.lower)]
        yield ["upper bound", cell(bound.label), "", _number(bound.upper)]
        if record.digits:
            yield ["proved digits", cell(bound.label), "", number(bound.digits)]
            yield ["condition in inputs", cell(bound.label), "", number(bound.inputs)]
            yield ["condition in operations", cell(bound.label), "", number(bound.operations)]
    for docket in record.entries or ():
        for name, value in docket.values.items():
            who = VOICE_NAMES.get(name, name)
            yield [f"{who} says", cell(docket.entry), docket.outcomes.get(name, ""), _number(value)]
            if docket.errors.get(name) is not None:
                yield [f"{who} error bar", cell(docket.entry), "", _number(docket.errors[name])]
    yield from _steps(record)


def _steps(record: Record) -> Iterator[list[str]]:
    """What the differences say at every step they tried; `at` is the step, not the point."""
    for steps in (check.steps for check in (record.checks or {}).values() if check.steps is not None):
        for one in steps.tables:
            for tried in one.tried:
                at = cell(f"h = {number(tried.step)}{' (chosen)' if tried.step == one.step else ''}")
                yield ["difference quotient", cell(one.entry), at, number(tried.quotient)]
                yield ["extrapolated difference", cell(one.entry), at, number(tried.extrapolated)]
                yield ["error of difference", cell(one.entry), at, number(tried.error)]


def _number(bound: object) -> str:
    """A bound, which is a number or the text of one."""
    return bound if isinstance(bound, str) else number(bound)


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
