"""Every rule of the table says the same on both sides: the form by mpmath at 30 digits, its rewrite by gradcli."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from oracles import FUNCTIONS

import gradcli
from gradcli.language.parser import parse
from gradcli.language.patterns import matches, rewritings
from gradcli.language.printer import to_text
from gradcli.language.syntax import Binary, Call, Name, Node, Number, Unary, walk
from gradcli.rewrites.rules import RULES, Rule

#: A form may have a value at some of them only.
POINTS: tuple[dict[str, Any], ...] = (
    {"x": 0.75, "y": 0.375, "z": 1.5, "v": [0.5, 1.25, 0.25]},
    {"x": 1.25, "y": 0.5, "z": 0.75, "v": [2.0, 0.125, 3.0]},
    {"x": -0.625, "y": -1.5, "z": 0.25, "v": [0.75, 0.5, 1.5]},
)

#: Rules that hold for positive operands only.
POSITIVE = {"log(x*y*z)", "log(x*y)", "log(x/y)", "gamma(x)/gamma(y)"}

_ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "power"}
_VECTORS: dict[str, Any] = {
    "sum": sum,
    "prod": mp.fprod,
    "mean": lambda v: sum(v) / len(v),
    "softmax": lambda v: [mp.exp(a) / sum(map(mp.exp, v)) for a in v],
}


def value(node: Node, at: dict[str, Any]) -> Any:
    """The value of an expression of a rule in mpmath, elementwise on vectors."""
    if isinstance(node, Number):
        return mp.mpf(node.value)
    if isinstance(node, Name):
        found = at[node.name]
        return [mp.mpf(a) for a in found] if isinstance(found, list) else mp.mpf(found)
    if isinstance(node, Unary):
        return -value(node.operand, at)
    if isinstance(node, Call) and node.function in _VECTORS:
        return _VECTORS[node.function](value(node.arguments[0], at))
    if isinstance(node, Binary):
        name, given = _ARITHMETIC[node.operator], [value(node.left, at), value(node.right, at)]
    else:
        assert isinstance(node, Call)
        name, given = node.function, [value(a, at) for a in node.arguments]
    if any(isinstance(g, list) for g in given):
        size = next(len(g) for g in given if isinstance(g, list))
        return [FUNCTIONS[name](*(g[k] if isinstance(g, list) else g for g in given)) for k in range(size)]
    return FUNCTIONS[name](*given)


@pytest.mark.parametrize("rule", RULES, ids=[rule.found for rule in RULES])
def test_both_sides_have_one_value(rule: Rule) -> None:
    compared = 0
    with mp.workdps(30):
        for at in POINTS[: 2 if rule.found in POSITIVE else None]:
            try:
                true = value(rule.pattern, at)
            except (ValueError, ZeroDivisionError):
                continue
            every = true if isinstance(true, list) else [true]
            if not all(isinstance(t, mp.mpf) and mp.isfinite(t) for t in every):
                continue
            used = {node.name for node in walk(rule.replacement) if isinstance(node, Name)} & set(at)
            written = rule.written.replace("axis=n", "axis=0").replace("keepdims=k", "keepdims=0")
            found = gradcli.parse(written).value(**{name: at[name] for name in used})["f"]
            assert np.atleast_1d(found).tolist() == pytest.approx([float(t) for t in every], rel=1e-12)
            compared += 1
    assert compared


@pytest.mark.parametrize(
    ("pattern", "text", "bound"),
    [
        ("log(1 + exp(x))", "log(exp(a*b) + 1)", {"x": "a*b"}),
        ("log(1 + exp(x))", "log(1.0 + (exp(a)))", {"x": "a"}),
        ("sqrt(x)*sqrt(x)", "sqrt(a + 1)*sqrt((a+1))", {"x": "a + 1"}),
        ("log(x*y*z)", "log(a*(b*c))", {"x": "a", "y": "b", "z": "c"}),
        ("x*log(x)", "log(a)*a", {"x": "a"}),
        ("1 - tanh(x)^2", "1-tanh(a)**2", {"x": "a"}),
    ],
)
def test_a_form_is_found_however_it_is_written(pattern: str, text: str, bound: dict[str, str]) -> None:
    found = next(matches(parse(pattern).tree, parse(text).tree, str))
    assert {name: to_text(node) for name, node in found.items()} == bound


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("log(1 + exp(x))", "log(1 - exp(a))"),
        ("log(1 + exp(x))", "log(2 + exp(a))"),
        ("log(1 + exp(x))", "log(1 + exp(a) + b)"),
        ("sqrt(x)*sqrt(x)", "sqrt(a)*sqrt(b)"),
        ("log(sum(exp(v)))", "log(sum(exp(a), axis=0))"),
        ("log(sum(exp(v), axis=n))", "log(sum(exp(a)))"),
        ("log(sum(exp(v), axis=n))", "log(sum(exp(a), keepdims=1))"),
        ("exp(x)/exp(y)", "exp(a)*exp(b)"),
    ],
)
def test_what_has_another_form_is_not(pattern: str, text: str) -> None:
    assert not list(matches(parse(pattern).tree, parse(text).tree, str))


@pytest.mark.parametrize(
    ("found", "written", "text", "becomes"),
    [
        ("exp(x) - 1", "expm1(x)", "a + exp(b) - 1", ["a + expm1(b)"]),
        ("exp(x) - 1", "expm1(x)", "exp(b) - c - 1 + a", ["expm1(b) - c + a"]),
        ("exp(x) - 1", "expm1(x)", "exp(b) - c + 1", []),
        ("exp(x) - 1", "expm1(x)", "-1 + exp(b)", ["expm1(b)"]),
        ("exp(x) - 1", "expm1(x)", "-a - 1 + exp(b)", ["expm1(b) - a"]),
        ("1 - exp(x)", "-expm1(x)", "a - exp(b) + 1", ["a - expm1(b)"]),
        ("exp(x)/exp(y)", "exp(x - y)", "exp(a)/b/exp(c)", ["exp(a - c)/b"]),
        ("exp(x)/exp(y)", "exp(x - y)", "b/exp(a)*exp(c)", ["b*exp(c - a)"]),
        ("exp(x)/exp(y)", "exp(x - y)", "b/(exp(a)*exp(c))", []),
        ("sin(x)/x", "sinc(x/pi)", "2/a*sin(a)", ["2*sinc(a/pi)"]),
        ("sqrt(x)*sqrt(x)", "x", "sqrt(a)*b*sqrt(a)", ["a*b"]),
        ("sqrt(x)*sqrt(x)", "x", "sqrt(a)*b/sqrt(a)", []),
        ("log(sum(exp(v), axis=n))", "logsumexp(v, axis=n)", "log(sum(exp(a), axis=1))", ["logsumexp(a, axis=1)"]),
    ],
)
def test_what_is_left_over_is_kept(found: str, written: str, text: str, becomes: list[str]) -> None:
    rule = Rule(found, written)
    texts = rewritings(rule.pattern, rule.replacement, parse(text).tree, str)
    assert list(dict.fromkeys(texts)) == becomes
