"""Claims and bounds in every format: who reads a report sees the counterexample, and which entry a bound is of."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import report_records as records

from gradcli.report.formats import FORMATS, report
from gradcli.result import Check, Claim, Hessian, Jacobian, Record

BOUNDED = Record(
    "x^2*y",
    "verified",
    "hessian",
    output="f",
    point=0,
    at={"x": -3.0, "y": 2.0},
    value=18.0,
    hessian=Hessian(("x", "y"), [[4.0, -6.0], [-6.0, 0.0]], (-4.0, 8.0), "indefinite"),
    enclosures={"matrix": [[[4.0, 4.5], [-6.5, -6.0]], [[-6.5, -6.0], [0.0, 0.0]]]},
)
BOUNDED_JACOBIAN = Record(
    "[x*y, x]",
    "verified",
    "jacobian",
    output="f",
    point=0,
    at={"x": -3.0, "y": 2.0},
    value=[-6.0, -3.0],
    jacobian=Jacobian(("f[0]", "f[1]"), ("x", "y"), [[2.0, -3.0], [1.0, 0.0]]),
    enclosures={"matrix": [[[2.0, 2.0], [-3.0, -3.0]], [[1.0, 1.0], [0.0, 0.0]]]},
)
WRONG = Record(
    "sum(v^2)",
    "mismatch",
    "check",
    output="f",
    claims=(
        Claim(
            "v", "[2*v[0], v[1]]", "wrong", "2*v", None, None,
            {"v": [1.0, 2.0]}, [2.0, 2.0], [2.0, 4.0], "v[1]", "it is half of it",
        ),
    ),
)  # fmt: skip
CLAIMED = Record(
    "c.toml",
    "mismatch",
    "grad",
    output="f",
    point=0,
    at={"x": 2.0},
    value=4.0,
    gradient={"x": 4.0},
    checks={"claims": Check("disagree", 0.5, 1, 1, "the claim for x is 6, but it is 4")},
)
GREEK = Record(
    "sigma_max*θ^2*_a*g_",
    "verified",
    "grad",
    output="f_1",
    point=0,
    at={"sigma_max": 1.0, "θ": -2.0, "_a": 1.0, "g_": 1.0, "x1": 0.0, "W": [[1.0, 2.0]]},
    value=4.0,
    gradient={"sigma_max": 4.0, "θ": -4.0, "_a": None, "g_": 1e-17, "x1": 0.0, "W": [[1.0, float("nan")]]},
    enclosures={"sigma_max": [4.0, 4.0]},
)
EVERY = (*records.ALL, BOUNDED, BOUNDED_JACOBIAN, WRONG, CLAIMED, GREEK)


def text_of(form: str, *shown: Record, sparse: bool = False) -> str:
    return "".join(report(form, shown, sparse=sparse))


def rows(*shown: Record, sparse: bool = False) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of("csv", *shown, sparse=sparse))))


def test_csv_says_where_a_second_derivative_was_taken() -> None:
    found = {row["entry"]: row["at"] for row in rows(BOUNDED) if row["quantity"] == "hessian"}
    assert found == {"x,x": "x = -3", "x,y": "x = -3; y = 2", "y,x": "y = 2; x = -3", "y,y": "y = 2"}
    found = {row["entry"]: row["at"] for row in rows(BOUNDED_JACOBIAN) if row["quantity"] == "jacobian"}
    assert found == {"f[0],x": "-3", "f[0],y": "2", "f[1],x": "-3", "f[1],y": "2"}


def test_csv_holds_everything_a_table_shows() -> None:
    found = [(row["quantity"], row["entry"], row["value"]) for row in rows(BOUNDED)]
    assert ("eigenvalue", "0", "-4") in found
    assert ("eigenvalue", "1", "8") in found
    assert ("definiteness", "", "indefinite") in found
    assert ("lower bound", "x,y", "-6.5") in found
    assert ("upper bound", "x,y", "-6") in found
    found = [(row["quantity"], row["entry"], row["at"], row["value"]) for row in rows(WRONG)]
    assert ("claimed there", "v[1]", "v[0] = 1; v[1] = 2", "2") in found
    assert ("derivative there", "v[1]", "v[0] = 1; v[1] = 2", "4") in found


@pytest.mark.parametrize("form", ["table", "markdown", "csv"])
def test_bounds_are_labelled_by_row_and_column(form: str) -> None:
    text = text_of(form, BOUNDED) + text_of(form, BOUNDED_JACOBIAN)
    assert "matrix" not in text
    assert "x,y" in text
    assert "f[0],y" in text


def test_bounds_in_latex_are_of_a_derivative() -> None:
    assert r"\frac{\partial^2 f}{\partial x \, \partial y} &\in \left[-6.5,\ -6\right]" in text_of("latex", BOUNDED)
    jacobian = text_of("latex", BOUNDED_JACOBIAN)
    assert r"\frac{\partial f\left[0\right]}{\partial y} &\in \left[-3,\ -3\right]" in jacobian


def test_sparse_bounds_leave_out_what_is_zero() -> None:
    kept = {row["entry"] for row in rows(BOUNDED, sparse=True) if row["quantity"] == "upper bound"}
    assert kept == {"x,x", "x,y", "y,x"}


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_drops_the_counterexample(form: str) -> None:
    text = text_of(form, records.CLAIMS)
    plain = text.replace("\\texttt{", "").replace("}", "").replace("`", "")
    assert '"counterexample": {"x": 3.0, "y": 2.0}' in text or "at x = 3, y = 2 the claim is 3" in plain


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
def test_the_entry_that_shows_a_mistake_stands_with_its_two_numbers(form: str) -> None:
    plain = " ".join(text_of(form, WRONG).replace("\\texttt{", "").replace("}", "").replace("`", "").split())
    assert "by v[1] is 2, the derivative 4" in plain
    assert "it is half of it" in plain


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
@pytest.mark.parametrize("record", [CLAIMED, records.CLAIMS], ids=["spec", "check"])
def test_what_is_wrong_is_said_once(form: str, record: Record) -> None:
    text = " ".join(text_of(form, record).split())
    for words in ("the claim for x is 6", "counterexample"):
        assert text.count(words) <= 1


def test_a_list_in_markdown_ends_before_a_table_begins() -> None:
    lines = text_of("markdown", BOUNDED).splitlines()
    for above, below in pairwise(lines):
        assert not (above.startswith("*") and below.startswith("|"))


def test_equal_numbers_are_not_shown_as_a_contradiction() -> None:
    claim = Claim("x", "3.141592653589793", "wrong", "pi", None, None, {"x": 1.0}, 3.141592653589793, 3.141592653589793)
    text = text_of("table", Record("pi*x", "mismatch", "check", output="f", claims=(claim,)))
    assert "both round to" in text


def test_a_zero_has_no_sign_where_people_read_it() -> None:
    minus = Record("-x", "verified", "grad", output="f", point=0, at={"x": 1.0}, value=-0.0, gradient={"x": -0.0})
    for form in ("table", "markdown", "latex", "csv"):
        assert "-0" not in text_of(form, minus)
    assert "-0.0" in text_of("json", minus)


SKIPPED = Check("skipped", None, 0, 2, "not here")


def sweep(*checks: Check) -> list[Record]:
    """One record a point, with these findings of one witness."""
    return [
        Record("x*y", "verified", "grad", output="f", point=k, at={"x": 1.0, "y": 1.0}, value=1.0,
               gradient={"x": 1.0, "y": 1.0}, checks={"symbolic": check})
        for k, check in enumerate(checks)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("checks", "says"),
    [
        ((Check("agree", 0.0, 2, 2),) * 3, "agree at all 3 points (6 of 6 entries), largest error 0"),
        (
            (Check("agree", 0.0, 2, 2), Check("agree", 0.0, 2, 2), Check("agree", 0.0, 1, 2, "one is too small")),
            "agree at all 3 points (5 of 6 entries), largest error 0; at point 2: one is too small",
        ),
        (
            (SKIPPED, Check("agree", 1e-16, 2, 2), SKIPPED),
            "agree at 1 of 3 points (2 of 6 entries), largest error 1e-16; skipped at points 0 and 2: not here",
        ),
        ((Check("skipped", None, 0, 2, "no time"),) * 2, "skipped at all 2 points: no time"),
        (
            (Check("agree", 0.0, 2, 2), Check("disagree", 0.5, 2, 2, "2 of 2 differ")),
            "agree at 1 of 2 points (4 of 4 entries), largest error 0.5; disagree at point 1: 2 of 2 differ",
        ),
    ],
)  # fmt: skip
def test_many_points_say_what_a_witness_could_not_do_and_where(checks: tuple[Check, ...], says: str) -> None:
    assert says in " ".join(text_of("table", *sweep(*checks)).split())


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
def test_latex_compiles(tmp_path: Path) -> None:
    """In a document that loads what the first line asks for, and nothing else."""
    for name, sparse in (("whole", False), ("sparse", True)):
        text = text_of("latex", *EVERY, sparse=sparse)
        assert text.startswith("% needs \\usepackage{amsmath}\n")
        body = f"\\documentclass{{article}}\n\\usepackage{{amsmath}}\n\\begin{{document}}\n{text}\\end{{document}}\n"
        (tmp_path / f"{name}.tex").write_text(body, encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
        assert ran.returncode == 0, ran.stdout.decode(errors="replace")[-2000:]


def test_latex_breaks_what_does_not_fit_a_page() -> None:
    long = Record(
        "f", "verified", "grad", output="f", point=0, at={"v": [1.0] * 60}, value=1.0, gradient={"v": [1 / 3] * 60}
    )
    for line in text_of("latex", long).splitlines():
        assert len(line) < 160
    assert r"\allowdisplaybreaks" in text_of("latex", records.large_hessian(30))


def test_what_a_remark_quotes_is_code_and_nothing_breaks_a_document() -> None:
    """A caret or an underscore outside of code is an error in LaTeX, an asterisk is emphasis in Markdown."""
    remark = "it is 1/2 of the derivative: `x^2` is meant, not `x_1`: 2*x^2 + x_1"
    decided_by = "equal at 9 points, but only one side of `x_1*2*x > 3` was met"
    claims = (
        Claim("x", "x", "wrong", "2*x", None, None, {"x": 1.0}, 1.0, 2.0, remark=remark),
        Claim("y", "y", "undecided", decided_by=decided_by),
    )
    record = Record("x^2", "mismatch", "check", output="f", claims=claims)
    latex, markdown, table = (text_of(name, record) for name in ("latex", "markdown", "table"))
    assert r"\texttt{x\textasciicircum{}2} is meant, not \texttt{x\_1}: 2*x\textasciicircum{}2 + x\_1" in latex
    assert r"only one side of \texttt{x\_1*2*x \textgreater{} 3} was met" in latex
    assert r"`x^2` is meant, not `x_1`: 2\*x^2 \+ x\_1" in markdown
    assert "only one side of `x_1*2*x > 3` was met" in markdown
    assert "`x^2` is meant, not `x_1`: 2*x^2 + x_1" in " ".join(table.split())
