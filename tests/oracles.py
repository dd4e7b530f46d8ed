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
    "turning": lambda x, y: x / (x * x + y * y),
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
    "xlogy": lambda x, y: mp.mpf(0) if x == 0 else x * mp.log(y),
    "xlog1py": lambda x, y: mp.mpf(0) if x == 0 else x * mp.log1p(y),
    "logaddexp": lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "dsigmoid": lambda x: 1 / ((1 + mp.exp(-x)) * (1 + mp.exp(x))),
    "logit": lambda x: mp.log(x) - mp.log(1 - x),
    "logit_slope": lambda x: 1 / (x * (1 - x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "relu": lambda x: max(x, mp.mpf(0)),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "gauss": lambda x: mp.exp(-x * x),
    "normpdf": lambda x: mp.npdf(x),
    "normcdf": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "digamma": mp.digamma,
    "beta": mp.beta,
    "leaky": lambda x, slope: x if x > 0 else slope * x,
    "elu_of": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
    "huberized": lambda x, delta: x * x / 2 if abs(x) <= delta else delta * (abs(x) - delta / 2),
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
    "logsubexp": lambda x, y: x + mp.log(-mp.expm1(y - x)),
    "log1mexp": lambda x: mp.log(-mp.expm1(x)),
    "logexpm1": lambda x: mp.log(mp.expm1(x)),
    "bose": lambda x: 1 / mp.expm1(x),
    "logcosh": lambda x: mp.log(mp.cosh(x)),
    "lbeta": lambda x, y: mp.log(abs(mp.beta(x, y))),
}


def derivative(name: str, at: Sequence[float], orders: Sequence[int], digits: tuple[int, int] | None = None) -> Any:
    """mpmath's central differences of a row's function, with so many digits that 30 of the result are right.

    Args:
        name: the row.
        at: exact float64 arguments.
        orders: how often by each argument.
        digits: of the arithmetic and of the step, if not the usual (many) ones.
    """
    ordinary = all(x == 0 or 1e-5 < abs(x) < 1e5 for x in at)
    working, shift = digits or ((400, 60) if ordinary else (1300, 100))
    with mp.workdps(working):
        function = FUNCTIONS[name]
        point = [mp.mpf(x) for x in at]
        step = mp.mpf(10) ** -shift

        def nested(k: int, given: list[Any]) -> Any:
            if k == len(point):
                return function(*given)
            if not orders[k]:
                return nested(k + 1, [*given, point[k]])
            return mp.diff(lambda t: nested(k + 1, [*given, t]), point[k], orders[k], h=step * (abs(point[k]) or 1))

        return +mp.mpf(mp.re(nested(0, [])))


def ulps(found: float, exact: Any) -> float:
    """|found - exact| in units in the last place of the exact value (of the smallest normal number below that)."""
    import math

    exact_float = float(exact)
    if math.isinf(exact_float) or math.isnan(found):
        return 0.0 if found == exact_float else math.inf
    unit = max(math.ulp(exact_float), math.ulp(2.0**-1022))
    return float(abs(mp.mpf(found) - exact) / unit)
