"""The table as a person sees it: golden pages, and what happens where a terminal is narrow or a result is large."""

from __future__ import annotations

import io
import re
from textwrap import dedent

import pytest
import report_records as records
from rich.console import Console

from gradcli.report.console import plain_console
from gradcli.report.grid import aligned, fit
from gradcli.report.table import table
from gradcli.result import Record


def page(*shown: Record, width: int = 80, encoding: str = "utf-8", sparse: bool = False) -> str:
    return "".join(table(shown, plain_console(width, encoding), sparse=sparse))


GOLDEN = {
    "gradient": (
        [records.GRADIENT],
        """\
        x^2*y
        f = 18

        variable  at  derivative of f
        ─────────────────────────────
        x         3   12
        y         2    9

        ✓ symbolic           agree 2 of 2, largest error 1.3e-16
        ✓ finite difference  agree 2 of 2 (random direction), largest error 4.1e-11
        ✓ certificate        agree 2 of 2, 15.9 digits proved
        ✓ verified: every entry is confirmed by an independent witness
        """,
    ),
    "arrays": (
        [records.ARRAYS],
        """\
        A small net
        net.toml
        loss = 9.91

        variable  at                  derivative of loss
        ──────────────────────────────────────────────────────
        w[0]      0.5                 -13.6
        w[1]      0.3333333333333333    3.3333333333333337e-18
        q         1                   not connected

        ∂loss/∂M   (2 × 3)
              0                   1   2
        ───────────────────────────────
        0  -0.5                   0  12
        1     1  0.3333333333333333   2

        – symbolic     inconclusive 0 of 8: the budget of 10 s was used up
        – certificate  skipped: no ball arithmetic for besselj
        – unverified: no conclusive witness covers every entry
        """,
    ),
    "hessian": (
        [records.HESSIAN],
        """\
        x^2*y
        f = 18   at x = 3, y = 2

        Hessian of f
           x  y
        ───────
        x  4  6
        y  6  0

        eigenvalues   -4.324555320336759, 8.32455532033676
        definiteness  indefinite

        ✓ symbolic           agree 2 of 2, largest error 1.3e-16
        ✓ finite difference  agree 2 of 2 (random direction), largest error 4.1e-11
        ✓ certificate        agree 2 of 2, 15.9 digits proved
        ✓ verified: every entry is confirmed by an independent witness
        """,
    ),
    "jacobian": (
        [records.JACOBIAN],
        """\
        [x*y, sin(x)]
        f = [2, 0.8414709848078965]   at x = 1, y = 2

        Jacobian of f
                               x  y
        ───────────────────────────
        f[0]                   2  1
        f[1]  0.5403023058681398  0

        – unchecked: no witness was asked (--no-check)
        """,
    ),
    "kink": (
        [records.KINK],
        """\
        abs(x)
        f = 0

        variable  at  derivative of f
        ─────────────────────────────
        x         0   0

        abs(x) (column 1): abs is not differentiable here; slope -1 from the left, 1
        from the right; convention: 0 at the kink
        – kink: not differentiable here; the number is a convention
        """,
    ),
    "nonfinite": (
        [records.NONFINITE],
        """\
        log(x)
        f = nan

        variable  at  derivative of f
        ─────────────────────────────
        x         -1  nan

        log(x) (column 1): log(-1) is nan
        – nonfinite: a number is not finite
        """,
    ),
    "formulas": (
        [records.FORMULAS],
        """\
        x^2 + sin(y)

        ∂f/∂x = 2*x
        ∂f/∂y = cos(y)

        – unchecked: a formula, no number was asked for
        """,
    ),
    "second formulas": (
        [records.SECOND_FORMULAS],
        """\
        x*y

        ∂²f/∂x∂x = 0
        ∂²f/∂x∂y = 1

        – unchecked: a formula, no number was asked for
        """,
    ),
    "enclosures": (
        [records.CERTIFIED],
        """\
        x^2
        f = 9

        variable  at  derivative of f
        ─────────────────────────────
        x         3   6

        enclosures, proved by interval arithmetic
        entry  proved lower bound   upper bound
        ───────────────────────────────────────────────
        x      5.99999999999999999  6.00000000000000001

        ✓ verified: every entry is confirmed by an independent witness
        """,
    ),
    "error": (
        [records.ERROR],
        """\
        specs.jsonl:3
        ✗ error: the expression ends here (expression, line 3, column 4)
          help: write a term after +
        """,
    ),
    "claims": (
        [records.CLAIMS],
        """\
        x^2*y
        ✓ x = 2*x*y  right (symbolic)
        ✗ y = x  wrong
          the derivative is x^2
          the difference is x^2 - x
          counterexample: at x = 3, y = 2 the claim is 3, the derivative 9

        ✗ mismatch: a conclusive check disagrees
        """,
    ),
    "points": (
        records.sweep(4),
        """\
        x^3

        point  x                   f                    ∂f/∂x               verdict
        ────────────────────────────────────────────────────────────────────────────
        0      0                   0                    0                   kink
        1      0.3333333333333333  0.03703703703703703  0.3333333333333333  verified
        2      0.6666666666666666  0.2962962962962962   1.3333333333333333  verified
        3      1                   1                    3                   verified

        ✓ symbolic  agree 4 of 4, largest error 3e-17
        point 0: abs(x) (column 1): abs is not differentiable here; slope -1 from the
        left, 1 from the right; convention: 0 at the kink
        kink at 1 of 4 points: not differentiable here; the number is a convention
        verified at 3 of 4 points: every entry is confirmed by an independent witness
        """,
    ),
    "two outputs of one source": (
        [records.FORMULAS, records.FORMULAS],
        """\
        x^2 + sin(y)

        ∂f/∂x = 2*x
        ∂f/∂y = cos(y)

        – unchecked: a formula, no number was asked for

        ∂f/∂x = 2*x
        ∂f/∂y = cos(y)

        – unchecked: a formula, no number was asked for
        """,
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_page(name: str) -> None:
    shown, expected = GOLDEN[name]
    assert page(*shown) == dedent(expected)


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
