"""Data files: what is read from a CSV, what is refused, and where files may lie."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.errors import DataError, GradcliError, LimitError
from gradcli.limits import LIMITS
from gradcli.problems import data
from gradcli.problems.data import read_csv
from gradcli.problems.reading import spec_from_file


def csv_file(folder: Path, text: str | bytes, name: str = "d.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read_value(folder: Path, raw: Any, **options: Any) -> Any:
    spec = folder / "spec.json"
    spec.write_text(json.dumps({"expression": "1", "variables": {"x": raw}}))
    return spec_from_file(str(spec), **options).variables["x"].value


TABLE = "price,rooms, area \n1.5,2,30\n-2e3,3, 45 \n.5,4,60\n"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"column": "price"}, [1.5, -2000.0, 0.5]),
        ({"column": "area"}, [30.0, 45.0, 60.0]),
        ({"columns": ["area", "price"]}, [[30.0, 1.5], [45.0, -2000.0], [60.0, 0.5]]),
        ({"columns": ["rooms"]}, [[2.0], [3.0], [4.0]]),
        ({}, [[1.5, 2.0, 30.0], [-2000.0, 3.0, 45.0], [0.5, 4.0, 60.0]]),
    ],
)
def test_columns(tmp_path: Path, raw: dict[str, Any], expected: Any) -> None:
    csv_file(tmp_path, TABLE)
    assert read_value(tmp_path, {"file": "d.csv"} | raw).tolist() == expected


@pytest.mark.parametrize(
    "text", ["a\n1\n2\n", "a\r\n1\r\n2\r\n", "\ufeffa\n1\n2", "a\n1\n2\n\n\n", '"a"\n"1"\n"2"\n', "a\n+1\n 2.0 \n"]
)
def test_spellings_of_one_column(tmp_path: Path, text: str) -> None:
    titles, numbers = read_csv(csv_file(tmp_path, text), "d.csv")
    assert titles == ["a"]
    assert [column.tolist() for column in numbers] == [[1.0, 2.0]]


def test_other_columns_may_hold_text(tmp_path: Path) -> None:
    csv_file(tmp_path, "name,x\nAda,1\nEmmy,2\n")
    assert read_value(tmp_path, {"file": "d.csv", "column": "x"}).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n3,\n", "row 2, column 'b': the cell is empty"),
        ("a,b\n1,2\n ,4\n", "row 2, column 'a': the cell is empty"),
        ("a,b\n1,2\n3,x\n", "row 2, column 'b': 'x' is not a number"),
        ('a,b\n1,"2,5"\n', "row 1, column 'b': '2,5' is not a number"),
        ("a,b\n1,nan\n", "row 1, column 'b': 'nan' is not a finite number"),
        ("a,b\n-inf,1\n", "row 1, column 'a': '-inf' is not a finite number"),
        ("a,b\n1e999,1\n", "row 1, column 'a': '1e999' is not a finite number"),
        ("a,b\n1_0,1\n", "row 1, column 'a': '1_0' is not a number"),
        ("a,b\n0x10,1\n", "row 1, column 'a': '0x10' is not a number"),
        ("a,b\n١,1\n", "row 1, column 'a'"),
        ("a,b\ntrue,1\n", "row 1, column 'a': 'true' is not a number"),
        ("a,b\n1,2\n3\n", "row 2 has 1 cells where the header has 2"),
        ("a,b\n1,2,3\n", "row 1 has 3 cells where the header has 2"),
        ("a,b\n1,2\n\n3,4\n", "row 2 is empty"),
        ("a\n1\n\n3\n", "row 2 is empty"),
        ("a,b\n", "no rows below the header"),
        ("", "no header"),
        ("\n1,2\n", "no header"),
        ("a,a\n1,2\n", "two columns are called 'a'"),
        ("a,\n1,2\n", "column 2 has no name"),
        (b"a,b\n1,\xff\n", "not UTF-8 in line 2"),
        (b"a\r1\r\n2\n\xe9\n", "not UTF-8 in line 4"),
        (b"a\n" + b"12345678\n" * 5000 + b"\xce\n", "not UTF-8 in line 5002"),
        ('a,b\n1,"2\n', "d.csv: line"),
        ("a,b\n1," + "9" * 200_000 + "\n", "d.csv: line"),
        ("a\n\x00\n", "row 1, column 'a'"),
    ],
)
def test_faulty_csv(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(DataError) as caught:
        read_csv(csv_file(tmp_path, text), "d.csv")
    assert caught.value.message.startswith("d.csv: ")
    assert says in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("header", "column", "hint"),
    [("price,rooms", "prise", "did you mean 'price'?"), ("a;b", "a", "commas"), ("u,v", "xyz", "u, v")],
)
def test_no_such_column(tmp_path: Path, header: str, column: str, hint: str) -> None:
    csv_file(tmp_path, f"{header}\n1,2\n")
    with pytest.raises(DataError, match=f"no column '{column}'") as caught:
        read_value(tmp_path, {"file": "d.csv", "column": column})
    assert hint in str(caught.value.hint)
    assert caught.value.origin.key == "variables.x"


def test_numbers_at_the_limit_and_one_beyond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv_file(tmp_path, "a,b\n1,2\n3,4\n5,6\n")
    monkeypatch.setattr(data, "LIMITS", LIMITS._replace(array_elements=6))
    read_csv(path, "d.csv")
    monkeypatch.setattr(data, "LIMITS", LIMITS._replace(array_elements=5))
    with pytest.raises(LimitError, match="array_elements"):
        read_csv(path, "d.csv")
    read_csv(path, "d.csv", ["a"])


def test_bytes_at_the_limit_and_one_beyond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv_file(tmp_path, "a\n1\n")
    monkeypatch.setattr(data, "LIMITS", LIMITS._replace(data_bytes=4))
    read_csv(path, "d.csv")
    monkeypatch.setattr(data, "LIMITS", LIMITS._replace(data_bytes=3))
    with pytest.raises(LimitError, match="data_bytes"):
        read_csv(path, "d.csv")


@pytest.mark.parametrize("text", ["a,b\n1,2\n33,444\n", 'a,"\nb"\n1,2\n33,"\n44"\n'])
def test_rows_at_the_limit_and_one_beyond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    path = csv_file(tmp_path, text)
    longest = 9 if '"' in text else 7
    monkeypatch.setattr(data, "LIMITS", LIMITS._replace(csv_line=longest))
    read_csv(path, "d.csv")
    monkeypatch.setattr(data, "LIMITS", LIMITS._replace(csv_line=longest - 1))
    with pytest.raises(LimitError, match="csv_line"):
        read_csv(path, "d.csv")


# ---- where files may lie ----


def test_files_lie_in_the_folder_or_below(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "below").mkdir(parents=True)
    csv_file(home / "below", "a\n1\n")
    csv_file(home, "a\n2\n")
    assert read_value(home, {"file": "below/d.csv", "column": "a"}).tolist() == [1.0]
    assert read_value(home, {"file": "below/../d.csv", "column": "a"}).tolist() == [2.0]
    assert read_value(home, {"file": str(home / "d.csv"), "column": "a"}).tolist() == [2.0]


def test_files_outside_are_refused_whether_or_not_they_exist(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "below").mkdir(parents=True)
    csv_file(tmp_path, "a\n1\n")
    (home / "link.csv").symlink_to(tmp_path / "d.csv")
    (home / "out").symlink_to(tmp_path)
    (tmp_path / "home2").mkdir()
    csv_file(tmp_path / "home2", "a\n1\n")
    for name in ["../d.csv", "../none.csv", str(tmp_path / "d.csv"), "link.csv", "out/d.csv", "below/../../d.csv"]:
        with pytest.raises(DataError, match="outside") as caught:
            read_value(home, {"file": name})
        assert "--allow-outside" in str(caught.value.hint)
        assert caught.value.origin.key == "variables.x"
    with pytest.raises(DataError, match="outside"):
        read_value(home, {"file": "../home2/d.csv"})
    for name in ["../d.csv", str(tmp_path / "d.csv"), "link.csv", "out/d.csv"]:
        assert read_value(home, {"file": name, "column": "a"}, allow_outside=True).tolist() == [1.0]
    with pytest.raises(DataError, match="no such file"):
        read_value(home, {"file": "../none.csv"}, allow_outside=True)


def test_a_link_inside_of_the_folder_is_followed(tmp_path: Path) -> None:
    csv_file(tmp_path, "a\n1\n")
    (tmp_path / "link.csv").symlink_to("d.csv")
    assert read_value(tmp_path, {"file": "link.csv", "column": "a"}).tolist() == [1.0]


@pytest.mark.parametrize("name", ["/etc/passwd", "d.txt", "w.npz", "w.pkl", "", ".", "d.csv/"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"ends in \.csv or \.npy"):
        read_value(tmp_path, {"file": name})


@pytest.mark.parametrize("name", ["a\0.csv", "x" * 5000 + ".csv", "no\nsuch.csv"])
def test_names_that_no_file_has(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError) as caught:
        read_value(tmp_path, {"file": name})
    assert "\n" not in caught.value.message
    assert "\0" not in caught.value.message


def test_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to("b.csv")
    (tmp_path / "b.csv").symlink_to("a.csv")
    with pytest.raises(DataError):
        read_value(tmp_path, {"file": "a.csv"})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_devices_and_folders_are_no_data(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    for name in ["pipe.csv", "folder.csv"]:
        with pytest.raises(DataError, match="not an ordinary file"):
            read_value(tmp_path, {"file": name})
    with pytest.raises(DataError, match="not an ordinary file"):
        read_value(tmp_path, {"file": "zero.csv"}, allow_outside=True)


def test_column_and_columns_do_not_go_together(tmp_path: Path) -> None:
    csv_file(tmp_path, "a,b\n1,2\n")
    np.save(tmp_path / "w.npy", np.ones(2))
    for raw in [
        {"file": "d.csv", "column": "a", "columns": ["b"]},
        {"file": "d.csv", "columns": []},
        {"file": "d.csv", "columns": "a"},
        {"file": "d.csv", "column": 1},
        {"file": "w.npy", "column": "a"},
    ]:
        with pytest.raises(GradcliError):
            read_value(tmp_path, raw)


@pytest.mark.parametrize("mark", [";", "\t", " "])
def test_cells_separated_by_something_else_are_told_of_commas(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "d.csv"
    file.write_text(f"a{mark}b\n1{mark}2\n")
    with pytest.raises(DataError) as caught:
        read_csv(str(file), "d.csv")
    assert caught.value.hint == "cells are separated by commas"
