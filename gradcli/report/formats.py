"""The formats by name; each is imported when it is asked for, so that JSON costs no table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from gradcli.result import Record

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = ("table", "json", "jsonl", "csv", "latex", "markdown")


def report(
    name: str,
    records: Iterable[Record],
    *,
    sparse: bool = False,
    ascii_only: bool = False,
    console: Callable[[], Console] | None = None,
    verdict: Callable[[], str] | None = None,
) -> Iterator[str]:
    """The records in a format, as pieces of text to be written one after the other.

    All formats but `json`, which is one object, yield a record's text as soon as the record is
    there.

    Args:
        name: one of `FORMATS`.
        records: in order, perhaps still being computed.
        sparse: Hessians and Jacobians as coordinates and values of what is not 0.
        ascii_only: JSON without characters beyond ASCII.
        console: makes the console that tells a table its width, colours and encoding; default
            80 plain columns.
        verdict: of the whole, asked after the last record, where not all records are shown; default
            the worst of those that are.
    """
    if name == "json":
        from gradcli.report.json_text import json_object

        return json_object(records, sparse=sparse, ascii_only=ascii_only, verdict=verdict)
    if name == "jsonl":
        from gradcli.report.json_text import jsonl

        return jsonl(records, sparse=sparse, ascii_only=ascii_only)
    if name == "csv":
        from gradcli.report.csv_text import csv_rows

        return csv_rows(records, sparse=sparse)
    if name == "latex":
        from gradcli.report.latex import latex

        return latex(records, sparse=sparse)
    if name == "markdown":
        from gradcli.report.markdown import markdown

        return markdown(records, sparse=sparse)
    if name == "table":
        from gradcli.report.console import plain_console
        from gradcli.report.table import table

        return table(records, console() if console else plain_console(), sparse=sparse)
    raise ValueError(f"no format {name!r}")
