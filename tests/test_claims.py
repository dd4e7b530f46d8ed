"""`check`: right formulas are right, wrong ones are wrong, and "verified" means that the derivative itself was."""

from __future__ import annotations

import pytest

from gradcli.claims import check_claims
from gradcli.language.parser import parse
from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.problem import Claims
from gradcli.result import Record
from gradcli.solve import SolveOptions


def decided(text: str, *items: str, **claims: str) -> Record:
    gradient = {(None, name): parse(claim) for name, claim in claims.items()}
    problem = problem_from_expression(text, items).with_(claims=Claims(gradient))
    return check_claims(problem, SolveOptions()).results[0]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("sin(x)^2", "2*sin(x)*cos(x)"),
        ("sin(x)^2", "sin(2*x)"),
        ("log(1 + exp(x))", "1 - 1/(1 + exp(x))"),
        ("tan(x)", "1/cos(x)^2"),
        ("floor(x)", "0"),
        ("log(x - 1)", "1/(x - 1)"),
    ],
)
def test_right(text: str, claim: str) -> None:
    record = decided(text, x=claim)
    assert (record.claims[0].verdict, record.verdict) == ("right", "verified")


@pytest.mark.parametrize("claim", ["sin(x)", "-2*sin(x)*cos(x)", "sin(x)*cos(x)", "sin(2*x)*(1 + 1e-10)", "2*sin(x)"])
def test_wrong(claim: str) -> None:
    record = decided("sin(x)^2", x=claim)
    found = record.claims[0]
    assert (found.verdict, record.verdict) == ("wrong", "mismatch")
    assert found.counterexample
    assert found.claimed != found.actual


@pytest.mark.parametrize(
    ("text", "item", "claim", "verdict"),
    [("abs(x)", "x=0", "sign(x)", "kink"), ("sqrt(x)", "x=0", "1/(2*sqrt(x))", "nonfinite")],
)
def test_a_right_claim_at_a_hard_point_is_not_verified(text: str, item: str, claim: str, verdict: str) -> None:
    record = decided(text, item, x=claim)
    assert (record.claims[0].verdict, record.verdict) == ("right", verdict)
