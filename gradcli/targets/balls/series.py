"""Balls and Taylor balls: what the kernels of rigorous arithmetic share, above all how a choice is decided.

A quantity at a point is an `arb` (a ball that contains the true number). Along a direction it is an
`arb_series`: a polynomial in t of 2 or 3 balls, the Taylor polynomial of the quantity on x + t·v. What does
not move along the direction is a series too, told apart by its precision in t (`FIXED`), so that a tie of
two things at rest is no kink. Nothing here knows a rule of differentiation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from flint import arb, arb_series

Ball = Any  #: an `arb`, or an `arb_series` along a direction

#: Precision in t of a series that does not move; `ctx.cap` must not be less.
FIXED = 64


class UnknownError(Exception):
    """There is no enclosure here, and why; an empty message passes on what an earlier step has said."""


class UndecidedError(UnknownError):
    """The balls are too wide to decide; a higher precision may help."""


class KinkError(UnknownError):
    """The point lies exactly on a kink or a jump, and moves across it: no two-sided derivative."""


def fixed(number: Any) -> Ball:
    """The series of a ball that does not move."""
    return arb_series([number], FIXED)


def like(u: Ball, number: Any) -> Ball:
    """A number at rest, in the form of `u`: a ball among balls, a series among series."""
    return arb(number) if isinstance(u, arb) else fixed(number)


def at_rest(u: Ball) -> bool:
    """Whether `u` does not move along the direction."""
    return isinstance(u, arb) or u.prec == FIXED


def centre(u: Ball) -> Any:
    """The ball of `u` at the point itself."""
    return u if isinstance(u, arb) else u[0]


def sign(ball: Any, what: str) -> int:
    """Sign of one ball, 0 if it is exactly 0.

    Raises:
        UndecidedError: if it straddles 0.
    """
    if ball > 0:
        return 1
    if ball < 0:
        return -1
    if ball.is_zero():
        return 0
    if ball.is_nan():
        raise UnknownError
    raise UndecidedError(what)


def side(u: Ball, what: str) -> int:
    """Sign of `u` around the point, 0 if `u` vanishes to all orders that are asked for.

    Raises:
        KinkError: if `u` is exactly 0 here and moves. That counts even where it keeps its sign (|x^2| at 0):
            there a convention speaks, and the number it gives need not be the derivative.
        UndecidedError: if a coefficient straddles 0.
    """
    here = sign(centre(u), what)
    if here == 0 and not at_rest(u):
        for k in range(1, u.prec):
            if sign(u[k], what):
                raise KinkError(what)
    return here


def assert_known(*operands: Ball) -> None:
    """Pass on that an operand has no value.

    Raises:
        UnknownError: if one is a NaN.
    """
    for u in operands:
        if centre(u).is_nan():
            raise UnknownError


def compose(coefficients: Sequence[Any], u: Ball) -> Ball:
    """f(u) from the Taylor coefficients of f at the centre of `u`, as many as `terms(u)`."""
    if isinstance(u, arb):
        return coefficients[0]
    if at_rest(u):
        return fixed(coefficients[0])
    step = arb_series([0, *(u[k] for k in range(1, u.prec))], u.prec)
    result = fixed(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        result = result * step + fixed(coefficient)
    return result


def terms(u: Ball) -> int:
    """How many Taylor coefficients `compose` needs for `u`."""
    return 1 if at_rest(u) else int(u.prec)


def line(here: Any, length: int) -> Any:
    """here + t as a series of so many terms (at least 2, which FLINT's functions take quickly)."""
    return arb_series([here, 1], max(2, length))


def assert_positive(u: Ball, what: str) -> None:
    """Refuse a centre that is not surely above 0, in the name of the function that needs it.

    Raises:
        UnknownError: if it is a NaN, 0 or negative.
        UndecidedError: if its ball reaches across 0.
    """
    assert_known(u)
    if sign(centre(u), f"{what} at 0") <= 0:
        raise UnknownError(f"{what} of a number that is not positive")


def derived(series: Any, n: int, count: int) -> list[Any]:
    """The first `count` Taylor coefficients of a series' n-th derivative."""
    return [series[n + k] * math.perm(n + k, n) for k in range(count)]
