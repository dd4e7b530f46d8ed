"""CSV for spreadsheets: one row per number, with text cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from gradcli.errors import visible
from gradcli.report.entries import entries, number
from gradcli.report.sentences import remarks
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
    not connected is an empty cell.
    """
    yield _line(COLUMNS)
    for record in records:
        start = [cell(record.source), cell(record.task), cell(record.output), number(record.point)]
        end = [record.verdict, cell("; ".join(remarks(record)))]
        rows = [
            [entry.quantity, cell(entry.label), number(entry.at), number(entry.value)]
            for entry in entries(record, sparse=sparse)
        ]
        rows += [["formula", cell(name), "", cell(f.text)] for name, f in (record.formula or {}).items()]
        rows += [[f"claim {claim.verdict}", cell(claim.name), "", cell(claim.claim)] for claim in record.claims]
        yield "".join(_line([*start, *row, *end]) for row in rows or [["error" if record.error else "", "", "", ""]])


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
