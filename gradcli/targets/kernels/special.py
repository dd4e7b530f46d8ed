"""NumPy kernels of the special functions that SciPy lacks, and of their derivatives where a closed form would cancel.

A kernel takes float64 arrays (or scalars) and broadcasts; orders follow the arguments. Outside its domain it
gives NaN. Formulas: NIST Digital Library of Mathematical Functions (DLMF), whose sections are named.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gradcli.targets.kernels.exact import head, product_error
from gradcli.targets.kernels.proved import mended

A = Any  #: a float64 array or scalar

_ROOT_PI = math.sqrt(math.pi)


def exp_square(x: A) -> A:
    """exp(x^2): x is split so that the square of its head is exact (x = h + t, h in 26 bits)."""
    x = np.clip(x, -1e3, 1e3)
    h = head(x)
    return np.exp(h * h) * np.exp((x - h) * (x + h))


def erfi(x: A) -> A:
    """erf(i*x)/i; SciPy's loses digits near 0, where seven terms of its series are exact."""
    return np.where(np.abs(x) < 0.05, _erfi_series(x), special.erfi(x))


def _erfi_series(x: A) -> A:
    """Taylor's series at 0, DLMF 7.6.1, for |x| < 0.05."""
    square = x * x
    total = 0.0
    for k in range(7, 0, -1):
        total = (total + 1 / (math.factorial(k) * (2 * k + 1))) * square
    return 2 / _ROOT_PI * (x + x * total)


def erfcx(x: A, n: int = 0) -> A:
    """n-th derivative of exp(x^2)*erfc(x).

    It is (-2)^n n! times the scaled repeated integral Y_n of erfc (DLMF 7.18.2), with 2n Y_n = Y_(n-2) - 2x Y_(n-1)
    (7.18.7): upward below 0.5, where little or nothing cancels, by the continued fraction of Y_n/Y_(n-1) above, whose
    terms fall off as exp(-2x*sqrt(2k)).
    """
    near = np.abs(x) < 0.5  # where SciPy's is 5 units off
    first = np.where(near, exp_square(x) * special.erfc(np.where(near, x, 0.0)), special.erfcx(x))
    if n == 0:
        return first
    x = np.asarray(x, dtype=float)
    before: A = np.full_like(x, 2 / _ROOT_PI)
    here: A = first
    for k in range(1, n + 1):
        before, here = here, (before - 2 * x * here) / (2 * k)
    far = x > 0.5
    if np.any(far):
        t = np.where(far, x, 2.0)
        terms = math.ceil(200 / float(np.clip(np.min(t), 0.5, 1.0)) ** 2)
        ratio = np.zeros_like(t)
        product = np.ones_like(t)
        for k in range(n + terms, 0, -1):
            ratio = 1 / (2 * t + 2 * (k + 1) * ratio)
            if k <= n:
                product = product * ratio
        here = np.where(far, first * product, here)
    return (-2.0) ** n * math.factorial(n) * here


def dawson(x: A, n: int = 0) -> A:
    """n-th derivative of exp(-x^2) times the integral of exp(t^2) from 0 to x.

    D' = 1 - 2xD (DLMF 7.10.2) and D_(n+1) = -2x D_n - 2n D_(n-1). Where that cancels: Taylor's series near 0, the
    asymptotic series 7.12.1 of D differentiated term by term from 9 on, and FLINT's series between 1.5 and 9.
    """
    x = np.asarray(x, dtype=float)
    size = np.abs(x)
    near = size < 0.25
    taylor = _dawson_taylor(np.where(near, x, 0.0), n)
    if n == 0:
        return np.where(near, taylor, special.dawsn(x))
    before, here = special.dawsn(x), 1 - 2 * x * special.dawsn(x)
    for k in range(1, n):
        before, here = here, -2 * x * here - 2 * k * before
    far = size > 9
    here = np.where(near, taylor, np.where(far, _dawson_far(np.where(far, x, 9.0), n), here))
    between = (size >= 1.5) & ~far
    if np.any(between):
        here[between] = _dawson_between(x[between], n)
    return here


def _dawson_entry(x: float, n: int) -> float:
    return series_coefficient(lambda line: (-(line * line)).exp() * line.erfi(), x, n) * (_ROOT_PI / 2)


_dawson_between = np.vectorize(_dawson_entry, otypes=[float], excluded={1})


def _dawson_taylor(x: A, n: int) -> A:
    """D(x) = sum (-2)^k x^(2k+1)/(2k+1)!!, its n-th derivative."""
    total = np.zeros_like(x)
    for k in range(24 + n, -1, -1):
        power = 2 * k + 1 - n
        if power >= 0:
            total = total + (-2.0) ** k / _odd_factorial(k) * math.perm(2 * k + 1, n) * x**power
    return total


def _dawson_far(x: A, n: int) -> A:
    """D(x) ~ sum (2k-1)!!/(2^(k+1) x^(2k+1)), its n-th derivative."""
    square = 1 / (x * x)
    total = np.zeros_like(x)
    for k in range(24, -1, -1):
        coefficient = _odd_factorial(k - 1) / 2 ** (k + 1) * math.perm(2 * k + n, n)
        total = total * square + coefficient
    return (-1) ** n * total / x / x**n


def _odd_factorial(k: int) -> float:
    """1*3*...*(2k + 1)."""
    return float(math.prod(range(1, 2 * k + 2, 2)))


def erfc(x: A) -> A:
    """SciPy's, but the C library's in the tail, where SciPy's rounds the square (160 units at 22)."""
    x = np.asarray(x, dtype=float)
    found = np.array(special.erfc(x))
    tail = (x > 0.5) & (x < 30)
    found[tail] = _library_erfc(x[tail]).astype(float)
    return found[()]


_library_erfc = np.frompyfunc(math.erfc, 1, 1)


def normcdf(x: A) -> A:
    """Distribution function of the standard normal distribution: erfc(-x/sqrt(2))/2, where x is what z lacks too."""
    from gradcli.targets.kernels.elementary import normpdf

    x = np.clip(x, -1e3, 1e3)
    z = x * -math.sqrt(0.5)
    root = 1.4142135623730951
    product = z * root
    lacking = (x + product) + (product_error(z, root, product) - z * 9.667293313452913e-17)
    return erfc(z) / 2 + normpdf(x) * lacking


def lognormcdf(x: A) -> A:
    """Logarithm of normcdf, by its complement where that is small."""
    upper = x > -1
    return np.where(upper, np.log1p(-normcdf(-np.where(upper, x, 0.0))), special.log_ndtr(x))


def ellipk(m: A, n: int = 0) -> A:
    """n-th derivative by m of the complete elliptic integral K of parameter m (DLMF 19.5.1, 15.5.2 and 15.10.1)."""
    return _elliptic(m, n, 0.5, special.ellipk)


def ellipe(m: A, n: int = 0) -> A:
    """n-th derivative by m of the complete elliptic integral E of parameter m (DLMF 19.5.2, 15.5.2 and 15.10.1)."""
    return _elliptic(m, n, -0.5, special.ellipe)


def _elliptic(m: A, n: int, a: float, function: Any) -> A:
    """pi/2 F(a, 1/2; 1; m) and its derivatives: a series near 0, Carlson's integrals and the equation elsewhere."""
    if n == 0:
        return function(m)
    m = np.asarray(m, dtype=float)
    near = np.abs(m) < 0.5
    at = np.where(near, 0.75, m)
    with np.errstate(all="ignore"):
        here = function(at)
        # DLMF 19.25.1: E - K = -m R_D(0, 1-m, 1)/3 and E - (1-m)K = m(1-m) R_D(0, 1, 1-m)/3
        after = special.elliprd(0, 1, 1 - at) / 6 if a > 0 else -special.elliprd(0, 1 - at, 1) / 6
        for k in range(n - 1):
            here, after = (
                after,
                ((a + k) * (k + 0.5) * here - (k + 1 - (a + 1.5 + 2 * k) * at) * after) / at / (1 - at),
            )
    coefficients = [_pochhammer(a, k) * _pochhammer(0.5, k) / math.factorial(k) ** 2 for k in range(n + 70)]
    x = np.where(near, m, 0.0)
    total = np.zeros_like(m)
    for k in range(n + 69, n - 1, -1):
        total = total * x + coefficients[k] * math.perm(k, n)
    return np.where(near, math.pi / 2 * total, after)


def _pochhammer(a: float, k: int) -> float:
    return math.prod(a + i for i in range(k))


def expint(x: A, n: int = 0) -> A:
    """E_n(x) for whole n; below 1 in closed form (DLMF 8.19.11 and 8.4.8)."""
    x = np.asarray(x, dtype=float)
    if n >= 1:
        return np.where(x >= 0, special.exp1(x) if n == 1 else special.expn(n, x), np.nan)
    x = np.minimum(x, 800.0)  # beyond it the exponential underflows
    term = total = np.ones_like(x)
    for j in range(1, 1 - n):
        term = term * x / j
        total = total + term
    return np.where(x >= 0, math.factorial(-n) * np.exp(-x) * total / np.abs(x) ** (1 - n), np.nan)


def sinint(x: A) -> A:
    return special.sici(x)[0]


def cosint(x: A) -> A:
    """SciPy's, but beside its zeros, of which the first is at 0.6, by balls."""
    found = np.where(np.asarray(x) >= 0, special.sici(x)[1], np.nan)
    weak = (np.abs(found) < 0.01 / np.maximum(x, 1.0)) & (np.asarray(x) > 0.5) & (np.asarray(x) < 1e15)
    return mended(found, weak, lambda ball: ball.ci(), x)


def sinhint(x: A) -> A:
    return special.shichi(x)[0]


def coshint(x: A) -> A:
    return np.where(np.asarray(x) >= 0, special.shichi(x)[1], np.nan)


def lambertw(x: A) -> A:
    """Principal branch, for x >= -1/e."""
    found = special.lambertw(x)
    return np.where(np.asarray(x) >= -0.36787944117144233, np.real(found), np.nan)


def series_coefficient(function: Any, x: float, n: int) -> float:
    """n-th derivative at x from FLINT's power series, at the precision that proves a float64 of it."""
    from flint import arb_series, ctx

    for precision in (80, 160, 320, 640, 1280, 2560, 5120):
        with ctx.workprec(precision):
            found = function(arb_series([x, 1], max(2, n + 1)))[n]
            if found.rel_accuracy_bits() >= 60:
                break
    return float(found.mid()) * math.factorial(n)


def zeta(x: A, n: int = 0) -> A:
    """n-th derivative of Riemann's zeta function; by FLINT, as in the certificate: tests hold both to mpmath's."""
    if n == 0 and np.all(np.asarray(x) >= 1):
        return special.zeta(x)
    return _zeta(x, n)


def erfdiff(x: A, y: A) -> A:
    """erf(y) - erf(x), by complements where both have one sign and are not small."""
    turned = np.maximum(x, y) < 0
    low = np.where(turned, np.minimum(-x, -y), np.minimum(x, y))
    high = np.where(turned, np.maximum(-x, -y), np.maximum(x, y))
    found = np.where(low > 0.5, special.erfc(low) - special.erfc(high), special.erf(high) - special.erf(low))
    return np.where(np.asarray(y) < x, -found, found)


def _zeta_entry(x: float, n: int) -> float:
    if not math.isfinite(x):
        return (1.0 if n == 0 else 0.0) if x == math.inf else math.nan
    if x == 1:
        return math.inf if n == 0 else math.nan
    if x > 1100:  # the next term is 2^-x
        return 1.0 if n == 0 else 0.0
    if x < -1e15:  # even integers; beside them it is beyond float64
        return 0.0 if n == 0 else math.nan
    x = 0.0 if abs(x) < 1e-20 else x
    return series_coefficient(lambda line: line.zeta(), x, n)


_zeta = np.vectorize(_zeta_entry, otypes=[float], excluded={1})


def eta(s: A, n: int = 0) -> A:
    """n-th derivative of Dirichlet's eta function."""
    return _eta(s, n)


def _eta_entry(s: float, n: int) -> float:
    if not abs(s) <= 1e15:
        return _zeta_entry(s, n)
    if s > 1100:  # the next term is 2^-s
        return 1.0 if n == 0 else 0.0
    at = 0.0 if abs(s) < 1e-20 else s
    return series_coefficient(lambda line: _eta_series(line, n + 1), at, n)


def _eta_series(line: Any, count: int) -> Any:
    """(1 - 2^(1 - s))*zeta(s) (DLMF 25.2.3) to so many terms in t = s - at.

    Zeta is taken apart into 1/(s - 1) and the rest (25.2.4), so that there is a value at 1, where the first factor's
    quotient is log(2) times the series sum (-log(2)*t)^k/(k + 1)!.
    """
    from flint import arb, arb_series

    count, at = max(count, 2), line[0]
    log = arb(2).log()
    u = arb_series([(1 - at) * log, -log], count)
    power = u.exp()
    if at == 1:
        quotient = arb_series([(-log) ** k / math.factorial(k + 1) for k in range(count)], count)
    else:
        quotient = (power - 1) / u
    return (1 - power) * arb_series.zeta(line, 1, True) + log * quotient


_eta = np.vectorize(_eta_entry, otypes=[float], excluded={1})


def logsubexp(x: A, y: A) -> A:
    """log(exp(x) - exp(y)) for x >= y."""
    return x + log1mexp(y - x)


def log1mexp(x: A) -> A:
    """log(1 - exp(x)) for x <= 0, by the form that keeps its digits (Maechler 2012)."""
    return np.where(x > -0.6931471805599453, np.log(-np.expm1(x)), np.log1p(-np.exp(x)))


def logexpm1(x: A) -> A:
    """log(exp(x) - 1) for x >= 0, the inverse of softplus."""
    return np.where(x > 1, x + np.log1p(-np.exp(-np.abs(x))), np.log(np.expm1(np.minimum(x, 1.0))))


def bose(x: A) -> A:
    """1/(exp(x) - 1) for x >= 0: below, what it is the derivative of has no value."""
    return np.where(x < 0, np.nan, 1 / np.expm1(x))


def logcosh(x: A) -> A:
    a = np.abs(x)
    s = np.sinh(np.minimum(a, 1.0))
    return np.where(a < 1, 0.5 * np.log1p(s * s), a + np.log1p(np.exp(-2 * a)) - math.log(2))


def mills(x: A) -> A:
    """normpdf(x)/normcdf(x); below 0 by the scaled complement of erf, which does not underflow."""
    from gradcli.targets.kernels.elementary import normpdf

    below = x < 0
    return np.where(
        below,
        math.sqrt(2 / math.pi) / special.erfcx(np.where(below, x, 0.0) * -math.sqrt(0.5)),
        normpdf(x) / special.ndtr(x),
    )
