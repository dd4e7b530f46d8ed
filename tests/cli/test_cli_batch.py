"""`gradcli batch` on real files: order, formats, filters, exit codes and the summary on stderr."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

SPECS = {
    "a.json": '{"expression": "x^2", "variables": {"x": 3}}',
    "b.toml": 'expression = "x +* 2"\n[variables]\nx = 1\n',
    "c.yaml": "expression: x^3\nvariables: {x: 2}\ntask: [grad, hessian]\n",
    "d.jsonl": '{"expression": "abs(x)", "variables": {"x": 2}}\n\n[1]\n',
    "e.json": '{"name": "not a spec"}',
    "data.csv": "a,b\n1,2\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Good and bad specs in every format; the working folder is set to it."""
    for name, text in SPECS.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


EXPECTED = [
    ("a.json", "grad", "unchecked"),
    ("b.toml", None, "error"),
    ("c.yaml", "grad", "unchecked"),
    ("c.yaml", "hessian", "unchecked"),
    ("d.jsonl:1", "grad", "unchecked"),
    ("d.jsonl:3", None, "error"),
    ("e.json", None, "error"),
]


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def described(records: list[Any]) -> list[tuple[str, str | None, str]]:
    return [(Path(r["source"]).name, r.get("task"), r["verdict"]) for r in records]


def test_a_folder(gradcli: Run, folder: Path) -> None:
    ran = gradcli("batch", ".", "--no-check")
    assert ran.code == 1
    assert described(lines(ran.out)) == EXPECTED
    summary = ran.err.splitlines()
    assert summary[0].startswith("6 specs: ")
    assert "3 unchecked, 3 error in" in summary[0]
    assert any("b.toml: expected a value" in line for line in summary)


def test_errors_say_where(gradcli: Run, folder: Path) -> None:
    (error,) = lines(gradcli("batch", "b.toml").out)
    assert error["verdict"] == "error"
    assert (error["error"]["kind"], error["error"]["line"], error["error"]["column"]) == ("syntax", 1, 4)
    assert set(error) == {"source", "verdict", "error"}


def test_every_format_has_every_record(gradcli: Run, folder: Path) -> None:
    whole = json.loads(gradcli("batch", ".", "--no-check", "--format", "json").out)
    assert whole["results"] == lines(gradcli("batch", ".", "--no-check").out)
    assert whole["verdict"] == "error"
    rows = list(csv.DictReader(io.StringIO(gradcli("batch", ".", "--no-check", "--format", "csv").out)))
    assert list(dict.fromkeys(row["source"] for row in rows)) == list(
        dict.fromkeys(r["source"] for r in whole["results"])
    )
    for form in ("table", "markdown", "latex"):
        text = gradcli("batch", ".", "--no-check", "--format", form).out
        for record in whole["results"]:
            assert record["source"] in text


def test_only_bad_prints_less_but_counts_all(gradcli: Run, folder: Path) -> None:
    ran = gradcli("batch", ".", "--no-check", "--only-bad")
    assert {r["verdict"] for r in lines(ran.out)} == {"error"}
    assert ran.err.startswith("6 specs: ")
    good = gradcli("batch", "a.json", "--no-check", "--only-bad")
    assert (good.code, good.out) == (0, "")


def test_fail_fast(gradcli: Run, folder: Path) -> None:
    ran = gradcli("batch", ".", "--no-check", "--fail-fast")
    assert ran.code == 1
    assert described(lines(ran.out)) == EXPECTED[:2]
    assert ran.err.startswith("2 specs: 1 unchecked, 1 error")
    assert "--fail-fast" in ran.err


def test_quiet(gradcli: Run, folder: Path) -> None:
    assert gradcli("batch", ".", "--no-check", "--quiet").err == ""


def test_into_a_file(gradcli: Run, folder: Path) -> None:
    ran = gradcli("batch", ".", "--no-check", "-o", "out.jsonl")
    assert (ran.code, ran.out) == (1, "")
    first = (folder / "out.jsonl").read_text()
    gradcli("batch", ".", "--no-check", "-o", "out.jsonl")
    assert (folder / "out.jsonl").read_text() == first
    assert len(lines(first)) == len(EXPECTED)


def test_a_path_that_does_not_exist(gradcli: Run, folder: Path) -> None:
    ran = gradcli("batch", "a.json", "no.toml", "-o", "out.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert "no.toml: no such file or folder" in ran.err
    assert not (folder / "out.jsonl").exists()


def test_lines_on_stdin(gradcli: Run, folder: Path) -> None:
    text = (SPECS["a.json"] + "\n\n" + '{"expression": "x +", "variables": {"x": 1}}\n').encode()
    ran = gradcli("batch", "-", "--no-check", stdin=text)
    assert ran.code == 1
    assert [(r["source"], r["verdict"]) for r in lines(ran.out)] == [("-:1", "unchecked"), ("-:3", "error")]


def test_no_spec_is_no_failure(gradcli: Run, folder: Path) -> None:
    assert gradcli("batch", "-", stdin=b"\n\n") == (0, "", "0 specs in 0.0 s\n")


def test_an_output_that_a_spec_lacks_is_its_own_error(gradcli: Run, folder: Path) -> None:
    text = b'{"outputs": {"g": "x"}, "variables": {"x": 1}}\n' + SPECS["a.json"].encode()
    ran = gradcli("batch", "-", "--no-check", "--output", "g", stdin=text)
    assert [r["verdict"] for r in lines(ran.out)] == ["unchecked", "error"]


def test_progress_is_shown_on_a_terminal_only(gradcli: Run, folder: Path) -> None:
    shown = gradcli("batch", ".", "--no-check", "-o", "out.jsonl", terminal=True)
    assert "\r\x1b[K" in shown.err
    assert "\r" not in gradcli("batch", ".", "--no-check", "-o", "out.jsonl").err
    assert "\r" not in gradcli("batch", ".", "--no-check", "-o", "out.jsonl", "--quiet", terminal=True).err


def test_a_planted_internal_error(gradcli: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("gradcli.solve.solve", fail)
    ran = gradcli("batch", "a.json", "c.yaml")
    assert [r["error"]["kind"] for r in lines(ran.out)] == ["internal", "internal"]
    assert "Traceback" not in ran.err
    assert "Traceback" in gradcli("batch", "a.json", "--debug").err
