"""Kernels of functions that FLINT's series lack, composed from those it has, or by their Taylor coefficients.

Where a textbook form cancels, the form that does not is chosen by the size of the argument; what
remains is covered by the ball's radius and cured by a higher precision.
"""

from __future__ import annotations

import math
from typing import Any

from flint import arb, ctx

from gradcli.targets.balls.series import (
    FIXED,
    Ball,
    KinkError,
    UndecidedError,
    UnknownError,
    assert_known,
    at_rest,
    centre,
    compose,
    derived,
    fixed,
    like,
    line,
    sign,
    terms,
)


def tanh(u: Ball) -> Ball:
    """Hyperbolic tangent: by exp(-2|u|) far from 0, by sinh and cosh of the centre (addition theorem) near it."""
    if isinstance(u, arb):
        return u.tanh()
    here = u[0]
    if here > 1:
        e = (u * -2).exp()
        return (1 - e) / (1 + e)
    if here < -1:
        e = (u * 2).exp()
        return (e - 1) / (e + 1)
    s, c = here.sinh_cosh()
    count = terms(u)
    return compose([s, c, s / 2][:count], u) / compose([c, s, c / 2][:count], u)


def asinh(u: Ball) -> Ball:
    """Inverse hyperbolic sine, odd: log(|u| + sqrt(1 + u^2))."""
    if isinstance(u, arb):
        return u.asinh()
    if u[0] < 0:
        return -asinh(-u)
    return (u + (u * u + 1).sqrt()).log()


def atan2(y: Ball, x: Ball) -> Ball:
    """Angle of the point (x, y), by the quotient whose divisor is surely not 0."""
    up, right = centre(y), centre(x)
    if right > 0 and not abs(up) > right:
        return (y / x).atan()
    vertical = sign(up, "atan2")
    if vertical:
        return like(y, arb.pi() / 2 * vertical) - (x / y).atan()
    horizontal = sign(right, "atan2")
    if horizontal == 0:
        raise UnknownError("atan2 is not determined at the origin")
    if horizontal < 0:
        if not at_rest(y):
            raise KinkError("atan2 across the negative x axis")
        return like(x, arb.pi())
    return like(x, 0)


def cbrt(u: Ball) -> Ball:
    """Real cube root."""
    here = sign(centre(u), "cbrt at 0")
    if here == 0:
        if not at_rest(u):
            raise UnknownError("cbrt has no finite derivative at 0")
        return u
    root = ((u if here > 0 else -u).log() / 3).exp()
    return root if here > 0 else -root


def exp2(u: Ball) -> Ball:
    """2 to the power u."""
    return (u * arb.const_log2()).exp()


def exp10(u: Ball) -> Ball:
    """10 to the power u."""
    return (u * arb.const_log10()).exp()


def deg2rad(u: Ball) -> Ball:
    """Degrees to radians, with the exact pi."""
    return u * (arb.pi() / 180)


def rad2deg(u: Ball) -> Ball:
    """Radians to degrees, with the exact pi."""
    return u * (180 / arb.pi())


def xlogy(x: Ball, y: Ball) -> Ball:
    """x*log(y), 0 where x rests at 0."""
    assert_known(x, y)
    if centre(y) > 0:
        return x * y.log()
    if centre(x).is_zero() and at_rest(x):
        return like(x, 0)
    if centre(y) < 0 or centre(y).is_zero():
        raise UnknownError("xlogy has no derivative where its logarithm has none")
    raise UndecidedError("xlogy")


def rel_entr(x: Ball, y: Ball) -> Ball:
    """x*log(x/y), 0 where x rests at 0 and y is not negative."""
    assert_known(x, y)
    right, up = centre(x), centre(y)
    if right > 0 and up > 0:
        return x * (x / y).log()
    if right.is_zero() and at_rest(x) and (up > 0 or (up.is_zero() and at_rest(y))):
        return like(x, 0)
    if right < 0 or up < 0 or right.is_zero() or up.is_zero():
        raise UnknownError("rel_entr has no derivative where its logarithm has none")
    raise UndecidedError("rel_entr")


def xlog1py(x: Ball, y: Ball) -> Ball:
    """x*log(1 + y), 0 where x rests at 0."""
    return xlogy(x, y + 1)


def sinc(u: Ball, n: int = 0) -> Ball:
    """n-th derivative of sin(pi*u)/(pi*u): Taylor's polynomial with its tail near 0, a quotient of series elsewhere."""
    here = centre(u)
    count = terms(u)
    if abs(here) < 0.25:
        return compose([_sinc_coefficient(here, n, k) for k in range(count)], u)
    moving = line(here, n + count)
    return compose(derived(moving.sin_pi() / (moving * arb.pi()), n, count), u)


def _sinc_coefficient(x: Any, n: int, k: int) -> Any:
    """Taylor coefficient of order k at x of the n-th derivative, for |x| < 1/4.

    The m-th derivative of sum (-1)^i (pi x)^(2i)/(2i+1)! has the terms (-1)^i pi^(2i) x^p / ((2i+1) p!) with
    p = 2i - m >= 0, each less than a third of the one before: (pi/4)^2/2 < 1/3. So the last one taken bounds
    the sum of those left out.
    """
    m = n + k
    first = (m + 1) // 2
    p = 2 * first - m
    square = -((arb.pi() * x) ** 2)
    term = (-1) ** first * arb.pi() ** (2 * first) * x**p
    total = last = term / (2 * first + 1)
    for i in range(first + 1, first + ctx.prec // 2 + 8):
        p += 2
        term = term * square / (p * (p - 1))
        last = term / (2 * i + 1)
        total += last
        if last.abs_upper() <= total.abs_lower() * arb(2) ** -(ctx.prec + 8):
            break
    return (total + arb(0, last.abs_upper())) / math.factorial(k)


def lgamma(u: Ball) -> Ball:
    """log |gamma(u)|."""
    return digamma(u, -1)


def digamma(u: Ball, n: int = 0) -> Ball:
    """n-th derivative of digamma, the (n+1)-st of lgamma, from FLINT's Taylor series of lgamma itself."""
    assert_known(u)
    here = centre(u)
    count = terms(u)
    if n + 1 + count > FIXED:
        raise UnknownError(f"polygamma of order {n} is beyond ball arithmetic here")
    moving = line(here, n + 1 + count)
    if here > 0:
        return compose(derived(moving.lgamma(), n + 1, count), u)
    if here.is_integer():
        raise UnknownError("gamma has a pole here")
    if not here < 0 or here.contains_integer():
        raise UndecidedError("a pole of gamma")
    sine = moving.sin_pi()
    logarithm = (sine if sine[0] > 0 else -sine).log()
    return compose(derived(fixed(arb.pi().log()) - logarithm - (1 - moving).lgamma(), n + 1, count), u)


def gamma(u: Ball) -> Ball:
    """Gamma function; its poles are named."""
    assert_known(u)
    here = centre(u)
    if not here > 0:
        if here.is_integer():
            raise UnknownError("gamma has a pole here")
        if here.contains_integer():
            raise UndecidedError("a pole of gamma")
    return u.gamma()
