"""The table where a terminal is narrow or poor, a result is large, or a text is hostile."""

from __future__ import annotations

import io
import re

import pytest
import report_records as records
from rich.console import Console

from gradcli.report.console import plain_console
from gradcli.report.grid import aligned, fit
from gradcli.report.table import table
from gradcli.result import Record


def page(*shown: Record, width: int = 80, encoding: str = "utf-8", sparse: bool = False) -> str:
    return "".join(table(shown, plain_console(width, encoding), sparse=sparse))


def test_sparse_lists_what_is_not_zero() -> None:
    text = page(records.HESSIAN, sparse=True)
    assert "(3 of 4 entries are not 0)" in text
    assert re.findall(r"^(x|y) +(x|y) +(\d)$", text, re.MULTILINE) == [
        ("x", "x", "4"),
        ("x", "y", "6"),
        ("y", "x", "6"),
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for record in records.ALL:
        assert max(map(len, page(record, width=width).splitlines())) <= width


def test_a_large_matrix_says_that_it_is_cut_and_how_to_get_all() -> None:
    text = page(records.large_hessian(30))
    assert "(rounded to 6 digits, part of 30 by 30 entries: --format json shows all)" in " ".join(text.split())
    assert len(text.splitlines()) < 45


def test_many_points_are_cut_and_counted() -> None:
    text = page(*records.sweep(1000))
    assert "(800 more points, rounded to 12 digits: --format json shows all)" in text
    assert "verified at 999 of 1000 points" in text


def test_a_long_vector_is_cut_and_counted() -> None:
    values = [float(i) for i in range(500)]
    text = page(
        Record("v", "verified", "grad", output="f", point=0, at={"w": values}, value=1.0, gradient={"w": values})
    )
    assert "(460 more entries: --format json shows all)" in text


def test_a_very_long_source_is_cut() -> None:
    source = "+".join(["x"] * 100_000)
    assert len(page(Record(source, "unchecked", "grad"))) < 1000


def test_a_terminal_without_unicode_gets_ascii() -> None:
    for record in records.ALL:
        assert page(record, encoding="ascii").isascii()
    assert "+ symbolic " in page(records.GRADIENT, encoding="ascii")


def test_strangers_text_neither_styles_nor_breaks_the_page() -> None:
    text = page(records.HOSTILE, records.HOSTILE_GRADIENT, width=400)
    assert "[bold red]x[/]" in text
    assert "\\x1b[31m\\x07\\u202e" in text
    assert all(character.isprintable() or character == "\n" for character in text)


def test_a_terminal_gets_colours() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=80)
    assert "\x1b[1;32m✓ verified" in "".join(table([records.GRADIENT], console))


def test_points_keep_a_block_each_where_they_are_arrays() -> None:
    points = [
        Record(
            "v",
            "verified",
            "grad",
            output="f",
            point=i,
            at={"w": [1.0, 2.0]},
            value=1.0,
            gradient={"w": [0.5, i + 0.25]},
        )
        for i in range(2)
    ]
    text = page(*points)
    assert text.count("derivative of f") == 2
    assert "1.25" in text


def test_numbers_are_aligned_on_their_points() -> None:
    assert aligned(["1", "-13.6", "1e+22", "2.5e-07", "nan"]) == [
        "  1      ",
        "-13.6    ",
        "  1e+22  ",
        "  2.5e-07",
        "nan      ",
    ]


def test_a_grid_is_rounded_only_where_it_must_be() -> None:
    matrix = [[1 / 3, 2 / 3], [1.0, 0.0]]
    whole = fit(matrix, ["a", "b"], ["a", "b"], 80)
    assert whole.notes == []
    assert "0.3333333333333333" in whole.cells[0][0]
    assert fit(matrix, ["a", "b"], ["a", "b"], 30).notes == ["rounded to 9 digits"]
    assert fit([[1e300 / 3] * 9], ["a"], list("abcdefghi"), 10).notes[-1] == "part of 1 by 9 entries"
