"""CSV: one row per number, read back by Python's own reader, and no cell a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import report_records as records

from gradcli.report.formats import report
from gradcli.result import Record


def rows(*shown: Record, sparse: bool = False) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(report("csv", shown, sparse=sparse)))))


def picked(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("quantity", "entry", "at", "value", "verdict"))


def test_a_gradient() -> None:
    found = rows(records.GRADIENT)
    assert [picked(row) for row in found] == [
        ("value", "f", "", "18", "verified"),
        ("gradient", "x", "3", "12", "verified"),
        ("gradient", "y", "2", "9", "verified"),
    ]
    assert {(row["source"], row["task"], row["output"], row["point"]) for row in found} == {("x^2*y", "grad", "f", "0")}


def test_arrays_and_what_is_not_connected() -> None:
    found = {row["entry"]: row["value"] for row in rows(records.ARRAYS)}
    assert (found["w[0]"], found["M[0,2]"], found["q"]) == ("-13.6", "12", "")


def test_a_hessian_whole_and_sparse() -> None:
    assert [(row["entry"], row["value"]) for row in rows(records.HESSIAN)][1:5] == [
        ("x,x", "4"),
        ("x,y", "6"),
        ("y,x", "6"),
        ("y,y", "0"),
    ]
    assert [row["entry"] for row in rows(records.HESSIAN, sparse=True)][1:4] == ["x,x", "x,y", "y,x"]


def test_a_jacobian() -> None:
    assert [(row["entry"], row["value"]) for row in rows(records.JACOBIAN)] == [
        ("f[0]", "2"),
        ("f[1]", "0.8414709848078965"),
        ("f[0],x", "2"),
        ("f[0],y", "1"),
        ("f[1],x", "0.5403023058681398"),
        ("f[1],y", "0"),
    ]


def test_every_digit_is_kept_and_not_finite_is_said() -> None:
    for row, record in zip(rows(*records.sweep(3))[1::2], records.sweep(3), strict=True):
        assert float(row["value"]) == (record.gradient or {})["x"]
    assert [row["value"] for row in rows(records.NONFINITE)] == ["nan", "nan"]


def test_a_remark_stands_in_the_message() -> None:
    assert "log(-1) is nan" in rows(records.NONFINITE)[0]["message"]
    assert "0 at the kink" in rows(records.KINK)[0]["message"]
    error = rows(records.ERROR)
    assert len(error) == 1
    assert error[0]["verdict"] == "error"
    assert "the expression ends here (expression, line 3, column 4)" in error[0]["message"]


def test_no_text_cell_is_a_formula_but_numbers_stay_numbers() -> None:
    for record in records.ALL:
        for row in rows(record):
            for name, cell in row.items():
                if name in ("value", "at") and row["quantity"] in records.NUMBERS:
                    continue
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert rows(records.HOSTILE)[0]["source"].startswith("'=cmd")
    assert rows(records.ARRAYS)[1]["value"] == "-13.6"
    for start in "=+-@\t\r":
        assert rows(Record(f"{start}1", "unchecked", "grad"))[0]["source"][0] == "'"


def test_one_record_is_never_more_lines_than_rows() -> None:
    text = "".join(report("csv", [records.HOSTILE_GRADIENT]))
    assert len(text.splitlines()) == 1 + len(rows(records.HOSTILE_GRADIENT))
