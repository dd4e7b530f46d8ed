"""Values of SymPy expressions in ball arithmetic: with a rigorous error bound, at any precision.

An expression is flattened once into steps over slots, then run at many velocities. A velocity
of zero is structural: what is multiplied by it is absent, so it cannot turn an infinity
elsewhere into NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Ball = Any
_ABSENT = None


class Evaluator:
    """SymPy expressions compiled to a list of steps.

    Args:
        expressions: what is evaluated.
        values: the exact float64 value of symbols (and line functions) that do not change.
        free: symbols whose values are given to each `run`.
    """

    def __init__(self, expressions: Sequence[Any], values: Mapping[Any, float], free: Sequence[Any]) -> None:
        self.slots: dict[Any, int] = {}
        self.steps: list[tuple[Callable[[list[Ball]], Ball], int, tuple[int, ...]]] = []
        self._leaves: list[tuple[int, Any]] = []
        self._free = []
        for symbol in free:
            self.slots[symbol] = len(self.slots)
            self._free.append(self.slots[symbol])
        self._values = values
        self.results = [self._flatten(e) for e in expressions]

    def _flatten(self, expression: Any) -> int:
        pending = [expression]
        while pending:
            node = pending[-1]
            if node in self.slots:
                pending.pop()
                continue
            if node in self._values or not node.args:
                self.slots[node] = len(self.slots)
                self._leaves.append((self.slots[node], node))
                pending.pop()
                continue
            missing = [a for a in node.args if a not in self.slots]
            if missing:
                pending.extend(missing)
                continue
            self.slots[node] = len(self.slots)
            self.steps.append((_operation(node), self.slots[node], tuple(self.slots[a] for a in node.args)))
            pending.pop()
        return self.slots[expression]

    def prepare(self) -> list[Ball]:
        """Slots with everything that does not depend on the velocities' values, at the current precision."""
        filled: list[Ball] = [_ABSENT] * len(self.slots)
        for slot, node in self._leaves:
            filled[slot] = _leaf(node, self._values)
        return filled

    def run(self, filled: list[Ball], velocities: Sequence[Ball | None]) -> list[Ball]:
        """Values of the expressions; a velocity of None is structurally zero, and so is a result of None."""
        slots = filled.copy()
        for slot, velocity in zip(self._free, velocities, strict=True):
            slots[slot] = velocity
        for operation, slot, arguments in self.steps:
            slots[slot] = operation([slots[a] for a in arguments])
        return [slots[r] for r in self.results]


def _leaf(node: Any, values: Mapping[Any, float]) -> Ball:
    import flint
    import sympy

    if node in values:
        return flint.arb(values[node])
    if node.is_Rational:
        return flint.arb(int(node.p)) / int(node.q)
    if node is sympy.pi:
        return flint.arb.pi()
    if node is sympy.E:
        return flint.arb(1).exp()
    if node is sympy.EulerGamma:
        return flint.arb.const_euler()
    raise NotImplementedError(f"SymPy's {node}")


def _operation(node: Any) -> Callable[[list[Ball]], Ball]:
    if node.is_Add:
        return _add
    if node.is_Mul:
        return _multiply
    if node.is_Pow:
        exponent = node.exp
        if exponent.is_Integer:
            n = int(exponent)
            return lambda a: None if a[0] is None and n > 0 else a[0] ** n
        if exponent.is_Rational and exponent.q == 2:
            n = int(exponent.p)
            return lambda a: a[0].sqrt() ** n
        return _power
    name = type(node).__name__
    if name not in _FUNCTIONS:
        raise NotImplementedError(f"SymPy's {name}")
    return _FUNCTIONS[name]


def _add(arguments: list[Ball]) -> Ball:
    total = None
    for a in arguments:
        if a is not None:
            total = a if total is None else total + a
    return total


def _multiply(arguments: list[Ball]) -> Ball:
    product = 1
    for a in arguments:
        if a is None:
            return None
        product = a * product
    return product


def _power(arguments: list[Ball]) -> Ball:
    base, exponent = arguments
    return base**exponent


def _method(name: str) -> Callable[[list[Ball]], Ball]:
    return lambda a: getattr(a[0], name)()


def _polygamma(arguments: list[Ball]) -> Ball:
    """DLMF 5.15.1: psi^(n)(x) = (-1)^(n+1) n! zeta(n + 1, x), for n >= 1."""
    import flint

    order, x = arguments
    n = int(order.unique_fmpz())
    if n == 0:
        return x.digamma()
    value = flint.arb.zeta(flint.arb(n + 1), x) * flint.arb.fac_ui(n)
    return value if n % 2 else -value


def _catalan(arguments: list[Ball]) -> Ball:
    """Which SymPy makes of a beta function of halves: 4^n gamma(n + 1/2)/(sqrt(pi) gamma(n + 2))."""
    import flint

    n = arguments[0]
    return flint.arb(4) ** n * (n + 0.5).gamma() * (n + 2).rgamma() / flint.arb.pi().sqrt()


def _sign(arguments: list[Ball]) -> Ball:
    """The sign of a number that is surely not 0."""
    import flint

    x = arguments[0]
    return flint.arb(1) if x > 0 else flint.arb(-1) if x < 0 else flint.arb.nan()


def _impulse(arguments: list[Ball]) -> Ball:
    """SymPy's derivative of a sign: 0 where that is constant."""
    return _sign(arguments) * 0


def _complex(ball: Ball) -> Ball:
    import flint

    return flint.acb(ball)


def _airy(k: int) -> Callable[[list[Ball]], Ball]:
    return lambda a: a[0].airy()[k]


_FUNCTIONS: dict[str, Callable[[list[Ball]], Ball]] = {
    name: _method(name)
    for name in (
        "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "sinh", "cosh", "tanh", "coth", "sech",
        "csch", "asinh", "acosh", "atanh", "exp", "log", "gamma", "digamma", "erf", "erfc", "erfi", "erfinv", "erfcinv",
    )
} | {
    "loggamma": _method("lgamma"),
    "polygamma": _polygamma,
    "Abs": lambda a: abs(a[0]),
    "sign": _sign,
    "DiracDelta": _impulse,
    "LambertW": _method("lambertw"),
    "Ei": _method("ei"),
    "Si": _method("si"),
    "Ci": _method("ci"),
    "Shi": _method("shi"),
    "Chi": _method("chi"),
    "fresnels": _method("fresnel_s"),
    "fresnelc": _method("fresnel_c"),
    "elliptic_k": lambda a: _complex(a[0]).elliptic_k().real,
    "elliptic_e": lambda a: _complex(a[0]).elliptic_e().real,
    "besselj": lambda a: a[1].bessel_j(a[0]),
    "bessely": lambda a: a[1].bessel_y(a[0]),
    "besseli": lambda a: a[1].bessel_i(a[0]),
    "besselk": lambda a: a[1].bessel_k(a[0]),
    "expint": lambda a: a[1].expint(a[0]),
    **{name: _airy(k) for k, name in enumerate(("airyai", "airyaiprime", "airybi", "airybiprime"))},
    "zeta": lambda a: a[0].zeta(*a[1:]),
    "beta": lambda a: a[0].gamma() * a[1].gamma() * (a[0] + a[1]).rgamma(),
    "catalan": _catalan,
    "lowergamma": lambda a: a[1].gamma_lower(a[0]),
    "uppergamma": lambda a: a[1].gamma_upper(a[0]),
    "betainc_regularized": lambda a: a[3].beta_lower(a[0], a[1], regularized=True),
    "atan2": lambda a: type(a[0]).atan2(*a),
}  # fmt: skip
