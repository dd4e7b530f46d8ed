"""Determinants and cofactors without division: Laplace expansion with the minors shared, in any commutative ring.

A table maps a set of columns (a bit mask) to the minor of the rows so far in these columns, so n
rows take n * 2^n products where the plain expansion takes n!. Nothing can be singular here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Value = Any  #: an element of the ring: a number, an array of numbers, a ball, a series, an expression
Times = Callable[[Value, int, int], Value]  #: an element times the matrix's entry at a row and a column
Table = dict[int, Value]


def determinant(n: int, times: Times, one: Value) -> Value:
    """The determinant of the n x n matrix whose entries `times` multiplies by."""
    return _downward(n, n, times, one)[-1][(1 << n) - 1]


def cofactors(n: int, times: Times, one: Value, multiply: Callable[[Value, Value], Value]) -> list[list[Value]]:
    """The matrix of cofactors: entry (i, j) is the signed minor without row i and column j, so n^2 of n - 1 rows.

    It is joined from minors of the rows above i and of those below.
    """
    above, below = _downward(n, n - 1, times, one), _upward(n, times, one)
    everything = (1 << n) - 1
    result: list[list[Value]] = []
    for i in range(n):
        row = []
        for j in range(n):
            total = None
            for chosen, minor in above[i].items():
                rest = everything & ~chosen & ~(1 << j)
                if chosen >> j & 1:
                    continue
                term = multiply(minor, below[i + 1][rest])
                turns = _crossings(chosen, rest | 1 << j) + _below(rest, j)
                total = _plus(total, -term if turns % 2 else term)
            row.append(total)
        result.append(row)
    return result


def _downward(n: int, rows: int, times: Times, one: Value) -> list[Table]:
    """Minors of the first r rows, for r = 0, ..., `rows`."""
    tables: list[Table] = [{0: one}]
    for i in range(rows):
        table: Table = {}
        for columns, minor in tables[-1].items():
            for j in range(n):
                if not columns >> j & 1:
                    term = times(minor, i, j)
                    grown = columns | 1 << j
                    table[grown] = _plus(table.get(grown), -term if (columns >> j).bit_count() % 2 else term)
        tables.append(table)
    return tables


def _upward(n: int, times: Times, one: Value) -> list[Table]:
    """Minors of the rows from r on, for r = 0, ..., n (the first one is left out)."""
    tables: list[Table] = [{0: one}]
    for i in range(n - 1, 0, -1):
        table: Table = {}
        for columns, minor in tables[-1].items():
            for j in range(n):
                if not columns >> j & 1:
                    term = times(minor, i, j)
                    grown = columns | 1 << j
                    table[grown] = _plus(table.get(grown), -term if _below(columns, j) % 2 else term)
        tables.append(table)
    return [{}, *reversed(tables)]


def _below(columns: int, j: int) -> int:
    """How many of the columns are left of j."""
    return (columns & ((1 << j) - 1)).bit_count()


def _crossings(first: int, second: int) -> int:
    """Pairs of a column in `first` and one in `second` to its left."""
    return sum(_below(second, j) for j in range(first.bit_length()) if first >> j & 1)


def _plus(total: Value | None, term: Value) -> Value:
    return term if total is None else total + term
