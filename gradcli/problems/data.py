"""Numbers from data files: which files may be opened, and the columns of a CSV.

A file is opened only after its path, with every link followed, is known to lie where it may,
and read only if it is an ordinary file within the limit; nothing in it is ever executed.
"""

from __future__ import annotations

import csv
import io
import os
import re
import stat
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gradcli.errors import Cell, DataError, LimitError, visible
from gradcli.language.suggest import hint_for
from gradcli.limits import LIMITS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

VALUE_ENDINGS = (".csv", ".npy")
POINTS_ENDINGS = (".csv", ".npy", ".npz")

_LINE_END = re.compile(rb"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where data files are looked for, and whether they may lie outside of it."""

    folder: str
    allow_outside: bool = False

    def locate(self, name: str, endings: Sequence[str] = VALUE_ENDINGS) -> Path:
        """The file `name`, relative to the folder, with every link followed.

        Raises:
            DataError: it has no such ending, lies outside of the folder, or does not exist.
        """
        if not name.lower().endswith(tuple(endings)):
            raise DataError(f"{visible(name)}: a data file's name ends in {', '.join(endings[:-1])} or {endings[-1]}")
        try:
            base = Path(self.folder).resolve()
            path = (base / name).resolve()
        except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL, a name too long
            raise DataError(f"{visible(name)}: no such file") from None
        if not self.allow_outside and not path.is_relative_to(base):
            raise DataError(
                f"{visible(name)}: the file lies outside of the spec's folder",
                hint="move it into the folder, or give --allow-outside if you trust the spec",
            )
        return path


@contextmanager
def opened(path: Path, name: str) -> Iterator[tuple[BinaryIO, int]]:
    """An ordinary file, open for reading, and its size in bytes.

    Args:
        path: the file.
        name: how a person wrote it, for messages.

    Raises:
        DataError: it does not exist, cannot be read, or is no ordinary file.
        LimitError: it is larger than `LIMITS.data_bytes`.
    """
    shown = visible(name)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise DataError(f"{shown}: not an ordinary file")
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise DataError(f"{shown}: no such file") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{shown}: {_reason(error)}") from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):  # exchanged since it was looked at
            raise DataError(f"{shown}: not an ordinary file")
        if status.st_size > LIMITS.data_bytes:
            raise LimitError(f"{shown}: larger than the limit of {LIMITS.data_bytes} bytes (data_bytes)")
        yield stream, status.st_size


def read_csv(path: Path, name: str, columns: Sequence[str] | None = None) -> tuple[list[str], list[Floats]]:
    """Columns of a CSV whose first line is its header.

    Args:
        path: the file, UTF-8, cells separated by commas.
        name: how a person wrote it, for messages.
        columns: the columns wanted; None for all.

    Returns:
        The names of the columns and their numbers, arrays of shape (n,).

    Raises:
        DataError: no such column, or a cell that is no finite number, with its row and column.
        LimitError: more numbers than `LIMITS.array_elements`.
    """
    import numpy as np

    shown = visible(name)
    with opened(path, name) as (stream, _):
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        rows = _Rows(text, shown)
        reader = csv.reader(rows, strict=True)
        try:
            header = [cell.strip() for cell in next(reader, [])]
            rows.begin_row()
            wanted = _wanted(header, columns, shown)
            numbers = _cells(reader, rows, header, wanted, shown)
        except csv.Error as error:
            raise DataError(f"{shown}: line {reader.line_num}: {error}") from None
        except UnicodeDecodeError as error:
            line = reader.line_num + len(_LINE_END.findall(error.object, 0, error.start)) + 1
            raise DataError(f"{shown}: not UTF-8 in line {line}: {error.reason}") from None
        finally:
            text.detach()
    return [header[i] for i in wanted], [np.frombuffer(column, dtype=np.float64) for column in numbers]


def _wanted(header: list[str], columns: Sequence[str] | None, shown: str) -> list[int]:
    """Positions of the wanted columns."""
    if not any(header):
        raise DataError(f"{shown}: the first line is no header", hint="the first line names the columns")
    seen: set[str] = set()
    for title in header:
        if title in seen:
            raise DataError(f"{shown}: two columns are called '{visible(title)}'")
        seen.add(title)
    if columns is None:
        if all(map(_is_number, header)):
            titles = ", ".join(visible(cell) for cell in header[:3]) + (", ..." if len(header) > 3 else "")
            example = ",".join("abcdefgh"[: len(header)])
            raise DataError(
                f"{shown}: the first line is no header but numbers ({titles})",
                hint=f"the first line names the columns, for example `{example}`: put such a line above the numbers",
            )
        if "" in seen:
            raise DataError(f"{shown}: column {header.index('') + 1} has no name", hint="name the columns to be read")
        return list(range(len(header)))
    for title in columns:
        if title not in seen:
            hint = hint_for(title, header)
            if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
                hint = "its header has one column: cells are separated by commas"
            raise DataError(f"{shown}: no column '{visible(title)}'", hint=hint)
    return [header.index(title) for title in columns]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


class _Rows:
    """The lines of a text, with a bound on what one row (which quotes can stretch over many lines) may take."""

    def __init__(self, text: io.TextIOWrapper, shown: str) -> None:
        self._text, self._shown = text, shown
        self._left = LIMITS.csv_line

    def begin_row(self) -> None:
        self._left = LIMITS.csv_line

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._left + 1)
        if not line:
            raise StopIteration
        self._left -= len(line)
        if self._left < 0:
            raise LimitError(
                f"{self._shown}: a row is longer than the limit of {LIMITS.csv_line} characters (csv_line)"
            )
        return line


def _cells(
    reader: Iterator[list[str]], rows: _Rows, header: list[str], wanted: list[int], shown: str
) -> list[array[float]]:
    """The wanted columns' numbers; lines without anything may stand at the end only."""
    columns: list[array[float]] = [array("d") for _ in wanted]
    appends = [(i, column.append) for i, column in zip(wanted, columns, strict=True)]
    width, most, row, blank = len(header), LIMITS.array_elements // max(1, len(wanted)), 0, 0
    for cells in reader:
        row += 1
        rows.begin_row()
        if not cells:
            blank = blank or row
            continue
        if blank:
            raise DataError(f"{shown}: row {blank} is empty")
        if len(cells) != width:
            raise DataError(f"{shown}: row {row} has {len(cells)} cells where the header has {width}")
        if row > most:
            raise LimitError(f"{shown}: more numbers than the limit of {LIMITS.array_elements} (array_elements)")
        for i, append in appends:
            cell = cells[i]
            try:
                number = float(cell)
            except ValueError:
                raise _bad_cell(cell, row, header[i], shown) from None
            if number - number != 0.0 or "_" in cell or not cell.isascii():
                raise _bad_cell(cell, row, header[i], shown)
            append(number)
    if not columns[0]:
        raise DataError(f"{shown}: there are no rows below the header")
    return columns


def _bad_cell(cell: str, row: int, title: str, shown: str) -> DataError:
    """The error of a cell that is no finite number; rows count from 1 below the header."""
    text = visible(cell if len(cell) <= 40 else cell[:37] + "...")
    what, hint = f"'{text}' is not a number", None
    if not cell.strip():
        what, hint = "the cell is empty", "every cell holds a number: leave the row out, or give it a value"
    elif "," in cell:
        hint = "decimals are written with a point"
    elif any(mark in title and mark in cell for mark in ";\t| "):
        hint = "cells are separated by commas"
    else:
        try:
            float(cell)
            what = f"'{text}' is not a finite number" if cell.isascii() and "_" not in cell else what
        except ValueError:
            pass
    error = DataError(f"{shown}: row {row}, column '{visible(title)}': {what}", hint=hint)
    error.cell = Cell(shown, row, title)
    return error


def _reason(error: OSError | ValueError) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]
