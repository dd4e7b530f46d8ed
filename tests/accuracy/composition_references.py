"""mpmath's form of the functions that gradcli writes in terms of others."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath as mp

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "asecd": lambda x: mp.asec(x) * 180 / mp.pi,
    "acscd": lambda x: mp.acsc(x) * 180 / mp.pi,
    "acotd": lambda x: mp.acot(x) * 180 / mp.pi,
    "secd": lambda x: mp.sec(x * mp.pi / 180),
    "cscd": lambda x: mp.csc(x * mp.pi / 180),
    "cosc": lambda x: (mp.cos(mp.pi * x) - mp.sin(mp.pi * x) / (mp.pi * x)) / x,
    "xlogx": lambda x: x * mp.log(x),
    "log_sigmoid": lambda x: -mp.log1p(mp.exp(-x)),
    "mish": lambda x: x * mp.tanh(mp.log1p(mp.exp(x))),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "log2mexp": lambda x: mp.log(2 - mp.exp(x)),
    "xexpy": lambda x, y: x * mp.exp(y),
    "cloglog": lambda x: mp.log(-mp.log1p(-x)),
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "selu": lambda x: mp.mpf(1.0507009873554805) * (x if x > 0 else mp.mpf(1.6732632423543772) * mp.expm1(x)),
    "trigamma": lambda x: mp.polygamma(1, x),
    "besselj0": lambda x: mp.besselj(0, x),
    "besselj1": lambda x: mp.besselj(1, x),
    "bessely0": lambda x: mp.bessely(0, x),
    "bessely1": lambda x: mp.bessely(1, x),
    "besseli0": lambda x: mp.besseli(0, x),
    "besseli1": lambda x: mp.besseli(1, x),
    "besselk0": lambda x: mp.besselk(0, x),
    "besselk1": lambda x: mp.besselk(1, x),
    "exp1": mp.e1,
    "elu": lambda x: x if x > 0 else mp.expm1(x),
    "celu": lambda x: x if x > 0 else mp.expm1(x),
    "leaky_relu": lambda x: x if x > 0 else mp.mpf(0.01) * x,
    "gammaincc": lambda x: mp.erfc(mp.sqrt(x)) + mp.exp(-x) * mp.sqrt(x) * (2 + 4 * x / 3) / mp.sqrt(mp.pi),
    "x*y": lambda x, y: x * y,
    "x/y": lambda x, y: x / y,
    "x^y": mp.power,
    "logsumexp([x, y])": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    "softmax([x, y])[0]": lambda x, y: 1 / (1 + mp.exp(y - x)),
    "log_softmax([x, y])[0]": lambda x, y: -mp.log1p(mp.exp(y - x)),
    "norm([x, y])": mp.hypot,
    "huber([x], [y])": lambda x, y: (x - y) ** 2 / 2 if abs(x - y) <= 1 else abs(x - y) - mp.mpf(1) / 2,
    "log_cosh([x], [y])": lambda x, y: mp.log(mp.cosh(x - y)),
    "celu(x, y)": lambda x, y: x if x > 0 else y * mp.expm1(x / y),
    "kl([x], [y])": lambda x, y: x * mp.log(x / y),
}


def expint(n: int, x: Any) -> Any:
    """E_n by E_(n + 1) = (exp(-x) - x*E_n)/n, with digits to spare; mpmath's own takes seconds near 0."""
    with mp.workdps(mp.mp.dps + 40):
        found = mp.exp(-x) / x
        if n:
            found = mp.e1(x)
        for k in range(1, n):
            found = (mp.exp(-x) - x * found) / k
    return +found


_FAMILIES: dict[str, Callable[[Any, Any], Any]] = {
    "besselj": mp.besselj,
    "bessely": mp.bessely,
    "besseli": mp.besseli,
    "besselk": mp.besselk,
    "expint": expint,
    "polygamma": mp.polygamma,
}


def ordered(call: str) -> Callable[[Any], Any]:
    """The function of x that a call such as `besselj(-1/3, x)` means; its order is the float64 of what is written."""
    found = re.fullmatch(r"(\w+)\((.*), x\)", call)
    assert found is not None
    family, order = _FAMILIES[found[1]], float(Fraction(found[2]))
    n: Any = int(order) if order == int(order) else order
    return lambda x: family(n, x)
