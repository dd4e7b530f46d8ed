"""Planted slips are found and named, equal formulas of any shape are right, and nearly right ones are wrong.

The right derivatives and their mutations are SymPy's, written as text; nothing here comes from gradcli's own rules.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sympy
from claim_records import decided

x, y = sympy.symbols("x y", real=True)

FORMULAS = [
    x**3 * y + sympy.sin(x),
    sympy.exp(2 * x) * sympy.cos(y * x),
    sympy.sin(x**2 + y),
    x / (1 + x**2),
    sympy.log(1 + x**2 * y**2),
    sympy.sqrt(1 + x**2 + y**2),
    sympy.atan(x * y),
    (x + y) ** 5,
    sympy.tanh(3 * x) + y,
    sympy.exp(-(x**2)) * y,
    1 / (1 + sympy.exp(-x)),
    x**2 * sympy.sin(3 * x),
]

Expr = Any

#: A mutation of the right derivative, and the kinds that name it.
MUTATIONS: dict[str, tuple[Callable[[Expr], Expr], set[str]]] = {
    "sign": (lambda d: -d, {"sign"}),
    "twice": (lambda d: 2 * d, {"factor", "exponent", "chain"}),
    "half": (lambda d: d / 2, {"factor", "exponent", "chain"}),
    "times pi": (lambda d: d * sympy.pi, {"factor"}),
    "degrees": (lambda d: d * sympy.pi / 180, {"units"}),
    "plus 3": (lambda d: d + 3, {"term", "extra"}),
}

#: Outer functions with their derivatives, and what they are taken of.
OUTER: dict[str, Callable[[Expr], Expr]] = {
    "sin({})": sympy.cos,
    "exp({})": sympy.exp,
    "atan({})": lambda u: 1 / (1 + u**2),
    "({})^4": lambda u: 4 * u**3,
}
INNER = [x**2 + 1, 3 * x + y, x * sympy.exp(x), sympy.cos(x)]
FACTORS = [x**2 + 1, sympy.sin(x), sympy.exp(2 * x), sympy.log(3 + x**2), sympy.sqrt(1 + x**4)]


def text(expression: Expr) -> str:
    """SymPy's formula, which the language reads as it is."""
    return str(expression)


def claim(formula: Expr | str, said: Expr) -> Any:
    """The verdict on a claim about the derivative by x; SymPy is not asked for the difference."""
    (found,) = decided(formula if isinstance(formula, str) else text(formula), f"x={text(said)}", symbolic=False)
    return found


@pytest.mark.parametrize("formula", FORMULAS, ids=text)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_planted_constant_is_named(formula: Expr, mutation: str) -> None:
    mutate, kinds = MUTATIONS[mutation]
    found = claim(formula, mutate(formula.diff(x)))
    assert (found.verdict, found.slip in kinds) == ("wrong", True), found


@pytest.mark.parametrize("inner", INNER, ids=text)
@pytest.mark.parametrize("outer", OUTER)
def test_a_forgotten_inner_derivative_is_named(outer: str, inner: Expr) -> None:
    found = claim(outer.format(text(inner)), OUTER[outer](inner))
    assert (found.verdict, found.slip) == ("wrong", "chain"), found
    assert "the inner derivative" in found.remark


@pytest.mark.parametrize(("u", "v"), list(itertools.combinations(FACTORS, 2)), ids=text)
def test_slips_of_products_and_quotients_are_named(u: Expr, v: Expr) -> None:
    du, dv = u.diff(x), v.diff(x)
    for said in (du * v, u * dv, du * dv):
        assert claim(f"({u})*({v})", said).slip == "product"
    for said in ((du * v - u * dv) / v, du * v - u * dv, (du * v + u * dv) / v**2, du / dv):
        assert claim(f"({u})/({v})", said).slip == "quotient"


def spellings() -> Iterator[tuple[Expr, Expr]]:
    """Right derivatives, each in several forms."""
    more = [
        sympy.sin(x) ** 3 * sympy.cos(x),
        sympy.tan(x) * x,
        sympy.sinh(x) * sympy.cosh(2 * x),
        (x**2 - y**2) / (x**2 + y**2),
        sympy.log(x**2 + 1) * sympy.exp(-x),
        (1 + x) ** 3 * (2 - x * y) ** 2,
        sympy.cos(2 * x) * sympy.sin(3 * x),
        x ** sympy.Rational(3, 1) * sympy.exp(x * y),
        sympy.exp(x) / (1 + sympy.exp(x)),
    ]
    rewrites: list[Callable[[Expr], Expr]] = [
        lambda d: d,
        sympy.expand,
        sympy.factor,
        sympy.together,
        sympy.simplify,
        lambda d: sympy.expand(d, trig=True),
        lambda d: d.rewrite(sympy.exp) if d.has(sympy.tanh, sympy.sinh) else sympy.trigsimp(d),
        lambda d: sympy.collect(sympy.expand(d), x),
        lambda d: sympy.nsimplify(d).subs(y, y + 0) * (x - 1) / 3 - d * (x - 4) / 3,
        lambda d: sympy.apart(sympy.together(d), x) if d.is_rational_function(x) else sympy.powsimp(d),
        lambda d: sympy.sin(x) ** 2 * d + sympy.cos(x) ** 2 * d,
    ]
    for formula in FORMULAS + more:
        derivative = formula.diff(x)
        seen = set()
        for rewrite in rewrites:
            said = text(rewrite(derivative))
            if said not in seen:
                seen.add(said)
                yield formula, said


SPELLINGS = list(spellings())


def test_there_are_many_spellings() -> None:
    assert len(SPELLINGS) >= 100


@pytest.mark.parametrize("which", range(10))
def test_every_spelling_of_the_derivative_is_right(which: int) -> None:
    for formula, said in SPELLINGS[which::10]:
        assert claim(formula, said).verdict == "right", (formula, said)


NEARLY = [
    "({0})*(1 + 1e-9)",
    "where(x < 0, 2, 1)*({0})",
    "where(x > 1000, 2, 1)*({0})",
    "{0} + sin(pi*x)",
    "{0} + 1e-12",
]


@pytest.mark.parametrize("nearly", NEARLY)
@pytest.mark.parametrize("formula", [*FORMULAS[:3], x**2, x**4 * y], ids=text)
def test_what_is_nearly_right_is_wrong(formula: Expr, nearly: str) -> None:
    (found,) = decided(text(formula), f"x={nearly.format(text(formula.diff(x)))}", symbolic=False)
    assert found.verdict == "wrong"
    assert found.counterexample is not None
