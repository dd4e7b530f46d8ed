"""Comparisons, logic, choices and steps over Taylor balls, decided by what is proved at the point.

A choice is certain where the balls leave no doubt. Exactly on a tie it is certain only if nothing moves, or
if both branches agree to all orders that are asked for; otherwise there is no two-sided derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb

from gradcli.targets.balls.series import (
    Ball,
    KinkError,
    UndecidedError,
    UnknownError,
    at_rest,
    centre,
    like,
    side,
    sign,
)

_HALF = arb(0.5)


def comparison(name: str, holds: Callable[[int], bool]) -> Callable[[Ball, Ball], Ball]:
    """The kernel of a comparison: `holds` says its truth for the sign of x - y."""

    def compare(x: Ball, y: Ball) -> Ball:
        found = sign(centre(x) - centre(y), f"{name} at a tie")
        if found == 0 and not (at_rest(x) and at_rest(y)):
            raise KinkError(f"{name} jumps here")
        return like(x, holds(found))

    return compare


def truth(u: Ball) -> bool:
    """Whether `u` is not 0."""
    if sign(centre(u), "a truth value"):
        return True
    if not at_rest(u):
        raise KinkError("a truth value jumps here")
    return False


def both(x: Ball, y: Ball) -> Ball:
    """1 where both hold; one that surely does not hold settles it, whatever the other one is."""
    return like(x, _settled(x, y, by=False))


def either(x: Ball, y: Ball) -> Ball:
    """1 where one holds; one that surely holds settles it."""
    return like(x, _settled(x, y, by=True))


def negation(x: Ball) -> Ball:
    """1 where x is 0."""
    return like(x, not truth(x))


def _settled(x: Ball, y: Ball, by: bool) -> bool:
    doubt: UnknownError | None = None
    for u in (x, y):
        try:
            if truth(u) is by:
                return by
        except UnknownError as error:
            doubt = error
    if doubt is not None:
        raise doubt
    return not by


def where(condition: Ball, a: Ball, b: Ball) -> Ball:
    """The branch taken; the other one may be anything."""
    return a if truth(condition) else b


def maximum(x: Ball, y: Ball) -> Ball:
    """The larger one."""
    return x if side(x - y, "max at a tie") >= 0 else y


def minimum(x: Ball, y: Ball) -> Ball:
    """The smaller one."""
    return x if side(x - y, "min at a tie") <= 0 else y


def clip(x: Ball, low: Ball, high: Ball) -> Ball:
    """x held between two bounds, as NumPy does it: the upper one wins."""
    raised = x if side(x - low, "clip at its edge") >= 0 else low
    return raised if side(raised - high, "clip at its edge") <= 0 else high


def absolute(x: Ball) -> Ball:
    """|x|."""
    return -x if side(x, "abs at 0") < 0 else x


def relu(x: Ball) -> Ball:
    """x where it is positive, else 0."""
    found = side(x, "relu at 0")
    return x if found > 0 else like(x, 0)


def signum(x: Ball) -> Ball:
    """-1, 0 or 1."""
    found = sign(centre(x), "sign at 0")
    if found == 0 and not at_rest(x):
        raise KinkError("sign at 0")
    return like(x, found)


def floor(x: Ball) -> Ball:
    """Largest integer not above x."""
    return like(x, _step(centre(x), at_rest(x), "floor at its jump"))


def ceiling(x: Ball) -> Ball:
    """Smallest integer not below x."""
    return like(x, -_step(-centre(x), at_rest(x), "ceil at its jump"))


def nearest(x: Ball) -> Ball:
    """Nearest integer, halves to even."""
    shifted = centre(x) + _HALF
    found = _step(shifted, at_rest(x), "round at its jump")
    tied = shifted.is_exact() and shifted.is_integer() and int(found.unique_fmpz()) % 2
    return like(x, found - 1 if tied else found)


def modulo(x: Ball, y: Ball) -> Ball:
    """x - y*floor(x/y)."""
    divisor = centre(y)
    if sign(divisor, "mod by 0") == 0:
        raise UnknownError("mod by 0")
    whole = _step(centre(x) / divisor, at_rest(x) and at_rest(y), "mod at its jump")
    return x - y * like(x, whole)


def _step(ball: Any, rest: bool, what: str) -> Any:
    """The floor of a ball as an exact ball; certain unless the ball reaches across an integer."""
    if not ball.is_finite():
        raise UndecidedError(what) if not ball.is_nan() else UnknownError
    found = ball.floor()
    if not found.is_exact():
        raise UndecidedError(what)
    if not rest and ball.contains(found):
        raise KinkError(what) if ball.is_exact() else UndecidedError(what)
    return found
