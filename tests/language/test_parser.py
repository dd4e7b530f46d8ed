"""How text is read: golden cases, Python's own grammar as an outside oracle, places, sizes."""

from __future__ import annotations

import ast
import copy
import pickle
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_trees import COMPARISONS, nodes, outline, trees, with_parentheses

from gradcli.errors import ExpressionError, Origin
from gradcli.language.parser import parse
from gradcli.language.printer import to_text
from gradcli.language.syntax import Binary, Call, Node, Number, Slice, String

CASES = Path(__file__).parent.parent / "cases"
READS_AS = tomllib.loads((CASES / "reads_as.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", READS_AS, ids=[case["shows"] for case in READS_AS])
def test_reads_as(case):
    tree = parse(case["input"]).tree
    assert outline(tree) == outline(parse(case["reads"]).tree)
    assert to_text(tree) == case.get("prints", case["input"])


@given(trees, st.sampled_from(["", " ", "\n\t"]))
def test_text_with_every_parenthesis_reads_as_its_tree(tree, pad):
    assert outline(parse(with_parentheses(tree, pad)).tree) == outline(tree)


# ---- Python's grammar, where it is the same ----

_operand = st.sampled_from(
    ["x", "y", "2", ".5", "1e3", "f(x, y + 1, k=-x)", "f()", "a[0, 1:x, ::2, :]", "a.T", "[x, 1]"]
)
_sign = st.sampled_from(["", "", "", "-", "+", "--", "not "])
_operator = st.sampled_from(["or", "and", "<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "/", "@", "**"])


def _flat(operand: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signed = st.tuples(_sign, operand).map("".join)
    rest = st.lists(st.tuples(_operator, signed).map(" ".join), max_size=6)
    return st.tuples(signed, rest).map(lambda pair: " ".join([pair[0], *pair[1]]))


_texts = st.recursive(_operand, lambda inner: _flat(inner | inner.map("({})".format)), max_leaves=12).flatmap(
    lambda text: st.just(text) | st.just(f"({text})") | st.just(f"({text}).T")
)

_SYMBOLS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "^",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.And: "and", ast.Or: "or", ast.USub: "-", ast.UAdd: "+", ast.Not: "not",
}  # fmt: skip


def _python_outline(node: ast.AST) -> list[str]:
    """What Python's parser makes of the text, in the words of `outline` (numbers by value only)."""
    match node:
        case ast.Name(id=name):
            return [f"name {name}"]
        case ast.Constant(value=value):
            return [f"number {float(value)!r}"]
        case ast.UnaryOp(op=op, operand=operand):
            return [f"unary {_SYMBOLS[type(op)]}", *_python_outline(operand)]
        case ast.BinOp(left=left, op=op, right=right):
            return [f"binary {_SYMBOLS[type(op)]}", *_python_outline(left), *_python_outline(right)]
        case ast.BoolOp(op=op, values=[*first, last]):
            left = _python_outline(first[0] if len(first) == 1 else ast.BoolOp(op, first))
            return [f"binary {_SYMBOLS[type(op)]}", *left, *_python_outline(last)]
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return [f"binary {_SYMBOLS[type(op)]}", *_python_outline(left), *_python_outline(right)]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            head = f"call {name} {len(args)} {[k.arg for k in keywords]}"
            return [head, *(line for a in (*args, *(k.value for k in keywords)) for line in _python_outline(a))]
        case ast.Attribute(value=value, attr="T"):
            return ["transpose", *_python_outline(value)]
        case ast.Subscript(value=value, slice=ast.Tuple(elts=parts)):
            lines = (line for part in parts for line in _python_outline(part))
            return [f"index {len(parts)}", *_python_outline(value), *lines]
        case ast.Slice(lower=lower, upper=upper, step=step):
            parts = [lower, upper, step]
            lines = (line for part in parts if part is not None for line in _python_outline(part))
            return [f"slice {[part is not None for part in parts]}", *lines]
        case ast.List(elts=items):
            return [f"array {len(items)}", *(line for item in items for line in _python_outline(item))]
    raise AssertionError(ast.dump(node))


@given(_texts)
def test_reads_as_python_reads_it(text):
    try:
        theirs = ast.parse(text, mode="eval").body
        if any(isinstance(node, ast.Compare) and len(node.ops) > 1 for node in ast.walk(theirs)):
            theirs = None  # Python chains comparisons; here a chain is refused
    except SyntaxError:
        theirs = None
    if theirs is None:
        with pytest.raises(ExpressionError):
            parse(text)
        return
    ours = outline(parse(text).tree)
    ours = [f"number {line.split()[-1]}" if line.startswith("number") else line for line in ours]
    assert ours == _python_outline(theirs)


# ---- places ----


@given(trees, st.sampled_from(["", " ", "\n\t"]))
def test_the_place_of_every_node_is_its_own_text(tree, pad):
    text = f"{pad}({with_parentheses(tree, pad)}){pad}"
    for node in nodes(parse(text).tree):
        start, end = node.span
        own = text[start:end]
        assert own == own.strip()
        if isinstance(node, Slice):
            own = f"a[{own}]"
            assert outline(parse(own).tree)[2:] == outline(node)
        elif isinstance(node, String):
            assert own == f"'{node.value}'"
        else:
            again = parse(own).tree
            assert outline(again) == outline(node)
            assert again.span == (0, len(own))  # no parentheses around it
        if isinstance(node, Binary):
            assert text[node.operator_span.start : node.operator_span.end] == node.operator
        if isinstance(node, Call):
            assert text[node.name_span.start : node.name_span.end] == node.function


def test_places_cover_the_parentheses_of_operands():
    text = " ((a + b)) * (c)[0] ** (d)' "
    tree = parse(text).tree
    assert isinstance(tree, Binary)
    spans = {text[node.span.start : node.span.end] for node in nodes(tree)}
    assert spans == {
        "((a + b)) * (c)[0] ** (d)'", "a + b", "(c)[0] ** (d)'", "(c)[0]", "(d)'", "a", "b", "c", "0", "d",
    }  # fmt: skip
    power = tree.right
    assert isinstance(power, Binary)
    assert (power.operator, text[power.operator_span.start : power.operator_span.end]) == ("^", "**")


def test_the_origin_and_the_text_are_kept():
    origin = Origin("spec.toml", 7, "outputs.loss")
    expression = parse("x +\n y", origin)
    assert (expression.text, expression.origin) == ("x +\n y", origin)
    with pytest.raises(ExpressionError) as caught:
        parse("x +\n y z", origin)
    assert (caught.value.origin, caught.value.line, caught.value.column) == (origin, 8, 4)


# ---- numbers ----


@pytest.mark.parametrize("text", ["0", "3", ".5", "5.", "1e-3", "1E+2", "1.7976931348623157e308", "5e-324", "1e-999"])
def test_numbers_are_the_nearest_float64(text):
    tree = parse(text).tree
    assert isinstance(tree, Number)
    assert (tree.value, tree.text) == (float(text), text)


@pytest.mark.parametrize("text", ["1e309", "1.7976931348623159e308", "9" * 400, "-1e999"])
def test_numbers_beyond_float64_are_refused(text):
    with pytest.raises(ExpressionError, match="too large for a float64"):
        parse(text)


# ---- sizes ----


def test_a_hundred_thousand_terms():
    text = " + ".join(f"sin(x*{i})" for i in range(100_000))
    tree = parse(text).tree
    assert to_text(tree) == text
    depth = 0
    while isinstance(tree, Binary):
        tree, depth = tree.left, depth + 1
    assert depth == 99_999


NESTED = {
    "parentheses": lambda n: "(" * n + "x" + ")" * n,
    "calls": lambda n: "sin(" * n + "x" + ")" * n,
    "powers": lambda n: "2^" * n + "x",
    "signs": lambda n: "-" * n + "x",
    "nots": lambda n: "not " * n + "x",
    "indices": lambda n: "a[" * n + "0" + "]" * n,
    "arrays": lambda n: "[" * n + "x" + "]" * n,
    "signed powers": lambda n: "2^-" * (n // 2) + "x",
    "sums": lambda n: "(1 + " * n + "x" + ")" * n,
}


@pytest.mark.parametrize("form", NESTED)
def test_a_nesting_of_two_thousand(form):
    text = NESTED[form](2_000)
    tree: Node = parse(text).tree
    assert outline(parse(to_text(tree)).tree) == outline(tree)


@pytest.mark.parametrize("chain", ["'", "[0]", ".T", "*x", "^x", " and x"])
def test_long_chains_are_not_nested(chain):
    length = 50_000 if chain != "^x" else 9_000
    tree = parse("x" + chain * length).tree
    assert len(outline(tree)) >= length


def test_an_expression_is_pickled_and_copied_as_its_text():
    deep = parse(" + ".join(["x"] * 20_000), Origin("a.toml", 3, "outputs.f"))
    for again in (pickle.loads(pickle.dumps(deep)), copy.deepcopy(deep)):
        assert (again.text, again.origin) == (deep.text, deep.origin)
        assert outline(again.tree) == outline(deep.tree)


def test_the_operators_are_those_of_the_interface():
    for operator in (*COMPARISONS, "+", "-", "*", "/", "@", "^", "and", "or"):
        tree = parse(f"a {operator} b").tree
        assert isinstance(tree, Binary)
        assert tree.operator == operator
