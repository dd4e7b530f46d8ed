"""`--explain-steps` as a person sees it, in every format, and where it makes no sense."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gradcli.verify.explained_steps import MOST_ENTRIES

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "explained_steps.toml").read_text("utf-8"))["case"]
COMMANDS = ("grad", "hessian", "jacobian")


@pytest.mark.parametrize("case", CASES, ids=[c["shows"] for c in CASES])
def test_what_the_table_says(gradcli: Any, case: dict[str, Any]) -> None:
    ran = gradcli(*case["command"], "--explain-steps")
    assert ran.code in (0, 1), ran.err
    told = " ".join(ran.out.split())
    for words in case["says"]:
        assert words in told, ran.out


def steps_of(gradcli: Any, *arguments: str) -> dict[str, Any]:
    ran = gradcli(*arguments, "--explain-steps", "--format", "json")
    found: dict[str, Any] = json.loads(ran.out)["results"][0]["checks"]["finite_difference"]["steps"]
    return found


def test_the_numbers_of_json(gradcli: Any) -> None:
    """d/dx exp(x) at 1 is e = 2.718281828459045; of plain central quotients the error is e*h^2/6."""
    steps = steps_of(gradcli, "grad", "exp(x)", "x=1")
    assert steps["left_out"] == 0
    (table,) = steps["tables"]
    assert (table["entry"], table["formula"], table["why"], table["expected_order"]) == ("x", "central", None, 2)
    assert abs(table["value"] - 2.718281828459045) <= table["error"] <= 1e-10
    assert abs(table["observed_order"] - 2.0) < 0.05
    assert 1e-17 < table["noise_floor"] < 1e-13
    assert table["step"] in [tried["step"] for tried in table["tried"]]
    for tried in table["tried"]:
        if 1e-3 < tried["step"] < 0.1:
            expected = 2.718281828459045 * tried["step"] ** 2 / 6
            assert abs(tried["quotient"] - 2.718281828459045 - expected) < 0.01 * expected
        if tried["error"] is not None:
            assert tried["error"] == pytest.approx(tried["truncation"] + tried["noise"])
            assert abs(tried["extrapolated"] - 2.718281828459045) <= tried["error"]
    best = min(tried["error"] for tried in table["tried"] if tried["error"] is not None)
    assert table["error"] >= best


def test_a_bounded_number_of_entries_those_in_doubt_before_others(gradcli: Any) -> None:
    last = MOST_ENTRIES + 3
    text = "sum(v^3) + abs(v[8] - 9)"  # a kink in the last entry
    steps = steps_of(gradcli, "grad", text, f"v=linspace(1, {last}, {last})")
    assert [t["entry"] for t in steps["tables"]] == [f"v[{k}]" for k in (*range(MOST_ENTRIES - 1), last - 1)]
    assert steps["left_out"] == last - MOST_ENTRIES
    assert steps["tables"][-1]["step"] is None


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_absent_where_it_is_not_asked_for(gradcli: Any, command: str) -> None:
    ran = gradcli(command, "x^2", "x=3", "--format", "json")
    assert "steps" not in json.loads(ran.out)["results"][0]["checks"]["finite_difference"]
    assert "chose their steps" not in gradcli(command, "x^2", "x=3").out


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("options", [["--no-check"], ["--witness", "symbolic"]])
def test_without_the_differences_it_is_a_usage_error(gradcli: Any, command: str, options: list[str]) -> None:
    ran = gradcli(command, "x^2", "x=3", "--explain-steps", *options)
    assert ran.code == 2
    assert "--explain-steps" in ran.err
    assert ran.out == ""


def test_a_spec_that_turns_them_off_is_overruled(gradcli: Any) -> None:
    spec = b'expression = "x^2"\n[variables]\nx = 3\n[check]\nfinite_difference = false\n'
    ran = gradcli("grad", "-", "--explain-steps", stdin=spec)
    assert "how the finite differences chose their steps" in ran.out


def test_every_format_says_which_step_was_chosen(gradcli: Any) -> None:
    said = {
        f: gradcli("grad", "exp(x)", "x=1", "--explain-steps", "--format", f).out for f in ("markdown", "latex", "csv")
    }
    assert "| step h | quotient | extrapolated | truncation | noise | error bar |" in said["markdown"]
    assert said["markdown"].count("**chosen**") == 1
    assert r"$\pm$" in said["latex"]
    assert "by the central quotient, h = " in said["latex"]
    assert said["csv"].count("(chosen)") == 3  # quotient, extrapolated, error
    assert "error of difference,x,h = " in said["csv"]


def test_many_points_are_explained_one_by_one(gradcli: Any) -> None:
    ran = gradcli("grad", "x^2", "--sweep", "x=1:2:2", "--explain-steps")
    assert ran.out.count("how the finite differences chose their steps") == 2
