"""Trees for the language's tests: their outline as flat data, random ones, and their text with every parenthesis."""

from __future__ import annotations

from hypothesis import strategies as st

from gradcli.language.syntax import (
    Array,
    Binary,
    Call,
    Index,
    Name,
    Node,
    Number,
    Slice,
    String,
    Transpose,
    Unary,
    children,
)

NOWHERE_IN_TEXT = (0, 0)
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
BINARY_OPERATORS = ("or", "and", *COMPARISONS, "+", "-", "*", "/", "@", "^")


def outline(tree: Node) -> list[str]:
    """The tree's nodes in prefix order, each with all it says besides its place; equal for equal trees only."""
    lines, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        lines.append(_label(node))
        waiting += reversed(children(node))
    return lines


def nodes(tree: Node) -> list[Node]:
    """All nodes in prefix order."""
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += reversed(children(node))
    return found


def _label(node: Node) -> str:
    match node:
        case Number():
            return f"number {node.text} {node.value!r}"
        case Name():
            return f"name {node.name}"
        case String():
            return f"string {node.value!r}"
        case Unary():
            return f"unary {node.operator}"
        case Binary():
            return f"binary {node.operator}"
        case Call():
            return f"call {node.function} {len(node.arguments)} {[key for key, _ in node.keywords]}"
        case Slice():
            return f"slice {[part is not None for part in (node.start, node.stop, node.step)]}"
        case Index():
            return f"index {len(node.parts)}"
        case Array():
            return f"array {len(node.items)}"
        case Transpose():
            return "transpose"
    raise AssertionError(type(node))


def with_parentheses(node: Node, pad: str = "") -> str:
    """The text of a small tree with every operand in parentheses, so that no precedence is needed to read it."""

    def inner(part: Node) -> str:
        bare = isinstance(part, Name | Number | Call | Array | String)
        return with_parentheses(part, pad) if bare else f"({pad}{with_parentheses(part, pad)}{pad})"

    def entry(part: Node | None) -> str:
        return "" if part is None else with_parentheses(part, pad)

    match node:
        case Number():
            return node.text
        case Name():
            return node.name
        case String():
            return f"'{node.value}'"
        case Unary():
            return f"{node.operator} {inner(node.operand)}"
        case Binary():
            return f"{inner(node.left)} {pad}{node.operator}{pad} {inner(node.right)}"
        case Call():
            entries = [entry(a) for a in node.arguments] + [f"{key}{pad}={entry(v)}" for key, v in node.keywords]
            return f"{node.function}{pad}({pad}{f'{pad},'.join(entries)}{pad})"
        case Slice():
            step = f"{pad}:{entry(node.step)}" if node.step is not None else ""
            return f"{entry(node.start)}{pad}:{entry(node.stop)}{step}"
        case Index():
            return f"{inner(node.operand)}{pad}[{pad}{','.join(entry(part) for part in node.parts)}{pad}]"
        case Array():
            return f"[{pad}{','.join(entry(item) for item in node.items)}{pad}]"
        case Transpose():
            return f"{inner(node.operand)}{pad}'"
    raise AssertionError(type(node))


def _number(text: str) -> Number:
    return Number(float(text), text, NOWHERE_IN_TEXT)


_names = st.sampled_from(["x", "y_1", "_", "T", "e", "lambda", "einsum", "σ", "\u03bc", "Ω2"])
_leaves = st.one_of(
    _names.map(lambda name: Name(name, NOWHERE_IN_TEXT)),
    st.sampled_from(["0", "3", ".5", "5.", "1e-3", "2E+10", "0.1250"]).map(_number),
)


def _compound(part: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    place = st.just(NOWHERE_IN_TEXT)
    some = st.lists(part, min_size=1, max_size=3).map(tuple)
    maybe = st.none() | part
    entries = st.lists(part | st.builds(Slice, maybe, maybe, maybe, place), min_size=1, max_size=3).map(tuple)
    keywords = st.dictionaries(_names, part, max_size=2).map(lambda d: tuple(d.items()))
    string = st.sampled_from(["ij,jk->ik", "", "...i -> i"]).map(lambda value: String(value, NOWHERE_IN_TEXT))
    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "+", "not"]), part, place),
        st.builds(Binary, st.sampled_from(BINARY_OPERATORS), part, part, place, place),
        st.builds(Call, _names, st.lists(part, max_size=3).map(tuple), keywords, place, place),
        st.builds(Index, part, entries, place),
        st.builds(Array, some, place),
        st.builds(Transpose, part, place),
        st.builds(lambda s, rest: Call("einsum", (s, *rest), (), (0, 0), (0, 0)), string, some),
    )


trees: st.SearchStrategy[Node] = st.recursive(_leaves, _compound, max_leaves=20)
