"""Arrays of numbers with error bounds: a float64 midpoint and radius for every entry.

Every operation rounds its radius up by the standard model of float64 arithmetic, a sum of n terms by
n units of rounding of the sum of their sizes (Higham, Accuracy and Stability of Numerical Algorithms,
ch. 3), whatever the order in which they are added. One NumPy call bounds a whole array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_letters
from typing import Any

import numpy as np

A = Any
UNIT = 2.0**-52  #: twice the unit of rounding: what an operation errs by, and what computing that bound errs by
TINY = 2.0**-1074  #: what an operation errs by where its result is subnormal
_CAREFUL = 20_000_000  #: products of numbers up to which extended precision is worth its time
_SLACK = 1.0 + 2.0**-40  #: covers the rounding of radii that are sums themselves


class Enclosure:
    """Entries known to lie within `rad` of `mid`; a `rad` of None is 0 everywhere."""

    __slots__ = ("mid", "rad")

    def __init__(self, mid: A, rad: A | None = None) -> None:
        self.mid = mid
        self.rad = rad

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return tuple(np.shape(self.mid))

    @property
    def radius(self) -> A:
        """The radii as an array."""
        return np.zeros(self.shape) if self.rad is None else self.rad

    @property
    def size(self) -> A:
        """Upper bounds of the entries' absolute values."""
        return np.abs(self.mid) if self.rad is None else np.abs(self.mid) + self.rad

    def __add__(self, other: Enclosure) -> Enclosure:
        mid = self.mid + other.mid
        rad = np.abs(mid) * UNIT
        for one in (self.rad, other.rad):
            if one is not None:
                rad = rad + one
        return Enclosure(mid, rad * _SLACK)

    def __mul__(self, other: Enclosure | int) -> Enclosure:
        if isinstance(other, int):
            if other == 1:
                return self
            other = Enclosure(np.float64(other))
        mid = self.mid * other.mid
        rad = np.abs(mid) * UNIT + TINY * (mid != 0)
        if other.rad is not None:
            rad = rad + self.size * other.rad
        if self.rad is not None:
            rad = rad + np.abs(other.mid) * self.rad
        return Enclosure(mid, rad * _SLACK)

    def __pow__(self, n: int) -> Enclosure:
        if n < 0:
            return (self**-n).reciprocal()
        result: Enclosure | None = None
        square, left = self, n
        while left:
            if left & 1:
                result = square if result is None else result * square
            left >>= 1
            square = square * square if left else square
        return Enclosure(np.ones(self.shape)) if result is None else result

    def reciprocal(self) -> Enclosure:
        """1/x, of radius infinity where x may be 0."""
        mid = 1.0 / self.mid
        rad = np.abs(mid) * UNIT + TINY
        if self.rad is not None:
            least = np.abs(self.mid) - self.rad * _SLACK
            rad = np.where(least > 0, rad + self.rad * np.abs(mid) / np.where(least > 0, least, 1.0), np.inf)
        return Enclosure(mid, rad * _SLACK)

    def map(self, move: Callable[[A], A]) -> Enclosure:
        """The entries moved about, as `move` does with an array."""
        return Enclosure(move(self.mid), None if self.rad is None else move(self.rad))

    def take(self, entries: A) -> Enclosure:
        """The entries at these indices of the first axis."""
        return self.map(lambda v: v[entries])

    def where(self, condition: A) -> Enclosure:
        """The entries where the condition holds, exactly 0 elsewhere."""
        return self.map(lambda x: np.where(condition, x, 0.0))

    def total(self, reduce: Callable[[A], A], terms: int, careful: bool = False) -> Enclosure:
        """Sums of entries, at most so many for each result, as `reduce` adds them up; `careful` as for `contract`."""
        kind = np.longdouble if careful else np.float64
        unit = 2.0 * float(np.finfo(kind).eps)
        mid = np.asarray(reduce(np.asarray(self.mid, dtype=kind)), dtype=np.float64)
        rad = reduce(np.abs(self.mid)) * (terms * unit) + np.abs(mid) * UNIT
        return Enclosure(mid, (rad if self.rad is None else rad + reduce(self.rad)) * _SLACK)


def contract(left: str, a: Enclosure, right: str, b: Enclosure, result: str, careful: bool = False) -> Enclosure:
    """An einsum of two arrays. Directions may be one further axis in front of one of them, or of both.

    Args:
        left, right, result: letters of the arrays' own axes.
        a, b: the arrays.
        careful: whether to add up in extended precision, where the platform has it; it is much slower.
    """
    lane = next(c for c in ascii_letters if c not in left + right + result)
    sizes = dict(zip(left[::-1], a.shape[::-1], strict=False)) | dict(zip(right[::-1], b.shape[::-1], strict=False))
    terms = int(np.prod([n for c, n in sizes.items() if c not in result], initial=1))
    moving = len(a.shape) > len(left) or len(b.shape) > len(right)
    left = lane * (len(a.shape) - len(left)) + left
    right = lane * (len(b.shape) - len(right)) + right
    text = f"{left},{right}->{lane * moving}{result}"

    def product(x: A, y: A) -> A:
        return np.einsum(text, x, y, optimize=True)

    unit = UNIT
    if careful and int(np.prod(list(sizes.values()), initial=1)) <= _CAREFUL:
        mid = product(np.asarray(a.mid, dtype=np.longdouble), np.asarray(b.mid, dtype=np.longdouble)).astype(np.float64)
        unit = 2.0 * float(np.finfo(np.longdouble).eps)
    else:
        mid = product(a.mid, b.mid)
    rad = product(np.abs(a.mid), np.abs(b.mid) * ((terms + 1) * unit) + (0.0 if b.rad is None else b.rad))
    if a.rad is not None:
        rad = rad + product(a.rad, b.size)
    return Enclosure(mid, (rad + np.abs(mid) * UNIT) * _SLACK)


def fold(x: Enclosure, shape: Sequence[int], lanes: int) -> Enclosure:
    """The transposed operation of a broadcast from `shape`, behind so many axes of directions."""
    given = x.shape[lanes:]
    if given == tuple(shape):
        return x
    kept = (1,) * (len(given) - len(shape)) + tuple(shape)
    axes = tuple(lanes + k for k, (n, m) in enumerate(zip(given, kept, strict=True)) if n != m)
    terms = int(np.prod([x.shape[k] for k in axes], initial=1))
    folded = x.total(lambda v: v.sum(axis=axes), terms) if axes else x
    return folded.map(lambda v: v.reshape((*x.shape[:lanes], *shape)))
