"""The physics formulas: gradcli's records against 150-digit differences of the formulas themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mp_reference
import pytest

LINES = (Path(__file__).parents[2] / "samples" / "physics.jsonl").read_text(encoding="utf-8").splitlines()
SPECS = [json.loads(line) for line in LINES]


def test_there_are_enough_formulas_and_none_twice() -> None:
    assert len(SPECS) >= 60
    assert len({spec["expression"] for spec in SPECS}) == len({spec["title"] for spec in SPECS}) == len(SPECS)


@pytest.mark.parametrize("number", range(len(SPECS)), ids=[spec["title"].replace(" ", "_") for spec in SPECS])
def test_formula(number: int, batch: Any) -> None:
    spec: Mapping[str, Any] = SPECS[number]
    records = batch.of(f"physics.jsonl:{number + 1}")
    points = len(next(iter(spec["points"].values()))) if "points" in spec else 1
    assert [(r["task"], r["point"]) for r in records] == [(t, p) for t in ("grad", "hessian") for p in range(points)]
    for record in records:
        given = {name: values[record["point"]] for name, values in spec.get("points", {}).items()}
        assert record["at"] == spec.get("variables", {}) | given
        f = mp_reference.expression(spec["expression"], list(record["at"]), spec.get("constants", {}))
        mp_reference.assert_record(record, f)
