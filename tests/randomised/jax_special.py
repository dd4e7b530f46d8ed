"""What the special functions mean, as JAX programs: those of `jax.scipy` where it has them, else a definition that shares
nothing with gradcli's rules (integrals by Gauss-Legendre quadrature, power series, Newton's iteration).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special

Value = Any
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)
_T, _W = (_NODES + 1) / 2, _WEIGHTS / 2  #: of the integral from 0 to 1


def _integral(f: Callable[[Value], Value], x: Value, upto: Value = 1.0) -> Value:
    """The integral of f(t) from 0 to `upto` for every entry of x (f sees t along one more, last axis)."""
    end = lax.stop_gradient(jnp.broadcast_to(upto, jnp.shape(x)))[..., None]
    return jnp.sum(f(end * _T) * _W * end, axis=-1)


def _e(x: Value) -> Value:
    return jnp.asarray(x)[..., None]


def _far(x: Value) -> Value:
    """Where exp(-x*sinh(t)) has underflown."""
    return jnp.arcsinh(60 / lax.stop_gradient(x))


def _turn(n: float) -> tuple[float, float]:
    whole = float(n).is_integer()
    return (0.0 if whole else np.sin(n * np.pi)), ((-1.0) ** n if whole else np.cos(n * np.pi))


def besselj(x: Value, n: float) -> Value:
    """DLMF 10.9.6."""
    found = _integral(lambda t: jnp.cos(n * t - _e(x) * jnp.sin(t)), x, np.pi) / np.pi
    sine, _ = _turn(n)
    tail = _integral(lambda t: jnp.exp(-_e(x) * jnp.sinh(t) - n * t), x, _far(x)) if sine else 0.0
    return found - sine / np.pi * tail


def bessely(x: Value, n: float) -> Value:
    """DLMF 10.9.7."""
    found = _integral(lambda t: jnp.sin(_e(x) * jnp.sin(t) - n * t), x, np.pi)
    _, cosine = _turn(n)
    tail = _integral(lambda t: (jnp.exp(n * t) + cosine * jnp.exp(-n * t)) * jnp.exp(-_e(x) * jnp.sinh(t)), x, _far(x))
    return (found - tail) / np.pi


def besseli(x: Value, n: float) -> Value:
    """DLMF 10.32.4."""
    found = _integral(lambda t: jnp.exp(_e(x) * jnp.cos(t)) * jnp.cos(n * t), x, np.pi) / np.pi
    sine, _ = _turn(n)
    tail = _integral(lambda t: jnp.exp(-_e(x) * jnp.cosh(t) - n * t), x, _far(x)) if sine else 0.0
    return found - sine / np.pi * tail


def besselk(x: Value, n: float) -> Value:
    """DLMF 10.32.9."""
    return _integral(lambda t: jnp.exp(-_e(x) * jnp.cosh(t)) * jnp.cosh(n * t), x, _far(x))


def expint(x: Value, n: int) -> Value:
    """The integral of exp(-x*t)/t^n from 1, with t = exp(s)."""
    upto = jnp.log1p(50 / lax.stop_gradient(x))
    return _integral(lambda s: jnp.exp(-_e(x) * jnp.exp(s) + (1 - n) * s), x, upto)


def _airy(x: Value, kind: int) -> tuple[Value, Value]:
    """DLMF 9.4.1-4: the Maclaurin series; returns the two solutions' combination and its derivative."""
    a, b = 0.3550280538878172, 0.2588194037928068
    sign, factor = ((-1.0), 1.0) if kind == 0 else (1.0, np.sqrt(3.0))
    f, g, df, dg = jnp.ones_like(x), x, jnp.zeros_like(x), jnp.ones_like(x)
    p, q = jnp.ones_like(x), x
    for k in range(1, 26):
        df, dg = df + p * x * x / (3 * k - 1), dg + q * x * x / (3 * k)
        p, q = p * x**3 / ((3 * k - 1) * (3 * k)), q * x**3 / ((3 * k) * (3 * k + 1))
        f, g = f + p, g + q
    return factor * (a * f + sign * b * g), factor * (a * df + sign * b * dg)


def zeta(x: Value) -> Value:
    """Euler-Maclaurin summation (DLMF 25.2.9)."""
    n = 12.0
    found = sum(k**-x for k in range(1, 12)) + n ** (1 - x) / (x - 1) + n**-x / 2
    term, bernoulli = x * n ** (-x - 1), (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
    factorial = 2.0
    for k, b in enumerate(bernoulli, start=1):
        found = found + b / factorial * term
        term = term * (x + 2 * k - 1) * (x + 2 * k) / n**2
        factorial *= (2 * k + 1) * (2 * k + 2)
    return found


def lambertw(x: Value) -> Value:
    """Newton's iteration; the last steps carry the derivatives."""
    w = lax.stop_gradient(jnp.where(x < 0, -1 + jnp.sqrt(2 * (1 + jnp.e * x)), jnp.log1p(jnp.abs(x))))
    for k in range(12):
        w = w - (w * jnp.exp(w) - x) / (jnp.exp(w) * (1 + w))
        w = w if k > 7 else lax.stop_gradient(w)
    return w


_GAMMA = 0.5772156649015329


def _gamma(x: Value) -> Value:
    return special.gammasgn(x) * jnp.exp(special.gammaln(x))


def _besselix(x: Value, n: float) -> Value:
    """DLMF 10.32.4 with the exponential inside; of an entry below 0 by parity."""
    z = jnp.abs(x)
    found = _integral(lambda t: jnp.exp(_e(z) * (jnp.cos(t) - 1)) * jnp.cos(n * t), x, np.pi) / np.pi
    sine, _ = _turn(n)
    if not sine:
        return found * jnp.where(x < 0, (-1.0) ** n, 1.0)
    return found - sine / np.pi * _integral(lambda t: jnp.exp(-_e(z) * (jnp.cosh(t) + 1) - n * t), x, _far(z))


def _besselkx(x: Value, n: float) -> Value:
    """DLMF 10.32.9 with the exponential inside."""
    return _integral(lambda t: jnp.exp(-_e(x) * (jnp.cosh(t) - 1)) * jnp.cosh(n * t), x, _far(x))


def _airyx(x: Value, name: str) -> Value:
    """DLMF 9.6.2-9: the scaled Airy functions by scaled Bessel functions of orders 1/3 and 2/3."""
    z = 2 / 3 * x * jnp.sqrt(x)
    if name == "ai":
        return jnp.sqrt(x / 3) / np.pi * _besselkx(z, 1 / 3)
    if name == "aiprime":
        return -x / (np.pi * np.sqrt(3)) * _besselkx(z, 2 / 3)
    n, factor = (1 / 3, jnp.sqrt(x / 3)) if name == "bi" else (2 / 3, x / np.sqrt(3))
    return factor * (_besselix(z, n) + _besselix(z, -n))


def _sphericalbesselj(x: Value, n: int) -> Value:
    """Poisson's integral (DLMF 10.54.1)."""
    factor = x**n / (2.0 ** (n + 1) * float(np.prod(np.arange(1, n + 1))))
    return factor * _integral(lambda t: jnp.cos(_e(x) * jnp.cos(t)) * jnp.sin(t) ** (2 * n + 1), x, np.pi)


def _sphericalbessely(x: Value, n: int) -> Value:
    """The recurrence upwards from orders -1 and 0 (DLMF 10.51.1)."""
    before, found = jnp.sin(x) / x, -jnp.cos(x) / x
    for k in range(n):
        before, found = found, (2 * k + 1) / x * found - before
    return found


def _jinc(x: Value) -> Value:
    """Poisson's integral (DLMF 10.9.4) of J1(z)/z."""
    return 2 / np.pi * _integral(lambda t: jnp.cos(np.pi * _e(x) * jnp.cos(t)) * jnp.sin(t) ** 2, x, np.pi)


def _inverse(f: Callable[[Value], Value], slope: Callable[[Value], Value], y: Value, start: Value) -> Value:
    """Newton's iteration from a start that is close; the last steps carry the derivatives."""
    w = lax.stop_gradient(start)
    for k in range(8):
        w = w - (f(w) - y) / slope(w)
        w = w if k > 4 else lax.stop_gradient(w)
    return w


def _bisected(f: Callable[[Value], Value], y: Value, low: float, high: float) -> Value:
    """A root of an increasing function, to ten digits."""
    low, high = jnp.full(jnp.shape(y), low), jnp.full(jnp.shape(y), high)
    for _ in range(40):
        middle = (low + high) / 2
        above = f(middle) > y
        low, high = jnp.where(above, low, middle), jnp.where(above, middle, high)
    return (low + high) / 2


def _gammainc(x: Value, a: float) -> Value:
    return special.gammainc(a, x)


def _gammaincinv(y: Value, a: float) -> Value:
    def slope(x: Value) -> Value:
        return jnp.exp((a - 1) * jnp.log(x) - x - special.gammaln(a))

    held = lax.stop_gradient(y)
    return _inverse(lambda x: _gammainc(x, a), slope, y, _bisected(lambda x: _gammainc(x, a), held, 0.0, 60.0))


def _betainc(x: Value, a: float, b: float) -> Value:
    return special.betainc(a, b, x)


def _betaincinv(y: Value, a: float, b: float) -> Value:
    def slope(x: Value) -> Value:
        return jnp.exp((a - 1) * jnp.log(x) + (b - 1) * jnp.log1p(-x) - special.betaln(a, b))

    held = lax.stop_gradient(y)
    return _inverse(lambda x: _betainc(x, a, b), slope, y, _bisected(lambda x: _betainc(x, a, b), held, 0.0, 1.0))


def _studentcdf(x: Value, nu: float) -> Value:
    """The integral of the density."""
    factor = jnp.exp(-special.betaln(0.5, nu / 2)) / np.sqrt(nu)
    return 0.5 + x * factor * _integral(lambda t: (1 + (_e(x) * t) ** 2 / nu) ** (-(nu + 1) / 2), x)


def _invdigamma(y: Value) -> Value:
    start = jnp.where(y > -2.2, jnp.exp(y) + 0.5, -1 / (y + _GAMMA))
    return _inverse(special.digamma, lambda x: special.polygamma(1, x), y, start)


def _fcdf(x: Value, d1: float, d2: float) -> Value:
    return _betainc(d1 * x / (d1 * x + d2), d1 / 2, d2 / 2)


def sinhc(x: Value) -> Value:
    """sinh(x)/x as the mean of cosh."""
    return _integral(lambda t: jnp.cosh(_e(x) * t), x)


def exprel(x: Value) -> Value:
    """(exp(x) - 1)/x as the mean of exp."""
    return _integral(lambda t: jnp.exp(_e(x) * t), x)


SPECIAL: dict[str, Callable[..., Value]] = {
    "erf": special.erf, "erfc": special.erfc, "normpdf": lambda x: jnp.exp(-x * x / 2) / np.sqrt(2 * np.pi),
    "normcdf": special.ndtr, "erfcx": lambda x: jnp.exp(x * x) * special.erfc(x),
    "erfi": lambda x: 2 / np.sqrt(np.pi) * x * _integral(lambda t: jnp.exp((_e(x) * t) ** 2), x),
    "erfinv": special.erfinv, "erfcinv": lambda x: special.erfinv(1 - x), "normppf": special.ndtri,
    "dawson": lambda x: x * _integral(lambda t: jnp.exp(_e(x) ** 2 * (t * t - 1)), x),
    "fresnels": lambda x: x * _integral(lambda t: jnp.sin(np.pi / 2 * (_e(x) * t) ** 2), x),
    "fresnelc": lambda x: x * _integral(lambda t: jnp.cos(np.pi / 2 * (_e(x) * t) ** 2), x),
    "lognormcdf": special.log_ndtr, "logerfc": lambda x: jnp.log(special.erfc(x)),
    "logerfcx": lambda x: x * x + jnp.log(special.erfc(x)), "gamma": _gamma,
    "lgamma": special.gammaln, "digamma": special.digamma, "trigamma": lambda x: special.polygamma(1, x),
    "polygamma": lambda x, n: special.polygamma(n, x) if n else special.digamma(x),
    "beta": lambda x, y: _gamma(x) / _gamma(x + y) * _gamma(y),
    "lbeta": lambda x, y: special.gammaln(x) + special.gammaln(y) - special.gammaln(x + y), "zeta": zeta, "lambertw": lambertw,
    "besselj": besselj, "bessely": bessely, "besseli": besseli, "besselk": besselk,
    "besselj0": lambda x: besselj(x, 0), "besselj1": lambda x: besselj(x, 1), "bessely0": lambda x: bessely(x, 0),
    "bessely1": lambda x: bessely(x, 1), "besseli0": lambda x: besseli(x, 0), "besseli1": lambda x: besseli(x, 1),
    "besselk0": lambda x: besselk(x, 0), "besselk1": lambda x: besselk(x, 1), "airyai": lambda x: _airy(x, 0)[0],
    "airyaiprime": lambda x: _airy(x, 0)[1], "airybi": lambda x: _airy(x, 1)[0], "airybiprime": lambda x: _airy(x, 1)[1],
    "ellipk": lambda m: _integral(lambda t: 1 / jnp.sqrt(1 - _e(m) * jnp.sin(t) ** 2), m, np.pi / 2),
    "ellipe": lambda m: _integral(lambda t: jnp.sqrt(1 - _e(m) * jnp.sin(t) ** 2), m, np.pi / 2),
    "expint": lambda x, n=1: expint(x, n), "exp1": lambda x: expint(x, 1),
    "expi": lambda x: _GAMMA + jnp.log(x) + _integral(lambda t: jnp.expm1(_e(x) * t) / t, x),
    "sinint": lambda x: _integral(lambda t: jnp.sin(_e(x) * t) / t, x),
    "cosint": lambda x: _GAMMA + jnp.log(x) - _integral(lambda t: 2 * jnp.sin(_e(x) * t / 2) ** 2 / t, x),
    "sinhint": lambda x: _integral(lambda t: jnp.sinh(_e(x) * t) / t, x),
    "coshint": lambda x: _GAMMA + jnp.log(x) + _integral(lambda t: 2 * jnp.sinh(_e(x) * t / 2) ** 2 / t, x),
    "besselix": _besselix, "besselkx": _besselkx, "i0e": lambda x: _besselix(x, 0), "i1e": lambda x: _besselix(x, 1),
    "k0e": lambda x: _besselkx(x, 0), "k1e": lambda x: _besselkx(x, 1), "airyaix": lambda x: _airyx(x, "ai"),
    "airyaiprimex": lambda x: _airyx(x, "aiprime"), "airybix": lambda x: _airyx(x, "bi"), "airybiprimex": lambda x: _airyx(x, "biprime"),
    "sphericalbesselj": _sphericalbesselj, "sphericalbessely": _sphericalbessely, "jinc": _jinc,
    "expintx": lambda x, n: _integral(lambda s: jnp.exp(-_e(x) * jnp.expm1(s) + (1 - n) * s), x, jnp.log1p(50 / lax.stop_gradient(x))),
    "gammainc": _gammainc, "gammaincc": lambda x, a: special.gammaincc(a, x), "gammaincinv": _gammaincinv, "betainc": _betainc,
    "betaincinv": _betaincinv, "studentcdf": _studentcdf, "chi2cdf": lambda x, df=1: _gammainc(x / 2, df / 2), "fcdf": _fcdf,
    "erfdiff": lambda x, y: special.erf(y) - special.erf(x), "logerf": lambda x, y: jnp.log(special.erf(y) - special.erf(x)),
    "hurwitz": lambda x, s: special.zeta(s, x), "eta": lambda s: (1 - 2 ** (1 - s)) * zeta(s), "invdigamma": _invdigamma,
    "rgamma": lambda x: special.gammasgn(x) * jnp.exp(-special.gammaln(x)), "logfactorial": lambda x: special.gammaln(x + 1), "sinhc": sinhc,
}  # fmt: skip


def _within(f: Callable[..., Value], low: float, high: float) -> Callable[..., Value]:
    """NaN where the quadrature or the series no longer resolves the function."""
    return lambda x, *rest, **constants: jnp.where((x > low) & (x < high), f(x, *rest, **constants), jnp.nan)


_FROM_0 = (0.02, 60.0)
_REACHES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("besselj", "bessely", "besseli", "besselk", "besselix", "besselkx", "k0e", "k1e", "cosint", "expi", "coshint"), _FROM_0),
    **dict.fromkeys(("bessely0", "bessely1", "besselk0", "besselk1", "expint", "exp1", "expintx", "sphericalbessely"), _FROM_0),
    **dict.fromkeys(("besselj0", "besselj1", "besseli0", "besseli1", "i0e", "i1e", "sinint", "sinhint"), (-60.0, 60.0)),
    **dict.fromkeys(("sphericalbesselj", "sinhc"), (-60.0, 60.0)), "jinc": (-15.0, 15.0),
    **dict.fromkeys(("airyai", "airyaiprime", "airybi", "airybiprime"), (-4.0, 4.0)), **dict.fromkeys(("erfi", "dawson"), (-5.0, 5.0)),
    **dict.fromkeys(("airyaix", "airyaiprimex", "airybix", "airybiprimex"), (0.1, 15.0)),
    **dict.fromkeys(("fresnels", "fresnelc"), (-5.0, 5.0)), "ellipk": (-50.0, 0.97), "ellipe": (-50.0, 0.97), "zeta": (-5.0, 60.0),
    "eta": (-5.0, 60.0), "lambertw": (-0.36, 1e5), "studentcdf": (-6.0, 6.0), "invdigamma": (-50.0, 50.0),
    "gammaincinv": (1e-8, 1 - 1e-8), "betaincinv": (1e-8, 1 - 1e-8),
}  # fmt: skip
SPECIAL |= {name: _within(SPECIAL[name], *reach) for name, reach in _REACHES.items()}
