"""The tape's other sweep: it gives the same numbers, by entries or along directions, and finds where they differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hearings import Case

from gradcli.verify import forward
from gradcli.verify.forward import OtherSweep, compare

V = np.array([0.4, 1.3, -0.7])
MODELS = [
    "sum(sin(v)*v)^2",
    "norm(v)*prod(v)",
    "softmax(v)[1]",
    "logsumexp(v*v[0])",
    "where(v[0] > 0, v[1]^3, log(v[2]))",
]


def compared(case: Case, order: int, entries: Any, made_forward: bool = False, memory: Any = None) -> Any:
    at = (case.tape, case.output, case.sources, case.inputs)
    rounding: Callable[[Any], tuple[float, float]] = lambda position: (1e-12, 1.0)  # noqa: E731
    kept: dict[Any, Any] = {} if memory is None else memory
    return compare(*at, entries, order, made_forward, 1e-9, rounding, np.inf, 0, kept)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("text", MODELS)
def test_both_sweeps_give_the_same_numbers(text: str, order: int) -> None:
    case = Case(text, v=V)
    found = compared(case, order, case.entries(order))
    size = case.entries(order).size
    assert (found.check.verdict, found.check.compared, found.check.of) == ("agree", size, size)
    assert found.check.max_error < 1e-12


def test_a_jacobian_made_forward_is_made_again_in_reverse() -> None:
    case = Case("[v[0]*v[1], sin(v[2]), v[0], v[1]^2]", v=V)
    memory: dict[Any, Any] = {}
    assert compared(case, 1, case.first, True, memory).check.verdict == "agree"
    (sweep,) = memory.values()
    assert sweep.reverse
    expected = [[1.3, 0.4, 0], [0, 0, np.cos(-0.7)], [1, 0, 0], [0, 2.6, 0]]
    positions = [(i, j) for i in range(4) for j in range(3)]
    assert sweep.entries(case.inputs, positions, (4, 3)) == pytest.approx(np.ravel(expected))


def test_single_entries_are_the_derivatives() -> None:
    """x^2 y at (3, 2): 12 and 9, and the Hessian [[4, 6], [6, 0]]."""
    case = Case("x^2*y", x=3.0, y=2.0)
    first = OtherSweep(case.tape, case.output, case.sources, 1, False)
    assert first.entries(case.inputs, [(0, 0), (0, 1)], (1, 2)).tolist() == [12, 9]
    second = OtherSweep(case.tape, case.output, case.sources, 2, False)
    assert second.entries(case.inputs, [(0, 0), (0, 1), (1, 0), (1, 1)], (2, 2)).tolist() == [4, 6, 6, 0]


@pytest.mark.parametrize("work", [0, 20_000_000])
@pytest.mark.parametrize(("order", "position"), [(1, (0, 2)), (2, (1, 2))])
def test_an_entry_that_is_off_is_found(
    monkeypatch: pytest.MonkeyPatch, work: int, order: int, position: tuple[int, int]
) -> None:
    """One by one, or by halving a random direction again and again."""
    monkeypatch.setattr(forward, "_WORK", work)
    case = Case("sum(sin(v)*v)^2 + prod(v)", v=np.linspace(0.3, 1.7, 9))
    entries = case.entries(order).copy()
    assert compared(case, order, entries).check.verdict == "agree"
    entries[position] *= 1.001
    found = compared(case, order, entries)
    assert found.check.verdict == "disagree"
    assert found.disputed == [position]
    assert found.check.method == ("entries" if work else "direction")


def test_directions_are_named_with_their_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "_WORK", 0)
    case = Case("sum(v^3)", v=V)
    assert compared(case, 1, case.first).check.how == "3 random directions, seed 0"


def test_what_rounding_explains_is_no_disagreement() -> None:
    case = Case("sum(v^3)", v=V)
    entries = case.first + 0.9e-12  # the bound above is 1e-12, and 1e-9 of these entries is more than that
    assert compared(case, 1, entries).check.verdict == "agree"
    tiny = Case("sum(v^3)", v=V * 1e-7)
    assert compared(tiny, 1, tiny.first + 0.9e-12).check.verdict == "inconclusive"
    assert compared(tiny, 1, tiny.first + 2e-12).check.verdict == "disagree"


def test_long_programs_have_no_second_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "MOST_INSTRUCTIONS", 2)
    case = Case("sum(sin(v)*v)", v=V)
    found = compared(case, 1, case.first)
    assert (found.check.verdict, found.check.reason) == ("skipped", "the program is too long for a second sweep")


def test_an_entry_that_is_not_finite_is_left_out() -> None:
    case = Case("sum(v^3)", v=V)
    entries = case.first.copy()
    entries[0, 1] = np.nan
    found = compared(case, 1, entries)
    assert (found.check.verdict, found.check.compared, found.check.of) == ("agree", 2, 3)
