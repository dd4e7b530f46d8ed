"""`check` on formulas of physics: SymPy's derivative, printed as a claim, is right; spoilt in any way it is wrong."""

from __future__ import annotations

import csv
import random

import pytest
import sympy
from corpus_folder import corpus

from gradcli.claims import check_claims
from gradcli.language.parser import parse
from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.problem import Claims
from gradcli.solve import SolveOptions

FOLDER = corpus("feynman")
EVERY = 20  #: every how many formulas one is taken: each costs a quarter of a second


def rows() -> list[tuple[str, str, tuple[str, ...]]]:
    found = []
    with (FOLDER / "FeynmanEquations.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            names = tuple(name for k in range(1, 11) if (name := row.get(f"v{k}_name") or ""))
            if row["Formula"]:
                found.append((row["Filename"], row["Formula"], names))
    return found[::EVERY]


def verdicts(text: str, gradient: dict[str, str], hessian: dict[tuple[str, str], str]) -> dict[str, str]:
    claims = Claims(
        {(None, x): parse(claim) for x, claim in gradient.items()},
        {(None, *pair): parse(claim) for pair, claim in hessian.items()},
    )
    problem = problem_from_expression(text, ()).with_(claims=claims)
    return {c.name: c.verdict for c in check_claims(problem, SolveOptions(check=False)).results[0].claims}


@pytest.mark.parametrize(("name", "text", "names"), rows(), ids=lambda v: v if isinstance(v, str) and "." in v else "")
def test_right_is_right_and_wrong_is_wrong(name: str, text: str, names: tuple[str, ...]) -> None:
    symbols = {x: sympy.Symbol(x) for x in names}
    known = symbols | {"pi": sympy.pi, "arcsin": sympy.asin, "arccos": sympy.acos, "ln": sympy.log}
    tree = sympy.nsimplify(sympy.sympify(text, locals=known), rational=True)
    gradient = {x: str(tree.diff(symbol)) for x, symbol in symbols.items()}
    drawn = random.Random(name)
    x, y = drawn.choice(names), drawn.choice(names)
    second = str(tree.diff(symbols[x], symbols[y]))
    right = verdicts(text, gradient, {(x, y): second})
    assert set(right.values()) == {"right"}, right
    claim = gradient[x]
    spoilt = [f"-({claim})", f"2*({claim})", f"({claim})*(1 + 1e-6)", f"({claim}) + 1e-6"]
    spoilt += [f"where({x} > {limit}, 1.001*({claim}), {claim})" for limit in (7.5, 300)]
    spoilt += [gradient[z] for z in names if sympy.simplify(tree.diff(symbols[z]) - tree.diff(symbols[x])) != 0][:1]
    for wrong in spoilt:
        assert verdicts(text, {x: wrong}, {}) == {x: "wrong"}, wrong
    if second != "0":
        assert verdicts(text, {}, {(x, y): f"({second})*(1 + 1e-6)"}) == {f"{x},{y}": "wrong"}
