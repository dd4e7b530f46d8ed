"""Functions of a spec: the golden cases of tests/cases/user_functions.toml, and chains longer than any stack."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.errors import GradcliError
from gradcli.model import Model
from gradcli.problems.reading import spec_from_bytes

FILE = Path(__file__).parents[1] / "cases" / "user_functions.toml"
CASES = tomllib.loads(FILE.read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", [c for c in CASES if "value" in c], ids=lambda case: str(case["shows"]))
def test_value_and_gradient(case: dict[str, Any]) -> None:
    model = Model(spec_from_bytes(case["spec"].encode(), "s.toml", "toml"))
    assert model.value()["f"] == case["value"]
    found = model.gradient()["f"]
    assert {name: np.asarray(g).tolist() for name, g in found.items()} == case["gradient"]


@pytest.mark.parametrize("case", [c for c in CASES if "says" in c], ids=lambda case: str(case["shows"]))
def test_fault(case: dict[str, Any]) -> None:
    with pytest.raises(GradcliError) as caught:
        Model(spec_from_bytes(case["spec"].encode(), "s.toml", "toml")).value()
    assert [caught.value.line, *([caught.value.column] if caught.value.column else [])] == case["at"]
    assert all(words in f"{caught.value.message}\n{caught.value.hint}" for words in case["says"])


def test_a_chain_of_ten_thousand_functions_is_no_deeper_than_one() -> None:
    functions = "".join(f'"f{k}(a)" = "f{k + 1}(a) + 1"\n' for k in range(10_000))
    text = f'expression = "f0(x)"\nvariables.x = 2\n[functions]\n{functions}"f10000(a)" = "a^2"\n'
    model = Model(spec_from_bytes(text.encode(), "s.toml", "toml"))
    assert (float(model.value()["f"]), float(np.asarray(model.gradient()["f"]["x"]))) == (10_004.0, 4.0)
