"""The checker is checked on values: wrong kernels, in the value that is printed and in derivatives made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from planting import solved
from row_mutations import callable_rows, trials
from trials import part, verdicts

from gradcli.autodiff.elementwise import BY_NAME, ROWS
from gradcli.autodiff.primitive import Row
from gradcli.targets import arrays

TASKS = ("grad", "hessian", "jacobian")


@pytest.fixture(autouse=True, scope="module")
def _probes() -> Iterator[None]:
    with callable_rows():
        yield


def off(monkeypatch: pytest.MonkeyPatch, row: Row, factor: float) -> None:
    """Scale the row's value on arrays and on floats."""
    real, names = arrays.find, {(row.numpy, "numpy"), (row.math, "math")}

    def find(name: str, default: str = "numpy") -> Callable[..., Any]:
        function = real(name, default)
        return (lambda *arguments: function(*arguments) * factor) if (name, default) in names else function

    monkeypatch.setattr(arrays, "find", find)


#: Two points where the value is not 0 (which a factor leaves as it is), where those of the partials' tests have it 0.
NONZERO = {
    "less": ("x=1", "y=2"), "less_equal": ("x=1", "y=2"), "greater": ("x=2", "y=1"), "greater_equal": ("x=2", "y=1"),
    "equal": ("x=2", "y=2"), "not_equal": ("x=1", "y=2"), "logical_and": ("x=1", "y=1"), "logical_or": ("x=1", "y=0"),
    "logical_not": ("x=0",), "floor": ("x=2.5",), "ceil": ("x=2.5",), "round": ("x=2.7",), "sign": ("x=2.5",),
    "relu": ("x=1.3",),
}  # fmt: skip


@pytest.mark.parametrize("turn", part(range(len(ROWS)), 1, 4), ids=lambda k: ROWS[k].name)
def test_a_value_that_is_off_by_1e_6_is_never_verified(monkeypatch: pytest.MonkeyPatch, turn: int) -> None:
    """Whatever its derivative is made of: every row has a ball form, and the balls enclose the value too."""
    row = ROWS[turn]
    trial = trials(row)[0]
    text, items, task = trial.text, NONZERO.get(row.name, trial.items), TASKS[turn % len(TASKS)]
    right = solved(text, items, task)
    off(monkeypatch, row, 1 + 1e-6)
    record = solved(text, items, task)
    assert record.value == pytest.approx(right.value * (1 + 1e-6), rel=1e-12)
    assert record.value != 0
    assert record.verdict == "mismatch"
    assert record.checks["certificate"].verdict == "disagree"
    assert right.verdict in ("verified", "kink")


#: Each private row without orders, and the first row that it is a derivative of.
SERVED = {
    row.name: other
    for row in reversed(ROWS)
    for other in reversed(ROWS)
    if row.private and not row.orders and other is not row and any(p and f"{row.name}(" in p for p in other.partials)
}


@pytest.mark.parametrize("name", part(list(SERVED), 1, 4))
def test_a_derivative_made_of_a_wrong_value_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    row, served = BY_NAME[name], SERVED[name]
    found = [trial for trial in trials(served) if trial.task == "grad"]
    off(monkeypatch, row, 1 + 1e-6)
    records = [solved(*trial) for trial in found]
    assert any(record.verdict == "mismatch" for record in records)


def test_a_wrong_value_under_a_right_derivative_is_found_by_differences_and_balls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    off(monkeypatch, BY_NAME["sin"], 1 + 1e-6)
    record = solved("sin(x)", ("x=0.7",), "grad")
    assert record.verdict == "mismatch"
    assert verdicts(record) == {"symbolic": "agree", "finite_difference": "inconclusive", "certificate": "disagree"}
    assert f"the value {record.value!r} lies outside [0.6442176872376" in record.checks["certificate"].reason


def test_a_wrong_comparison_is_the_certificates_to_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy is told which branch is taken; balls and differences are not, but differences use the same kernel."""
    real = arrays.find
    swapped = {"less": "greater", "operator:lt": "operator:gt"}
    monkeypatch.setattr(arrays, "find", lambda name, default="numpy": real(swapped.get(name, name), default))
    record = solved("where(x < 1, sin(x), cos(x))", ("x=0.7",), "grad")
    assert record.verdict == "mismatch"
    assert verdicts(record)["certificate"] == "disagree"
