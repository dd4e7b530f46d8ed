"""NumPy's files: arrays come back, and a header that lies costs neither memory nor code."""

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

from gradcli.errors import DataError, LimitError
from gradcli.limits import LIMITS
from gradcli.problems import npy
from gradcli.problems.npy import read_npy, read_npz
from gradcli.problems.reading import spec_from_file


def read_value(folder: Path, raw: Any) -> Any:
    spec = folder / "spec.json"
    spec.write_text(json.dumps({"expression": "1", "variables": {"x": raw}}))
    return spec_from_file(str(spec)).variables["x"].value


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
