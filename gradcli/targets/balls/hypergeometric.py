"""Ball kernels of what Bessel's and the incomplete functions are made of: confluent series, and FLINT's own.

Taylor coefficients of 0F1 are 0F1 again (DLMF 16.3.1), so these hold at 0, where quotients have no value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from flint import arb, arb_series

from gradcli.targets.balls.series import (
    Ball,
    UnknownError,
    assert_known,
    assert_positive,
    centre,
    compose,
    like,
    line,
    sign,
    terms,
)


def _confluent(b: Any, z: Ball) -> Ball:
    """0F1(; b; z)/gamma(b)."""
    here = centre(z)
    return compose(
        [here.hypgeom_0f1(b + k, regularized=True) / math.factorial(k) for k in range(terms(z))],
        z,
    )


def _primal(u: Ball, k: int) -> None:
    """Refuse what has no value, and derivatives, which nobody types."""
    assert_known(u)
    if k:
        raise UnknownError("a derivative is no primal")


def sphericalbesselj(u: Ball, n: int = 0, k: int = 0) -> Ball:
    """j_n(u) = sqrt(pi)/2 (u/2)^n 0F1(; n + 3/2; -u^2/4)/gamma(n + 3/2) (DLMF 10.16.9, 10.47.3)."""
    _primal(u, k)
    if n < 0:
        raise UnknownError("a spherical Bessel function of negative order")
    power = like(u, 1)
    for _ in range(n):
        power = power * (u / 2)
    return power * _confluent(arb(n) + arb(3) / 2, u * u / -4) * (arb.pi().sqrt() / 2)


def jinc(u: Ball, k: int = 0) -> Ball:
    """2 J_1(pi u)/(pi u) = 0F1(; 2; -(pi u)^2/4)."""
    _primal(u, k)
    turned = u * arb.pi()
    return _confluent(arb(2), turned * turned / -4)


def sinhc(u: Ball, k: int = 0) -> Ball:
    """sinh(u)/u = sqrt(pi)/2 0F1(; 3/2; u^2/4)/gamma(3/2)."""
    _primal(u, k)
    return _confluent(arb(3) / 2, u * u / 4) * (arb.pi().sqrt() / 2)


def exprel(u: Ball, k: int = 0) -> Ball:
    """(exp(u) - 1)/u = 1F1(1; 2; u), whose j-th derivative is 1F1(1 + j; 2 + j; u)/(1 + j) (DLMF 13.3.15)."""
    _primal(u, k)
    here = centre(u)
    coefficients = (here.hypgeom_1f1(1 + j, 2 + j) / (1 + j) / math.factorial(j) for j in range(terms(u)))
    return compose(list(coefficients), u)


def _within(u: Ball, what: str) -> None:
    """Refuse a centre that is not surely inside (0, 1)."""
    assert_positive(u, what)
    if sign(1 - centre(u), f"{what} at 1") <= 0:
        raise UnknownError(f"{what} of a number that is not below 1")


def _parameters(*given: float) -> None:
    """Refuse parameters of a distribution that are not positive."""
    if not all(p > 0 for p in given):
        raise UnknownError("a parameter that is not positive")


def _of(series: Any, u: Ball) -> Ball:
    return compose([series[k] for k in range(terms(u))], u)


def gammainc(u: Ball, a: float = 0) -> Ball:
    """Regularised lower incomplete gamma function."""
    assert_positive(u, "gammainc")
    _parameters(a)
    return _of(arb_series.gamma_lower(arb(a), line(centre(u), terms(u)), 1), u)


def gammaincc(u: Ball, a: float = 0) -> Ball:
    """Regularised upper incomplete gamma function."""
    assert_positive(u, "gammaincc")
    _parameters(a)
    return _of(arb_series.gamma_upper(arb(a), line(centre(u), terms(u)), 1), u)


def betainc(u: Ball, a: float = 0, b: float = 0) -> Ball:
    """Regularised incomplete beta function."""
    _within(u, "betainc")
    _parameters(a, b)
    return _of(arb_series.beta_lower(arb(a), arb(b), line(centre(u), terms(u)), 1), u)


def studentcdf(u: Ball, nu: float = 0) -> Ball:
    """1/2 + u 2F1(1/2, (nu + 1)/2; 3/2; -u^2/nu)/(sqrt(nu) B(1/2, nu/2)), by the integral of the density's series."""
    assert_known(u)
    _parameters(nu)
    here, n, half = centre(u), arb(nu), arb(1) / 2
    scale = (n / 2).rgamma() * ((n + 1) / 2).gamma() / (n * arb.pi()).sqrt()
    value = half + here * scale * (-(here * here) / n).hypgeom_2f1(half, (n + 1) / 2, arb(3) / 2)
    moving = line(here, terms(u))
    density = ((moving * moving / n + 1).log() * (-(n + 1) / 2)).exp() * scale
    return compose([value, *(density[k] / (k + 1) for k in range(terms(u) - 1))], u)


def hurwitz(u: Ball, s: float = 0) -> Ball:
    """zeta(s, u): its k-th derivative is (-1)^k (s)_k zeta(s + k, u)."""
    assert_positive(u, "hurwitz")
    if not s > 1:
        raise UnknownError("hurwitz of an order that is not above 1")
    rising = [math.prod(arb(s) + i for i in range(k)) for k in range(terms(u))]
    return compose(
        [(arb(s) + k).zeta(centre(u)) * rising[k] * (-1) ** k / math.factorial(k) for k in range(terms(u))], u
    )


def inverse(forward: Callable[..., Any], start: str) -> Callable[..., Ball]:
    """The inverse of an increasing function: a float64 root, enclosed by Newton's method, and the reversed series.

    Args:
        forward: the function on series, with the row's orders.
        start: kernel of the inverse in NumPy, whose value is proved or refused.
    """

    def kernel(u: Ball, *orders: float) -> Ball:
        assert_known(u)
        root = _root(lambda series: forward(series, *orders), centre(u), _start(start, centre(u), orders))
        count = terms(u)
        if count == 1:
            return compose([root], u)
        here = forward(arb_series([root, 1], count), *orders)
        moved = arb_series([0, *(here[k] for k in range(1, count))], count).reversion()
        return compose([root, *(moved[k] for k in range(1, count))], u)

    return kernel


def _start(name: str, value: Any, orders: Sequence[float]) -> float:
    from gradcli.targets.kernels import distributions, gamma

    kernel = getattr(distributions, name, None) or getattr(gamma, name)
    return float(kernel(float(value.mid()), *orders))


def _root(function: Callable[[Any], Any], target: Any, near: float) -> Any:
    """A ball that surely holds the root of function = target: interval Newton, which contracts only around a root."""
    from flint import ctx

    if not math.isfinite(near):
        raise UnknownError("the inverse has no finite value here")
    middle = arb(near)
    for _ in range(12):  # digits double from about 10
        found = function(arb_series([middle, 1], 2))
        step = ((found[0] - target) / found[1]).mid()
        middle = (middle - step).mid()
        if abs(step) <= abs(middle) * arb(2) ** (2 - ctx.prec):
            break
    width = abs(middle) * arb(2) ** -(ctx.prec * 3 // 4) + abs(target.rad()) * 4 / abs(found[1]).mid()
    box = arb(middle, width)
    value, slope = function(arb_series([middle, 1], 2))[0], function(arb_series([box, 1], 2))[1]
    if not slope > 0:
        raise UnknownError("the inverse is not enclosed")
    newton = middle - (value - target) / slope
    if not box.contains_interior(newton):
        raise UnknownError("the inverse is not enclosed")
    return newton


KERNELS: dict[str, Callable[..., Ball]] = {
    "sphericalbesselj": sphericalbesselj,
    "jinc": jinc,
    "sinhc": sinhc,
    "exprel": exprel,
    "gammainc": gammainc,
    "gammaincc": gammaincc,
    "betainc": betainc,
    "studentcdf": studentcdf,
    "hurwitz": hurwitz,
    "gammaincinv": inverse(gammainc, "gammaincinv"),
    "betaincinv": inverse(betainc, "betaincinv"),
}
