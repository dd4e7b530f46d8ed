"""The schemas say what is read and what is printed, no more and no less than the reader and the printer do."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from schema_reader import faults

from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.schema import result_schema, spec_schema
from gradcli.result import (
    VERDICTS,
    Check,
    Claim,
    ExplainedSteps,
    Failure,
    Formula,
    Hessian,
    Jacobian,
    Kink,
    Nonfinite,
    Record,
    Result,
    StepTable,
    StepTried,
)
from gradcli.solve import SolveOptions, solve

SPEC, RESULT = spec_schema(), result_schema()

# the interface's own example of a spec
LINEAR = tomllib.loads("""
title = "Linear regression, mean squared error"
task = ["grad"]
[constants]
x = [[1.0], [2.0], [3.0]]
y = [[2.0], [4.0], [6.0]]
[variables]
W = [0.5]
b = { value = [0.1], trainable = true }
[functions]
"square_error(a, c)" = "(a - c)^2"
[let]
prediction = "W * x + b"
[outputs]
loss = "mean(square_error(y, prediction))"
""")


@pytest.mark.parametrize("schema", [SPEC, RESULT], ids=["spec", "result"])
def test_schemas_are_json_documents_with_a_name(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"]
    assert json.loads(json.dumps(schema)) == schema
    references = [part.split('"')[0] for part in json.dumps(schema).split('"#/$defs/')[1:]]
    assert set(references) <= set(schema["$defs"])
    assert "  " not in json.dumps(schema)


@pytest.mark.parametrize(
    "spec",
    [
        LINEAR,
        {"expression": "x^2", "variables": {"x": 1}},
        {"expression": 2, "variables": {"x": {"file": "d.csv", "column": "a"}}},
        {"expression": "x", "variables": {"x": {"file": "d.csv", "columns": ["a", "b"], "trainable": False}}},
        {"expression": "x", "variables": {"x": {"shape": [3, 2], "init": "normal", "scale": "1/2", "seed": 7}}},
        {"expression": "x", "variables": {"x": {"value": {"shape": 3, "init": "eye"}}}},
        {"expression": "x", "constants": {"x": ["pi/2", 1]}, "task": "hessian"},
        {"expression": "x", "points": {"x": [1, 2, 3]}},
        {"expression": "x", "points": {"file": "p.csv"}},
        {"expression": "x", "claims": {"gradient": {"x": "2*x", "y": 0}, "hessian": {"x,y": "1"}}},
        {"expression": "x", "expect": {"value": 1, "gradient": {"x": [1, 2]}, "hessian": [[0]], "rtol": 1e-6}},
        {"expression": "x", "check": {"symbolic": False, "budget_seconds": 3, "rtol": 1e-6}},
    ],
)
def test_specs_satisfy_the_schema(spec: dict[str, Any]) -> None:
    assert faults(spec, SPEC, SPEC) == []


@pytest.mark.parametrize(
    "spec",
    [
        {"expresion": "x"},
        {"expression": ["x"]},
        {"title": 3},
        {"task": "gradient"},
        {"task": []},
        {"variables": [1]},
        {"variables": {"x": True}},
        {"variables": {"x": None}},
        {"variables": {"x": {"valu": 1}}},
        {"variables": {"x": {"value": 1, "trainable": 1}}},
        {"variables": {"x": {"shape": [2], "init": "random"}}},
        {"variables": {"x": []}},
        {"check": {"symbolic": "yes"}},
        {"check": {"rtol": True}},
        {"claims": {"jacobian": {}}},
        {"layers": [{"units": "3"}]},
    ],
)
def test_faulty_specs_do_not(spec: dict[str, Any]) -> None:
    assert faults(spec, SPEC, SPEC)


def test_the_cases_of_unknown_keys_and_types_do_not_satisfy_it() -> None:
    cases = tomllib.loads((Path(__file__).parent.parent / "cases" / "spec_faults.toml").read_text("utf-8"))["case"]
    for case in cases:
        unknown = any("unknown key" in words or " is meant, not" in words for words in case["says"])
        if "every" in case and unknown:
            assert faults(json.loads(case["every"]), SPEC, SPEC), case["fault"]


NAN, INF = float("nan"), float("inf")
CHECK = Check("agree", 1.3e-16, 2, 2, None)
TRIED = [StepTried(0.5, 1.0, 1.0, 1e-9, 1e-12, 1.001e-9), StepTried(1.0, INF, None, None, None, None)]
EXPLAINED = ExplainedSteps(
    [
        StepTable("x", "central", None, 0.5, 1.0, 1.001e-9, 2, None, 1e-16, 40, TRIED),
        StepTable("y", "forward", "the edge", None, None, None, 1, -0.5, None, 0, []),
    ],
    2,
)
RECORDS = [
    Record(
        "a.toml",
        "verified",
        task="grad",
        output="loss",
        point=0,
        at={"W": [0.5], "b": 1.0},
        value=9.91,
        gradient={"W": [-13.6], "b": None},
        checks={"symbolic": CHECK, "certificate": Check("agree", 0.0, 2, 2, None, digits=15.9)},
        title="t",
        formula={"b": Formula("2*b", "2 b")},
        enclosures={"W": [["1.0", "1.1"]], "b": ["-inf", "inf"]},
    ),
    Record("x", "nonfinite", at={"x": 0.0}, value=NAN, gradient={"x": -INF}, nonfinite=[Nonfinite("1/x", 1, 2, "0")]),
    Record(
        "x", "kink", at={"x": 0.0}, value=0.0, gradient={"x": 0.0}, kinks=[Kink("x", None, 1, "abs", -1.0, 1.0, "0")]
    ),
    Record("x", "kink", kinks=[Kink("x", None, 1, "abs", "-inf", None, "0")]),
    Record("x", "verified", hessian=Hessian(("x",), [[1.0]], (1.0,), "positive definite")),
    Record("x", "verified", hessian=Hessian(("x", "y"), [[1.0, NAN], [0.0, 0.0]])),
    Record("x", "verified", jacobian=Jacobian(("f[0]", "f[1]"), ("x",), [[1.0], [0.0]])),
    Record("x", "verified", checks={"finite_difference": Check("agree", 0.0, 1, 1, method="entries", steps=EXPLAINED)}),
    Record("x", "error", error=Failure("syntax", "m", 1, None, key="outputs.f", hint="h")),
    Record("x", "mismatch", claims=[Claim("x", "2*x", "disagree", "x", "-x", "symbolic", {"x": 1.5, "y": [1.0]})]),
    Record("x", "unchecked", checks={"symbolic": Check("skipped", reason="not asked for", method="entries")}),
]


CHECKED = {"verdict": "agree", "max_error": 0.0, "compared": 1, "of": 1, "reason": None}


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.verdict)
def test_results_satisfy_the_schema(record: Record, sparse: bool) -> None:
    printed = json.loads(json.dumps(Result([record]).to_dict(sparse=sparse), allow_nan=False))
    assert faults(printed, RESULT, RESULT) == []


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "fine"},
        {"schema": "gradcli/result/2"},
        {"results": [{"verdict": "verified"}]},
        {"results": [{"source": "x", "verdict": "verified", "value": "NaN"}]},
        {"results": [{"source": "x", "verdict": "verified", "gradient": {"x": True}}]},
        {"results": [{"source": "x", "verdict": "verified", "checks": {"symbolic": {"verdict": "agree"}}}]},
        {"results": [{"source": "x", "verdict": "error", "error": {"kind": "syntax"}}]},
        {"results": [{"source": "x", "verdict": "verified", "checks": {"a": CHECKED | {"steps": {"tables": []}}}}]},
    ],
)
def test_other_results_do_not(change: dict[str, Any]) -> None:
    good = {"schema": "gradcli/result/1", "verdict": "verified", "results": []}
    assert faults(good, RESULT, RESULT) == []
    assert faults(good | change, RESULT, RESULT)


def test_every_verdict_is_in_the_schema() -> None:
    assert RESULT["properties"]["verdict"]["enum"] == list(VERDICTS)
    assert set(RESULT["$defs"]["Record"]["properties"]) == set(Record.__dataclass_fields__)


def test_an_audit_and_what_is_certified_satisfy_it() -> None:
    for text, items, task in (
        ("(1 - cos(x))/x^2", ["x=1e-8"], "grad"),
        ("x^3 - 3*x*y^2", ["x=0", "y=0"], "hessian"),
        ("sqrt(x)", ["x=0"], "hessian"),
        ("[x*y, x - x]", ["x=1", "y=2"], "jacobian"),
    ):
        certified = solve(problem_from_expression(text, items), SolveOptions(task=task, certify=True))
        for sparse in (False, True):
            printed = json.loads(json.dumps(certified.to_dict(sparse=sparse)))
            assert faults(printed, RESULT, RESULT) == []
