"""A folder, a name that is nearly a file's, and a value given twice: what is said, and that nothing is guessed."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "mistaken_sources.toml").read_text("utf-8"))["case"]
SPEC = 'expression = "x^2*y"\n[variables]\nx = 1\ny = 2\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "samples").mkdir()
    (tmp_path / "empty").mkdir()
    for place in (tmp_path, tmp_path / "samples"):
        (place / "model.toml").write_text(SPEC)
    (tmp_path / "points.csv").write_text("x,y\n1,2\n3,4\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", CASES, ids=[" ".join(case["arguments"]) for case in CASES])
def test_a_source_that_is_no_expression(case: dict[str, Any], folder: Path, gradcli: Any) -> None:
    ran = gradcli(*case["arguments"])
    assert ran.code == case.get("code", 2)
    for text in case["says"]:
        assert text in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["x*y", "x=1", "--points", "points.csv"], "x=1: points.csv: x gives points of x too"),
        (["model.toml", "y=5", "--points", "points.csv"], "y=5: points.csv: y gives points of y too"),
        (["x*y", "y=2", "x=1", "--sweep", "x=0:1:3"], "x=1: x=0:1:3 gives points of x too"),
        (["model.toml", "x=1", "--sweep", "x=0:1:3"], "x=1: x=0:1:3 gives points of x too"),
    ],
)
def test_a_value_beside_points_of_the_same_name_is_refused(
    arguments: list[str], says: str, folder: Path, gradcli: Any
) -> None:
    ran = gradcli("grad", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_entries_may_have_points_beside_a_value_for_the_rest(folder: Path, gradcli: Any) -> None:
    (folder / "entries.csv").write_text("w[0]\n1\n2\n")
    ran = gradcli("grad", "sum(w^2)", "w=[5, 7]", "--points", "entries.csv", "--no-check", "--format", "csv")
    assert ran.code == 0
    assert "w[1],7,14" in ran.out


def test_a_description_is_expanded(folder: Path, gradcli: Any) -> None:
    (folder / "noted.toml").write_text('description = "a \\"note\\""\n' + SPEC)
    assert 'description = "a \\"note\\""' in gradcli("expand", "noted.toml").out.splitlines()


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (
            "json",
            (
                '{"variables": {"x": [1, 2]}, "layers": [\n{"units": 3, "input": "x"},\n{"units": 2,\n'
                '"activation": "tanhh"}],\n"expression": "sum(layer2)"}'
            ),
        ),
        (
            "yaml",
            (
                "variables: {x: [1, 2]}\nlayers:\n- {units: 3, input: x}\n- activation: tanhh\n  units: 2\n"
                "expression: sum(layer2)\n"
            ),
        ),
    ],
)
def test_a_fault_in_a_layer_has_the_line_of_its_key(form: str, text: str, folder: Path, gradcli: Any) -> None:
    (folder / f"net.{form}").write_text(text)
    ran = gradcli("grad", f"net.{form}")
    assert ran.code == 2
    assert f"net.{form}:4, layers[2].activation" in ran.err


def test_a_missing_key_of_a_layer_has_the_line_of_the_layer(folder: Path, gradcli: Any) -> None:
    (folder / "net.json").write_text('{"variables": {"x": [1, 2]},\n"layers": [\n{"units": 3}], "expression": "x"}')
    assert "net.json:3, layers[1]" in gradcli("grad", "net.json").err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "interrupted: 2 specs finished; their records are on stdout"),
        (
            ["-o", "out.jsonl"],
            "interrupted: 2 specs finished, but not written: out.jsonl is written whole or not at all",
        ),
    ],
)
def test_an_interrupted_batch_says_what_is_done(
    options: list[str], says: str, folder: Path, gradcli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gradcli import solve

    answered = []
    real = solve.solve

    def tire(*given: Any) -> Any:
        if len(answered) == 2:
            raise KeyboardInterrupt
        answered.append(real(*given))
        return answered[-1]

    monkeypatch.setattr(solve, "solve", tire)
    (folder / "many.jsonl").write_text('{"expression": "x", "variables": {"x": 1}}\n' * 3)
    ran = gradcli("batch", "many.jsonl", *options)
    assert ran.code == 130
    assert says in ran.err
    assert len(ran.out.splitlines()) == (0 if options else 2)
    assert not (folder / "out.jsonl").exists()
