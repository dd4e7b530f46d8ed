"""Every row of the table against mpmath: value, first and second derivative in units in the last place."""

from __future__ import annotations

import itertools
import math
import random
import re

import mpmath as mp
import numpy as np
import pytest
from oracles import FUNCTIONS, derivative, ulps
from row_points import ELEMENTARY, EXCEPTIONS, HARD, SPECIAL, THIRD, Tolerance

from gradcli.autodiff.compositions import COMPOSITIONS
from gradcli.autodiff.elementwise import ROWS
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.targets.arrays import Plan

SEEDED = 2
#: mpmath's special functions take seconds at the hundreds of digits that the others need.
SLOW = {row.name for row in ROWS if row.group == "special"} - {"erf", "erfc", "gauss"}
#: Rows whose value is a truth, not a function of mpmath's; test_row_traits holds them.
MEASURED = tuple(row for row in ROWS if row.name in FUNCTIONS)


def exact(name: str, at: tuple[float, ...], orders: tuple[int, ...]):
    """The true derivative, to 30 digits."""
    true = derivative(name, at, orders, (40, 18) if name in SLOW else None)
    if not any(at) and abs(true) < 1e-30:  # what is left of an odd or even function's differences at 0
        return mp.mpf(0)
    return true if float(true) else mp.mpf(0)


def depths() -> dict[str, int]:
    """How often a public row is differentiated until a row appears: 0 for a public one."""
    inside = " ".join(c.body for c in COMPOSITIONS)
    found = {row.name: 0 for row in ROWS if not row.private or f"{row.name}(" in inside}
    for depth in range(len(ROWS)):
        for row in ROWS:
            if found.get(row.name) == depth:
                called = {name for partial in row.partials if partial for name in re.findall(r"(\w+)\(", partial)}
                found |= {name: depth + 1 for name in called if name not in found}
    return found


DEPTHS = depths()


def tolerance(row: Row, order: int) -> Tolerance:
    if (row.name, order) in EXCEPTIONS:
        return EXCEPTIONS[row.name, order]
    if row.group == "special":
        return SPECIAL
    return ELEMENTARY if DEPTHS[row.name] + order <= 2 else THIRD


def seeded(row: Row, count: int) -> list[tuple[float, ...]]:
    generator = random.Random(row.name)
    return [tuple(generator.uniform(*interval) for interval in row.domain) for _ in range(count)]


def programs(row: Row, most: int) -> tuple[Tape, dict[tuple[int, ...], int]]:
    """The row on a tape, and its derivatives by repeated reverse sweeps, by orders."""
    tape = Tape()
    sources = [tape.input(name) for name in row.arguments]
    found = {(0,) * len(sources): tape.append(row, sources, row.usual)}
    for order in range(1, most + 1):
        for orders, instruction in [(k, i) for k, i in found.items() if sum(k) == order - 1]:
            for k, adjoint in enumerate(vjp(tape, instruction, tape.constant(1.0), sources)):
                if adjoint is not None:
                    found.setdefault(tuple(n + (j == k) for j, n in enumerate(orders)), adjoint)
    return tape, found


def values(tape: Tape, row: Row, instruction: int, points: list[tuple[float, ...]]) -> list[tuple[float, float]]:
    """What the scalar plan and the array plan give at each point."""
    plan = Plan(tape, [instruction])
    columns = {name: np.array([p[k] for p in points]) for k, name in enumerate(row.arguments)}
    (together,) = plan.run(columns)
    together = np.broadcast_to(together, len(points))
    alone = [plan.run(dict(zip(row.arguments, map(np.float64, at), strict=True)))[0] for at in points]
    return [(float(a), float(b)) for a, b in zip(alone, together, strict=True)]


def effect(row: Row, at: tuple[float, ...], orders: tuple[int, ...]) -> float:
    """How far a derivative moves if the arguments move by their own size."""
    raised = [tuple(n + (j == k) for j, n in enumerate(orders)) for k in range(len(at))]
    return math.fsum(abs(x * float(exact(row.name, at, higher))) for x, higher in zip(at, raised, strict=True) if x)


def excess(found: float, row: Row, at: tuple[float, ...], orders: tuple[int, ...]) -> str | None:
    """What is wrong with a number, None if it is within the row's tolerance."""
    true = exact(row.name, at, orders)
    off = ulps(found, true)
    allowed = tolerance(row, sum(orders))
    if off <= allowed.ulps:
        return None
    if allowed.effect and math.isfinite(found):
        moved = allowed.ulps * 2.0**-52 * effect(row, at, orders)
        if abs(mp.mpf(found) - true) <= moved:
            return None
    return f"{row.name}{at} orders {orders}: {found!r}, true {mp.nstr(true, 20)}, {off:.3g} ulp"


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row.name)
def test_value_first_and_second_derivatives(row: Row) -> None:
    points = [*seeded(row, SEEDED), *(tuple(map(float, p)) for p in HARD.get(row.name, ()))]
    tape, found = programs(row, 2)
    problems = [
        problem
        for orders, instruction in found.items()
        for at, numbers in zip(points, values(tape, row, instruction, points), strict=True)
        for number in dict.fromkeys(numbers)
        if (problem := excess(number, row, at, orders))
    ]
    assert not problems, "\n".join(problems)


PUBLIC = [row for row in MEASURED if not row.private and row.group != "operators"]


@pytest.mark.parametrize("row", PUBLIC, ids=lambda row: row.name)
def test_third_derivative(row: Row) -> None:
    """To 1e-12 of itself or of the argument's effect, at the hard points too."""
    points = [*seeded(row, 1), *(tuple(map(float, p)) for p in HARD.get(row.name, ()))]
    tape, found = programs(row, 3)
    problems = []
    for orders, instruction in found.items():
        if sum(orders) != 3:
            continue
        for at, numbers in zip(points, values(tape, row, instruction, points), strict=True):
            true = exact(row.name, at, orders)
            for number in dict.fromkeys(numbers):
                off = ulps(number, true)
                if off > EXCEPTIONS.get((row.name, 3), Tolerance(4500)).ulps and not abs(
                    number - true
                ) <= 1e-12 * effect(row, at, orders):
                    problems.append(
                        f"{row.name}{at} orders {orders}: {number!r}, true {mp.nstr(true, 20)}, {off:.3g} ulp"
                    )
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row.name)
def test_what_has_no_derivative_instruction_is_constant(row: Row) -> None:
    """A missing derivative (zero is absence) is 0 in mpmath too."""
    _, found = programs(row, 2)
    at = seeded(row, 1)[0]
    for orders in itertools.product(range(3), repeat=len(row.arguments)):
        if sum(orders) <= 2 and orders not in found:
            assert exact(row.name, at, orders) == pytest.approx(0, abs=1e-30)


def test_mod_counts_as_often_as_its_value() -> None:
    """∂/∂y mod(x, y) = -floor(x/y) with the exact quotient: x/y rounds to 10 where 0.1 goes 9 times into 1."""
    row = next(r for r in ROWS if r.name == "mod")
    tape, found = programs(row, 1)
    at = (1.0, 0.1)
    assert excess(values(tape, row, found[0, 0], [at])[0][0], row, at, (0, 0)) is None
    assert excess(values(tape, row, found[0, 1], [at])[0][0], row, at, (0, 1)) is None


def test_the_table_is_measured_whole() -> None:
    """Only comparisons and logic have no entry among the references; they have no derivative."""
    unmeasured = {row.name for row in ROWS} - set(FUNCTIONS)
    assert unmeasured == {
        "less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
        "logical_and", "logical_or", "logical_not",
    }  # fmt: skip
    assert all(set(row.partials) == {None} for row in ROWS if row.name in unmeasured)


def test_exceptions_and_hard_points_name_rows() -> None:
    names = {row.name for row in MEASURED}
    assert {name for name, _ in EXCEPTIONS} | set(HARD) <= names
    assert all(len(p) == len(row.arguments) for row in MEASURED for p in HARD.get(row.name, ()))
