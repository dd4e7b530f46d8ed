"""Differences where they are hard to take: never an accusation of a right number, never comfort for a wrong one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hearings import Case

from gradcli.verify.testimony import Array
from gradcli.verify.verdict import Judgement, judge

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "hard_differences.toml").read_text("utf-8"))["case"]
RTOL = 1e-9
WRONG = (1.01, 0.99, -1.0, 1e6)
SLIGHTLY_WRONG = (1 + 1e-6, 1 - 1e-6)


def heard(case: Case, order: int, entries: Array) -> tuple[Judgement, Any]:
    """The court's findings on these entries with no witness but the differences, and what they said."""
    said = case.differences(order, entries)
    return judge([said], entries, RTOL, lambda position: (0.0, 0.0)), said


def truth(stated: dict[str, Any], order: int) -> Array:
    """The true derivatives in their shape."""
    n = len(stated["at"])
    if order == 1:
        return np.array([[float(v) for v in stated["first"]]])
    upper = np.zeros((n, n))
    upper[np.triu_indices(n)] = [float(v) for v in stated["second"]]
    return np.asarray(upper + np.triu(upper, 1).T)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("stated", CASES, ids=[c["shows"] for c in CASES])
def test_hard_for_differences(stated: dict[str, Any], order: int) -> None:
    case, exact = Case(stated["input"], **stated["at"]), truth(stated, order)
    found, said = heard(case, order, exact)
    assert not found.disputed.any(), (said.difference, said.error)
    counted = exact != 0 if (exact != 0).any() else np.zeros(exact.shape, dtype=bool)
    if stated["says"][order - 1] == "agree":
        assert found.covered[counted].all(), (said.difference, said.error)
    elif stated["says"][order - 1] == "open":
        assert not found.covered.any(), (said.difference, said.error)
    narrow = said.error <= 1e-4 * np.abs(exact)
    assert np.all(said.difference[narrow] <= said.error[narrow] + 1e-13 * np.abs(exact)[narrow])
    for factor in WRONG:
        wrong, _ = heard(case, order, factor * exact)
        assert not wrong.covered[counted].any(), factor
        if stated["says"][order - 1] == "agree":
            assert wrong.disputed[counted].all(), factor
    for factor in SLIGHTLY_WRONG:  # only a bar that admits to be as wide may hold it
        wrong, said = heard(case, order, factor * exact)
        assert np.all(said.error[wrong.covered & counted] > 4e-7 * np.abs(exact)[wrong.covered & counted]), factor
