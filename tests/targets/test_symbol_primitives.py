"""SymPy's derivatives of one operation at every entry: mpmath's numbers lie within the enclosures."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from oracles import FUNCTIONS

from gradcli.autodiff.elementwise import BY_NAME, ROWS
from gradcli.autodiff.primitive import Row
from gradcli.targets.arrays import numpy_kernel
from gradcli.targets.enclosures import Enclosure
from gradcli.targets.symbols.kernels import _KERNELS, ASKS
from gradcli.targets.symbols.primitives import Operand, Operation, OutOfTimeError, differentiate

#: Rows with a derivative that mpmath differentiates quickly.
SMOOTH = [row for row in ROWS if row.name in FUNCTIONS and any(p not in (None, "0") for p in row.partials)]


def at(row: Row, columns: Any, seconds: float = 60.0) -> Operation:
    """Value and derivatives of a row at arrays of arguments."""
    arrays = [np.asarray(c, dtype=float) for c in columns]
    operands = [Operand(Enclosure(a), a, p is not None, False) for a, p in zip(arrays, row.partials, strict=True)]
    orders = row.usual
    with np.errstate(all="ignore"):
        numbers = np.asarray(numpy_kernel(row)(*arrays, *orders), dtype=float)
    return differentiate(row, orders, operands, numbers, numbers.shape, 2, time.monotonic() + seconds, {})


def within(found: Enclosure, k: int, true: Any, slack: float) -> None:
    assert abs(mp.mpf(float(found.mid[k])) - true) <= float(found.radius[k]) + slack * abs(true) + 1e-30, true
    assert found.radius[k] <= 1e-12 * abs(found.mid[k]) + 1e-12


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
def test_derivatives_of_a_row_are_mpmaths(row: Row) -> None:
    generator = random.Random(row.name)
    points = [tuple(generator.uniform(*interval) for interval in row.domain) for _ in range(2)]
    try:
        found = at(row, list(zip(*points, strict=True)))
    except NotImplementedError as missing:
        pytest.skip(str(missing))
    with mp.workdps(40):
        for k, point in enumerate(points):
            exact = tuple(map(mp.mpf, point))
            for a, partial in found.first.items():
                orders = tuple(int(j == a) for j in range(len(point)))
                within(partial.value, k, mp.diff(FUNCTIONS[row.name], exact, orders), 1e-15)
            for (a, b), partial in found.second.items():
                orders = tuple(int(j == a) + int(j == b) for j in range(len(point)))
                within(partial.value, k, mp.diff(FUNCTIONS[row.name], exact, orders), 1e-12)


def test_each_entry_has_the_expression_of_its_own_branch() -> None:
    found = at(BY_NAME["abs"], [[-2.0, 3.0, -0.5]])
    assert found.first[0].value.mid.tolist() == [-1.0, 1.0, -1.0]
    found = at(BY_NAME["where"], [[1.0, 0.0], [2.0, 3.0], [5.0, 7.0]])
    assert found.value.mid.tolist() == [2.0, 7.0]
    assert found.first[1].live.tolist() == [True, False]
    assert found.first[2].live.tolist() == [False, True]
    found = at(BY_NAME["mod"], [[7.5, -1.25, 9.75], [2.0, 2.0, 3.0]])
    assert found.first[1].value.mid.tolist() == [-3.0, 1.0, -3.0]


def test_digits_are_kept_where_sympy_writes_a_difference() -> None:
    """SymPy's tanh' is 1 - tanh^2, of which float64 has nothing left at 30."""
    found = at(BY_NAME["tanh"], [[30.0]])
    with mp.workdps(60):
        true = mp.sech(30) ** 2
        assert abs(mp.mpf(float(found.first[0].value.mid[0])) - true) <= 1e-15 * true


def test_kernels_look_at_the_values_only_for_what_they_ask() -> None:
    """A kernel outside `ASKS` never reads the values at the point; entries would be taken for alike that are not."""
    import sympy

    class Unreadable(list[float]):
        def __getitem__(self, key: Any) -> Any:
            raise AssertionError("read")

    x = list(sympy.symbols("x y z", positive=True))
    for name in sorted(_KERNELS.keys() - ASKS.keys()):
        with suppress(NotImplementedError):
            _KERNELS[name](None, (0, 0), x, Unreadable())  # type: ignore[arg-type]


def test_it_stops_at_the_deadline() -> None:
    with pytest.raises(OutOfTimeError):
        at(BY_NAME["exp"], [[1.0]], seconds=-1.0)
