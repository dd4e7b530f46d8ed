"""Every faulty spec of the cases is refused with one message that names the fault and its place."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spec_writers import WRITERS

from gradcli.errors import GradcliError
from gradcli.problems.reading import spec_from_bytes, spec_from_line

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "spec_faults.toml").read_text("utf-8"))["case"]


def texts(case: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "every" in case:
        yield "json", case["every"]
        spec = json.loads(case["every"])
        for form in ("toml", "yaml"):
            yield form, WRITERS[form](spec)
    for form in WRITERS:
        if form in case:
            yield form, case[form]


PARAMETERS = [
    pytest.param(case, form, text, id=f"{case['fault']} ({form})") for case in CASES for form, text in texts(case)
]


@pytest.mark.parametrize(("case", "form", "text"), PARAMETERS)
def test_fault_is_named(case: dict[str, Any], form: str, text: str) -> None:
    with pytest.raises(GradcliError) as caught:
        spec_from_bytes(text.encode(), f"faulty.{form}", form)
    error = caught.value
    shown = error.render()
    missing = [words for words in case["says"] if words not in shown]
    assert not missing, shown
    assert f"faulty.{form}" in shown
    assert error.exit_code == 2
    if "line" in case:
        assert error.line == case["line"], shown
    if "column" in case:
        assert error.column == case["column"], shown


@pytest.mark.parametrize("case", [case for case in CASES if "every" in case], ids=lambda case: case["fault"])
def test_fault_in_a_line_of_a_jsonl_names_that_line(case: dict[str, Any]) -> None:
    with pytest.raises(GradcliError) as caught:
        spec_from_line(case["every"], "specs.jsonl", 7)
    error = caught.value
    assert error.origin.source == "specs.jsonl"
    assert error.line == 7, error.render()


def test_every_fault_is_named_once() -> None:
    names = [case["fault"] for case in CASES]
    assert len(names) == len(set(names))
    assert all(case["says"] for case in CASES)


@pytest.mark.parametrize(
    ("form", "text", "line", "caret"),
    [
        ("toml", b'title = "a"\n[variables\nx = 1\n', "[variables", 11),
        ("toml", b'title = "a"\nx =\n\n', "x =", 4),
        ("json", b'{"expression": "x",\n "variables": {"x": 01}}', ' "variables": {"x": 01}}', 22),
        ("yaml", b"title: a\nexpression: x: y\n", "expression: x: y", 14),
    ],
)
def test_a_text_that_cannot_be_read_is_shown_with_a_caret(form: str, text: bytes, line: str, caret: int) -> None:
    with pytest.raises(GradcliError) as caught:
        spec_from_bytes(text, "spec", form)
    place, _, shown, under = caught.value.render().splitlines()[1:5]
    assert place == f"  --> spec:2, column {caret}"
    assert shown == f"   | {line}"
    assert under == f"   | {' ' * (caret - 1)}^"


def test_a_spec_on_stdin_that_is_no_toml_leads_to_the_format_option() -> None:
    with pytest.raises(GradcliError) as caught:
        spec_from_bytes(b"expression: x\nvariables: {x: 1}\n", "-")
    assert "--input-format" in (caught.value.hint or "")
