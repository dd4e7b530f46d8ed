"""LaTeX and Markdown: fragments that show the numbers and print a stranger's text literally."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from textwrap import dedent

import pytest
import report_records as records

from gradcli.report.formats import report
from gradcli.report.latex import escape, name, value
from gradcli.result import Docket, Formula, Record


def text_of(form: str, *shown: Record, sparse: bool = False) -> str:
    return "".join(report(form, shown, sparse=sparse))


def test_latex_of_a_gradient() -> None:
    assert text_of("latex", records.GRADIENT) == dedent(r"""
        % needs \usepackage{amsmath}
        % x^2*y grad f: verified
        \begin{align*}
          f &= 18 \qquad (x = 3,\ y = 2) \\
          \frac{\partial f}{\partial x} &= 12 \\
          \frac{\partial f}{\partial y} &= 9
        \end{align*}
    """).removeprefix("\n")


def test_latex_of_matrices_and_formulas() -> None:
    assert r"\left(\begin{array}{rr} 4 & 6 \\ 6 & 0 \end{array}\right)" in text_of("latex", records.HESSIAN)
    assert r"\left(\nabla^2 f\right)_{x,y} &= 6" in text_of("latex", records.HESSIAN, sparse=True)
    assert r"\frac{\partial f}{\partial y} &= \cos\left(y\right)" in text_of("latex", records.FORMULAS)
    assert r"\frac{\partial^2 f}{\partial x \, \partial y} &= 1" in text_of("latex", records.SECOND_FORMULAS)


@pytest.mark.parametrize("form", ["table", "markdown", "latex", "csv", "json"])
def test_every_format_says_why_there_is_no_formula(form: str) -> None:
    record = Record("f(x)", "unchecked", "grad", output="f", formula={"x": Formula(None, None, "it has no name")})
    shown = text_of(form, record)
    assert "it has no name" in shown
    assert "None" not in shown


def test_latex_never_hides_a_bad_verdict() -> None:
    for record in records.ALL:
        visible_text = "\n".join(line for line in text_of("latex", record).splitlines() if not line.startswith("%"))
        if record.verdict not in ("verified", "unchecked"):
            assert rf"\emph{{{record.verdict}}}" in visible_text


@pytest.mark.parametrize("record", records.ALL, ids=lambda r: f"{r.verdict}-{r.task}")
def test_latex_is_balanced(record: Record) -> None:
    text = re.sub(r"(?m)^%.*$", "", text_of("latex", record))
    bare = text.replace(r"\\", "").replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    assert bare.count(r"\left") == bare.count(r"\right")
    for kind in ("align*", "array"):
        assert text.count(rf"\begin{{{kind}}}") == text.count(rf"\end{{{kind}}}")


def test_latex_runs_nothing_a_stranger_wrote() -> None:
    for record in (records.HOSTILE, records.HOSTILE_GRADIENT):
        for line in text_of("latex", record).splitlines():
            assert line.startswith("%") or r"\input" not in line
    assert escape("50% of $x_1^2$ \\input{a} & #") == (
        r"50\% of \$x\_1\textasciicircum{}2\$ \textbackslash{}input\{a\} \& \#"
    )


@pytest.mark.parametrize(
    ("plain", "printed"),
    [
        ("x", "x"),
        ("α", r"\alpha"),
        ("theta", r"\theta"),
        ("x1", "x_{1}"),
        ("sigma_max", r"\sigma_{\mathrm{max}}"),
        ("loss", r"\mathrm{loss}"),
        ("W[0,1]", r"W\left[0, 1\right]"),
        ("_a", r"\mathrm{\_a}"),
    ],
)
def test_latex_names(plain: str, printed: str) -> None:
    assert name(plain) == printed


def test_latex_numbers() -> None:
    assert [value(v) for v in (12.0, -1.5e-17, float("nan"), float("-inf"))] == [
        "12",
        r"-1.5 \times 10^{-17}",
        r"\mathrm{NaN}",
        r"-\infty",
    ]


def test_markdown_of_a_gradient() -> None:
    assert text_of("markdown", records.GRADIENT) == dedent(r"""
        `x^2*y`

        `f` = 18

        | variable | at | derivative of `f` |
        | --- | ---: | ---: |
        | `x` | 3 | 12 |
        | `y` | 2 | 9 |

        * symbolic: agree 2 of 2, largest error 1.3e-16
        * finite difference: agree 2 of 2 \(random direction\), largest error 4.1e-11
        * certificate: agree 2 of 2, 15.9 digits proved
        * **verified**: every entry is confirmed by an independent witness

    """).removeprefix("\n")


def test_markdown_of_matrices() -> None:
    text = text_of("markdown", records.HESSIAN, records.JACOBIAN)
    assert "| Hessian | `x` | `y` |\n| --- | ---: | ---: |\n| `x` | 4 | 6 |\n| `y` | 6 | 0 |\n" in text
    assert "| `f[1]` | 0.5403023058681398 | 0 |" in text
    sparse = text_of("markdown", records.HESSIAN, sparse=True)
    assert "| row | column | Hessian |\n| --- | --- | ---: |\n| `x` | `x` | 4 |" in sparse


@pytest.mark.parametrize("record", records.ALL, ids=lambda r: f"{r.verdict}-{r.task}")
def test_markdown_tables_are_rectangular(record: Record) -> None:
    widths: list[int] = []
    for line in [*text_of("markdown", record).splitlines(), ""]:
        if line.startswith("|"):
            widths.append(len(re.findall(r"(?<!\\)\|", line)))
        else:
            assert len(set(widths)) <= 1
            widths = []


def test_markdown_prints_strangers_text_literally() -> None:
    text = text_of("markdown", records.HOSTILE, records.HOSTILE_GRADIENT)
    outside = re.sub(r"(`+).*?(?<!`)\1(?!`)", "", text)
    assert "<b>" not in outside
    assert all(character.isprintable() or character == "\n" for character in text)


def test_every_voice_on_every_entry_is_a_row_of_markdown_and_of_csv() -> None:
    docket = Docket(
        "W[0,1]",
        {"tape": 2.5, "forward": 2.5, "symbolic": None, "certificate": 2.0},
        {"tape": None, "symbolic": None, "certificate": 0.25},
        {"forward": "agree", "symbolic": "skipped", "certificate": "disagree"},
        "tape",
        "the ball excludes it",
    )
    shown = replace(records.GRADIENT, entries=(docket,))
    text = text_of("markdown", shown)
    assert "| entry | witness | outcome | number | error bar |" in text
    assert "| `W[0,1]` | tape |  | 2.5 |  |" in text
    assert "| `W[0,1]` | other sweep | agree | 2.5 |  |" in text
    assert "| `W[0,1]` | symbolic | skipped |  |  |" in text
    assert "| `W[0,1]` | certificate | disagree | 2 | 0.25 |" in text
    rows = list(csv.reader(text_of("csv", shown).splitlines()))
    told = [row[4:8] for row in rows if row[5] == "W[0,1]"]
    assert ["certificate says", "W[0,1]", "disagree", "2"] in told
    assert ["certificate error bar", "W[0,1]", "", "0.25"] in told
    assert ["symbolic says", "W[0,1]", "skipped", ""] in told
    assert len(told) == 5
