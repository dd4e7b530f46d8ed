"""Points: from a spec's table, a file or a sweep, they become one array a variable with a leading axis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.errors import DataError, GradcliError, LimitError
from gradcli.limits import LIMITS
from gradcli.problems import points
from gradcli.problems.commandline import problem_from_source
from gradcli.problems.problem import Problem
from gradcli.problems.reading import spec_from_file


def problem(folder: Path, spec: dict[str, Any], *items: str, **options: Any) -> Problem:
    path = folder / "spec.json"
    path.write_text(json.dumps({"expression": "1"} | spec))
    return problem_from_source(str(path), items, **options)


def listed(found: Problem) -> dict[str, Any] | None:
    return None if found.points is None else {name: array.tolist() for name, array in found.points.items()}


def test_a_table_of_lists(tmp_path: Path) -> None:
    found = problem(
        tmp_path,
        {
            "variables": {"w": [0, 0], "x": {"value": 9, "trainable": False}},
            "points": {"x": [1, "pi", 3], "w": [[1, 2], [3, 4], [5, 6]], "t": "[7, 8, 9]"},
        },
    )
    assert listed(found) == {"x": [1.0, np.pi, 3.0], "w": [[1, 2], [3, 4], [5, 6]], "t": [7, 8, 9]}
    assert list(found.variables) == ["w", "x", "t"]
    assert found.variables["t"].trainable
    assert found.variables["t"].value.shape == ()
    assert found.variables["t"].value == 7
    assert not found.variables["x"].trainable
    assert found.variables["x"].value == 9


def test_no_points_are_none(tmp_path: Path) -> None:
    assert problem(tmp_path, {"variables": {"x": 1}}).points is None
    assert problem(tmp_path, {"variables": {"x": 1}, "points": {}}).points is None


def test_a_csv_with_entries(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text('"W[0,1]",w[1], w[0] ,"W[ 1 , 0 ]",t\n1,2,3,4,5\n6,7,8,9,10\n')
    found = problem(tmp_path, {"variables": {"W": [[0.1, 0.2], [0.3, 0.4]], "w": [0, 0]}, "points": {"file": "p.csv"}})
    assert listed(found) == {
        "W": [[[0.1, 1], [4, 0.4]], [[0.1, 6], [9, 0.4]]],
        "w": [[3, 2], [8, 7]],
        "t": [5, 10],
    }


def test_entries_alone_make_an_array_if_all_are_there(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("w[1],w[0]\n1,2\n3,4\n")
    found = problem(tmp_path, {"points": {"file": "p.csv"}})
    assert listed(found) == {"w": [[2, 1], [4, 3]]}
    assert found.variables["w"].value.tolist() == [2, 1]
    (tmp_path / "p.csv").write_text("w[0],w[2]\n1,2\n3,4\n")
    with pytest.raises(GradcliError, match=r"there is no column w\[1\]"):
        problem(tmp_path, {"points": {"file": "p.csv"}})


def test_files_of_numpy(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", x=np.array([1, 2]), w=np.ones((2, 3)))
    found = problem(tmp_path, {"variables": {"x": 0, "w": [0, 0, 0]}, "points": {"file": "p.npz"}})
    assert listed(found) == {"x": [1, 2], "w": [[1, 1, 1], [1, 1, 1]]}
    np.save(tmp_path / "p.npy", np.arange(8.0).reshape(2, 4))
    found = problem(tmp_path, {"variables": {"x": 0, "w": [0, 0, 0]}, "points": {"file": "p.npy"}})
    assert listed(found) == {"x": [0, 4], "w": [[1, 2, 3], [5, 6, 7]]}
    found = problem_from_source("b*a", points_file=str(tmp_path / "p.npz"), items=["a=1", "b=2"])
    assert list(found.variables) == ["a", "b", "x", "w"]


def test_the_columns_of_a_npy_are_the_names_of_an_expression(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.array([[1.0, 2.0], [3.0, 4.0]]))
    found = problem_from_source("b*a + c", ["c=1"], points_file=str(tmp_path / "p.npy"))
    assert listed(found) == {"b": [1, 3], "a": [2, 4]}
    np.save(tmp_path / "q.npy", np.array([1.0, 2.0, 3.0]))
    assert listed(problem_from_source("x^2", points_file=str(tmp_path / "q.npy"))) == {"x": [1, 2, 3]}
    with pytest.raises(DataError, match=r"has shape \(3,\); the variables x, y need one of \(points, 2\)"):
        problem_from_source("x*y", points_file=str(tmp_path / "q.npy"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("k\n1\n", "'k' is a constant; points are of variables"),
        ("p\n1\n", "'p' is a let; points are of variables"),
        ("w\n1\n", r"points of shape \(\) for a variable of shape \(2,\)"),
        ("w[2]\n1\n", r"w of shape \(2,\) has no such entry"),
        ('"w[0,0]"\n1\n', r"w of shape \(2,\) has no such entry"),
        ("x[0]\n1\n", r"x of shape \(\) has no such entry"),
        ("w[-1]\n1\n", "cannot be part"),
        ("w[0],w[ 0 ]\n1,2\n", "'w' has points already"),
        ("w[0],w\n1,2\n", "'w' has points already"),
        ("my column\n1\n", "^p.csv: my column: .* cannot be part of"),
        ("x\none\n", "row 1, column 'x': 'one' is not a number"),
        ("w[999999999]\n1\n", "no such entry"),
        ('"n[999999999,999999999]"\n1\n', "data_bytes"),
    ],
)
def test_faulty_columns(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "p.csv").write_text(content)
    spec = {
        "constants": {"k": 1},
        "variables": {"x": 1, "w": [1, 2]},
        "let": {"p": "x"},
        "points": {"file": "p.csv"},
    }
    with pytest.raises(GradcliError, match=says) as caught:
        problem(tmp_path, spec)
    assert "points.file" in caught.value.render()


def test_a_points_file_of_a_spec_lies_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("x\n1\n")
    home = tmp_path / "home"
    home.mkdir()
    (home / "spec.json").write_text('{"expression": "x", "points": {"file": "../p.csv"}}')
    with pytest.raises(DataError, match="outside"):
        spec_from_file(str(home / "spec.json"))
    assert listed(spec_from_file(str(home / "spec.json"), allow_outside=True)) == {"x": [1]}
    found = problem_from_source(str(home / "spec.json"), points_file=str(tmp_path / "p.csv"))
    assert listed(found) == {"x": [1]}


def test_a_sweep_has_both_ends() -> None:
    found = problem_from_source("x^2", sweeps=["x=0:1:5"])
    assert listed(found) == {"x": [0, 0.25, 0.5, 0.75, 1]}
    assert found.variables["x"].value == 0


def test_the_last_sweep_varies_fastest() -> None:
    found = problem_from_source("x*y*z", ["z=4"], sweeps=["x=1:2:2", "y=0:pi:3"])
    assert listed(found) == {"x": [1, 1, 1, 2, 2, 2], "y": [0, np.pi / 2, np.pi] * 2}
    assert list(found.variables) == ["z", "x", "y"]


def test_a_sweep_of_one_entry() -> None:
    found = problem_from_source("sum(w)", ["w=[5, 6]"], sweeps=["w[1]=1:2:2"])
    assert listed(found) == {"w": [[5, 1], [5, 2]]}


def test_a_sweep_of_one_point() -> None:
    assert listed(problem_from_source("x", sweeps=["x=3:3:1"])) == {"x": [3]}


@pytest.mark.parametrize(
    ("sweeps", "says"),
    [
        (["x=0:1"], "x=0:1: a sweep is NAME=START:STOP:COUNT"),
        (["0:1:2"], "0:1:2: a sweep is"),
        (["x=0:1:2:3"], "a sweep is"),
        (["x=0:1:0"], "x=0:1:0: the count 0 is not"),
        (["x=0:1:-3"], "the count -3 is not"),
        (["x=0:1:2.5"], "the count 2.5 is not"),
        (["x=0:1:1"], "at least 2"),
        (["x=0:one:3"], "x=0:one:3: not a number"),
        (["x=0::3"], "x=0::3: not a number"),
        (["x=0:1/0:3"], "is not a finite number"),
        (["x=0:1:2", "x=1:2:2"], "x is swept twice"),
        (["w=0:1:2"], r"points of shape \(\) for a variable of shape \(2,\)"),
        (["2x=0:1:2"], "digit"),
        (["x=0:1:1e300"], "points"),
    ],
)
def test_faulty_sweeps(sweeps: list[str], says: str) -> None:
    with pytest.raises(GradcliError, match=says):
        problem_from_source("x*sum(w)", ["w=[1,2]"], sweeps=sweeps)


def test_points_at_the_limit_and_one_beyond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "LIMITS", LIMITS._replace(points=6))
    problem_from_source("x*y", sweeps=["x=0:1:2", "y=0:1:3"])
    problem(tmp_path, {"points": {"x": [1] * 6}})
    with pytest.raises(LimitError, match="points"):
        problem_from_source("x*y", sweeps=["x=0:1:7", "y=1:1:1"])
    with pytest.raises(LimitError, match="points"):
        problem(tmp_path, {"points": {"x": [1] * 7}})


def test_points_beside_a_spec_replace_its_own(tmp_path: Path) -> None:
    spec = {"expression": "x*y", "variables": {"x": 1, "y": 2}, "points": {"x": [1, 2, 3]}}
    assert listed(problem(tmp_path, spec, sweeps=["y=0:1:2"])) == {"y": [0, 1]}


def test_a_value_beside_a_spec_replaces_its_points(tmp_path: Path) -> None:
    spec = {"expression": "x*y", "points": {"x": [1, 2, 3], "y": [4, 5, 6]}}
    found = problem(tmp_path, spec, "x=7")
    assert listed(found) == {"y": [4, 5, 6]}
    assert found.variables["x"].value == 7
    assert problem(tmp_path, spec, "x=7", "y=8").points is None


def test_points_and_sweep_do_not_go_together() -> None:
    with pytest.raises(GradcliError, match="--points and --sweep"):
        problem_from_source("x", points_file="p.csv", sweeps=["x=0:1:2"])


def test_a_points_file_needs_an_ending() -> None:
    with pytest.raises(DataError, match=r"\.csv, \.npy or \.npz"):
        problem_from_source("x", points_file="/etc/passwd")
