r"""LaTeX: a fragment to paste into a document that loads amsmath, with every stranger's text escaped."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gradcli.errors import visible
from gradcli.report.entries import bounded, indices, item, label, number, shape_of, split_key
from gradcli.report.sentences import claim_sentence, meaning, remarks
from gradcli.result import Record, Values

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\char96{}", '"': r"\char34{}",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "ς": "varsigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma",
    "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_SPELLED = {name: f"\\{name}" for name in [*_GREEK.values(), "epsilon", "phi"]}


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
            lines += [
                "\\begin{align*}",
                " \\\\\n".join(f"  {left} &= {right}" for left, right in equations),
                "\\end{align*}",
            ]
        lines += [f"{escape(claim_sentence(claim))}\\par" for claim in record.claims if claim.verdict == "right"]
        if record.verdict not in ("verified", "unchecked"):
            words = "; ".join(remarks(record)) or meaning(record)
            lines.append(f"\\emph{{{record.verdict}}}: {escape(words)}\\par")
        yield "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""A stranger's text as LaTeX text mode prints it.

    >>> escape("a_b^2 \\input{x}")
    'a\\_b\\textasciicircum{}2 \\textbackslash{}input\\{x\\}'
    """
    return "".join(
        f"${_greek(c)}$" if c in _GREEK else _SPECIAL.get(c, c if c.isascii() else f"[U+{ord(c):04X}]")
        for c in visible(text)
    )


def name(text: str) -> str:
    r"""A name in math mode: Greek letters as such, what follows `_` or a letter's digits below the line.

    >>> name("x"), name("W[0,1]"), name("sigma_max"), name("loss")
    ('x', 'W_{0,1}', '\\sigma_{\\mathrm{max}}', '\\mathrm{loss}')
    """
    found = re.fullmatch(r"(.*?)\[([0-9,]*)\]", text)
    if found:
        return f"{{{name(found[1])}}}_{{{found[2]}}}" if "_" in name(found[1]) else f"{name(found[1])}_{{{found[2]}}}"
    base, _, below = text.partition("_")
    digits = re.fullmatch(r"([^\W\d_])([0-9]+)", base)
    if digits and not below:
        return f"{_word(digits[1])}_{{{digits[2]}}}"
    return f"{_word(base)}_{{{_word(below)}}}" if base and below else _word(text)


def value(number_: Any) -> str:
    r"""A number in math mode, with all its digits.

    >>> value(-1.5e-17), value(float("inf"))
    ('-1.5 \\times 10^{-17}', '\\infty')
    """
    if isinstance(number_, float) and not math.isfinite(number_):
        return "\\mathrm{NaN}" if math.isnan(number_) else "\\infty" if number_ > 0 else "-\\infty"
    mantissa, _, exponent = number(number_).partition("e")
    return f"{mantissa} \\times 10^{{{int(exponent)}}}" if exponent else mantissa


def _equations(record: Record, sparse: bool) -> Iterator[tuple[str, str]]:
    output = name(record.output or "f")
    formulas = record.formula or {}
    if record.at is not None and record.value is not None:
        places = ",\\ ".join(f"{name(n)} = {_array(v)}" for n, v in record.at.items() if shape_of(v) == ())
        yield output, _array(record.value) + (f" \\qquad ({places})" if places else "")
    for variable, values in (record.gradient or {}).items():
        shown = "\\text{not connected}" if values is None else _array(values)
        left = _over(output, name(variable))
        if variable in formulas:
            shown = f"{formulas[variable].latex} = {shown}"
        yield left, shown
    if record.hessian is not None:
        labels = record.hessian.labels
        yield from _matrix(f"\\nabla^2 {output}", record.hessian.matrix, labels, labels, sparse)
        if record.hessian.eigenvalues is not None and not sparse:
            yield "\\lambda", ",\\ ".join(map(value, record.hessian.eigenvalues))
    if record.jacobian is not None:
        yield from _matrix(
            f"J_{{{output}}}", record.jacobian.matrix, record.jacobian.rows, record.jacobian.columns, sparse
        )
    for key, formula in formulas.items():
        if key not in (record.gradient or {}):
            parts = split_key(key)
            above = name(parts.pop(0)) if record.task == "jacobian" and len(parts) == 2 else output
            yield _over(above, *map(name, parts)), formula.latex
    yield from _enclosures(record.enclosures or {}, output)


def _matrix(
    left: str, matrix: Values, rows: tuple[str, ...], columns: tuple[str, ...], sparse: bool
) -> Iterator[tuple[str, str]]:
    if not sparse:
        yield left, _array(matrix)
        return
    for row, line in zip(rows, matrix, strict=True):
        for column, entry in zip(columns, line, strict=True):
            if entry != 0:
                yield f"\\left({left}\\right)_{{{name(row)},{name(column)}}}", value(entry)


def _enclosures(enclosures: Mapping[str, Values], output: str) -> Iterator[tuple[str, str]]:
    for key, values in enclosures.items():
        for index in bounded(values):
            low, high = item(values, index)
            yield _over(output, name(label(key, index))), f"\\left[{low},\\ {high}\\right]"


def _over(output: str, *variables: str) -> str:
    order = f"^{len(variables)}" if len(variables) > 1 else ""
    below = " \\, ".join(f"\\partial {variable}" for variable in variables)
    return f"\\frac{{\\partial{order} {output}}}{{{below}}}"


def _array(values: Values) -> str:
    """A scalar, a row or a matrix; of more axes, the list of its entries in order."""
    shape = shape_of(values)
    if not shape:
        return value(values)
    if len(shape) == 2:
        rows = " \\\\ ".join(" & ".join(map(value, row)) for row in values)
        return f"\\left(\\begin{{array}}{{{'r' * shape[1]}}} {rows} \\end{{array}}\\right)"
    return "\\left(" + ",\\ ".join(value(item(values, index)) for index in indices(shape)) + "\\right)"


def _word(text: str) -> str:
    if len(text) == 1:
        return _greek(text)
    return _SPELLED.get(text) or f"\\mathrm{{{escape_math(text)}}}"


def escape_math(text: str) -> str:
    """A name of several letters inside `\\mathrm`."""
    return "".join(
        f"{_greek(c)} " if c in _GREEK else {"_": r"\_"}.get(c, c) for c in text if c in _GREEK or c.isascii()
    )


def _greek(character: str) -> str:
    return f"\\{_GREEK[character]}" if character in _GREEK else character
