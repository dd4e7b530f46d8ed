"""Entries many orders of magnitude below others decide what they decide alone: softmax, its logarithms and norms.

The truth is written out here by the others' sums and evaluated at 900 digits, so that it loses nothing either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.structural import INDEX
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.language.parser import parse
from gradcli.targets.arrays import Plan

DIGITS = 900
Vector = Sequence[Any]
Orders = tuple[int, ...]


def shares(x: Vector) -> list[Any]:
    powers = [mp.exp(v - max(x)) for v in x]
    return [e / sum(powers) for e in powers]


def cumulant(p: Vector, at: Orders) -> Any:
    """Joint cumulants of which entry is drawn: the derivatives of logsumexp."""
    if len(at) == 1:
        return p[at[0]]
    *rest, last = at
    if len(rest) == 1:
        return p[rest[0]] * ((rest[0] == last) - p[last])
    total = mp.mpf(0)
    a, b, c, *_ = (*at, None)
    if len(at) == 3:
        return p[a] * ((a == b) - p[b]) * ((a == c) - p[c]) - p[a] * p[b] * ((b == c) - p[c])
    moved = [p[k] * ((k == last) - p[last]) for k in range(len(p))]
    total += moved[a] * ((a == b) - p[b]) * ((a == c) - p[c]) - p[a] * moved[b] * ((a == c) - p[c])
    total -= p[a] * ((a == b) - p[b]) * moved[c] + moved[a] * p[b] * ((b == c) - p[c])
    return total - p[a] * moved[b] * ((b == c) - p[c]) + p[a] * p[b] * moved[c]


def logsumexp(x: Vector, at: Orders) -> Any:
    return cumulant(shares(x), at) if at else mp.log(sum(map(mp.exp, x)))


def softmax(x: Vector, at: Orders) -> Any:
    return cumulant(shares(x), (0, *at))


def log_softmax(x: Vector, at: Orders) -> Any:
    if not at:
        return mp.log(shares(x)[0])
    return (at == (0,)) - cumulant(shares(x), at)


def norm(x: Vector, at: Orders) -> Any:
    n = mp.sqrt(sum(v * v for v in x))
    u = [v / n for v in x]
    if len(at) < 2:
        return u[at[0]] if at else n
    a, b = at[:2]
    if len(at) == 2:
        return ((a == b) - u[a] * u[b]) / n
    c = at[2]
    return -((a == b) * u[c] + (a == c) * u[b] + (b == c) * u[a] - 3 * u[a] * u[b] * u[c]) / n**2


def derivatives(text: str, x: Sequence[float], order: int) -> dict[Orders, float]:
    """All derivatives of a scalar function of `v` up to that order, one for each set of entries."""
    tape = Tape()
    v = tape.input("v", (len(x),))
    found: dict[Orders, int] = {(): lower(tape, parse(text), {"v": v})}
    for total in range(order):
        for at in [key for key in found if len(key) == total]:
            (adjoint,) = vjp(tape, found[at], tape.constant(1.0), [v])
            assert adjoint is not None
            for k in range(at[-1] if at else 0, len(x)):
                found[(*at, k)] = tape.append(INDEX, (adjoint,), ((k,),))
    values = Plan(tape, list(found.values())).run({"v": np.array(x)})
    return dict(zip(found, map(float, values), strict=True))


FAR = (
    (0.0, -50.0),
    (0.0, 50.0, 0.0),
    (-300.5, 300.25),
    (0.1, -36.7, -80.3),
    (700.0, 1.0, -1.0),
    (2.0, 2.0, -40.0),
    (-30.0, 12.5, -31.0, 12.25),
    (1e-20, -700.0),
)
WIDE = (
    (1e8, 1.0),
    (1.0, 1e-20),
    (1e-150, 1e-3),
    (3.0, -4.0, 1e-30),
    (1e200, 1e190, -1e120),
    (1e-100, 1e-190),
    (0.0, 1e-10, 5.0),
)
CASES: tuple[tuple[str, Callable[[Vector, Orders], Any], tuple[tuple[float, ...], ...], int, float], ...] = (
    ("logsumexp(v)", logsumexp, FAR, 3, 8.0),
    ("log_softmax(v)[0]", log_softmax, FAR, 3, 8.0),
    ("-log_softmax(v)[0]", lambda x, at: -log_softmax(x, at), FAR, 3, 8.0),
    ("softmax(v)[0]", softmax, FAR, 2, 8.0),
    ("norm(v)", norm, WIDE, 3, 8.0),
    ("norm2(v)", norm, WIDE, 2, 8.0),
)


@pytest.mark.parametrize(("text", "true", "points", "order", "bound"), CASES, ids=[c[0] for c in CASES])
def test_every_derivative_keeps_its_digits(
    text: str, true: Callable[[Vector, Orders], Any], points: tuple[tuple[float, ...], ...], order: int, bound: float
) -> None:
    compared = 0
    for x in points:
        for at, found in derivatives(text, x, order).items():
            with mp.workdps(DIGITS):
                exact = +mp.mpf(true([mp.mpf(v) for v in x], at))
                if not 2.0**-1022 <= abs(exact) < mp.mpf(2) ** 1024:
                    assert abs(found) <= 2.0**-1022 or exact > 1
                    continue
                off = float(abs(found - exact) / math.ulp(float(exact)))
            compared += 1
            assert off <= bound * (4 if len(at) > 2 else 1), (x, at, found, float(exact))
    assert compared > 20


def test_a_row_of_its_own_for_every_other_axis() -> None:
    """Along an axis in front, and over two axes at once, as along the last one."""
    A = np.array([[0.0, 50.0, -3.0], [-50.0, 0.0, 700.0]])
    tape = Tape()
    a = tape.input("A", A.shape)
    texts = ("softmax(A, axis=0)[1]", "log_softmax(A, axis=0)[1]", "logsumexp(A, axis=0)", "log_softmax(A)[1]")
    found = Plan(tape, [lower(tape, parse(t), {"A": a}) for t in texts]).run({"A": A})
    with mp.workdps(DIGITS):
        columns = [[mp.mpf(v) for v in column] for column in A.T]
        turned = [column[::-1] for column in columns]
        every = [mp.mpf(v) for v in A.reshape(-1)]
        expected = (
            [softmax(c, ()) for c in turned],
            [log_softmax(c, ()) for c in turned],
            [logsumexp(c, ()) for c in columns],
            [log_softmax([every[k], *every[:k], *every[k + 1 :]], ()) for k in (3, 4, 5)],
        )
        expected = [[float(v) for v in row] for row in expected]
    for text, values, row in zip(texts, found, expected, strict=True):
        assert values.tolist() == pytest.approx(row, rel=1e-15, abs=0), text
