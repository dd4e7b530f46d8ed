"""NumPy kernels of scaled, spherical and normalised functions: SciPy's values, and FLINT's series for derivatives.

A derivative of a scaled function is what is left of large terms that cancel, so it is computed in ball arithmetic at
the precision that proves a float64 of it. The formulas are not those of the ball witness, which is to judge them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels.bessel import besseli
from gradcli.targets.kernels.special import expint, series_coefficient

A = Any  #: a float64 array or scalar
_HANKEL = 1e9  #: SciPy's functions end there or so
_TERMS = 24  #: of a power series near 0
_FAR = 1e6  #: from here on two terms of the Airy functions' expansion are exact to float64; SciPy ends soon after
_ASYMPTOTIC = 25.0  #: from here on SciPy's scaled Airy functions keep their digits


def _derivative(series: Callable[..., Any], x: A, n: float, k: int, low: float) -> A:
    """The k-th derivative of a function by its FLINT series, entry by entry; NaN outside x > low and at infinities."""

    def entry(at: float) -> float:
        if not low < at < math.inf:
            return math.nan
        return series_coefficient(lambda line: series(line, n), at, k)

    return np.vectorize(entry, otypes=[float])(x)


def _bessel_terms(line: Any, method: str, below: int, above: int, n: float) -> Any:
    """A Bessel function of a line x + t: its j-th derivative is a sum of neighbours (DLMF 10.6.7, 10.29.5)."""
    from flint import arb, arb_series

    x, count = line[0], line.prec
    near = [getattr(x, method)(arb(n - count + 1 + i)) for i in range(2 * count - 1)]  # orders n - count + 1, ...
    terms = []
    for j in range(count):
        total = arb(0)
        for i in range(j + 1):
            total += near[count - 1 - j + 2 * i] * (math.comb(j, i) * below ** (j - i) * above**i)
        terms.append(total / (2**j * math.factorial(j)))
    return arb_series(terms, count)


def _or_far(found: A, x: A, n: float, factor: A, sign: int) -> A:
    """What was found, or far out factor/sqrt(|x|) times three terms of Hankel's expansion (DLMF 10.40.1, 10.40.2)."""
    size = np.maximum(np.abs(x), 1.0)
    mu, step = 4 * n * n, sign / (8 * size)
    far = factor / np.sqrt(size) * (1 + (mu - 1) * step * (1 + (mu - 9) * step / 2))
    return np.where(np.abs(x) > max(_HANKEL, 1e6 * n * n), far, found)


def besselix(x: A, n: float = 0, k: int = 0) -> A:
    """k-th derivative of exp(-|x|) I_n(x); at 0 that from the right."""
    x = np.asarray(x, dtype=float)
    if k == 0:
        turned = np.where(x < 0, (-1.0) ** int(n) if n == int(n) else np.nan, 1.0)
        found: A = special.ive(n, x)
        if n == int(n):  # SciPy's loses digits of a tiny argument
            near = np.abs(x) < 1e-3
            found = np.where(near, besseli(np.where(near, x, 0.0), n) * np.exp(-np.abs(x)), found)
        return _or_far(found, x, n, turned / math.sqrt(2 * math.pi), -1)
    found = _derivative(lambda line, m: (-line).exp() * _bessel_terms(line, "bessel_i", 1, 1, m), np.abs(x), n, k, -1.0)
    if n != int(n):
        return np.where(x < 0, np.nan, found)
    return np.where(x < 0, found * (-1.0) ** (int(n) + k), found)


def besselkx(x: A, n: float = 0, k: int = 0) -> A:
    """k-th derivative of exp(x) K_n(x)."""
    if k == 0:
        found = np.where(np.asarray(x) >= 0, special.kve(n, x), np.nan)
        return _or_far(found, x, n, np.where(np.asarray(x) < 0, np.nan, math.sqrt(math.pi / 2)), 1)
    return _derivative(lambda line, m: line.exp() * _bessel_terms(line, "bessel_k", -1, -1, m), x, n, k, 0.0)


def _power_series(coefficient: Callable[[int], float], first: int, x: A, k: int) -> A:
    """k-th derivative of the sum of coefficient(i)*x^(first + 2i), whose terms soon vanish."""
    total = np.zeros_like(x)
    for i in reversed(range(_TERMS)):
        power = first + 2 * i
        if power >= k:
            total = total + coefficient(i) * math.perm(power, k) * x ** (power - k)
    return total


def _on_both_sides(
    series: Callable[..., Any], coefficient: Callable[[int], float], first: int, x: A, k: int, near: float
) -> A:
    """k-th derivative of a power series with every second term: by itself near 0, by FLINT's series elsewhere."""
    x = np.asarray(x, dtype=float)
    close = np.abs(x) <= near
    turned = np.where((x < 0) & ((first + k) % 2 == 1), -1.0, 1.0)
    far = _derivative(series, np.where(close, 0.0, np.abs(x)), 0, k, 0.0) * turned  # at 0 it takes no time
    return np.where(close, _power_series(coefficient, first, np.where(close, x, 0.0), k), far)


def sphericalbesselj(x: A, n: float = 0, k: int = 0) -> A:
    """k-th derivative of the spherical Bessel function of the first kind, sqrt(pi/(2x)) J_(n + 1/2)(x).

    Near 0 by x^n times the sum of (-x^2/2)^i/(i! (2n + 2i + 1)!!) (DLMF 10.53.1).
    """
    m = int(n)

    def coefficient(i: int) -> float:
        odd = math.prod(range(1, 2 * (m + i) + 2, 2))
        return float((-1) ** i / (2**i * math.factorial(i) * odd))

    return _on_both_sides(_spherical("bessel_j", m), coefficient, m, x, k, 0.5 if m >= 0 else -1.0)


def _spherical(method: str, n: float) -> Callable[..., Any]:
    from flint import arb

    def series(line: Any, _: float) -> Any:
        return (line.rsqrt() * (arb.pi() / 2).sqrt()) * _bessel_terms(line, method, 1, -1, n + 0.5)

    return series


def sphericalbessely(x: A, n: float = 0, k: int = 0) -> A:
    """k-th derivative of the spherical Bessel function of the second kind, sqrt(pi/(2x)) Y_(n + 1/2)(x)."""
    return _derivative(_spherical("bessel_y", n), x, n, k, 0.0)


def jinc(x: A, k: int = 0) -> A:
    """k-th derivative of 2*J_1(pi*x)/(pi*x); near 0 by the sum of (-(pi*x/2)^2)^i/(i! (i + 1)!) (DLMF 10.2.2)."""
    from flint import arb, arb_series

    def series(line: Any, _: float) -> Any:
        count = line.prec
        waves = _bessel_terms(arb_series([line[0] * arb.pi(), 1], count), "bessel_j", 1, -1, 1)
        return arb_series([waves[j] * arb.pi() ** j for j in range(count)], count) * 2 / (line * arb.pi())

    def coefficient(i: int) -> float:
        return float((-((math.pi / 2) ** 2)) ** i) / (math.factorial(i) * math.factorial(i + 1))

    return _on_both_sides(series, coefficient, 0, x, k, 0.25)


def sinhc(x: A, n: int = 0) -> A:
    """n-th derivative of sinh(x)/x: Taylor's series, whose terms have one sign, up to 8; x f_n + n f_(n-1) beyond."""
    x = np.asarray(x, dtype=float)
    near = np.abs(x) < 8
    far = np.where(near, 9.0, x)
    waves = (np.sinh(far), np.cosh(far))
    here = waves[0] / far
    for k in range(1, n + 1):
        here = (waves[k % 2] - k * here) / far
    t = np.where(near, x, 0.0)
    total = np.zeros_like(t)
    for k in range(32 + n, -1, -1):
        power = 2 * k - n
        if power >= 0:
            total = total + t**power / (math.factorial(power) * (2 * k + 1))
    return np.where(near, total, here)


def expintx(x: A, n: int = 0, k: int = 0) -> A:
    """k-th derivative of exp(x) E_n(x); that of E_n is -E_(n-1) (DLMF 8.19.13)."""
    from flint import arb, arb_series

    x = np.asarray(x, dtype=float)
    if k == 0 and np.all(x < 500):
        return np.exp(x) * expint(x, n)

    def series(line: Any, m: float) -> Any:
        at, count = line[0], line.prec
        terms = [at.expint(arb(m - j)) * (-1) ** j / math.factorial(j) for j in range(count)]
        return line.exp() * arb_series(terms, count)

    return _derivative(series, x, n, k, 0.0)


def _airy(which: int, method: str, scale: int) -> Callable[..., A]:
    """Ai, Ai', Bi or Bi' times exp(scale*2/3*x^(3/2)), and its k-th derivative."""

    def series(line: Any, _: float) -> Any:
        return (line * line.sqrt() * scale * 2 / 3).exp() * getattr(line, method)()

    #: DLMF 9.7.5 to 9.7.8: a power of x times 1 + first/x^(3/2), with u_1 = 5/72 and v_1 = -7/72 over zeta
    limit = (0.5, -0.5, 1.0, 1.0)[which] / math.sqrt(math.pi)
    first = 1.5 * (-5 / 72, 7 / 72, 5 / 72, -7 / 72)[which]

    def kernel(x: A, k: int = 0) -> A:
        x = np.asarray(x, dtype=float)
        if k:
            return _derivative(series, x, 0, k, 0.0)
        values: A = special.airye(np.maximum(x, 0.0))
        found = np.where(x >= 0, np.real(values[which]), np.nan)
        far = np.maximum(x, _FAR)
        found = np.where(
            x > _FAR, limit * far ** (0.25 if which % 2 else -0.25) * (1 + first / far / np.sqrt(far)), found
        )
        near = (x > 0) & (x < _ASYMPTOTIC)  # where Amos's routine is some hundred ulp off
        return np.where(near, _derivative(series, np.where(near, x, 1.0), 0, 0, 0.0), found) if np.any(near) else found

    return kernel


airyaix = _airy(0, "airy_ai", 1)
airyaiprimex = _airy(1, "airy_ai_prime", 1)
airybix = _airy(2, "airy_bi", -1)
airybiprimex = _airy(3, "airy_bi_prime", -1)
