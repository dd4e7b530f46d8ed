"""The checker is checked on its witnesses: an error in one of them is its own, never the tape's."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from planting import solved
from trials import verdicts

from gradcli.autodiff.primitive import Row
from gradcli.targets.balls import walk as balls
from gradcli.targets.balls.kernels import kernel_of
from gradcli.verify import certificate, differences
from gradcli.verify.differences import Estimate


def test_an_error_in_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy is a voter, not the truth: where the balls prove the number, SymPy's objection is its own error."""
    sympy.core.cache.clear_cache()
    wrong_rule = lambda self, argindex=1: sympy.Rational(1001, 1000) * (1 - self**2)  # noqa: E731
    monkeypatch.setattr(sympy.tanh, "fdiff", wrong_rule)
    try:
        record = solved("tanh(x)*y", ("x=0.7", "y=2"), "grad")
        alone = solved("tanh(x)*y", ("x=0.7", "y=2"), "grad", certificate=False)
    finally:
        sympy.core.cache.clear_cache()
    assert record.verdict == "verified"
    assert verdicts(record) == {"symbolic": "inconclusive", "finite_difference": "agree", "certificate": "agree"}
    assert "SymPy's values are off in 1 of 2 entries that the certificate confirms" in record.checks["symbolic"].reason
    assert [(one.entry, one.suspect) for one in record.disputes] == [("x", "symbolic")]
    assert (alone.verdict, alone.checks["symbolic"].verdict) == ("mismatch", "disagree")
    assert alone.checks["symbolic"].max_error == pytest.approx(1e-3, rel=1e-6)
    assert [(one.entry, one.suspect) for one in alone.disputes] == [("x", "symbolic")]


@pytest.mark.parametrize("task", ["grad", "hessian"])
def test_an_error_in_the_differences(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    name = "gradient" if task == "grad" else "hessian"
    real = getattr(differences, name)

    def scaled(*arguments: Any, **options: Any) -> Estimate:
        found = real(*arguments, **options)
        return Estimate(found.value * 1.001, found.error)

    monkeypatch.setattr(differences, name, scaled)
    record = solved("tanh(x)*y^2", ("x=0.7", "y=2"), task)
    assert record.verdict == "verified"  # the numbers are right, and proved so
    assert verdicts(record) == {"symbolic": "agree", "finite_difference": "inconclusive", "certificate": "agree"}
    assert "the differences are off in" in record.checks["finite_difference"].reason
    alone = solved("tanh(x)*y^2", ("x=0.7", "y=2"), task, certificate=False)
    assert (alone.verdict, alone.checks["finite_difference"].verdict) == ("mismatch", "disagree")


@pytest.mark.parametrize("task", ["grad", "hessian"])
def test_an_error_in_the_balls(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    def scaled(row: Row, orders: tuple[int, ...] = ()) -> Any:
        kernel = kernel_of(row, orders)
        if row.name != "tanh":
            return kernel
        return kernel._replace(function=lambda u: kernel.function(u) * 1.001)

    monkeypatch.setattr(balls, "kernel_of", scaled)
    record = solved("tanh(x)*y^2", ("x=0.7", "y=2"), task)
    assert record.verdict == "mismatch"
    assert verdicts(record) == {"symbolic": "agree", "finite_difference": "agree", "certificate": "disagree"}


def test_an_enclosure_that_is_wrong_convicts_whoever_it_excludes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The court hears what the certificate proves about the tape's number, not what the number looks like."""
    real = certificate.certify

    def shifted(tape: Any, output: int, sources: Any, inputs: Any, values: Any, *rest: Any, **more: Any) -> Any:
        return real(tape, output, sources, inputs, values * 1.001, *rest, **more)

    monkeypatch.setattr(certificate, "certify", shifted)
    assert verdicts(solved("sin(x)", ("x=0.7",), "grad"))["certificate"] == "disagree"
