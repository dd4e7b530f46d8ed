"""Random expressions full of kinks against one-sided differences at 60 digits: no kink is missed, few are called."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import mpmath
from planting import solved

mp = mpmath.mp.clone()
mp.dps = 60
Function = Callable[[dict[str, Any]], Any]

_STEP = mp.mpf(10) ** -20
_NAMES = ("x", "y", "z")
_LEAVES = (*_NAMES, "x", "y", "0", "1", "2", "0.5")
_VALUES = (-2, -1, 0, 1, 2, 0.5, 0.3)  #: so few that ties are frequent
_UNARY: dict[str, Callable[[Any], Any]] = {
    "abs": abs, "relu": lambda x: max(x, mp.mpf(0)), "floor": mp.floor, "ceil": mp.ceil, "sign": mp.sign,
    "exp": mp.exp, "sin": mp.sin,
}  # fmt: skip
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "({} + {})": lambda a, b: a + b, "({} - {})": lambda a, b: a - b, "({} * {})": lambda a, b: a * b,
    "max({}, {})": max, "min({}, {})": min, "max([{}, {}])": max, "norm([{}, {}])": lambda a, b: mp.sqrt(a * a + b * b),
    "median([{}, {}, 1])": lambda a, b: sorted([a, b, mp.mpf(1)])[1],
    "clip({}, -1, {})": lambda a, b: min(max(a, mp.mpf(-1)), b),
}  # fmt: skip
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "({} < {})": lambda a, b: a < b, "({} <= {})": lambda a, b: a <= b, "({} == {})": lambda a, b: a == b,
}  # fmt: skip
_JOINED: dict[str, Callable[[bool, bool], bool]] = {
    "({} and {})": lambda a, b: a and b, "({} or {})": lambda a, b: a or b,
}  # fmt: skip


def expression(generator: random.Random, depth: int) -> tuple[str, Function]:
    """A text, and what it means."""
    kind = generator.random() if depth else 0.0
    if kind < 0.1:
        leaf = generator.choice(_LEAVES)
        return leaf, lambda at: at[leaf] if leaf in at else mp.mpf(leaf)
    if kind < 0.4:
        name = generator.choice(list(_UNARY))
        text, f = expression(generator, depth - 1)
        return f"{name}({text})", lambda at: _UNARY[name](f(at))
    if kind < 0.85:
        return joined(generator, _BINARY, expression, depth)
    condition, c = condition_of(generator, depth - 1)
    (text, f), (other, g) = expression(generator, depth - 1), expression(generator, depth - 1)
    return f"where({condition}, {text}, {other})", lambda at: f(at) if c(at) else g(at)


def condition_of(generator: random.Random, depth: int) -> tuple[str, Function]:
    if depth > 0 and generator.random() < 0.3:
        return joined(generator, _JOINED, condition_of, depth)
    return joined(generator, _COMPARED, expression, max(depth, 1))


def joined(generator: random.Random, table: dict[str, Any], part: Any, depth: int) -> tuple[str, Function]:
    form = generator.choice(list(table))
    (text, f), (other, g) = part(generator, depth - 1), part(generator, depth - 1)
    return form.format(text, other), lambda at: table[form](f(at), g(at))


def differentiable(f: Function, at: dict[str, Any], names: list[str], generator: random.Random) -> bool:
    """Whether one-sided differences along the axes and in random directions belong to one linear map."""
    value = f(at)

    def slope(direction: dict[str, Any]) -> Any:
        return (f({n: at[n] + _STEP * direction.get(n, 0) for n in at}) - value) / _STEP

    gradient = {n: slope({n: mp.mpf(1)}) for n in names}
    directions = [{n: mp.mpf(-1)} for n in names]
    directions += [{n: mp.mpf(generator.uniform(-2, 2)) for n in names} for _ in range(10)]
    return all(abs(slope(d) - sum(gradient[n] * d[n] for n in d)) < 1e-9 for d in directions)


def test_kinks_are_those_that_one_sided_differences_see() -> None:
    generator = random.Random(20)
    called = {True: [0, 0], False: [0, 0]}  # by truth: not called a kink, called one
    for _ in range(500):
        text, f = expression(generator, 3)
        point = {name: generator.choice(_VALUES) for name in _NAMES}
        items = tuple(f"{name}={value}" for name, value in point.items() if name in text.replace("max", ""))
        items = tuple(item for item in items if item[0] != "x" or "x" in text.replace("max", "").replace("exp", ""))
        if not items:
            continue
        record = solved(text, items, "grad", symbolic=False, certificate=False, finite_difference=False)
        names = [name for name, value in record.gradient.items() if value is not None]
        at = {name: mp.mpf(value) for name, value in point.items()}
        kink = not differentiable(f, at, names, generator)
        assert not kink or record.kinks, (text, point)
        called[kink][bool(record.kinks)] += 1
    assert called[True][1] > 50
    assert called[False][1] < 0.2 * called[False][0]  # such as max(x, x), and jumps that happen to change nothing
