"""Matrices and columns of numbers that fit a terminal: aligned on the point, whole if there is room.

A number is shown with all its digits if the width allows; else with fewer digits, then with
columns left out, and a note says so: nothing is ever silently shortened.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from gradcli.report.entries import rounded

MOST_ROWS = 24  #: rows of a matrix that are shown whole
_KEPT = 3  # rows or columns kept at the end where the middle is left out
_DIGITS = (None, 12, 9, 6)
_GAP = 2  # what stands between two columns of the table


class Grid(NamedTuple):
    """Text cells of a matrix with its labels, and what was done to make it fit."""

    rows: list[str]
    columns: list[str]
    cells: list[list[str]]
    notes: list[str]


def aligned(texts: Sequence[str]) -> list[str]:
    """The same texts padded on both sides so that their decimal points stand below each other.

    >>> aligned(["12", "-0.5", "nan"])
    [' 12  ', ' -0.5', 'nan  ']
    """
    lefts = [_left(text) for text in texts]
    left = max(lefts, default=0)
    right = max((len(text) - n for text, n in zip(texts, lefts, strict=True)), default=0)
    return [" " * (left - n) + text + " " * (right - len(text) + n) for text, n in zip(texts, lefts, strict=True)]


def fit(
    matrix: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
    width: int,
    more: str = "…",
    most_rows: int = MOST_ROWS,
) -> Grid:
    """The matrix as text no wider than `width`, with `more` where rows or columns are left out."""
    kept_rows = _kept(len(rows), most_rows)
    labels = [more if i is None else rows[i] for i in kept_rows]
    room = width - max(map(len, labels), default=0)
    most = max(2, room // (_GAP + 1))
    while True:
        kept = _kept(len(columns), most)
        for digits in _DIGITS:
            cells, heads = _cells(matrix, kept_rows, kept, columns, digits, more)
            if sum(_GAP + max(map(len, (head, *column))) for head, column in zip(heads, cells, strict=True)) <= room:
                break
        else:
            if len(kept) > 2:
                most = len(kept) - 1
                continue
        break
    notes = []
    shown = (matrix[i][j] for i in kept_rows if i is not None for j in kept if j is not None)
    if digits is not None and any(float(rounded(v, digits)) != v for v in shown if isfinite(v)):
        notes.append(f"rounded to {digits} digits")
    if None in kept_rows or None in kept:
        notes.append(f"part of {len(rows)} by {len(columns)} entries")
    by_row = [[column[i] for column in cells] for i in range(len(kept_rows))]
    return Grid(labels, heads, by_row, notes)


def _left(text: str) -> int:
    """Characters before the decimal point (or the end of the digits before an exponent)."""
    for sign in ".e":
        at = text.find(sign)
        if at > 0 and text[at - 1].isdigit():
            return at
    return len(text)


def _kept(count: int, most: int) -> list[int | None]:
    """Indices of `count` things cut to at most `most` places, None standing for what is left out."""
    if count <= most:
        return list(range(count))
    tail = min(_KEPT, max(0, (most - 1) // 2))
    head = max(1, most - 1 - tail)
    return [*range(head), None, *range(count - tail, count)]


def _cells(
    matrix: Sequence[Sequence[float]],
    rows: list[int | None],
    columns: list[int | None],
    labels: Sequence[str],
    digits: int | None,
    more: str,
) -> tuple[list[list[str]], list[str]]:
    """Aligned text column by column, and the head of each column."""
    out, heads = [], []
    for j in columns:
        if j is None:
            out.append([more] * len(rows))
            heads.append(more)
            continue
        texts = [rounded(matrix[i][j], digits) for i in rows if i is not None]
        padded = iter(aligned(texts))
        blank = more.rjust(max(map(len, texts), default=0))
        out.append([blank if i is None else next(padded) for i in rows])
        heads.append(labels[j])
    return out, heads
