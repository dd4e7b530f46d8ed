"""The product of a Hessian and a vector: what agrees, and that a wrong one is found and blamed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.problem import CheckOptions
from gradcli.result import Record, VectorProduct
from gradcli.solve import SolveOptions, solve
from gradcli.targets.derivative_values import HessianProgram
from gradcli.verify import products


def solved(text: str, *items: str, **options: Any) -> Record:
    problem = problem_from_expression(text, items).with_(check=CheckOptions(**options))
    (record,) = solve(problem, SolveOptions(task="hessian")).results
    return record


def product(record: Record) -> Any:
    assert record.hessian is not None
    assert record.hessian.audit is not None
    return record.hessian.audit.hvp


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("sin(x)*y^3 + exp(z*x)", ("x=0.3", "y=2", "z=-1")),
        ("sum(softmax(v)*v)", ("v=[0.1, -2, 3]",)),
        ("logdet(A) + sum(A*A)", ("A=[[2,1],[0.5,3]]",)),
        ("stop_gradient(x)*x^2 + c*y^2", ("x=2", "y=1", "c=4")),
        ("log(x)*1e-30 + y^2*1e30", ("x=1e-8", "y=1e5")),
    ],
)
@pytest.mark.parametrize("certificate", [True, False])
def test_three_ways_agree(text: str, items: tuple[str, ...], certificate: bool) -> None:
    record = solved(text, *items, certificate=certificate)
    found = product(record)
    assert (record.verdict, found.verdict, found.reason) == ("verified", "agree", None)
    assert found.compared == found.of == len(record.hessian.labels)  # type: ignore[union-attr]
    assert found.matrix_error < 1e-12
    assert found.witness_error < 1e-6


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("(x^2 + y^2)*z*1e-160", ("x=3e-159", "y=-40", "z=2e-160")),
        ("(2.85*sin(x*y))^2*z", ("x=-40", "y=1e-160", "z=1")),
    ],
)
def test_products_that_underflow_are_no_contradiction(text: str, items: tuple[str, ...]) -> None:
    """Entries of 1e-318 have few digits, and a vector of size 40 shows what they lack."""
    record = solved(text, *items)
    assert record.verdict == "verified"
    assert 1e-7 < product(record).matrix_error < 1e-3
    assert product(record).verdict == "agree"


def test_the_seed_makes_the_vector() -> None:
    assert product(solved("x^2*y", "x=1", "y=2", seed=7)).seed == 7


def test_an_enclosure_that_excludes_the_product_contradicts(monkeypatch: pytest.MonkeyPatch) -> None:
    right = products.cross_check

    def elsewhere(question: products.Question, deadline: float, lower: Any, upper: Any) -> VectorProduct:
        return right(question, deadline, lower * (1 + 1e-6), upper * (1 + 1e-6))

    monkeypatch.setattr(products, "cross_check", elsewhere)
    record = solved("x^2*y + y^3", "x=1", "y=2")
    assert (record.verdict, product(record).verdict) == ("mismatch", "disagree")
    assert product(record).witness == "the certificate"


def test_a_wrong_sweep_is_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry of the swept product off by 1e-6: no entry of the matrix is wrong, but the two contradict."""
    right = HessianProgram.product

    def wrong(self: HessianProgram, inputs: Any, direction: Any) -> Any:
        return right(self, inputs, direction) * np.array([1.0, 1.0 + 1e-6])

    monkeypatch.setattr(HessianProgram, "product", wrong)
    record = solved("x^2*y + y^3", "x=1", "y=2")
    assert (record.verdict, product(record).verdict) == ("mismatch", "disagree")


def test_differences_do_not_accuse_what_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: Any) -> Any:
        return np.array([1.0, 2.0]), np.array([1e-12, 1e-12]), np.array([True, True])

    monkeypatch.setattr(products, "_differences", wrong)
    record = solved("x^2*y + y^3", "x=1", "y=2")
    assert (record.verdict, product(record).verdict) == ("verified", "agree")
    assert product(record).witness == "the certificate"
    record = solved("x^2*y + y^3", "x=1", "y=2", certificate=False)
    assert (record.verdict, product(record).verdict) == ("mismatch", "disagree")


def test_rounding_of_the_product_is_no_contradiction() -> None:
    """Entries of which cancellation has left no digit differ from a sweep that cancels otherwise."""
    record = solved("(x + y + z)^3 - 1e16*(x - y)^2 + 1e16*(x - y)^2", "x=1.1", "y=0.7", "z=0.3")
    assert product(record).verdict in ("agree", "inconclusive")


#: Minima and poles, where the court's ladder of steps does not settle.
@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("x^x", ("x=0.36787944117144233",)),
        ("sum((d - a*c/(k + c))^2)", ("a=212.7", "k=0.0641", "c=[0.02, 0.06, 0.11, 1.1]", "d=[61, 102, 131, 203]")),
        ("log(1 + exp(2 + x)) - 0.5*x", ("x=-2",)),
    ],
)
def test_differences_settle_at_minima_and_beside_poles(text: str, items: tuple[str, ...]) -> None:
    problem = problem_from_expression(text, items)
    problem = problem.with_(wrt=("a", "k")) if "k=0.0641" in items else problem
    (record,) = solve(problem, SolveOptions(task="hessian")).results
    assert product(record).verdict == "agree"


@pytest.mark.parametrize(
    "text", ["sin(1e6*x)*y", "floor(1e3*x)*x^2 + y", "abs(x - 1.0001)*y^2", "exp(-1e8*(x - 1)^2)*y"]
)
def test_what_no_step_resolves_is_never_accused(text: str) -> None:
    problem = problem_from_expression(text, ["x=1.00001", "y=2"])
    problem = problem.with_(check=CheckOptions(certificate=False, symbolic=False))
    (record,) = solve(problem, SolveOptions(task="hessian")).results
    assert product(record).verdict in ("agree", "inconclusive")


def test_underflow_on_the_way_is_no_contradiction() -> None:
    record = solved(
        "sum(square(outer(a, u))*B)",
        *("a=[-40, 1e5]", "u=[3, 0, 1e-160]", "B=[[-1e6, 0.5, 1], [-1e-8, -1e6, 0.745]]"),
    )
    assert record.verdict != "mismatch"
    assert product(record).verdict != "disagree"
