"""Syntax tree to a LaTeX fragment for math mode: fractions, roots, Greek letters, subscripts, choices as cases."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Collection, Sequence
from typing import Any

from gradcli.autodiff.array_functions import BY_NAME as ARRAY_FUNCTIONS
from gradcli.autodiff.elementwise import CALLABLE, INFIX
from gradcli.autodiff.rows_arithmetic import NOT as NOT_ROW
from gradcli.language.grammar import BINARY, COMPARISON, NOT, OR, POSTFIX, POWER, PRODUCT, SIGN, SUM
from gradcli.language.printer import Piece, separated, sliced, written
from gradcli.language.syntax import Array, Binary, Call, Index, Name, Node, Number, Slice, String, Transpose, Unary

_ATOM = POSTFIX + 1
_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi|omega"
    "|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)
_OPERATORS = {"*": " ", "@": r" \cdot ", "+": " + ", "-": " - "}


def latex(node: Node, names: Collection[str] = ()) -> str:
    r"""The tree as LaTeX.

    Args:
        node: what to write.
        names: the person's own names; `e` is the constant unless it is among them.

    >>> from gradcli.language.parser import parse
    >>> latex(parse("-x1^2*sin(2*theta)/(1 + sqrt(y))").tree)
    '-\\frac{x_{1}^{2} \\sin\\left(2 \\theta\\right)}{1 + \\sqrt{y}}'
    """
    return written(node, _rung, _Writer(names).pieces, (r"\left(", r"\right)"))


def name_in_latex(name: str) -> str:
    r"""A name with its digits and what follows `_` as subscripts.

    >>> name_in_latex("omega_0"), name_in_latex("x12"), name_in_latex("k_spring"), name_in_latex("θ")
    ('\\omega_{0}', 'x_{12}', 'k_{\\mathrm{spring}}', '\\theta')
    """
    head, _, tail = name.strip("_").partition("_")
    digits = re.fullmatch(r"([^0-9]+)([0-9]+)", head)
    below = []
    if digits is not None:
        head = digits[1]
        below.append(digits[2])
    below += [_word(part) for part in tail.split("_") if part]
    if not head or name.startswith("_") or name.endswith("_"):
        return rf"\mathrm{{{_upright(name)}}}"
    return _word(head) + (f"_{{{','.join(below)}}}" if below else "")


def _word(text: str) -> str:
    """One letter as it is, a Greek letter by its command, a word upright."""
    if _GREEK.fullmatch(text):
        return rf"\{text}"
    if len(text) == 1:
        return _letter(text)
    return text if text.isdigit() else rf"\mathrm{{{_upright(text)}}}"


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter
    words = unicodedata.name(letter).lower().split()
    if words[:2] == ["greek", "small"]:
        return r"\varsigma" if "final" in words else rf"\{ {'lamda': 'lambda'}.get(words[-1], words[-1]) }"
    return rf"\{ {'Lamda': 'Lambda'}.get(words[-1].title(), words[-1].title()) }"


def _upright(name: str) -> str:
    return "".join(c if c.isascii() and c != "_" else r"\_" if c == "_" else f"{_letter(c)} " for c in name)


def _rung(node: Node) -> int:
    """How tightly the outermost construct binds once it is LaTeX."""
    if isinstance(node, Binary):
        return BINARY[node.operator] if node.operator != "/" else SIGN if _negative(node.left) else _ATOM
    if isinstance(node, Unary):
        return NOT if node.operator == "not" else SIGN
    if isinstance(node, Number):
        return SIGN if node.text.startswith("-") else PRODUCT if "e" in node.text.lower() else _ATOM
    if isinstance(node, Call) and node.function == "where":
        return SUM
    return POSTFIX if isinstance(node, Index | Transpose) else _ATOM


class _Writer:
    """Writes one node as texts and the nodes below it."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = names

    def pieces(self, node: Node) -> list[Piece]:
        """The texts and parts that `node` is written as, in order."""
        return _WRITERS[type(node)](self, node)

    def number(self, node: Number) -> list[Piece]:
        mantissa, e, exponent = node.text.lower().partition("e")
        if not e:
            return [mantissa]
        power = f"10^{{{int(exponent)}}}"
        sign = "-" if mantissa.startswith("-") else ""
        return [sign + power if mantissa.strip("-") in ("1", "1.0") else rf"{mantissa} \cdot {power}"]

    def name(self, node: Name) -> list[Piece]:
        if node.name == "e" and "e" not in self.names:
            return [r"\mathrm{e}"]
        return [name_in_latex(node.name)]

    def unary(self, node: Unary) -> list[Piece]:
        if node.operator == "not":
            return [rf"{NOT_ROW.latex} ", (node.operand, NOT)]
        return [node.operator, *_unsigned(node.operand, SIGN)]

    def binary(self, node: Binary) -> list[Piece]:
        rung = BINARY[node.operator]
        if node.operator == "/":
            sign, above = ("-", _without_sign(node.left)) if _negative(node.left) else ("", node.left)
            return [rf"{sign}\frac{{", (above, OR), "}{", (node.right, OR), "}"]
        if rung == POWER:
            return self.power(node)
        if node.operator == "*":
            shown = _times(node)
        else:
            row = INFIX.get(node.operator)
            shown = (
                _OPERATORS.get(node.operator) or f" {row.latex if row is not None and row.latex else node.operator} "
            )
        left = rung + 1 if rung == COMPARISON else rung
        return [(node.left, left), shown, *_unsigned(node.right, rung + 1)]

    def power(self, node: Binary) -> list[Piece]:
        base = node.left
        exponent: list[Piece] = ["^{", (node.right, OR), "}"]
        if isinstance(node.right, Binary) and node.right.operator == "/" and _plain(node.right):
            exponent[1:2] = [(node.right.left, OR), "/", (node.right.right, OR)]
        if isinstance(base, Call) and isinstance(node.right, Number) and node.right.text.isdigit():
            pieces = self.call(base)
            if pieces[1:2] == [r"\left("]:  # \sin^{2}\left(x\right)
                return [pieces[0], *exponent, *pieces[1:]]
        bare = not isinstance(base, Call | Transpose) and not (isinstance(base, Binary) and base.operator == "/")
        return [*([(base, POSTFIX)] if bare else [r"\left(", (base, OR), r"\right)"]), *exponent]

    def call(self, node: Call) -> list[Piece]:
        if node.function == "where" and len(node.arguments) == 3:
            condition, a, b = node.arguments
            return [
                r"\begin{cases} ",
                (a, OR),
                r" & \text{if } ",
                (condition, OR),
                r" \\ ",
                (b, OR),
                r" & \text{otherwise} \end{cases}",
            ]
        if node.function == "norm" and len(node.arguments) == 1 and not node.keywords:
            return [r"\left\lVert ", (node.arguments[0], OR), r" \right\rVert"]
        style = _style(node)
        if style is None:
            keywords: list[list[Piece]] = [[rf"\mathrm{{{_upright(k)}}} = ", (value, OR)] for k, value in node.keywords]
            return [rf"\operatorname{{{_upright(node.function)}}}", *_bracketed(node.arguments, keywords)]
        parts = list(string.Formatter().parse(style))
        fields = [field for _, field, _, _ in parts if field is not None]
        if not fields:
            return ["".join(text for text, _, _, _ in parts), *_bracketed(node.arguments)]
        if not all(field.isdigit() for field in fields):
            return [style, *_bracketed(node.arguments)]
        pieces: list[Piece] = []
        for text, field, tight, _ in parts:
            pieces += [text] if field is None else [text, (node.arguments[int(field)], _ATOM if tight else OR)]
        return pieces

    def index(self, node: Index) -> list[Piece]:
        return [(node.operand, POSTFIX), r"\left[", *separated([[(p, OR)] for p in node.parts]), r"\right]"]

    def array(self, node: Array) -> list[Piece]:
        return [r"\left[", *separated([[(item, OR)] for item in node.items]), r"\right]"]

    def transpose(self, node: Transpose) -> list[Piece]:
        if isinstance(node.operand, Name):
            return [(node.operand, POSTFIX), r"^{\top}"]
        return [r"\left(", (node.operand, OR), r"\right)^{\top}"]

    def slice(self, node: Slice) -> list[Piece]:
        return sliced(node)

    def string(self, node: String) -> list[Piece]:
        return [rf"\text{{``{node.value}''}}"]


_WRITERS: dict[type[Node], Callable[[_Writer, Any], list[Piece]]] = {
    Number: _Writer.number,
    Name: _Writer.name,
    Binary: _Writer.binary,
    Unary: _Writer.unary,
    Call: _Writer.call,
    Index: _Writer.index,
    Array: _Writer.array,
    Transpose: _Writer.transpose,
    Slice: _Writer.slice,
    String: _Writer.string,
}


def _style(node: Call) -> str | None:
    """The format string of a call in LaTeX, None for a name with its arguments in parentheses."""
    row = CALLABLE.get(node.function)
    if row is not None:
        return row.latex if len(row.parameters) + len(row.arguments) == len(node.arguments) else None
    array_function = ARRAY_FUNCTIONS.get(node.function)
    return array_function.latex if array_function is not None else None


def _negative(node: Node) -> bool:
    """Whether a product begins with a minus sign."""
    while isinstance(node, Binary) and node.operator in "*/":
        node = node.left
    return (isinstance(node, Unary) and node.operator == "-") or (
        isinstance(node, Number) and node.text.startswith("-")
    )


def _unsigned(node: Node, loosest: int) -> list[Piece]:
    """A part that follows an operator: in parentheses if it begins with a sign."""
    return [r"\left(", (node, OR), r"\right)"] if _negative(node) else [(node, loosest)]


def _without_sign(node: Node) -> Node:
    """The product without the minus sign it begins with."""
    factors: list[Binary] = []
    while isinstance(node, Binary):
        factors.append(node)
        node = node.left
    if isinstance(node, Number):
        node = Number(-node.value, node.text[1:], node.span)
    else:
        assert isinstance(node, Unary)
        node = node.operand
    for product in reversed(factors):
        node = Binary(product.operator, node, product.right, product.operator_span, product.span)
    return node


def _plain(node: Binary) -> bool:
    """Whether a quotient is one of plain numbers."""
    return all(isinstance(n, Number) and "e" not in n.text.lower() for n in (node.left, node.right))


def _times(node: Binary) -> str:
    """What stands between two factors: a blank, or a sign where the reader would join them."""
    right = node.right
    while isinstance(right, Binary) and right.operator == "^":
        right = right.left
    if isinstance(right, Number):
        return r" \cdot "
    left = node.left
    while isinstance(left, Binary) and left.operator == "*":
        left = left.right
    words = [n for n in (left, right) if isinstance(n, Name) and name_in_latex(n.name).startswith(r"\mathrm")]
    return r" \, " if words else " "


def _bracketed(arguments: Sequence[Node], more: Sequence[list[Piece]] = ()) -> list[Piece]:
    entries: list[list[Piece]] = [[(a, OR)] for a in arguments]
    return [r"\left(", *separated([*entries, *more]), r"\right)"]
