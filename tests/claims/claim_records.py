"""Claims typed as on the command line, and the record of `check` about them."""

from __future__ import annotations

from gradcli.claims import check_claims
from gradcli.cli.check import with_claims
from gradcli.problems.commandline import problem_from_expression
from gradcli.result import Claim
from gradcli.solve import SolveOptions


def decided(text: str, *claims: str, at: tuple[str, ...] = (), symbolic: bool = True) -> list[Claim]:
    """The verdicts on claims `x=...` about an expression."""
    problem = problem_from_expression(text, at)
    problem = problem.with_(check=problem.check._replace(symbolic=symbolic))
    return list(
        check_claims(problem.with_(claims=with_claims(problem, claims)), SolveOptions(check=False)).results[0].claims
    )


def verdict(text: str, claim: str, *at: str) -> str:
    """The verdict on one claim."""
    (found,) = decided(text, claim, at=at)
    return found.verdict
