"""A spec's [claims] about entries, rows and whole derivatives: the same verdict from `grad`, `hessian` and `check`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gradcli.claims import check_claims
from gradcli.errors import ShapeError
from gradcli.problems.reading import spec_from_bytes
from gradcli.problems.writing import spec_text
from gradcli.solve import SolveOptions, solve

GRADIENT = {
    "W[0,1]": "2*b*W[0,1]",
    "W[1]": "2*b*W[1]",
    "b": "sum(W^2)",
    "gradient": "concat(reshape(2*b*W, 4), [sum(W^2)])",
}
HESSIAN = {
    "W[0,1],b": "2*W[0,1]",
    "W[0],b": "2*W[0]",
    "hessian": "concat(concat(2*b*eye(4), reshape(2*W, [4, 1]), axis=1), "
    "[[2*W[0,0], 2*W[0,1], 2*W[1,0], 2*W[1,1], 0]])",
}


def problem(gradient: dict[str, str], hessian: dict[str, str]) -> Any:
    table = {
        "variables": {"W": [[1, 2], [3, 4]], "b": 2},
        "expression": "b*sum(W^2)",
        "claims": {"gradient": gradient, "hessian": hessian},
    }
    return spec_from_bytes(json.dumps(table).encode(), "model.json", "json")


@pytest.mark.parametrize("task", ["grad", "hessian"])
def test_right_claims(task: str) -> None:
    (record,) = solve(problem(GRADIENT, HESSIAN), SolveOptions(task=task)).results
    assert record.checks is not None
    assert (record.verdict, record.checks["claims"].verdict) == ("verified", "agree")
    (record,) = check_claims(problem(GRADIENT, HESSIAN), SolveOptions(check=False)).results
    assert [claim.verdict for claim in record.claims] == ["right"] * 7


@pytest.mark.parametrize(("order", "key"), [*(("gradient", k) for k in GRADIENT), *(("hessian", k) for k in HESSIAN)])
def test_a_wrong_one_is_wrong_everywhere(order: str, key: str) -> None:
    said = {"gradient": GRADIENT, "hessian": HESSIAN}[order][key]
    given = {"gradient": {}, "hessian": {}} | {order: {key: f"1.5*({said})"}}
    stated = problem(given["gradient"], given["hessian"])
    (record,) = solve(stated, SolveOptions(task="grad" if order == "gradient" else "hessian")).results
    assert record.checks is not None
    assert (record.verdict, record.checks["claims"].verdict) == ("mismatch", "disagree")
    (record,) = check_claims(stated, SolveOptions(check=False)).results
    assert (record.claims[0].verdict, record.claims[0].slip) == ("wrong", "factor")


def test_an_entry_that_is_not_there() -> None:
    for task in ("grad", "check"):
        stated = problem({"W[1,9]": "1"}, {})
        with pytest.raises(ShapeError, match=r"W\[1,9\] is claimed, but W has shape \(2, 2\)"):
            solve(stated, SolveOptions(task="grad")) if task == "grad" else check_claims(stated, SolveOptions())


def test_written_out_they_mean_the_same() -> None:
    stated = problem(GRADIENT, HESSIAN)
    again = spec_from_bytes(spec_text(stated).encode(), "model.toml", "toml")
    assert {key: said.text for key, said in again.claims.gradient.items()} == {
        key: said.text for key, said in stated.claims.gradient.items()
    }
    assert list(again.claims.hessian) == list(stated.claims.hessian)


JACOBIAN = {
    "jacobian": "[[cos(t), -r*sin(t)], [sin(t), r*cos(t)]]",
    "t": "[-r*sin(t), r*cos(t)]",
    "f[0]:t": "-r*sin(t)",
    "f[1]:r": "sin(t)",
}


@pytest.mark.parametrize("factor", [1, 1.5])
@pytest.mark.parametrize("key", JACOBIAN)
def test_claims_of_a_jacobian_are_compared(key: str, factor: float) -> None:
    table = {
        "variables": {"r": 2, "t": 0.7},
        "expression": "[r*cos(t), r*sin(t)]",
        "claims": {"gradient": {key: f"{factor}*({JACOBIAN[key]})"}},
    }
    stated = spec_from_bytes(json.dumps(table).encode(), "model.json", "json")
    (record,) = solve(stated, SolveOptions(task="jacobian")).results
    assert record.checks is not None
    expected = ("verified", "agree") if factor == 1 else ("mismatch", "disagree")
    assert (record.verdict, record.checks["claims"].verdict) == expected
    (record,) = check_claims(stated, SolveOptions(check=False)).results
    assert record.claims[0].verdict == ("right" if factor == 1 else "wrong")


@pytest.mark.parametrize(
    ("task", "key", "claim", "right"),
    [
        ("grad", "v[-1]", "2*v[0]*v[1]", True),
        ("grad", "v[-1]", "99", False),
        ("hessian", "v[-1],v[-1]", "2*v[0]", True),
        ("hessian", "v[-1],v[-1]", "99", False),
        ("hessian", "v[0],v[-1]", "99", False),
        ("jacobian", "v[-1]", "2*v[0]*v[1]", True),
        ("jacobian", "v[-1]", "99", False),
    ],
)
def test_an_entry_counted_from_the_end_is_compared(task: str, key: str, claim: str, right: bool) -> None:
    order = "hessian" if task == "hessian" else "gradient"
    table = {"variables": {"v": [1, 2]}, "expression": "v[0]*v[1]^2", "claims": {order: {key: claim}}}
    stated = spec_from_bytes(json.dumps(table).encode(), "model.json", "json")
    (record,) = solve(stated, SolveOptions(task=task)).results
    assert record.checks is not None
    assert (record.checks["claims"].verdict, record.checks["claims"].compared) == ("agree" if right else "disagree", 1)


@pytest.mark.parametrize(
    ("task", "key"),
    [("hessian", "v[5],v[0]"), ("hessian", "v[0],v[-3]"), ("jacobian", "v[2]"), ("jacobian", "f[4]:v")],
)
def test_no_task_agrees_with_a_claim_about_an_entry_that_is_not_there(task: str, key: str) -> None:
    order = "hessian" if task == "hessian" else "gradient"
    text = "[v[0], v[1]]" if task == "jacobian" else "v[0]*v[1]^2"
    table = {"variables": {"v": [1, 2]}, "expression": text, "claims": {order: {key: "99"}}}
    stated = spec_from_bytes(json.dumps(table).encode(), "model.json", "json")
    with pytest.raises(ShapeError, match=r"is claimed, but . has shape"):
        solve(stated, SolveOptions(task=task))


def test_a_transposed_jacobian_is_not_read_as_if_it_were_right() -> None:
    """Its numbers are as many, and here even the same in the order they are written."""
    table = {
        "variables": {"v": [1, 2, 3]},
        "expression": "[sum(v), sum(v)]",
        "claims": {"gradient": {"v": "[[1, 1], [1, 1], [1, 1]]"}},
    }
    stated = spec_from_bytes(json.dumps(table).encode(), "model.json", "json")
    (record,) = solve(stated, SolveOptions(task="jacobian")).results
    assert record.checks is not None
    assert record.checks["claims"].verdict == "disagree"
    assert "shape (3, 2)" in str(record.checks["claims"].reason)
    with pytest.raises(ShapeError, match=r"shape \(3, 2\), the derivative \(2, 3\)"):
        check_claims(stated, SolveOptions(check=False))


def test_the_points_of_a_spec_are_tried() -> None:
    table = {
        "expression": "x^2*y + sum(v)",
        "variables": {"v": [1, 2]},
        "points": {"x": [1, 3.0625], "y": [1, -2], "v": [[1, 2], [5, 6]]},
        "claims": {"gradient": {"y": "where(x*y == -6.125 and v[0] == 5, 8, x^2)", "x": "2*x*y"}},
    }
    stated = spec_from_bytes(json.dumps(table).encode(), "model.json", "json")
    (record,) = check_claims(stated, SolveOptions(check=False)).results
    found = {claim.name: claim for claim in record.claims}
    assert (found["x"].verdict, found["y"].verdict) == ("right", "wrong")
    assert found["y"].counterexample == {"v": [5.0, 6.0], "x": 3.0625, "y": -2.0}
    assert (found["y"].claimed, found["y"].actual) == (8.0, 9.37890625)
