r"""LaTeX: a fragment to paste into a document that loads amsmath, with every stranger's text escaped."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gradcli.errors import visible
from gradcli.report.entries import bounds, indices, item, matrix_entries, number, shape_of, split_key
from gradcli.report.sentences import (
    claim_lines,
    disagreements,
    dispute_lines,
    meaning,
    spot_remarks,
    unclaimed_sentence,
    with_code,
)
from gradcli.report.step_sentences import notes, summary
from gradcli.result import Claim, Record, Values
from gradcli.targets.source.latex import name_in_latex

#: What the language takes for a name.
_NAME = re.compile(r"[A-Za-z_α-ξπ-ωΓΔΘΛΞΠΣΦΨΩ][A-Za-z0-9_α-ξπ-ωΓΔΘΛΞΠΣΦΨΩ]*")

_Row = tuple[str, str, str]  #: left side, relation, right side
_WIDTH = 80  #: characters of numbers that stand side by side on a page
_GAP = 3  #: characters between two numbers
_PAGE = 20  #: lines of a display from which on it may break across pages

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\char96{}", '"': r"\char34{}",
}  # fmt: skip


def latex(records: Iterable[Record], *, sparse: bool = False) -> Iterator[str]:
    """One display per record, with the source and the verdict as comments above it."""
    yield "% needs \\usepackage{amsmath}\n"
    for record in records:
        head = " ".join(part for part in (record.source, record.task or "", record.output or "") if part)
        lines = [f"% {visible(head)}: {record.verdict}"]
        if record.title:
            lines.append(f"\\textbf{{{escape(record.title)}}}\\par")
        equations = [*_equations(record, sparse)]
        if equations:
            display = [
                "\\begin{align*}",
                " \\\\\n".join(f"  {left} &{relation} {right}" for left, relation, right in equations),
                "\\end{align*}",
            ]
            long = sum(right.count("\\\\") + 1 for _, _, right in equations) > _PAGE
            lines += ["{\\allowdisplaybreaks", *display, "}%"] if long else display
        lines += [f"\\noindent {_claim(claim)}\\par" for claim in record.claims]
        missing = unclaimed_sentence(record)
        lines += [] if missing is None else [f"\\noindent {escape(missing)}\\par"]
        explained = [c.steps for c in (record.checks or {}).values() if c.steps is not None]
        for one in (table for steps in explained for table in steps.tables):
            words = escape("; ".join([summary(one, "+-"), *notes(one)[:-1]])).replace("+-", r"$\pm$")
            lines.append(rf"\noindent differences of {words}\par")
        if record.verdict not in ("verified", "unchecked"):
            words = "; ".join([*spot_remarks(record), *disagreements(record), *dispute_lines(record)]) or meaning(
                record
            )
            lines.append(f"\\noindent \\emph{{{record.verdict}}}: {escape(words)}\\par")
        yield "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""A stranger's text as LaTeX text mode prints it.

    >>> escape("a_b^2 \\input{x}")
    'a\\_b\\textasciicircum{}2 \\textbackslash{}input\\{x\\}'
    """
    return "".join(
        _SPECIAL.get(c)
        or (c if c.isascii() else f"${name_in_latex(c)}$" if _NAME.fullmatch(c) else f"[U+{ord(c):04X}]")
        for c in visible(text)
    )


def name(text: str) -> str:
    r"""A name, or the label of an entry, in math mode: spelled as it is in a formula.

    >>> name("x"), name("W[0,1]"), name("sigma_max"), name("loss")
    ('x', 'W\\left[0, 1\\right]', '\\sigma_{\\mathrm{max}}', '\\mathrm{loss}')
    """
    found = re.fullmatch(r"(.*?)\[([0-9,]*)\]", text)
    base = found[1] if found else text
    spelled = name_in_latex(base) if _NAME.fullmatch(base) else rf"\text{{{escape(base)}}}"
    return rf"{spelled}\left[{found[2].replace(',', ', ')}\right]" if found else spelled


def value(number_: Any) -> str:
    r"""A number in math mode, with all its digits.

    >>> value(-1.5e-17), value(float("inf"))
    ('-1.5 \\times 10^{-17}', '\\infty')
    """
    if isinstance(number_, float) and not math.isfinite(number_):
        return "\\mathrm{NaN}" if math.isnan(number_) else "\\infty" if number_ > 0 else "-\\infty"
    mantissa, _, exponent = number(number_).partition("e")
    return f"{mantissa} \\times 10^{{{int(exponent)}}}" if exponent else mantissa


def _equations(record: Record, sparse: bool) -> Iterator[_Row]:
    output = name(record.output or "f")
    formulas = record.formula or {}
    if record.at is not None and record.value is not None:
        scalars = [f"{name(n)} = {value(v)}" for n, v in record.at.items() if shape_of(v) == ()]
        places = _listed(scalars, "(", ")")
        apart = " \\\\\n  &\\quad " if "\\\\" in places else " \\qquad "
        yield output, "=", _array(record.value) + (f"{apart}{places}" if scalars else "")
    for variable, values in (record.gradient or {}).items():
        shown = "\\text{not connected}" if values is None else _array(values)
        known = formulas[variable].latex if variable in formulas else None
        if known is not None and known != shown:
            shown = f"{known} = {shown}"
        yield _over(output, name(variable)), "=", shown
    if record.hessian is not None:
        labels = record.hessian.labels
        yield from _matrix(f"\\nabla^2 {output}", record.hessian.matrix, labels, labels, sparse)
        if record.hessian.eigenvalues is not None and not sparse:
            kind = f" \\quad \\text{{({record.hessian.definiteness})}}" if record.hessian.definiteness else ""
            yield "\\lambda", "=", _listed(list(map(value, record.hessian.eigenvalues)), "", kind)
    if record.jacobian is not None:
        yield from _matrix(
            f"J_{{{output}}}", record.jacobian.matrix, record.jacobian.rows, record.jacobian.columns, sparse
        )
    for key, formula in formulas.items():
        if key not in (record.gradient or {}):
            parts = split_key(key)
            above = name(parts.pop(0)) if record.task == "jacobian" and len(parts) == 2 else output
            said = f"\\text{{no formula: {escape(formula.reason or '')}}}" if formula.latex is None else formula.latex
            yield _over(above, *map(name, parts)), "=", said
    yield from _enclosures(record, output, sparse)


def _matrix(left: str, matrix: Values, rows: Sequence[str], columns: Sequence[str], sparse: bool) -> Iterator[_Row]:
    """The matrix in one piece if a page is wide enough, else row by row; with `sparse`, what is not 0."""
    if sparse:
        for row, column, entry in matrix_entries(rows, columns, matrix, True):
            yield f"\\left({left}\\right)_{{{name(row)},{name(column)}}}", "=", value(entry)
    elif _fits(matrix):
        yield left, "=", _array(matrix)
    else:
        for row, line in zip(rows, matrix, strict=True):
            yield f"\\left({left}\\right)_{{{name(row)}}}", "=", _array(line)


def _claim(claim: Claim) -> str:
    """A claim as a paragraph; what is known about a wrong one below it."""
    said = f"\\texttt{{{escape(claim.name)} = {escape(claim.claim)}}}: \\emph{{{escape(claim.verdict)}}}"

    def code(text: str) -> str:
        return f"\\texttt{{{escape(text)}}}"

    def worded(text: str) -> str:
        return with_code(text, code, escape)

    by = f" ({worded(claim.decided_by)})" if claim.decided_by else ""
    lines = claim_lines(claim, "$\\times$", code, worded)
    return "; ".join([said + by, *lines])


def _enclosures(record: Record, output: str, sparse: bool) -> Iterator[_Row]:
    for one in bounds(record, sparse=sparse):
        if one.lower is None:
            continue
        above = name(one.parts[0]) if record.jacobian is not None else output
        below = one.parts[1:] if record.jacobian is not None else one.parts
        yield _over(above, *map(name, below)), "\\in", f"\\left[{value(one.lower)},\\ {value(one.upper)}\\right]"


def _over(output: str, *variables: str) -> str:
    order = f"^{len(variables)}" if len(variables) > 1 else ""
    below = " \\, ".join(f"\\partial {variable}" for variable in variables)
    return f"\\frac{{\\partial{order} {output}}}{{{below}}}"


def _array(values: Values) -> str:
    """A scalar, a row or a matrix; of more axes, or too wide, the list of its entries in order."""
    shape = shape_of(values)
    if not shape:
        return value(values)
    if len(shape) == 2 and _fits(values):
        rows = " \\\\ ".join(" & ".join(map(value, row)) for row in values)
        return f"\\left(\\begin{{array}}{{{'r' * shape[1]}}} {rows} \\end{{array}}\\right)"
    return _listed([value(item(values, index)) for index in indices(shape)], "(", ")")


def _fits(matrix: Values) -> bool:
    """Whether the columns of a matrix stand side by side on a page."""
    columns = zip(*matrix, strict=True)
    return sum(_GAP + max(len(number(v)) for v in column) for column in columns) <= _WIDTH


def _listed(items: Sequence[str], opening: str, closing: str) -> str:
    """The items with commas, broken into lines of an alignment where they would run off the page."""
    lines: list[list[str]] = [[]]
    used = 0
    for one in items:
        width = len(re.sub(r"\\[A-Za-z]+", "x", one)) + _GAP
        if lines[-1] and used + width > _WIDTH:
            lines.append([])
            used = 0
        lines[-1].append(one)
        used += width
    return opening + ", \\\\\n  &\\quad\\mathopen{} ".join(",\\ ".join(line) for line in lines) + closing
