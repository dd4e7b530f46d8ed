"""The chain rule by itself: mpmath's differences at 120 digits lie within its enclosures."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hearings import Case

from gradcli.verify import chain as chain_module
from gradcli.verify import symbolic
from gradcli.verify.chain import Chain

V = np.random.default_rng(11).uniform(0.2, 1.5, 4)
M = np.array([[0.5, -1.0, 2.0, 0.25], [1.5, 0.75, -0.5, 1.0], [0.1, 0.2, -0.3, 0.4]])
TEXT = "sum(exp(v)*v) + sum(v)^4"

_exp, _log, _sqrt, _sin = (np.frompyfunc(f, 1, 1) for f in (mp.exp, mp.log, mp.sqrt, mp.sin))
_m = np.frompyfunc(mp.mpf, 1, 1)(M)

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sum(sin(v)*v[::-1]) + prod(v)": lambda v: (_sin(v) * v[::-1]).sum() + v.prod(),
    "sum(where(v > 0.5, log(v), v^3))": lambda v: sum(mp.log(x) if x > 0.5 else x**3 for x in v),
    "norm(v)*max(v) + median(v*v)": lambda v: (
        mp.sqrt((v * v).sum()) * max(v) + (sorted(v * v)[1] + sorted(v * v)[2]) / 2
    ),
    "sum(cumsum(v)^2*v)": lambda v: (v.cumsum() ** 2 * v).sum(),
    "logsumexp(M @ v)": lambda v: mp.log(_exp(_m @ v).sum()),
    "sum(softplus(M @ v))^2": lambda v: _log(1 + _exp(_m @ v)).sum() ** 2,
    "sum((outer(v, v) @ M')^2) + trace(outer(v, v*v))": lambda v: (
        (np.outer(v, v) @ _m.T) ** 2
    ).sum() + (v**3).sum(),
    "sum(sqrt(reshape(v, [2, 2]) @ reshape(v, [2, 2])))": lambda v: _sqrt(
        v.reshape(2, 2) @ v.reshape(2, 2)
    ).sum(),
    "sum(diag(v) @ M' @ M)*v[0] + sum(concat(v, v[1:])^3)": lambda v: (
        (np.diag(v) @ _m.T @ _m).sum() * v[0] + (v**3).sum() + (v[1:] ** 3).sum()
    ),
    "sum(v^3)*exp(2)*pi": lambda v: (v**3).sum() * mp.exp(2) * mp.mpf(np.pi),
    "var(v)*mean(v)": lambda v: ((v - v.sum() / 4) ** 2).sum() / 4 * v.sum() / 4,
}  # fmt: skip


def truth(function: Callable[[Any], Any], order: int) -> Any:
    """Gradient or Hessian by central differences of steps so small that what they leave out does not matter."""
    with mp.workdps(120):
        h = mp.mpf(10) ** -30
        exact = np.frompyfunc(mp.mpf, 1, 1)(V)
        unit = [np.array([h * int(i == j) for j in range(4)], dtype=object) for i in range(4)]
        if order == 1:
            return np.array([[(function(exact + e) - function(exact - e)) / (2 * h) for e in unit]])
        return np.array(
            [
                [
                    sum(s * t * function(exact + s * a + t * b) for s in (-1, 1) for t in (-1, 1)) / (4 * h * h)
                    for b in unit
                ]
                for a in unit
            ]
        )


def enclosed(case: Case, order: int, sources: list[int] | None = None) -> tuple[Any, Any]:
    """Midpoints and radii of all entries."""
    at = (case.tape, case.output, case.sources if sources is None else sources, case.values)
    chain = Chain(*at, order, time.monotonic() + 60, {})
    blocks = [found for _, found in (chain.gradient() if order == 1 else chain.hessian())]
    return np.concatenate([b.mid for b in blocks]), np.concatenate([b.radius for b in blocks])


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("text", FUNCTIONS)
def test_it_encloses_the_truth(text: str, order: int) -> None:
    case = Case(text, v=V, **({"M": M} if "M" in text else {}))
    true = truth(FUNCTIONS[text], order)
    mid, rad = enclosed(case, order, case.sources[:1])
    size = float(np.abs(true).max())
    for m, r, t in zip(mid.ravel(), rad.ravel(), true.ravel(), strict=True):
        assert abs(mp.mpf(float(m)) - t) <= float(r) + 1e-25
        assert r <= 1e-12 * size


def test_rows_of_a_jacobian() -> None:
    mid, rad = enclosed(Case("[v @ v, prod(v), 3*v[0]]", v=V), 1)
    expected = np.array([2 * V, V.prod() / V, [3.0, 0.0, 0.0, 0.0]])
    assert np.allclose(mid, expected, rtol=1e-14, atol=0)
    assert np.all(rad <= 1e-14 * np.abs(expected) + 1e-300)


@pytest.mark.parametrize("order", [1, 2])
def test_blocks_of_directions_give_the_same(monkeypatch: pytest.MonkeyPatch, order: int) -> None:
    case = Case("[v @ v, prod(v), sin(v[0])]" if order == 1 else TEXT, v=V)
    whole, _ = enclosed(case, order)
    monkeypatch.setattr(chain_module, "WALK_BYTES", 1)
    pieces, _ = enclosed(case, order)
    assert np.allclose(pieces, whole, rtol=1e-14, atol=0)


def test_a_branch_that_is_not_taken_has_no_say() -> None:
    """log(v - 1) has no value below 1, where it is not asked for."""
    case = Case("sum(where(v > 1, log(v - 1), v^2))", v=[0.5, 2.0])
    mid, rad = enclosed(case, 1)
    assert mid.tolist() == [[1.0, 1.0]]
    assert np.all(rad <= 1e-14)
    mid, _ = enclosed(case, 2)
    assert mid.tolist() == [[2.0, 0.0], [0.0, -1.0]]


def test_0_times_infinity_is_no_number() -> None:
    """sqrt(x)*sqrt(x) at 0: the chain rule has nothing to say, and does not say 0."""
    mid, _ = enclosed(Case("sqrt(x)*sqrt(x)", x=0.0), 1)
    assert np.isnan(mid).all()


def test_a_stopped_part_is_held() -> None:
    mid, _ = enclosed(Case("x*stop_gradient(x^2)", x=3.0), 1)
    assert mid.tolist() == [[9.0]]


@pytest.mark.parametrize("order", [1, 2])
def test_a_wrong_entry_is_named(monkeypatch: pytest.MonkeyPatch, order: int) -> None:
    """What is too large for SymPy as a whole is compared entry by entry nevertheless."""
    monkeypatch.setattr(symbolic, "_STEPS_ONE_BY_ONE", 0)
    v = np.random.default_rng(3).uniform(0.2, 1.5, 12)
    case = Case(TEXT, v=v)
    right = case.symbolic(order)
    assert right.method == "operations"
    assert right.compared.all()
    assert np.all(right.difference <= 1e-13 * np.abs(case.entries(order)) + right.error)
    wrong = case.entries(order).copy()
    wrong[0, 3] *= 1.001
    said = case.symbolic(order, wrong)
    off = said.difference > 1e-9 * np.abs(wrong) + said.error
    assert np.argwhere(off).tolist() == [[0, 3]]


def test_nesting_does_not_matter() -> None:
    text = "x"
    for _ in range(400):
        text = f"sin({text})"
    with mp.workdps(50):
        x, slope = mp.mpf(1), mp.mpf(1)
        for _ in range(400):
            slope *= mp.cos(x)
            x = mp.sin(x)
    said = Case(text, x=1.0).symbolic(1, [[float(slope)]])
    assert said.method == "operations"
    assert said.compared.all()
    assert said.difference[0, 0] <= said.error[0, 0] <= 1e-12 * float(slope)


def test_what_it_does_not_know_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbolic, "_STEPS_ONE_BY_ONE", 0)
    monkeypatch.setattr(chain_module, "MOVES", frozenset())
    v = np.random.default_rng(3).uniform(0.2, 1.5, 12)
    said = Case("sum(v[::-1]*exp(v))", v=v).symbolic(1)
    assert not said.compared.any()
    assert "has no symbolic evaluation" in str(said.reason)
