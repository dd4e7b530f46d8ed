"""How far gradcli, or another package, is from mpmath: value, first and second derivatives at many points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
from measured_calls import Measured
from oracles import derivative

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.language.parser import parse
from gradcli.targets.arrays import Plan

Point = tuple[float, ...]
Orders = tuple[int, ...]


class Truth(NamedTuple):
    """A derivative to 30 digits, and the arguments' effect: how far it moves if they do by their size."""

    value: Any
    effect: float


def orders_of(one: Measured, total: int) -> list[Orders]:
    """The derivatives of that total order."""
    n = len(one.arguments)
    return [o for o in itertools.product(range(total + 1), repeat=n) if sum(o) == total]


def truths(one: Measured, at: Point) -> dict[Orders, Truth]:
    """Value, first and second derivatives at a point."""
    if len(at) == 1:
        return _on_line(one, at[0])
    found = {}
    every = {
        o: derivative(one.reference, at, o, None if one.digits > 60 else (60, 25))
        for n in range(4)
        for o in orders_of(one, n)
    }
    for order, value in every.items():
        if sum(order) < 3:
            raised = [tuple(n + (j == k) for j, n in enumerate(order)) for k in range(len(at))]
            effect = sum(abs(mp.mpf(x) * every[o]) for x, o in zip(at, raised, strict=True))
            found[order] = Truth(value, _float(effect))
    return found


_SHIFT = 30  # digits of the step


def _on_line(one: Measured, x: float) -> dict[Orders, Truth]:
    """Central differences over five points (see `oracles.derivative`)."""
    size = float(abs(mp.log10(abs(x)))) if x else 40.0
    with mp.workdps(int(one.digits + 3 * (size + _SHIFT) + 2 * size)):
        h = mp.mpf(10) ** -_SHIFT * min(abs(x) or 1, 1)
        a, b, c, d, e = (mp.re(one.reference(mp.mpf(x) + k * h)) for k in (-2, -1, 0, 1, 2))
        third = (e - 2 * d + 2 * b - a) / (2 * h**3)
        every = (c, (d - b) / (2 * h), (d - 2 * c + b) / h**2, third)
        return {(n,): Truth(+every[n], _float(abs(x * every[n + 1]))) for n in range(3)}


def _float(x: Any) -> float:
    return float(x) if abs(x) < mp.mpf(2) ** 1024 else math.inf


def representable(true: Any) -> bool:
    """Whether a float64 can hold the number: neither beyond the largest nor below the smallest normal one."""
    return 2.0**-1022 <= _float(abs(true)) < math.inf


def unit(one: Measured, order: Orders, true: Truth) -> float:
    """What errors count in: a unit in the last place, or of the arguments' effect where that is larger and counts."""
    usual = math.ulp(float(true.value))
    return max(usual, 2.0**-52 * true.effect) if one.by_effect(sum(order)) else usual


def error(found: float, true: Any, unit: float) -> float:
    """The distance in such units; infinite for what is not finite."""
    return float(abs(mp.mpf(found) - true) / unit) if math.isfinite(found) else math.inf


def programs(one: Measured) -> tuple[Tape, dict[Orders, int | None]]:
    """The call on a tape, and its derivatives by repeated reverse sweeps; None is 0."""
    tape = Tape()
    sources = [tape.input(name) for name in one.arguments]
    names = dict(zip(one.arguments, sources, strict=True))
    found: dict[Orders, int | None] = {(0,) * len(sources): lower(tape, parse(one.call), names)}
    for total in (1, 2):
        for order in orders_of(one, total - 1):
            instruction = found[order]
            adjoints: Sequence[int | None] = [None] * len(sources)
            if instruction is not None:
                adjoints = vjp(tape, instruction, tape.constant(1.0), sources)
            for k, adjoint in enumerate(adjoints):
                found.setdefault(tuple(n + (j == k) for j, n in enumerate(order)), adjoint)
    return tape, found


def gradcli_values(one: Measured, points: Sequence[Point]) -> dict[Orders, list[list[float]]]:
    """What gradcli gives at each point: one number by one, and all points at once."""
    tape, found = programs(one)
    columns = {name: np.array([p[k] for p in points]) for k, name in enumerate(one.arguments)}
    values: dict[Orders, list[list[float]]] = {}
    for order, instruction in found.items():
        if instruction is None:
            values[order] = [[0.0]] * len(points)
            continue
        plan = Plan(tape, [instruction])
        together = np.broadcast_to(plan.run(columns)[0], len(points)).tolist()
        alone = [float(plan.run(dict(zip(one.arguments, map(np.float64, at), strict=True)))[0]) for at in points]
        values[order] = [list(dict.fromkeys(pair)) for pair in zip(alone, together, strict=True)]
    return values


class Worst(NamedTuple):
    """The largest error among the points: how large, of which derivative, where; the true number and its unit."""

    ulps: float
    orders: Orders
    at: Point
    true: Any
    unit: float


def worst(
    one: Measured,
    points: Sequence[Point],
    true: Sequence[dict[Orders, Truth]],
    values: Callable[[Orders], Sequence[Sequence[float]]],
) -> list[Worst | None]:
    """By order of derivative, the worst of all points where the true number is representable; None if none is."""
    found: list[Worst | None] = []
    for total in range(3):
        every = []
        for order in orders_of(one, total):
            for at, known, numbers in zip(points, true, values(order), strict=True):
                if not representable(known[order].value):
                    continue
                size = unit(one, order, known[order])
                ulps = max(error(v, known[order].value, size) for v in numbers)
                every.append(Worst(ulps, order, at, known[order].value, size))
        found.append(max(every, default=None, key=lambda w: w.ulps))
    return found
