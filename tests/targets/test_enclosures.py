"""Arrays with error bounds: exact rational arithmetic on the same numbers always lies within them, and not far."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gradcli.targets.enclosures import Enclosure, contract, fold

GENERATOR = np.random.default_rng(5)
exact = np.frompyfunc(Fraction, 1, 1)


def numbers(*shape: int) -> Any:
    """Numbers of very different sizes and both signs."""
    return GENERATOR.normal(size=shape) * 10.0 ** GENERATOR.integers(-6, 6, shape)


def corners(e: Enclosure) -> list[Any]:
    """Members of an enclosure, exactly: its middle and its two ends."""
    mid, rad = exact(np.asarray(e.mid)), exact(np.asarray(e.radius))
    return [mid, mid - rad, mid + rad]


def holds(found: Enclosure, true: Any, scale: Any) -> None:
    """The truth is inside, and the radius beyond that of the operands is of rounding's size."""
    assert np.all(np.abs(exact(np.asarray(found.mid)) - true) <= exact(np.asarray(found.radius)))
    assert np.all(found.radius <= 1e-12 * scale)


A, B = numbers(3, 4), numbers(3, 4)
WIDE = Enclosure(B, np.abs(B) * 1e-14)

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda a, b: a + b,
    "product": lambda a, b: a * b,
    "square": lambda a, b: b**2,
    "seventh power": lambda a, b: b**7,
    "reciprocal": lambda a, b: b**-1,
    "reciprocal of a cube": lambda a, b: b**-3,
    "zeroth power": lambda a, b: b**0,
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_elementwise_operations_hold_the_truth(name: str) -> None:
    operation = OPERATIONS[name]
    found = operation(Enclosure(A), WIDE)
    scale = np.abs(found.mid) + (np.abs(A) + np.abs(B)) * (name == "sum")
    for b in corners(WIDE):
        holds(found, operation(exact(A), b), scale)


def test_an_interval_around_0_has_no_reciprocal() -> None:
    found = Enclosure(np.array([1e-3, 1.0]), np.array([1e-2, 0.5])) ** -1
    assert found.radius[0] == np.inf
    assert found.mid[1] - found.radius[1] <= 1 / 1.5 < 2.0 <= found.mid[1] + found.radius[1]


@pytest.mark.parametrize("careful", [False, True])
def test_sums_of_many_terms_hold_the_truth(careful: bool) -> None:
    terms = Enclosure(numbers(2, 500), np.full((2, 500), 1e-16))
    found = terms.total(lambda v: v.sum(axis=-1), 500, careful)
    for each in corners(terms):
        holds(found, each.sum(axis=-1), np.abs(terms.mid).sum(axis=-1))


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize(
    ("left", "a", "right", "b", "result", "spelled"),
    [
        ("ij", (3, 40), "jk", (40, 2), "ik", "ij,jk->ik"),
        ("ij", (3, 4), "i", (3,), "j", "ij,i->j"),
        ("i", (50,), "i", (50,), "", "i,i->"),
        ("ij", (7, 3, 4), "jk", (4, 2), "ik", "zij,jk->zik"),  # an axis of directions in front of the first
        ("i", (4,), "ij", (7, 4, 2), "j", "i,zij->zj"),  # or of the second
        ("i", (3,), "j", (2,), "ij", "i,j->ij"),
    ],
)
def test_contractions_hold_the_truth(
    careful: bool, left: str, a: Any, right: str, b: Any, result: str, spelled: str
) -> None:
    mid = numbers(*a)
    x, y = Enclosure(mid, np.abs(mid) * 1e-17), Enclosure(numbers(*b))
    found = contract(left, x, right, y, result, careful)
    scale = np.einsum(spelled, np.abs(x.mid), np.abs(y.mid))
    for each in corners(x):
        holds(found, _einsum(spelled, each, exact(y.mid)), scale)


def _einsum(spelled: str, a: Any, b: Any) -> Any:
    """An einsum of fractions, one product after the other."""
    inputs, result = spelled.split("->")
    left, right = inputs.split(",")
    sizes = dict(zip(left, a.shape, strict=True)) | dict(zip(right, b.shape, strict=True))
    total = np.full(tuple(sizes[c] for c in result), Fraction(0), dtype=object)
    for at in np.ndindex(*sizes.values()):
        where = dict(zip(sizes, at, strict=True))
        total[tuple(where[c] for c in result)] += a[tuple(where[c] for c in left)] * b[tuple(where[c] for c in right)]
    return total


def test_folding_is_the_transposed_broadcast() -> None:
    given = Enclosure(numbers(5, 3, 4))
    for shape, axes in (((3, 1), (2,)), ((1, 4), (1,)), ((), (1, 2)), ((3, 4), ())):
        true = exact(given.mid).sum(axis=axes).reshape(5, *shape) if axes else exact(given.mid)
        holds(fold(given, shape, 1), true, np.abs(given.mid).sum())


def test_what_is_left_out_is_exactly_0() -> None:
    found = Enclosure(np.array([np.nan, 2.0]), np.array([np.inf, 1.0])).where(np.array([False, True]))
    assert found.mid.tolist() == [0.0, 2.0]
    assert found.radius.tolist() == [0.0, 1.0]
