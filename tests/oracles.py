"""References that gradcli had no part in: every row's function in mpmath, and mpmath's own derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp


def erfcinv(x: Any) -> Any:
    """Inverse of erfc by Newton's method on its logarithm, from the leading term of its expansion."""
    if x > mp.mpf("0.1"):
        return mp.erfinv(1 - x)
    return mp.findroot(lambda y: mp.log(mp.erfc(y)) - mp.log(x), mp.sqrt(-mp.log(x)))


def _inverse(function: Callable[[Any], Any], value: Any, low: Any, high: Any) -> Any:
    """The root of an increasing function, by bisection at few digits and the secant method from there."""
    with mp.workdps(15):
        low, high = mp.mpf(low), mp.mpf(high)
        for _ in range(45):
            middle = (low + high) / 2
            low, high = (middle, high) if function(middle) < value else (low, middle)
    return mp.findroot(lambda y: function(y) - value, (low, high))


def _erf_drop(x: Any, y: Any) -> Any:
    """erf(y) - erf(x), by complements in the tails."""
    if x > 0 and y > 0:
        return mp.erfc(x) - mp.erfc(y)
    return mp.erfc(-y) - mp.erfc(-x) if x < 0 and y < 0 else mp.erf(y) - mp.erf(x)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "negate": lambda x: -x,
    "power": lambda x, y: mp.power(x, y),
    "where": lambda c, a, b: a if c else b,
    "maximum": max,
    "minimum": min,
    "clip": lambda x, lo, hi: min(max(x, lo), hi),
    "abs": abs,
    "sign": mp.sign,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "round": mp.nint,
    "mod": lambda x, y: x - y * mp.floor(x / y),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "sec": mp.sec,
    "csc": mp.csc,
    "cot": mp.cot,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "asec": lambda x: mp.acos(1 / x),
    "acsc": lambda x: mp.asin(1 / x),
    "acot": lambda x: mp.atan(1 / x),
    "atan2": mp.atan2,
    "hypot": mp.hypot,
    "toward": lambda x, y: x / mp.hypot(x, y),
    "bending": lambda x, y: y**2 / mp.hypot(x, y) ** 3,
    "shearing": lambda x, y: x * y / mp.hypot(x, y) ** 3,
    "turning": lambda x, y: x / (x * x + y * y),
    "turning_along": lambda x, y: -mp.re(1 / mp.mpc(x, y) ** 2),
    "turning_across": lambda x, y: -mp.im(1 / mp.mpc(x, y) ** 2),
    "turning_twice": lambda x, y: mp.re(1 / mp.mpc(x, y) ** 3),
    "sqrt_slope": lambda x: 1 / (2 * mp.sqrt(x)),
    "sqrt_bend": lambda x: -1 / (4 * x * mp.sqrt(x)),
    "cbrt_slope": lambda x: 1 / (3 * mp.cbrt(x) ** 2) if x >= 0 else 1 / (3 * mp.cbrt(-x) ** 2),
    "sind": lambda x: mp.sin(x * mp.pi / 180),
    "cosd": lambda x: mp.cos(x * mp.pi / 180),
    "tand": lambda x: mp.tan(x * mp.pi / 180),
    "asind": lambda x: mp.asin(x) * 180 / mp.pi,
    "acosd": lambda x: mp.acos(x) * 180 / mp.pi,
    "atand": lambda x: mp.atan(x) * 180 / mp.pi,
    "sinpi": lambda x: mp.sin(mp.pi * x),
    "cospi": lambda x: mp.cos(mp.pi * x),
    "sinc": lambda x: mp.sinc(mp.pi * x),
    "deg2rad": lambda x: x * mp.pi / 180,
    "rad2deg": lambda x: x * 180 / mp.pi,
    "tand_slope": lambda x: mp.pi / 180 * mp.sec(x * mp.pi / 180) ** 2,
    "asin_bend": lambda x: x / mp.sqrt(1 - x * x) ** 3,
    "atan_bend": lambda x: -2 * x / (1 + x * x) ** 2,
    "asinh_bend": lambda x: -x / mp.sqrt(1 + x * x) ** 3,
    "acsch_bend": lambda x: -(1 + 2 * x * x) / (x * abs(x) * mp.sqrt(1 + x * x) ** 3),
    "asec_bend": lambda x: -(2 * x * x - 1) / (x * abs(x) * mp.sqrt(x * x - 1) ** 3),
    "acosh_bend": lambda x: -x / mp.sqrt(x * x - 1) ** 3,
    "atanh_bend": lambda x: 2 * x / (1 - x * x) ** 2,
    "acoth_bend": lambda x: 2 * x / (1 - x * x) ** 2,
    "asech_bend": lambda x: (2 * x * x - 1) / (x * x * mp.sqrt(1 - x * x) ** 3),
    "asin_slope": lambda x: 1 / mp.sqrt(1 - x * x),
    "atan_slope": lambda x: 1 / (1 + x * x),
    "asec_slope": lambda x: 1 / (abs(x) * mp.sqrt(x * x - 1)),
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech": mp.sech,
    "csch": mp.csch,
    "coth": mp.coth,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "asech": lambda x: mp.acosh(1 / x),
    "acsch": lambda x: mp.asinh(1 / x),
    "acoth": lambda x: mp.atanh(1 / x),
    "sech_tanh": lambda x: mp.sech(x) * mp.tanh(x),
    "sech_bend": lambda x: mp.sech(x) - 2 * mp.sech(x) ** 3,
    "sech2": lambda x: mp.sech(x) ** 2,
    "csch2": lambda x: mp.csch(x) ** 2,
    "asinh_slope": lambda x: 1 / mp.sqrt(1 + x * x),
    "acosh_slope": lambda x: 1 / mp.sqrt(x * x - 1),
    "atanh_slope": lambda x: 1 / (1 - x * x),
    "acoth_slope": lambda x: 1 / (1 - x * x),
    "asech_slope": lambda x: 1 / (x * mp.sqrt(1 - x * x)),
    "acsch_slope": lambda x: 1 / (abs(x) * mp.sqrt(1 + x * x)),
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "exp10": lambda x: mp.power(10, x),
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": mp.log10,
    "log1p": mp.log1p,
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.cbrt(x) if x >= 0 else -mp.cbrt(-x),
    "log_slope": lambda x: 1 / x,
    "log1p_slope": lambda x: 1 / (1 + x),
    "ratio": lambda x, y: mp.mpf(0) if x == 0 else x / y,
    "rel_entr": lambda x, y: mp.mpf(0) if x == 0 else x * mp.log(x / y),
    "log_ratio": lambda x, y: mp.log(x / y),
    "xlogy": lambda x, y: mp.mpf(0) if x == 0 else x * mp.log(y),
    "xlog1py": lambda x, y: mp.mpf(0) if x == 0 else x * mp.log1p(y),
    "logaddexp": lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "dsigmoid": lambda x: 1 / ((1 + mp.exp(-x)) * (1 + mp.exp(x))),
    "logit": lambda x: mp.log(x) - mp.log(1 - x),
    "logit_slope": lambda x: 1 / (x * (1 - x)),
    "logit_bend": lambda x: (2 * x - 1) / (x * (1 - x)) ** 2,
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "silu_slope": lambda x: (1 + (1 + x) * mp.exp(-x)) / (1 + mp.exp(-x)) ** 2,
    "silu_bend": lambda x: ((2 - x) * mp.exp(x) + 2 + x) * mp.exp(x) / (1 + mp.exp(x)) ** 3,
    "first_share": lambda x, y: 1 / (1 + mp.exp(y - x)),
    "shares_product": lambda x, y: 1 / ((1 + mp.exp(y - x)) * (1 + mp.exp(x - y))),
    "relu": lambda x: max(x, mp.mpf(0)),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "gauss": lambda x: mp.exp(-x * x),
    "normpdf": lambda x: mp.npdf(x),
    "normcdf": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "digamma": lambda x, n=0: mp.polygamma(n, x),
    "beta": mp.beta,
    "leaky": lambda x, slope: x if x > 0 else slope * x,
    "elu_of": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
    "celu_of": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x / alpha),
    "celu_sag": lambda x, y: (1 - x / y) * mp.exp(x / y) - 1,
    "exp_ratio": lambda x, y: mp.exp(x / y),
    "huberized": lambda x, delta: x * x / 2 if abs(x) <= delta else delta * (abs(x) - delta / 2),
    "softsign_slope": lambda x: 1 / (1 + abs(x)) ** 2,
    "xlogx": lambda x: x * mp.log(x) if x else mp.mpf(0),
    "log_of_ex": lambda x: 1 + mp.log(x),
    "softsign": lambda x: x / (1 + abs(x)),
    "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "fmod": lambda x, y: x - y * mp.sign(x / y) * mp.floor(abs(x / y)),
    "copysign": lambda x, y: -abs(x) if y < 0 else abs(x),
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "erfi": mp.erfi,
    "exp_square": lambda x: mp.exp(x * x),
    "erfinv": mp.erfinv,
    "erfcinv": lambda x: erfcinv(x),
    "dawson": lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
    "fresnels": mp.fresnels,
    "fresnelc": mp.fresnelc,
    "fresnel_sine": lambda x: mp.sinpi(x * x / 2),
    "fresnel_cosine": lambda x: mp.cospi(x * x / 2),
    "eta": mp.altzeta,
    "logerf": lambda x, y: mp.log(_erf_drop(x, y)),
    "erf_hazard": lambda x, y: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x) / _erf_drop(x, y),
    "erf_lean": lambda x, y: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x) / _erf_drop(x, y) - 2 * x,
    "lognormcdf": lambda x: mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2) if x > 0 else mp.log(mp.erfc(-x / mp.sqrt(2)) / 2),
    "mills": lambda x: mp.npdf(x) * 2 / mp.erfc(-x / mp.sqrt(2)),
    "normppf": lambda x: -mp.sqrt(2) * erfcinv(2 * x),
    "zeta": mp.zeta,
    "lambertw": lambda x: mp.re(mp.lambertw(x)),
    "besselj": lambda x, n=0: mp.besselj(n, x),
    "bessely": lambda x, n=0: mp.bessely(n, x),
    "besseli": lambda x, n=0: mp.besseli(n, x),
    "besselk": lambda x, n=0: mp.besselk(n, x),
    "airyai": mp.airyai,
    "airyaiprime": lambda x: mp.airyai(x, derivative=1),
    "airybi": mp.airybi,
    "airybiprime": lambda x: mp.airybi(x, derivative=1),
    "ellipk": mp.ellipk,
    "ellipe": mp.ellipe,
    "expint": lambda x, n=0: mp.expint(n, x),
    "expi": mp.ei,
    "sinint": mp.si,
    "cosint": mp.ci,
    "sinhint": mp.shi,
    "coshint": mp.chi,
    "sinhc": lambda x: mp.sinh(x) / x if x else mp.mpf(1),
    "exprel": lambda x: mp.expm1(x) / x if x else mp.mpf(1),
    "logsubexp": lambda x, y: x + mp.log(-mp.expm1(y - x)),
    "log1mexp": lambda x: mp.log(-mp.expm1(x)),
    "logexpm1": lambda x: mp.log(mp.expm1(x)),
    "bose": lambda x: 1 / mp.expm1(x),
    "logcosh": lambda x: mp.log(mp.cosh(x)),
    "beta_slope": lambda x, y: mp.beta(x, y) * (mp.digamma(x) - mp.digamma(x + y)),
    "beta_cross": lambda x, y: (
        mp.beta(x, y)
        * ((mp.digamma(x) - mp.digamma(x + y)) * (mp.digamma(y) - mp.digamma(x + y)) - mp.polygamma(1, x + y))
    ),
    "digamma_drop": lambda x, y: mp.digamma(x) - mp.digamma(x + y),
    "bose_of": lambda x, y: 1 / mp.expm1(x - y),
    "bose_slope_of": lambda x, y: mp.exp(x - y) / mp.expm1(x - y) ** 2,
    "logerfc": lambda x: mp.log(mp.erfc(x)) if x > -1 else mp.log(2) + mp.log1p(-mp.erfc(-x) / 2),
    "logerfcx": lambda x: x * x + mp.log(mp.erfc(x)),
    "xexpx": lambda x: x * mp.exp(x),
    "log1psq": lambda x: mp.log1p(x * x),
    "cexpexp": lambda x: -mp.expm1(-mp.exp(x)),
    "gompertz": lambda x: mp.exp(x - mp.exp(x)),
    "logaddexp2": lambda x, y: mp.log(mp.power(2, x) + mp.power(2, y)) / mp.log(2),
    "first_share2": lambda x, y: 1 / (1 + mp.power(2, y - x)),
    "shares_product2": lambda x, y: 1 / ((1 + mp.power(2, y - x)) * (1 + mp.power(2, x - y))),
    "softplus_tanh": lambda x: mp.tanh(mp.log1p(mp.exp(x))),
    "softplus_tanh_slope": lambda x: mp.sech(mp.log1p(mp.exp(x))) ** 2 / (1 + mp.exp(-x)),
    "softplus_tanh_bend": lambda x: (
        4 * mp.exp(x) * (2 + mp.exp(x) * (2 - mp.exp(x) * (3 + 2 * mp.exp(x)))) / (mp.exp(x) * (mp.exp(x) + 2) + 2) ** 3
    ),
    "cotd": lambda x: mp.cot(x * mp.pi / 180),
    "lbeta": lambda x, y: mp.log(abs(mp.beta(x, y))),
    "log1pmx": lambda x: mp.log1p(x) - x,
    "log1pmx_slope": lambda x: -x / (1 + x),
    "logmxp1": lambda x: mp.log(x) - x + 1,
    "logmxp1_slope": lambda x: (1 - x) / x,
    "erfdiff": lambda x, y: mp.erfc(x) - mp.erfc(y) if x > 0 else mp.erf(y) - mp.erf(x),
    "invdigamma": lambda x: mp.exp(_inverse(lambda t: mp.digamma(mp.exp(t)), x, -30, 110)),
    "hurwitz": lambda x, s=2.5: mp.zeta(s, x),
    "besselix": lambda x, n=1: mp.exp(-abs(x)) * mp.besseli(n, x),
    "besselkx": lambda x, n=1: mp.exp(x) * mp.besselk(n, x),
    "sphericalbesselj": lambda x, n=1: mp.sin(x) / x**2 - mp.cos(x) / x if x else mp.mpf(0),
    "sphericalbessely": lambda x, n=1: -mp.cos(x) / x**2 - mp.sin(x) / x,
    "jinc": lambda x: 2 * mp.besselj(1, mp.pi * x) / (mp.pi * x) if x else mp.mpf(1),
    "expintx": lambda x, n=1: mp.exp(x) * mp.expint(n, x),
    "airyaix": lambda x: mp.exp(2 * mp.sqrt(x) ** 3 / 3) * mp.airyai(x),
    "airyaiprimex": lambda x: mp.exp(2 * mp.sqrt(x) ** 3 / 3) * mp.airyai(x, derivative=1),
    "airybix": lambda x: mp.exp(-2 * mp.sqrt(x) ** 3 / 3) * mp.airybi(x),
    "airybiprimex": lambda x: mp.exp(-2 * mp.sqrt(x) ** 3 / 3) * mp.airybi(x, derivative=1),
    "gammainc": lambda x, a=2.5: mp.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda x, a=2.5: mp.gammainc(a, x, regularized=True),
    "gammaincinv": lambda x, a=2.5: _inverse(lambda y: mp.gammainc(a, 0, y, regularized=True), x, 0, 50),
    "gamma_density": lambda x, a=2.5: x ** (mp.mpf(a) - 1) * mp.exp(-x) / mp.gamma(a),
    "betainc": lambda x, a=2.5, b=1.5: mp.betainc(a, b, 0, x, regularized=True),
    "betaincinv": lambda x, a=2.5, b=1.5: _inverse(lambda y: mp.betainc(a, b, 0, y, regularized=True), x, 0, 1),
    "beta_density": lambda x, a=2.5, b=1.5: x ** (mp.mpf(a) - 1) * (1 - x) ** (mp.mpf(b) - 1) / mp.beta(a, b),
    "studentcdf": lambda x, nu=3: mp.mpf(1) / 2 + (x * mp.sqrt(3) / (x * x + 3) + mp.atan(x / mp.sqrt(3))) / mp.pi,
    "student_density": lambda x, nu=3: 6 * mp.sqrt(3) / (mp.pi * (3 + x * x) ** 2),
}


def derivative(
    name: str | Callable[..., Any], at: Sequence[float], orders: Sequence[int], digits: tuple[int, int] | None = None
) -> Any:
    """Central differences of a row's function in mpmath, with so many digits that 30 of the result are right.

    Args:
        name: the row, or a function of mpmath numbers.
        at: exact float64 arguments.
        orders: how often by each argument.
        digits: of the arithmetic and of the step, if not the usual (many) ones.
    """
    shift = digits[1] if digits else 40
    size = [float(abs(mp.log10(abs(x)))) if x else 40.0 for x in at]
    # a difference loses the digits of its step; a tail of 1e-324, and powers of the arguments, are held against 1
    lost = sum(n * (s + shift) + 2 * s for n, s in zip(orders, size, strict=True))
    function = FUNCTIONS[name] if isinstance(name, str) else name
    with mp.workdps(int((digits[0] if digits else 400) + lost)):

        def nested(k: int, given: list[Any]) -> Any:
            if k == len(at):
                return function(*given)
            n, x = orders[k], mp.mpf(at[k])
            if not n:
                return nested(k + 1, [*given, x])
            h = mp.mpf(10) ** -shift * min(abs(x) or 1, 1)
            terms = [
                (-1) ** i * mp.binomial(n, i) * nested(k + 1, [*given, x + (mp.mpf(n) / 2 - i) * h])
                for i in range(n + 1)
            ]
            return mp.fsum(terms) / h**n

        return +mp.mpf(mp.re(nested(0, [])))


def ulps(found: float, exact: Any) -> float:
    """|found - exact| in units in the last place of the exact value (of the smallest normal number below that)."""
    import math

    exact_float = float(exact)
    if math.isinf(exact_float) or math.isnan(found):
        return 0.0 if found == exact_float else math.inf
    unit = max(math.ulp(exact_float), math.ulp(2.0**-1022))
    return float(abs(mp.mpf(found) - exact) / unit)
