"""Data files: what is read from CSV and NumPy files, what is refused, and where files may lie."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.errors import DataError, GradcliError, LimitError
from gradcli.limits import LIMITS
from gradcli.problems import data, npy
from gradcli.problems.data import read_csv
from gradcli.problems.npy import read_npy, read_npz
from gradcli.problems.reading import spec_from_file


def csv_file(folder: Path, text: str | bytes, name: str = "d.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read_value(folder: Path, raw: Any, **options: Any) -> Any:
    spec = folder / "spec.json"
    spec.write_text(json.dumps({"expression": "1", "variables": {"x": raw}}))
    return spec_from_file(str(spec), **options).variables["x"].value


# ---- CSV ----

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
        (b"a,b\n1,\xff\n", "not UTF-8"),
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


# ---- NumPy files ----


@pytest.mark.parametrize(
    "array",
    [
        np.array(2.5),
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(4, dtype=np.int8),
        np.array([1, 2**53], dtype=np.uint64),
        np.array([[0.5]], dtype=np.float16),
        np.array([1.25, -3], dtype=">f8"),
        np.array([1.5], dtype=np.float32),
    ],
    ids=lambda a: f"{a.dtype.str}{a.shape}",
)
def test_arrays_come_back(tmp_path: Path, array: np.ndarray[Any, Any]) -> None:
    np.save(tmp_path / "w.npy", array)
    found = read_value(tmp_path, {"file": "w.npy"})
    assert found.dtype == np.float64
    assert found.shape == array.shape
    assert found.tolist() == array.astype(float).tolist()


def header(shape: str, descr: str = "'<f8'", version: bytes = b"\x01\x00") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    width = "<H" if version == b"\x01\x00" else "<I"
    return b"\x93NUMPY" + version + struct.pack(width, len(text)) + text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a .npy file"),
        (b"\x93NUMPY", "not a .npy file"),
        (b"not an array", "not a .npy file"),
        (pickle.dumps([1.0]), "not a .npy file"),
        (b"\x93NUMPY\x01\x00\xff\xff", "damaged"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\x7f", "damaged"),
        (b"\x93NUMPY\x09\x00" + b"\x00" * 80, "version 9.0"),
        (header("(1000000,)") + b"\x00" * 8, "its header says 8000000 bytes of numbers, the file has 8"),
        (header("(1,)") + b"\x00" * 16, "its header says 8 bytes of numbers, the file has 16"),
        (header("(3,)", version=b"\x02\x00") + b"\x00" * 8, "its header says 24 bytes"),
        (header("(1000000000000,)"), "array_elements"),
        (header("(99999999999999999999999, 99999999999999999999)"), "array_elements"),
        (header("(-1, -1)") + b"\x00" * 8, "a shape that no array has"),
        (header("(" + "1," * 40 + ")") + b"\x00" * 8, "a shape that no array has"),
        (header("(0,)"), "the array is empty"),
        (header("'abc'"), "damaged"),
        (header("(1.5,)"), "damaged"),
        (header("(" * 300 + ")" * 300), "damaged"),
        (header("__import__('os').getcwd()"), "damaged"),
        (header("(1,)", "'|O'") + b"\x00" * 8, "holds pickled objects"),
        (header("(1,)", "'<c16'") + b"\x00" * 16, "holds complex numbers"),
        (header("(1,)", "'|b1'") + b"\x00", "holds truth values"),
        (header("(1,)", "'<U1'") + b"a\x00\x00\x00", "real numbers are meant"),
        (header("(1,)", "'<M8[s]'") + b"\x00" * 8, "real numbers are meant"),
        (header("(1,)", "[('a', '<f8')]") + b"\x00" * 8, "real numbers are meant"),
        (header("(2,)") + struct.pack("<dd", 1, float("nan")), "the number at [1] is not finite"),
        (header("()") + struct.pack("<d", float("inf")), "the number is not finite"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_faulty_npy(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "w.npy").write_bytes(content)
    with pytest.raises((DataError, LimitError)) as caught:
        read_value(tmp_path, {"file": "w.npy"})
    assert caught.value.message.startswith("w.npy: ")
    assert says in caught.value.message


def test_pickled_arrays_are_not_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (os.mkdir, (str(tmp_path / "sprung"),))

    np.save(tmp_path / "w.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="pickled"):
        read_value(tmp_path, {"file": "w.npy"})
    np.savez(tmp_path / "p.npz", x=np.array([Trap()], dtype=object))
    with pytest.raises(DataError, match="pickled"):
        read_npz(tmp_path / "p.npz", "p.npz")
    assert not (tmp_path / "sprung").exists()


def test_elements_at_the_limit_and_one_beyond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "w.npy", np.ones(6))
    monkeypatch.setattr(npy, "LIMITS", LIMITS._replace(array_elements=6))
    read_npy(tmp_path / "w.npy", "w.npy")
    monkeypatch.setattr(npy, "LIMITS", LIMITS._replace(array_elements=5))
    with pytest.raises(LimitError, match="array_elements"):
        read_npy(tmp_path / "w.npy", "w.npy")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_come_back(tmp_path: Path, save: Any) -> None:
    save(tmp_path / "p.npz", x=np.arange(3), W=np.ones((3, 2)))
    found = read_npz(tmp_path / "p.npz", "p.npz")
    assert {name: array.tolist() for name, array in found.items()} == {"x": [0, 1, 2], "W": [[1, 1]] * 3}


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"no archive", "not a .npz file"),
        (archive({"x.npy": b"text"}), "p.npz: x: not a .npy file"),
        (archive({"x.npy": header("(10,)") + b"\x00" * 8}), "its header says 80 bytes"),
        (archive({"x.npy": header("(1,)") + b"\x00" * 8}, zipfile.ZIP_BZIP2), "compressed in a way"),
        (archive({"x.npy": header("(1,)") + b"\x00" * 8})[:-30], "not a .npz file"),
        (archive({"x.npy": header("(1,)") + b"\x00" * 8, "x": header("(1,)") + b"\x00" * 8}), "two arrays"),
    ],
)
def test_faulty_npz(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "p.npz").write_bytes(content)
    with pytest.raises(DataError, match=says):
        read_npz(tmp_path / "p.npz", "p.npz")


def test_a_zip_bomb_is_measured_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = archive({"x.npy": header("(100000,)") + b"\x00" * 800_000}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 2_000
    (tmp_path / "p.npz").write_bytes(bomb)
    monkeypatch.setattr(npy, "LIMITS", LIMITS._replace(data_bytes=10_000))
    with pytest.raises(LimitError, match="data_bytes"):
        read_npz(tmp_path / "p.npz", "p.npz")


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
