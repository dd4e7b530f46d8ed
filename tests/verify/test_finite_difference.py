"""The finite-difference witness alone: entries one by one or along directions, what is held, what is left out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hearings import Case

from gradcli.verify import finite_difference

GENERATOR = np.random.default_rng(4)
TEXTS = {
    "sin(x)*y + x/y": {"x": 0.7, "y": 1.3},
    "exp(-x^2/2)/y^2": {"x": 1.1, "y": 0.4},
    "sum(tanh(A @ v))": {"A": GENERATOR.standard_normal((2, 3)), "v": [0.3, -1.0, 0.8]},
    "logsumexp(v) + prod(v)": {"v": [0.5, 1.5, 2.5]},
    "where(x > 0, log(x), 0)*y": {"x": 2.0, "y": 3.0},
    "floor(3*x)*y + x^2": {"x": 0.5, "y": 2.0},
    "1e12*x^2 + 1e-12*y": {"x": 3e-6, "y": 4e9},
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("text", TEXTS)
def test_its_error_bar_holds_the_tape_s_entries(text: str, order: int) -> None:
    """The tape itself is measured against mpmath elsewhere; an entry of 0 may stay open."""
    case = Case(text, **TEXTS[text])
    said = case.differences(order)
    entries = case.entries(order)
    assert said.method == "entries"
    heard = said.compared
    assert heard[entries != 0].all()
    assert np.all(said.difference[heard] <= said.error[heard] + 1e-14 * np.abs(entries[heard]))


@pytest.mark.parametrize("text", TEXTS)
def test_its_first_derivatives_are_good_to_1e_4_at_least(text: str) -> None:
    case = Case(text, **TEXTS[text])
    said = case.differences(1)
    nonzero = case.first != 0
    assert np.all(said.error[nonzero] <= 1e-4 * np.abs(case.first[nonzero]))


@pytest.mark.parametrize("order", [1, 2])
def test_a_wrong_entry_stands_out(order: int) -> None:
    case = Case("sin(x)*y + x^2*y^2", x=0.7, y=1.3)
    wrong = case.entries(order).copy()
    wrong[0, 1] *= 1.001
    said = case.differences(order, wrong)
    assert said.difference[0, 1] > 10 * said.error[0, 1]
    assert said.difference[0, 0] <= said.error[0, 0] + 1e-14 * abs(wrong[0, 0])


@pytest.mark.parametrize(("order", "n"), [(1, 450), (2, 30)])
def test_many_entries_are_tested_along_random_directions(order: int, n: int) -> None:
    case = Case("sum(exp(v)*v) + sum(v)^2/10", v=np.linspace(0.5, 1.5, n))
    entries = case.entries(order)
    said = case.differences(order)
    assert said.method == "direction"
    heard = said.compared
    assert heard.any()
    assert np.all(said.difference[heard] <= said.error[heard] + 1e-9 * np.abs(entries[heard]))
    wrong = entries.copy()
    wrong[0, n // 2] *= 1.01
    accused = case.differences(order, wrong)
    assert np.any(accused.difference > 10 * accused.error + 1e-9 * np.abs(wrong))


def test_rows_of_a_jacobian_and_a_budget_that_ends_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("[v @ v, prod(v), sin(v[0])]", v=[0.3, 0.9])
    whole = case.differences(1)
    assert whole.compared.all()
    assert np.all(whole.difference <= whole.error + 1e-14 * np.abs(case.first))
    ticks = iter([0.0, 1.0, 99.0])  # before, before the second row, before the third
    monkeypatch.setattr(finite_difference, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    at = (case.tape, case.output, case.sources, case.inputs, case.values)
    said = finite_difference.hear(*at, case.first, 1, 50.0)
    assert said.compared.tolist() == [[True, True], [True, True], [False, False]]
    assert said.reason == "the budget ended after 2 of 3 rows"


def test_after_the_deadline_it_is_silent() -> None:
    said = Case("x^2", x=1.0).differences(1, seconds=-1.0)
    assert not said.compared.any()
    assert "budget" in said.reason


def test_a_stopped_part_is_held_at_its_value() -> None:
    said = Case("x*stop_gradient(x^2)", x=3.0).differences(1, [[9.0]])
    assert said.difference[0, 0] <= said.error[0, 0] <= 1e-8


def test_inputs_that_are_no_sources_stand_still() -> None:
    case = Case("x^2*c", x=3.0, c=2.0)
    case.sources = case.sources[:1]
    said = case.differences(1, [[12.0]])
    assert said.difference[0, 0] <= said.error[0, 0] <= 1e-8


def test_at_a_kink_it_does_not_settle() -> None:
    said = Case("abs(x)", x=0.0).differences(1, [[0.0]])
    assert not said.compared.any()
    assert said.reason == "differences do not settle here"


def test_beside_the_edge_of_a_domain_it_steps_inward() -> None:
    case = Case("sqrt(x) + log(x)", x=1e-6)
    said = case.differences(1)
    assert said.compared.all()
    assert said.difference[0, 0] <= said.error[0, 0] <= 1e-4 * abs(case.first[0, 0])


def test_no_variables_at_all() -> None:
    case: Any = Case("2 + 3")
    assert case.differences(1, np.zeros((1, 0))).compared.shape == (1, 0)


@pytest.mark.parametrize("order", [1, 2])
def test_where_a_direction_objects_the_entry_is_named(order: int) -> None:
    """A direction sees that something is wrong, not what: the entries are then compared one by one."""
    v = np.random.default_rng(4).uniform(0.5, 1.5, 500 if order == 1 else 26)
    case = Case("sum(exp(v)*v) + sum(v)^2", v=v)
    wrong = case.entries(order).copy()
    wrong[0, 7] *= 1.01
    said = case.differences(order, wrong)
    assert said.method == "entries"
    off = said.compared & (said.difference > 1e-4 * np.abs(wrong) + 10 * said.error)
    assert np.argwhere(off).tolist() == [[0, 7]]
