"""Determinants and cofactors without division: Laplace expansion with the minors shared, in any commutative ring.

A table maps a set of columns (a bit mask) to the minor of the rows so far in these columns, so n
rows take n * 2^n products where the plain expansion takes n!. Nothing can be singular here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

MOST_ROWS = 7  #: up to which determinants of numbers are expanded: exact for small whole numbers
Value = Any  #: an element of the ring: a number, an array of numbers, a ball, a series, an expression
Matrix = Callable[[int, int], Value]  #: its entry at a row and a column
Table = dict[int, "Jet"]


def determinant(n: int, a: Matrix, one: Value) -> Value:
    """The determinant of an n x n matrix."""
    return _downward(n, n, [a], one)[-1][(1 << n) - 1].coefficients[0]


def cofactors(n: int, matrices: Sequence[Matrix], one: Value, zero: Value) -> list[list[Value]]:
    """Of A, H1, ..., Hk: the coefficient of t1 ... tk in the cofactors of A + t1 H1 + ... + tk Hk.

    The cofactor at (i, j) is the signed minor without row i and column j, joined from minors of
    the rows above i and of those below.
    """
    above, below = _downward(n, n - 1, matrices, one), _upward(n, matrices, one)
    everything = (1 << n) - 1
    last = (1 << len(matrices) - 1) - 1
    result: list[list[Value]] = []
    for i in range(n):
        row = []
        for j in range(n):
            total = None
            for chosen, minor in above[i].items():
                if chosen >> j & 1:
                    continue
                rest = everything & ~chosen & ~(1 << j)
                term = minor.joined(below[i + 1][rest], last)
                turns = _crossings(chosen, rest | 1 << j) + _below(rest, j)
                if term is not None:
                    total = _plus(total, -term if turns % 2 else term)
            row.append(zero if total is None else total)
        result.append(row)
    return result


class Jet:
    """A polynomial in t1, ..., tk whose squares are 0: a coefficient for each set of them (a bit mask)."""

    __slots__ = ("coefficients",)

    def __init__(self, coefficients: dict[int, Value]) -> None:
        self.coefficients = coefficients

    def times(self, matrices: Sequence[Matrix], i: int, j: int) -> Jet:
        """The product with the entry of A + t1 H1 + ... + tk Hk at (i, j)."""
        a, *directions = matrices
        found = {m: c * a(i, j) for m, c in self.coefficients.items()}
        for bit, h in enumerate(directions):
            for m, c in self.coefficients.items():
                if not m >> bit & 1:
                    found[m | 1 << bit] = _plus(found.get(m | 1 << bit), c * h(i, j))
        return Jet(found)

    def joined(self, other: Jet, of: int) -> Value | None:
        """One coefficient of the product of two jets, None if nothing contributes to it."""
        total = None
        for m, c in self.coefficients.items():
            if of & ~m in other.coefficients:
                total = _plus(total, c * other.coefficients[of & ~m])
        return total

    def __neg__(self) -> Jet:
        return Jet({m: -c for m, c in self.coefficients.items()})

    def __add__(self, other: Jet) -> Jet:
        found = dict(self.coefficients)
        for m, c in other.coefficients.items():
            found[m] = _plus(found.get(m), c)
        return Jet(found)


def _downward(n: int, rows: int, matrices: Sequence[Matrix], one: Value) -> list[Table]:
    """Minors of the first r rows, for r = 0, ..., `rows`; the last row of a minor is expanded."""
    tables: list[Table] = [{0: Jet({0: one})}]
    for i in range(rows):
        tables.append(_grown(tables[-1], n, matrices, i, lambda columns, j: (columns >> j).bit_count()))
    return tables


def _upward(n: int, matrices: Sequence[Matrix], one: Value) -> list[Table]:
    """Minors of the rows from r on, for r = 0, ..., n (the first is left out); the first row is expanded."""
    tables: list[Table] = [{0: Jet({0: one})}]
    for i in range(n - 1, 0, -1):
        tables.append(_grown(tables[-1], n, matrices, i, _below))
    return [{}, *reversed(tables)]


def _grown(smaller: Table, n: int, matrices: Sequence[Matrix], i: int, turns: Callable[[int, int], int]) -> Table:
    """Minors with row i more, from those without it; `turns` counts the columns that the new one passes."""
    table: Table = {}
    for columns, minor in smaller.items():
        for j in range(n):
            if not columns >> j & 1:
                term = minor.times(matrices, i, j)
                grown = columns | 1 << j
                table[grown] = _plus(table.get(grown), -term if turns(columns, j) % 2 else term)
    return table


def _below(columns: int, j: int) -> int:
    """How many of the columns are left of j."""
    return (columns & ((1 << j) - 1)).bit_count()


def _crossings(first: int, second: int) -> int:
    """Pairs of a column in `first` and one in `second` to its left."""
    return sum(_below(second, j) for j in range(first.bit_length()) if first >> j & 1)


def _plus(total: Value | None, term: Value) -> Value:
    return term if total is None else total + term
