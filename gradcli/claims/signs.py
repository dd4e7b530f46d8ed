"""Signs of a part of a formula that are proved for all numbers: a piece that cannot be met need not be.

Balls as wide as float64 know the bounds of sine and its like, SymPy's assumptions those of squares and exponentials.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import ABS, CLIP, EQUAL, MAXIMUM, MINIMUM
from gradcli.claims.pair import Pair
from gradcli.claims.pieces import Kind, Unmet
from gradcli.claims.symbolic import Spelled
from gradcli.targets.balls import OutOfTimeError
from gradcli.targets.balls.series import UnknownError
from gradcli.verify import deadline as clock

Expr = Any
_SECONDS = 1.0  #: that SymPy may take for one sign


def is_impossible(pair: Pair, missing: Unmet, deadline: float) -> bool:
    """Whether it is proved that a choice never comes out so, whatever the variables are.

    Args:
        pair: what the choice belongs to.
        missing: the outcome.
        deadline: `time.monotonic()` at which it is given up.
    """
    choice, tape = missing.choice, pair.tape
    if choice.kind is Kind.SIGN:
        quantity = choice.quantity
    elif tape.instructions[choice.quantity].primitive is EQUAL and missing.outcome:
        quantity = tape.subtract(*tape.instructions[choice.quantity].arguments)
    else:
        return False
    if choice.kind is Kind.SIGN and _by_balls(pair, quantity, missing, deadline):
        return True
    import sympy  # noqa: F401 -- which may take a second by itself

    try:
        with clock.interrupted_at(min(deadline, time.monotonic() + _SECONDS)):
            (spelled,) = Bounded(tape, [quantity], pair.shapes, pair.constants).outputs
            entry = spelled.ravel()[missing.entry or 0]
            if choice.kind is not Kind.SIGN:
                return bool(entry.is_nonzero)
            return any(one.is_nonpositive if missing.outcome > 0 else one.is_nonnegative for one in _forms(entry))
    except (NotImplementedError, RecursionError, clock.OutOfTimeError, TypeError, ValueError):
        return False


def _by_balls(pair: Pair, quantity: int, missing: Unmet, deadline: float) -> bool:
    """Whether an entry does not vary at all, or has a sign wherever the variables are numbers of float64."""
    from flint import arb

    from gradcli.targets.balls import BallWalk

    number, at = arb(0, sys.float_info.max), missing.entry or 0
    anything = {name: np.full(shape, number, dtype=object) for name, shape in pair.shapes.items()}
    inputs = {**pair.constants, **anything}
    try:
        walk = BallWalk(pair.tape, quantity, pair.programs.sources, inputs, {}, deadline, exact=True)
        entry = walk.at_rest()[at]
    except (UnknownError, OutOfTimeError):
        return False
    return not walk.support[at] or bool(entry <= 0 if missing.outcome > 0 else entry >= 0)


def _forms(entry: Expr) -> Iterator[Expr]:
    """An expression, and as a quotient of exponentials, which shows the bounds of `tanh` and of the logistic."""
    import sympy

    yield entry
    yield sympy.factor(entry.rewrite(sympy.exp))


class Bounded(Spelled):
    """Formulas with functions of several pieces kept whole; of what SymPy lacks only that it is a number is known."""

    def apply(self, row: Row, orders: tuple[float, ...], operands: list[Expr], known: list[float]) -> Expr:
        import sympy

        if row is ABS:
            return sympy.Abs(*operands)
        if row in (MAXIMUM, MINIMUM):
            return (sympy.Max if row is MAXIMUM else sympy.Min)(*operands)
        if row is BY_NAME["relu"]:
            return sympy.Max(0, *operands)
        if row is CLIP:
            x, low, high = operands
            return sympy.Min(sympy.Max(x, low), high)
        try:
            return super().apply(row, orders, operands, known)
        except NotImplementedError:
            return sympy.Dummy(real=True)
