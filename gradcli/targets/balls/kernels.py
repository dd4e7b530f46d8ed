"""Kernels of the rows over balls and Taylor balls: one table, filled up by the rows' own definitions.

A row names a method of FLINT's power series, or `gradcli:name` for a kernel here, or has a definition in
terms of other rows, whose steps are then interpreted over balls. No partial is ever read.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import cache
from math import comb
from typing import Any, NamedTuple

from flint import arb, arb_series

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import WHERE
from gradcli.autodiff.templates import template
from gradcli.targets.balls import choices, hypergeometric, special
from gradcli.targets.balls import special_functions as functions
from gradcli.targets.balls.series import (
    Ball,
    UndecidedError,
    UnknownError,
    assert_known,
    at_rest,
    centre,
    compose,
    derived,
    like,
    sign,
    terms,
)

Function = Callable[..., Ball]

#: How a result depends on its arguments: piecewise linearly, as a product of two, as a quotient, or anyhow.
LINEAR, PRODUCT, QUOTIENT, CURVED = "linear", "product", "quotient", "curved"


class Kernel(NamedTuple):
    """A row over balls, the way it depends on its arguments, and whether it answers everywhere."""

    function: Function
    dependence: str = CURVED
    total: bool = False


def divide(u: Ball, v: Ball) -> Ball:
    """u/v."""
    divisor = sign(centre(v), "division by 0")
    if divisor == 0:
        raise UnknownError("division by 0")
    return u / v


def sqrt(u: Ball) -> Ball:
    """Square root."""
    found = sign(centre(u), "sqrt at 0")
    if found < 0:
        raise UnknownError("sqrt of a negative number")
    if found == 0 and not at_rest(u):
        raise UnknownError("sqrt has no finite derivative at 0")
    return u.sqrt() if found else u


def log(u: Ball) -> Ball:
    """Natural logarithm."""
    if sign(centre(u), "log at 0") <= 0:
        raise UnknownError("log of a number that is not positive")
    return u.log()


def _within_one(method: str) -> Function:
    call = operator.methodcaller(method)

    def inverse(u: Ball) -> Ball:
        edge = sign(1 - abs(centre(u)), f"{method} at 1")
        if edge < 0 or (edge == 0 and not at_rest(u)):
            raise UnknownError(f"{method} has no finite derivative at or beyond 1")
        return call(u) if edge else like(u, call(centre(u)))

    return inverse


def power(x: Ball, y: Ball, k: int = 0, j: int = 0) -> Ball:
    """x^y; with orders its derivative taken k times in x and j times in y, by the falling factorial and Leibniz."""
    if k == 0 and j == 0:
        return _power(x, y)
    falling = [like(y, 1)] + [like(y, 0)] * j
    for m in range(k):
        falling = [falling[i] * (y - m) + (falling[i - 1] * i if i else 0) for i in range(j + 1)]
    if j == 0 and at_rest(y) and centre(falling[0]).is_zero():  # x^2 thrice: 0, also where x^-1 has no value
        assert_known(x, y)
        return like(y, 0)
    base = _power(x, y - k)
    if j == 0:
        return falling[0] * base
    logarithm = log(x)
    total = falling[j]
    for i in range(j):
        total = total + falling[i] * _power(logarithm, like(x, j - i)) * comb(j, i)
    return base * total


def _power(x: Ball, y: Ball) -> Ball:
    assert_known(x, y)
    exponent, base = centre(y), centre(x)
    if at_rest(y) and exponent.is_exact() and exponent.is_integer():
        return _integer_power(x, int(exponent.unique_fmpz()))
    if base > 0:
        return sqrt(x) if at_rest(y) and exponent == 0.5 else (y * x.log()).exp()
    if base.is_zero():
        if at_rest(x) and exponent > 0:
            return like(x, 0)
        raise UnknownError("a power of 0 has no two-sided derivative")
    if base < 0 and not (at_rest(y) and exponent.contains_integer()):
        raise UnknownError("a fractional power of a negative number")
    raise UndecidedError("a power of 0")


def _integer_power(x: Ball, n: int) -> Ball:
    if n < 0:
        return divide(like(x, 1), _integer_power(x, -n))
    if n == 2:
        return x * x
    if n < 2:
        return x if n else like(x, 1)
    if isinstance(x, arb) and x.contains(0) and not x.is_zero():  # FLINT's power has no value there
        return arb(0, (x.abs_upper() ** n).abs_upper())
    if n < 2**32:
        return x**n
    size = ((choices.absolute(x)).log() * n).exp()
    return -size if n % 2 and centre(x) < 0 else size


KERNELS: dict[str, Kernel] = {
    "gradcli:add": Kernel(operator.add, LINEAR, True),
    "gradcli:subtract": Kernel(operator.sub, LINEAR, True),
    "gradcli:multiply": Kernel(operator.mul, PRODUCT, True),
    "gradcli:negate": Kernel(operator.neg, LINEAR, True),
    "gradcli:divide": Kernel(divide, QUOTIENT),
    "gradcli:power": Kernel(power),
    "gradcli:less": Kernel(choices.comparison("<", lambda s: s < 0), LINEAR),
    "gradcli:less_equal": Kernel(choices.comparison("<=", lambda s: s <= 0), LINEAR),
    "gradcli:greater": Kernel(choices.comparison(">", lambda s: s > 0), LINEAR),
    "gradcli:greater_equal": Kernel(choices.comparison(">=", lambda s: s >= 0), LINEAR),
    "gradcli:equal": Kernel(choices.comparison("==", lambda s: s == 0), LINEAR),
    "gradcli:not_equal": Kernel(choices.comparison("!=", lambda s: s != 0), LINEAR),
    "gradcli:and": Kernel(choices.both, LINEAR),
    "gradcli:or": Kernel(choices.either, LINEAR),
    "gradcli:not": Kernel(choices.negation, LINEAR),
    "gradcli:where": Kernel(choices.where, LINEAR),
    "gradcli:maximum": Kernel(choices.maximum, LINEAR),
    "gradcli:minimum": Kernel(choices.minimum, LINEAR),
    "gradcli:clip": Kernel(choices.clip, LINEAR),
    "gradcli:abs": Kernel(choices.absolute, LINEAR),
    "gradcli:relu": Kernel(choices.relu, LINEAR),
    "gradcli:sign": Kernel(choices.signum, LINEAR),
    "gradcli:floor": Kernel(choices.floor, LINEAR),
    "gradcli:ceil": Kernel(choices.ceiling, LINEAR),
    "gradcli:round": Kernel(choices.nearest, LINEAR),
    "gradcli:mod": Kernel(choices.modulo, LINEAR),
    "gradcli:deg2rad": Kernel(special.deg2rad, LINEAR),
    "gradcli:rad2deg": Kernel(special.rad2deg, LINEAR),
    "gradcli:tanh": Kernel(special.tanh),
    "gradcli:asinh": Kernel(special.asinh),
    "gradcli:atan2": Kernel(special.atan2),
    "gradcli:cbrt": Kernel(special.cbrt),
    "gradcli:exp2": Kernel(special.exp2),
    "gradcli:exp10": Kernel(special.exp10),
    "gradcli:xlogy": Kernel(special.xlogy),
    "gradcli:rel_entr": Kernel(special.rel_entr),
    "gradcli:xlog1py": Kernel(special.xlog1py),
    "gradcli:sinc": Kernel(special.sinc),
    "gradcli:lgamma": Kernel(special.lgamma),
    "gradcli:digamma": Kernel(special.digamma),
    **{f"gradcli:{name}": Kernel(function) for name, function in functions.KERNELS.items()},
    **{f"gradcli:{name}": Kernel(function) for name, function in hypergeometric.KERNELS.items()},
    "sqrt": Kernel(sqrt),
    "log": Kernel(log),
    "asin": Kernel(_within_one("asin")),
    "acos": Kernel(_within_one("acos")),
    "gamma": Kernel(special.gamma),
}

_METHODS = (
    "sin", "cos", "tan", "atan", "exp", "erf", "erfc", "erfi", "sin_pi", "cos_pi", "rsqrt", "si", "shi",
)  # fmt: skip
KERNELS |= {name: Kernel(operator.methodcaller(name)) for name in _METHODS}


@cache
def kernel_of(row: Row, orders: tuple[float, ...] = ()) -> Kernel | None:
    """The kernel of a row with these orders; None if balls have none for it."""
    if row.ball is None:
        found = None if row.definition is None else _defined(row, row.definition, orders)
        times = int(sum(orders[len(row.parameters) :]))
        if found is None or not times:
            return found
        return _differentiated(found.function, times) if len(row.arguments) == 1 else None
    known = KERNELS.get(row.ball)
    if known is None or not any(orders):
        return known
    function = known.function
    return Kernel(lambda *operands: function(*operands, *orders))


def _defined(row: Row, definition: str, orders: tuple[float, ...]) -> Kernel | None:
    """A row by its definition: the steps of the compiled text, over balls; its `pi` and `e` are the exact ones."""
    compiled = template(row, definition)
    steps: list[_Step] = []
    for step in compiled.steps:
        if step.row is None:
            steps.append(_Step(_EXACT.get(step.label or "") or _number(step.constant(orders)), (), True, False))
            continue
        found = kernel_of(step.row, step.given(orders))
        if found is None:
            return None
        steps.append(_Step(found.function, step.arguments, False, step.row is WHERE))
    choosing = any(step.choice for step in steps)
    interpret = _on_demand if choosing else _in_order
    return Kernel(lambda *operands: interpret(steps, compiled.result, operands))


def _differentiated(function: Function, times: int) -> Kernel:
    """A derivative of a function of one argument, from its Taylor polynomial."""

    def kernel(u: Ball) -> Ball:
        count = terms(u)
        line = arb_series([centre(u), 1], times + count)
        return compose(derived(function(line), times, count), u)

    return Kernel(kernel)


class _Step(NamedTuple):
    function: Function
    arguments: tuple[int, ...]
    constant: bool
    choice: bool


def _in_order(steps: Sequence[_Step], result: int, operands: Sequence[Ball]) -> Ball:
    made: list[Ball] = []
    for function, arguments, constant, _ in steps:
        if constant:
            made.append(like(operands[0], function()))
        else:
            made.append(function(*[made[a] if a >= 0 else operands[-1 - a] for a in arguments]))
    return made[result] if result >= 0 else operands[-1 - result]


def _on_demand(steps: Sequence[_Step], result: int, operands: Sequence[Ball]) -> Ball:
    """The same where the definition chooses: a branch that is not taken may have no value."""

    def value(reference: int) -> Ball:
        if reference < 0:
            return operands[-1 - reference]
        function, arguments, constant, choice = steps[reference]
        if constant:
            return like(operands[0], function())
        if choice:
            return value(arguments[1 if choices.truth(value(arguments[0])) else 2])
        return function(*map(value, arguments))

    return value(result)


def _number(value: float) -> Callable[[], Any]:
    ball = arb(value)
    return lambda: ball


_EXACT: dict[str, Callable[[], Any]] = {"pi": arb.pi, "e": arb.const_e}
