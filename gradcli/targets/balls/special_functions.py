"""Kernels of special functions by their Taylor coefficients at the centre, from the equation each one satisfies.

A second-order differential equation gives every coefficient from two values that FLINT encloses; an inverse is
the reversed series of the function it inverts. No partial of a row is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from flint import acb, arb, arb_series

from gradcli.targets.balls.series import (
    Ball,
    UndecidedError,
    UnknownError,
    assert_known,
    assert_positive,
    centre,
    compose,
    derived,
    line,
    sign,
    terms,
)


def erfcx(u: Ball, n: int = 0) -> Ball:
    """n-th derivative of exp(u^2)*erfc(u)."""
    count = terms(u)
    moving = line(centre(u), n + count)
    return compose(derived((moving * moving).exp() * moving.erfc(), n, count), u)


def dawson(u: Ball, n: int = 0) -> Ball:
    """n-th derivative of exp(-u^2) times the integral of exp(t^2)."""
    count = terms(u)
    moving = line(centre(u), n + count)
    return compose(derived((-(moving * moving)).exp() * moving.erfi() * (arb.pi().sqrt() / 2), n, count), u)


def zeta(u: Ball, n: int = 0) -> Ball:
    """n-th derivative of Riemann's zeta function."""
    assert_known(u)
    if sign(centre(u) - 1, "the pole of zeta") == 0:
        raise UnknownError("zeta has a pole at 1")
    count = terms(u)
    return compose(derived(line(centre(u), n + count).zeta(), n, count), u)


def eta(u: Ball, n: int = 0) -> Ball:
    """n-th derivative of Dirichlet's eta function, (1 - 2^(1 - s))*zeta(s); at the pole of zeta by its residue."""
    assert_known(u)
    here, count = centre(u), n + terms(u)
    moving = line(here, count + 1)
    factor = 1 - ((1 - moving) * arb(2).log()).exp()
    if sign(here - 1, "the pole of zeta in eta") != 0:
        return compose(derived(factor * moving.zeta(), n, terms(u)), u)
    step = arb_series([0, 1], max(2, count + 1))
    cleared = arb_series([factor[k + 1] for k in range(max(2, count))], max(2, count))  # factor/(s - 1)
    return compose(derived(cleared * (1 + step * arb_series.zeta(moving, 1, True)), n, terms(u)), u)


def _inverse(value: Callable[[Any], Any], function: str) -> Callable[[Ball], Ball]:
    """The inverse of a function that FLINT's series have: its value, then the reversed series."""

    def kernel(u: Ball) -> Ball:
        assert_known(u)
        here = value(centre(u))
        if not here.is_finite():
            raise UnknownError(f"the inverse of {function} has no finite value here")
        count = terms(u)
        if count == 1:
            return compose([here], u)
        forward = getattr(line(here, count), function)()
        moved = arb_series([0, *(forward[k] for k in range(1, count))], count).reversion()
        return compose([here, *(moved[k] for k in range(1, count))], u)

    return kernel


def _invdigamma(u: Ball) -> Ball:
    """The positive inverse of digamma."""
    from gradcli.targets.balls.hypergeometric import inverse
    from gradcli.targets.balls.special import digamma

    return inverse(digamma, "invdigamma")(u)


def _by_equation(
    start: Callable[[Any, Any], Sequence[Any]], equation: Callable[[Any, Any, Any, Any], Any], what: str
) -> Any:
    """A kernel from value and slope (`start`) and the second derivative as the equation says it."""

    def kernel(u: Ball, order: float = 0) -> Ball:
        assert_known(u)
        count = terms(u)
        if count > 3:
            raise UnknownError(f"{what} is known to the second order only")
        x = centre(u)
        n = arb(order)
        value, slope = start(x, n)
        coefficients = [value, slope, equation(x, n, value, slope) / 2]
        return compose(coefficients[:count], u)

    return kernel


def _bessel(method: str, below: int, above: int, modified: int, whole_line: bool) -> Any:
    """f_n' = (below f_(n-1) + above f_(n+1))/2 (DLMF 10.6.1, 10.29.1) and Bessel's equation; at 0 the rule twice."""

    def start(x: Any, n: Any) -> Sequence[Any]:
        return getattr(x, method)(n), (getattr(x, method)(n - 1) * below + getattr(x, method)(n + 1) * above) / 2

    def equation(x: Any, n: Any, value: Any, slope: Any) -> Any:
        if x.contains(0):
            far = getattr(x, method)(n - 2) + getattr(x, method)(n + 2)
            return (far + value * (2 * below * above)) / 4
        return -slope / x + value * (modified + (n / x) ** 2)

    kernel = _by_equation(start, equation, "a Bessel function")

    def derivative(x: Any, n: Any, k: int) -> Any:
        near = [getattr(x, method)(n - k + 2 * i) * math.comb(k, i) * below ** (k - i) * above**i for i in range(k + 1)]
        return sum(near, arb(0)) / 2**k

    def guarded(u: Ball, order: float = 0, k: int = 0) -> Ball:
        if not whole_line or order != int(order):
            assert_positive(u, "a Bessel function")
        if k:
            assert_known(u)
            x, n = centre(u), arb(order)
            return compose([derivative(x, n, k + j) / math.factorial(j) for j in range(terms(u))], u)
        return kernel(u, order)

    return guarded


def _elliptic(a: int) -> Any:
    """K (a = 1) and E (a = -1) of parameter m: DLMF 19.4.1, 19.4.3 and the hypergeometric equation 15.10.1."""

    def start(m: Any, n: Any) -> Sequence[Any]:
        if m.is_zero():
            return arb.pi() / 2, arb.pi() / 8 * a
        if not m < 1 or m.contains(0):
            raise UndecidedError("an elliptic integral at 0 or 1")
        k, e = acb(m).elliptic_k().real, acb(m).elliptic_e().real
        return (k, (e - (1 - m) * k) / (2 * m * (1 - m))) if a == 1 else (e, (e - k) / (2 * m))

    def equation(m: Any, n: Any, value: Any, slope: Any) -> Any:
        if m.is_zero():
            return arb.pi() * 9 / 64 if a == 1 else -arb.pi() * 3 / 64
        return (value * a / 4 - (1 - m * (2 if a == 1 else 1)) * slope) / (m * (1 - m))

    kernel = _by_equation(start, equation, "an elliptic integral")

    def guarded(u: Ball, order: int = 0) -> Ball:
        assert_known(u)
        if sign(1 - centre(u), "an elliptic integral at 1") <= 0:
            raise UnknownError("a complete elliptic integral has no derivative from parameter 1 on")
        if order:
            raise UnknownError("a derivative of an elliptic integral is no primal")
        return kernel(u)

    return guarded


def expint(u: Ball, n: int = 0) -> Ball:
    """E_n: its k-th derivative is (-1)^k E_(n-k) (DLMF 8.19.13)."""
    assert_positive(u, "an exponential integral")
    x = centre(u)
    return compose([x.expint(arb(n - k)) * (-1) ** k / math.factorial(k) for k in range(terms(u))], u)


def expi(u: Ball) -> Ball:
    """Ei on either side of 0."""
    assert_known(u)
    if sign(centre(u), "Ei at 0") == 0:
        raise UnknownError("Ei has a pole at 0")
    return u.ei()


def cosint(u: Ball) -> Ball:
    """Ci for positive arguments."""
    assert_positive(u, "cosint")
    return u.ci()


def coshint(u: Ball) -> Ball:
    """Chi for positive arguments."""
    assert_positive(u, "coshint")
    return u.chi()


def lambertw(u: Ball) -> Ball:
    """Principal branch of Lambert's W."""
    assert_known(u)
    if sign(centre(u) + (-arb(1)).exp(), "lambertw at -1/e") <= 0:
        raise UnknownError("lambertw has no finite derivative at or below -1/e")
    return u.lambertw()


def _airy(k: int, method: str) -> Callable[[Ball], Ball]:
    """Ai, Ai', Bi, Bi' (k = 0 ... 3): of a ball by one call for all four, of a series by its own method."""
    return lambda u: u.airy()[k] if isinstance(u, arb) else getattr(u, method)()


KERNELS: dict[str, Callable[..., Ball]] = {
    "airyai": _airy(0, "airy_ai"),
    "airyaiprime": _airy(1, "airy_ai_prime"),
    "airybi": _airy(2, "airy_bi"),
    "airybiprime": _airy(3, "airy_bi_prime"),
    "erfcx": erfcx,
    "dawson": dawson,
    "zeta": zeta,
    "eta": eta,
    "erfinv": _inverse(lambda x: x.erfinv(), "erf"),
    "erfcinv": _inverse(lambda x: x.erfcinv(), "erfc"),
    "besselj": _bessel("bessel_j", 1, -1, -1, True),
    "bessely": _bessel("bessel_y", 1, -1, -1, False),
    "besseli": _bessel("bessel_i", 1, 1, 1, True),
    "besselk": _bessel("bessel_k", -1, -1, 1, False),
    "ellipk": _elliptic(1),
    "ellipe": _elliptic(-1),
    "invdigamma": _invdigamma,
    "expint": expint,
    "expi": expi,
    "cosint": cosint,
    "coshint": coshint,
    "lambertw": lambertw,
    "fresnels": lambda u: u.fresnel_s(),
    "fresnelc": lambda u: u.fresnel_c(),
}
