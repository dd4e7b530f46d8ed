"""NumPy's array files, read so that a hostile header costs nothing.

The header says a shape and a type; both are compared with the bytes that are there before
any memory is taken, and pickled objects are never loaded.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gradcli.errors import DataError, LimitError, visible
from gradcli.limits import LIMITS
from gradcli.problems.data import opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MAGIC = b"\x93NUMPY"
_HEADER_BYTES = 10_000  # NumPy's own bound; a numeric array's header has about a hundred
_MOST_MEMBERS = 10_000
_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error)


def read_npy(path: Path, name: str) -> Floats:
    """The array of a .npy file as float64.

    Args:
        path: the file.
        name: how a person wrote it, for messages.

    Raises:
        DataError: not such a file, of another length than its header says, or not of finite real numbers.
        LimitError: more elements than `LIMITS.array_elements`.
    """
    with opened(path, name) as (stream, size):
        return _array(stream, size, visible(name))


def read_npz(path: Path, name: str) -> dict[str, Floats]:
    """The arrays of a .npz file by name, as float64.

    Raises:
        DataError: not such a file, or one of its members is not an array of finite real numbers.
        LimitError: more elements than `LIMITS.array_elements` in a member, or more bytes than `LIMITS.data_bytes`.
    """
    shown = visible(name)
    arrays: dict[str, Floats] = {}
    with opened(path, name) as (stream, _):
        try:
            with zipfile.ZipFile(stream) as archive:
                members = archive.infolist()
                if len(members) > _MOST_MEMBERS:
                    raise LimitError(f"{shown}: more than {_MOST_MEMBERS} members")
                if sum(member.file_size for member in members) > LIMITS.data_bytes:
                    raise LimitError(f"{shown}: larger than the limit of {LIMITS.data_bytes} bytes (data_bytes)")
                for member in members:
                    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                        raise DataError(f"{shown}: compressed in a way that NumPy does not write")
                    title = member.filename.removesuffix(".npy")
                    if title in arrays:
                        raise DataError(f"{shown}: two arrays are called '{visible(title)}'")
                    with archive.open(member) as inner:
                        arrays[title] = _array(inner, member.file_size, f"{shown}: {visible(title)}")  # type: ignore[arg-type]
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            NotImplementedError,
            RuntimeError,
            OSError,
            EOFError,
        ) as error:
            raise DataError(f"{shown}: not a .npz file: {error}") from None
    if not arrays:
        raise DataError(f"{shown}: there are no arrays in it")
    return arrays


def _array(stream: BinaryIO, size: int, shown: str) -> Floats:
    import numpy as np

    shape, fortran, dtype, offset = _header(stream, shown)
    if dtype.kind not in "iuf":
        what = {"c": "complex numbers", "b": "truth values", "O": "pickled objects"}.get(dtype.kind, f"type {dtype}")
        raise DataError(f"{shown}: holds {what}; real numbers are meant")
    lengths_fit = all(type(length) is int and length >= 0 for length in shape)  # NumPy lets `True` pass for a length
    if len(shape) > LIMITS.array_axes or not lengths_fit:
        raise DataError(f"{shown}: its header says a shape that no array has")
    count = prod(shape)
    if count > LIMITS.array_elements:
        raise LimitError(f"{shown}: more elements than the limit of {LIMITS.array_elements} (array_elements)")
    if offset + count * dtype.itemsize != size:
        raise DataError(
            f"{shown}: its header says {count * dtype.itemsize} bytes of numbers, the file has {size - offset}"
        )
    if not count:
        raise DataError(f"{shown}: the array is empty")
    data = stream.read(count * dtype.itemsize)
    if len(data) != count * dtype.itemsize:
        raise DataError(f"{shown}: the file ends early")
    stored = np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C")
    with np.errstate(all="ignore"):
        values = stored.astype(np.float64, order="C")
    if not np.isfinite(values).all():
        at = ",".join(str(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise DataError(f"{shown}: the number at [{at}] is not finite" if at else f"{shown}: the number is not finite")
    return values


def _header(stream: BinaryIO, shown: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic], int]:
    """Shape, Fortran order, dtype and the offset of the numbers."""
    import warnings

    from numpy.lib import format as npy

    start = stream.read(8)
    if len(start) < 8 or not start.startswith(_MAGIC):
        raise DataError(f"{shown}: not a .npy file")
    version = (start[6], start[7])
    if version not in ((1, 0), (2, 0)):
        raise DataError(f"{shown}: version {version[0]}.{version[1]} of the .npy format is not read")
    width = 2 if version == (1, 0) else 4
    size = stream.read(width)
    length = int.from_bytes(size, "little")
    if len(size) < width or length > _HEADER_BYTES:
        raise DataError(f"{shown}: its header is damaged")
    header = io.BytesIO(size + stream.read(length))
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers that Python 2 wrote
            shape, fortran, dtype = read(header)
    except Exception:  # NumPy hands the text to Python's own parsers, which fail in many ways
        raise DataError(f"{shown}: its header is damaged") from None
    return shape, fortran, dtype, 8 + width + length
