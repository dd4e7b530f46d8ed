"""First and second derivatives by hand-written rules on mpmath numbers, and random expressions that carry them along.

Outside oracle for differences: nothing here is shared with the program but the spelling of its language.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath as mp
from mpmath.libmp import NoConvergence

Number = Any


class Undefined(Exception):
    """A point outside a domain, at a kink, or one that no precision tried settles."""


class Jet(NamedTuple):
    """A value, its gradient and its Hessian."""

    value: Number
    first: list[Number]
    second: list[list[Number]]


Rule = Callable[[Number], tuple[Number, Number, Number]]  #: x to f(x), f'(x), f''(x)
Function = Callable[[Sequence[Jet]], Jet]


def constant(c: Number, n: int) -> Jet:
    return Jet(mp.mpf(c), [mp.mpf(0)] * n, [[mp.mpf(0)] * n for _ in range(n)])


def variable(x: float, k: int, n: int) -> Jet:
    jet = constant(x, n)
    jet.first[k] = mp.mpf(1)
    return jet


def chain(a: Jet, f: Number, f1: Number, f2: Number) -> Jet:
    n = range(len(a.first))
    second = [[f1 * a.second[i][j] + f2 * a.first[i] * a.first[j] for j in n] for i in n]
    return Jet(f, [f1 * g for g in a.first], second)


def plus(a: Jet, b: Jet, sign: int = 1) -> Jet:
    n = range(len(a.first))
    first = [a.first[i] + sign * b.first[i] for i in n]
    return Jet(a.value + sign * b.value, first, [[a.second[i][j] + sign * b.second[i][j] for j in n] for i in n])


def times(a: Jet, b: Jet) -> Jet:
    n = range(len(a.first))
    first = [a.value * b.first[i] + b.value * a.first[i] for i in n]
    second = [
        [
            a.value * b.second[i][j] + b.value * a.second[i][j] + a.first[i] * b.first[j] + a.first[j] * b.first[i]
            for j in n
        ]
        for i in n
    ]
    return Jet(a.value * b.value, first, second)


def over(a: Jet, b: Jet) -> Jet:
    require(b.value != 0)
    return times(a, chain(b, 1 / b.value, -1 / b.value**2, 2 / b.value**3))


def require(holds: bool) -> None:
    if not holds:
        raise Undefined


def _log(v: Number) -> tuple[Number, Number, Number]:
    require(v > 0)
    return mp.log(v), 1 / v, -1 / v**2


def _sqrt(v: Number) -> tuple[Number, Number, Number]:
    require(v > 0)
    r = mp.sqrt(v)
    return r, 1 / (2 * r), -1 / (4 * r**3)


def _asin(v: Number) -> tuple[Number, Number, Number]:
    require(abs(v) < 1)
    q = 1 - v * v
    return mp.asin(v), 1 / mp.sqrt(q), v / mp.sqrt(q) ** 3


def _abs(v: Number) -> tuple[Number, Number, Number]:
    require(v != 0)
    return abs(v), mp.sign(v), mp.mpf(0)


def _floor(v: Number) -> tuple[Number, Number, Number]:
    require(v != mp.floor(v))
    return mp.floor(v), mp.mpf(0), mp.mpf(0)


def _tanh(v: Number) -> tuple[Number, Number, Number]:
    t, d = mp.tanh(v), 1 / mp.cosh(v) ** 2
    return t, d, -2 * t * d


def _fresnels(v: Number) -> tuple[Number, Number, Number]:
    angle = mp.pi * v * v / 2
    return mp.fresnels(v), mp.sin(angle), mp.pi * v * mp.cos(angle)


RULES: dict[str, Rule] = {
    "sin": lambda v: (mp.sin(v), mp.cos(v), -mp.sin(v)),
    "cos": lambda v: (mp.cos(v), -mp.sin(v), -mp.cos(v)),
    "tan": lambda v: (mp.tan(v), 1 + mp.tan(v) ** 2, 2 * mp.tan(v) * (1 + mp.tan(v) ** 2)),
    "sinpi": lambda v: (mp.sinpi(v), mp.pi * mp.cospi(v), -(mp.pi**2) * mp.sinpi(v)),
    "exp": lambda v: (mp.exp(v),) * 3,
    "sinh": lambda v: (mp.sinh(v), mp.cosh(v), mp.sinh(v)),
    "atan": lambda v: (mp.atan(v), 1 / (1 + v * v), -2 * v / (1 + v * v) ** 2),
    "log": _log,
    "sqrt": _sqrt,
    "asin": _asin,
    "abs": _abs,
    "floor": _floor,
    "tanh": _tanh,
    "fresnels": _fresnels,
}
OPERATORS: dict[str, Callable[[Jet, Jet], Jet]] = {
    "+": plus,
    "-": lambda a, b: plus(a, b, -1),
    "*": times,
    "/": over,
}


#: Beyond these arguments mpmath takes long.
_LARGEST = {"exp": 1e3, "sinh": 1e3, "tanh": 1e3, "fresnels": 20}


def random_expression(source: random.Random, depth: int, names: Sequence[str]) -> tuple[str, Function]:
    """A text in the language, and the same function of jets."""
    if depth == 0 or source.random() < 0.1:
        if source.random() < 0.8:
            k = source.randrange(len(names))
            return names[k], lambda jets: jets[k]
        c = source.choice([1.0, 2.0, 0.1, float(f"{10 ** source.uniform(-12, 12):.3g}")])
        return repr(c), lambda jets: constant(c, len(jets))
    if source.random() < 0.5:
        name = source.choice(sorted(RULES))
        text, inner = random_expression(source, depth - 1, names)

        def applied(jets: Sequence[Jet]) -> Jet:
            jet = inner(jets)
            require(abs(jet.value) < _LARGEST.get(name, 1e40))
            return chain(jet, *RULES[name](jet.value))

        return f"{name}({text})", applied
    sign = source.choice(sorted(OPERATORS))
    (left, f), (right, g) = (random_expression(source, depth - 1, names) for _ in range(2))
    return f"({left} {sign} {right})", lambda jets: OPERATORS[sign](f(jets), g(jets))


def random_coordinate(source: random.Random) -> float:
    """Plain, huge, tiny, or a hair beside a number where things happen."""
    sign, kind = source.choice([1.0, 1.0, -1.0]), source.random()
    if kind < 0.4:
        return sign * source.uniform(0.1, 3.0)
    if kind < 0.6:
        return sign * 10 ** source.uniform(-6, 6)
    if kind < 0.85:
        return sign * 10 ** source.uniform(-16, 16)
    return sign * source.choice([1.0, 2.0, 3.141592653589793]) * (1 + 10 ** source.uniform(-15.5, -1))


def derivatives(function: Function, x: Sequence[float]) -> Jet:
    """The jet at a point, at as many digits as it takes for two precisions to agree.

    Raises:
        Undefined: there is none, or it takes too many.
    """
    last: list[Number] | None = None
    for digits in (50, 110, 400):
        with mp.workdps(digits):
            try:
                jet = function([variable(v, k, len(x)) for k, v in enumerate(x)])
            except (ZeroDivisionError, ValueError, OverflowError, TypeError, NoConvergence) as error:
                raise Undefined from error
            now = [jet.value, *jet.first, *(v for row in jet.second for v in row)]
            require(all(isinstance(v, mp.mpf) and mp.isfinite(v) for v in now))
            settled = last is not None and all(
                abs(a - b) <= abs(b) * mp.mpf(10) ** -20 for a, b in zip(last, now, strict=True)
            )
            if settled and (digits == 400 or all(v != 0 for v in now)):
                return jet
            last = now
    raise Undefined
