"""Slips of the pen: the claim's text with one small change, each read and lowered like what a person types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from gradcli.claims.pair import Pair
from gradcli.claims.rules import Slip
from gradcli.errors import GradcliError, Span
from gradcli.language.parser import parse
from gradcli.language.syntax import Array, Binary, Call, Expression, Index, Name, Node, Number, Transpose, Unary, walk

_NODES = 200  #: parts of a claim up to which each is changed
_EDITS = 400  #: changes tried
_LONGEST = 60  #: characters of a part that is quoted

#: Functions that are taken for one another, each with the one that it may stand for.
_CONFUSED = {
    "sin": ("cos",), "cos": ("sin",), "sinh": ("cosh",), "cosh": ("sinh",), "tan": ("sec",), "sec": ("tan",),
    "log": ("log10", "log2"), "ln": ("log10", "log2"), "log10": ("log",), "log2": ("log",), "exp": ("log",),
    "sind": ("sin", "cosd"), "cosd": ("cos", "sind"), "asin": ("acos",), "acos": ("asin",), "tanh": ("tan",),
}  # fmt: skip


def slips(pair: Pair, said: Expression, mended_entry: int | None) -> Iterator[Slip]:
    """The claim with one change after the other.

    Args:
        pair: the claim's.
        said: as typed.
        mended_entry: the flat index of the entry that is meant, of a claim taken entry by entry; None: all of it.
    """
    nodes = [node for _, node in zip(range(_NODES + 1), walk(said.tree), strict=False)]
    if len(nodes) > _NODES:
        return
    for count, (kind, words, span, new) in enumerate(_edits(pair, nodes, said.text)):
        if count >= _EDITS:
            return
        text = f"{said.text[: span.start]}{new}{said.text[span.end :]}"
        try:
            index = pair.assembly.lower(parse(text))
        except GradcliError:
            continue
        if pair.tape.shape(index) == pair.tape.shape(pair.claim):
            if mended_entry is not None:
                index = pair.entry_of(index, mended_entry)
            whole = _short(text.strip())
            yield Slip(kind, f"{words}: {whole}" if len(whole) <= _LONGEST else words, index)


def _edits(pair: Pair, nodes: Sequence[Node], text: str) -> Iterator[tuple[str, str, Span, str]]:
    """Kind, words, place and replacement."""

    def cut(node: Node) -> str:
        return text[node.span.start : node.span.end]

    names = list(pair.assembly.names)
    shapes = {name: pair.tape.shape(pair.assembly.names[name]) for name in names}
    if len(pair.tape.shape(pair.claim)) == 2:
        whole = text.strip()
        mended = f"{whole}'" if isinstance(nodes[0], (Name, Call, Index, Array)) else f"({whole})'"
        yield "transposed", "the whole claim is transposed", Span(0, len(text)), mended
    for node in nodes:
        here = _short(cut(node))
        if isinstance(node, Transpose):
            operand = cut(node.operand)
            bare = f"({operand})" if isinstance(node.operand, (Binary, Unary)) else operand
            yield "transposed", f"transposed: `{_short(operand)}` is meant, not `{here}`", node.span, bare
        elif isinstance(node, Name) and len(shapes.get(node.name, ())) == 2:
            rows, columns = shapes[node.name]
            if rows == columns:
                words = f"`({node.name} + {node.name}')/2` is meant, not `{node.name}`: it is right for a symmetric one"
                yield "symmetry", words, node.span, f"(({node.name} + {node.name}')/2)"
            yield "transposed", f"transposed: `{node.name}'` is meant, not `{node.name}`", node.span, f"{node.name}'"
    yield from _matrix_factors(pair, shapes, text)
    for node in nodes:
        here = _short(cut(node))
        if isinstance(node, Binary) and node.operator == "@":
            left, right = cut(node.left), cut(node.right)
            yield "transposed", f"the factors of `{here}` are in the wrong order", node.span, f"(({right}) @ ({left}))"
    for node in nodes:
        here = _short(cut(node))
        if isinstance(node, Name) and node.name in shapes:
            for other in names:
                if other != node.name and shapes[other] == shapes[node.name]:
                    yield "variable", f"`{other}` is meant, not `{node.name}`, in one place", node.span, other
        elif isinstance(node, Binary) and node.operator in _OPPOSITE:
            yield from _of_operator(node, here, cut)
        elif isinstance(node, Number):
            yield from _of_number(node)
        elif isinstance(node, Call) and node.function in _CONFUSED:
            for other in _CONFUSED[node.function]:
                yield "function", f"`{other}` is meant, not `{node.function}`, in `{here}`", node.name_span, other
        if isinstance(node, (Name, Call, Index)) and (not isinstance(node, Name) or node.name in shapes):
            for power in ("^2", "^3"):
                yield "exponent", f"`{here}{power}` is meant, not `{here}`", node.span, f"({cut(node)}{power})"
        if isinstance(node, Binary) and node.operator in ("^", "**"):
            base = cut(node.left)
            yield "exponent", f"`{_short(base)}` is meant, not `{here}`", node.span, f"({base})"
            yield "exponent", f"`{here}` is to be squared", node.span, f"({cut(node)})^2"


def _matrix_factors(
    pair: Pair, shapes: Mapping[str, tuple[int, ...]], text: str
) -> Iterator[tuple[str, str, Span, str]]:
    """A matrix that all of a claim lacks: the inner derivative of `A @ x`."""
    claimed, whole = pair.tape.shape(pair.claim), Span(0, len(text))
    for name, shape in shapes.items():
        if len(shape) == 2 and claimed:
            for matrix, (rows, columns) in ((f"{name}'", shape[::-1]), (name, shape)):
                if rows == columns == claimed[0]:
                    words = f"the inner derivative is missing: the factor `{matrix}` from the left"
                    yield "chain", words, whole, f"{matrix} @ ({text.strip()})"
                if rows == columns == claimed[-1] and len(claimed) == 2:
                    words = f"the inner derivative is missing: the factor `{matrix}` from the right"
                    yield "chain", words, whole, f"({text.strip()}) @ {matrix}"


def _of_operator(node: Binary, here: str, cut: Callable[[Node], str]) -> Iterator[tuple[str, str, Span, str]]:
    other, (start, end) = _OPPOSITE[node.operator], node.operator_span
    words = f"`{other}` is meant, not `{node.operator}`, in `{here}`"
    if other not in "+-":
        yield "factor", words, node.operator_span, other
        return
    yield "sign", f"a sign: {words}", node.operator_span, other
    if node.operator == "-":
        left, right = (cut(part) if isinstance(part, _PLAIN) else f"({cut(part)})" for part in (node.left, node.right))
        yield "sign", f"`{here}` is the wrong way round", node.span, f"({right} - {left})"
    yield "extra", f"the term `{_short(cut(node.right))}` is too much", Span(start, node.span.end), ""
    left = f"the term `{_short(cut(node.left))}` is too much"
    yield "extra", left, Span(node.span.start, start if node.operator == "-" else end), ""


def _of_number(node: Number) -> Iterator[tuple[str, str, Span, str]]:
    value = node.value
    if value != round(value) or abs(value) > 1e6:
        return
    for other in (value + 1, value - 1):
        text = f"{other:g}"
        yield "number", f"{text} is meant, not {node.text}", node.span, f"({text})" if other < 0 else text


_PLAIN = (Name, Number, Call, Index)  #: what needs no brackets
_OPPOSITE = {"+": "-", "-": "+", "*": "/", "/": "*"}


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
