"""Which entries move and which are reached: the same as differences of the values say, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hearings import Case

from gradcli.targets.arrays import evaluate
from gradcli.verify.movement import movable, moving
from gradcli.verify.numeric_reach import smooth_reach

V = {"v": [0.3, -1.2, 2.5, 0.9]}
A = {"A": [[0.4, -1.3], [2.2, 0.7]]}
BOTH = {**A, "w": [1.5, -0.6]}

TEXTS: list[tuple[str, dict[str, Any]]] = [
    ("v[1]", V),
    ("v[::2]", V),
    ("v[::-1]*[1, 0, 1, 0]", V),
    ("concat([1, 2], v[1:3])", V),
    ("reshape(v, [2, 2])'", V),
    ("cumsum(v)[:2]", V),
    ("cumsum(concat([1], v[2:]))", V),
    ("sum(reshape(v, [2, 2]), axis=0)[1]", V),
    ("max(v)", V),
    ("min(reshape(v, [2, 2]), axis=1)", V),
    ("median(v)", V),
    ("norm(v[:2])", V),
    ("where(v > 0, v, 1)", V),
    ("max(v, 0.5)", V),
    ("clip(v, -1, 1)", V),
    ("relu(v)", V),
    ("floor(v)", V),
    ("stop_gradient(v)", V),
    ("(v > 0)*v", V),
    ("diag(A)", A),
    ("diag(v[:2])", V),
    ("trace(A)", A),
    ("tril(A)", A),
    ("A @ [1, 0]", A),
    ("[[0, 0], [1, 1]] @ w", BOTH),
    ("A @ w", BOTH),
    ('einsum("ij,j->ij", A, [0, 2])', A),
    ("outer(w, [0, 1])", BOTH),
    ("w*[[1, 0], [0, 0]] + A[0]", BOTH),
    ("sum(A, axis=1)[0]*w", BOTH),
]


def dependence(case: Case) -> Any:
    """Which output entries (rows) change with which input entries (columns), by differences of the values."""
    at = np.ravel(evaluate(case.tape, [case.output], case.inputs)[0])
    columns = []
    for name, value in case.inputs.items():
        for k in range(value.size):
            moved = value.copy()
            moved.flat[k] += 1e-3
            columns.append(np.ravel(evaluate(case.tape, [case.output], {**case.inputs, name: moved})[0]) != at)
    return np.array(columns).T


@pytest.mark.parametrize(("text", "arrays"), TEXTS)
def test_what_moves_and_what_is_reached(text: str, arrays: dict[str, Any]) -> None:
    case = Case(text, **arrays)
    expected = dependence(case) & (not text.startswith("stop_gradient"))
    order = case.tape.needed([case.output])
    moves = moving(case.tape, order, case.sources, case.values)
    none = np.zeros(case.tape.shape(case.output), dtype=bool)
    assert np.ravel(moves.get(case.output, none)).tolist() == expected.any(axis=1).tolist()
    reach = smooth_reach(case.tape, case.output, case.values, moves)
    reached = [np.ravel(reach.get(s, np.zeros(case.tape.shape(s), dtype=bool))) for s in case.sources]
    assert np.concatenate(reached).tolist() == expected.any(axis=0).tolist()
    wide = movable(case.tape, order, case.sources)
    assert all(np.all(wide[i] | ~mask) for i, mask in moves.items())
