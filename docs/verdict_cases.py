"""The derivatives that docs/verdicts.md asks every checker about: right ones at hard points, points that have none, and
wrong ones. A function and the derivative claimed for it are written once, over a namespace that every package has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

RIGHT, NONE, WRONG = "right", "none", "wrong"
Function = Callable[[Any, Any], Any]


class Case(NamedTuple):
    """A derivative to be checked.

    Attributes:
        text: the function, in gradcli's language.
        at: the point; a list stands for a vector x.
        truth: whether the claim is `right` or `wrong`, or `none` where there is no derivative.
        function: the same function of a vector x (whose first entries are x and y), giving a number.
        claim: what is claimed to be its gradient; of order 2 its second derivative.
        note: what makes it hard, or what is wrong.
        claimed: of a wrong claim, the same in gradcli's language.
        order: of the derivative.
        gradient: of order 2, the right first derivative.
    """

    text: str
    at: tuple[float, ...]
    truth: str
    function: Function
    claim: Function
    note: str
    claimed: str | None = None
    order: int = 1
    gradient: Function | None = None

    @property
    def items(self) -> tuple[str, ...]:
        """The point as a person types it."""
        if len(self.at) > 2:
            return (f"x={list(self.at)}",)
        return tuple(f"{name}={value!r}" for name, value in zip("xy", self.at, strict=False))

    @property
    def point(self) -> str:
        """The point on the page."""
        return f"{len(self.at)} entries" if len(self.at) > 2 else ", ".join(f"{value:.10g}" for value in self.at)


def _one(derivative: Function) -> Function:
    """The gradient by a single variable, as a vector."""
    return lambda m, x: m.stack([derivative(m, x[0])])


def _sech2(m: Any, x: Any) -> Any:
    return 1 / m.cosh(x) ** 2


def _logistic(m: Any, x: Any) -> Any:
    return m.exp(-abs(x)) / (1 + m.exp(-abs(x))) ** 2


def _bell(m: Any, x: Any) -> Any:
    return m.exp(-x * x / 2) / 2.5066282746310002


# fmt: off
GAMMA = 0.57721566490153286  #: Euler's constant
ZETA2 = 1.6449340668482264  #: pi^2/6
MANY = tuple(round(0.1 + 0.001 * k, 3) for k in range(1000))

RIGHTS = (
    Case("sin(10000*x)", (1.0,), RIGHT, lambda m, x: m.sin(10000 * x[0]), _one(lambda m, x: 10000 * m.cos(10000 * x)),
         "oscillates faster than usual steps"),
    Case("1/x", (1e-6,), RIGHT, lambda m, x: 1 / x[0], _one(lambda m, x: -1 / (x * x)), "as near to its pole as a usual step"),
    Case("abs(x)", (1e-9,), RIGHT, lambda m, x: abs(x[0]), _one(lambda m, x: m.sign(x)), "a kink nearer than a usual step"),
    Case("x^2 + 1e10", (1.0,), RIGHT, lambda m, x: x[0] ** 2 + 1e10, _one(lambda m, x: 2 * x), "a large constant drowns differences"),
    Case("log(x)", (1e-8,), RIGHT, lambda m, x: m.log(x[0]), _one(lambda m, x: 1 / x), "the edge of the domain within a usual step"),
    Case("tanh(x)", (20.0,), RIGHT, lambda m, x: m.tanh(x[0]), _one(_sech2), "saturated: 1.7e-17"),
    Case("exp(x)", (700.0,), RIGHT, lambda m, x: m.exp(x[0]), _one(lambda m, x: m.exp(x)), "1e304"),
    Case("1e-150*x^2", (1e-3,), RIGHT, lambda m, x: 1e-150 * x[0] ** 2, _one(lambda m, x: 2e-150 * x), "2e-153"),
    Case("1e12*sin(x)", (1.0,), RIGHT, lambda m, x: 1e12 * m.sin(x[0]), _one(lambda m, x: 1e12 * m.cos(x)), "a large scale"),
    Case("sigmoid(x)", (40.0,), RIGHT, lambda m, x: m.sigmoid(x[0]), _one(_logistic), "saturated: 4e-18"),
    Case("sigmoid(x)", (-40.0,), RIGHT, lambda m, x: m.sigmoid(x[0]), _one(_logistic), "the lower tail"),
    Case("lgamma(x)", (1 + 1e-9,), RIGHT, lambda m, x: m.lgamma(x[0]), _one(lambda m, x: -GAMMA + ZETA2 * (x - 1)), "beside a zero of the function"),
    Case("normcdf(x)", (-30.0,), RIGHT, lambda m, x: m.normcdf(x[0]), _one(_bell), "the far tail: 1.5e-196"),
    Case("floor(x)*x", (1.5,), RIGHT, lambda m, x: m.floor(x[0]) * x[0], _one(lambda m, x: m.floor(x)), "piecewise constant factor"),
    Case("where(x > 0, sqrt(x), 0)", (-1.0,), RIGHT, lambda m, x: m.where(x[0] > 0, m.sqrt(m.where(x[0] > 0, x[0], 0 * x[0])), 0 * x[0]),
         _one(lambda m, x: 0 * x), "the branch not taken has no value"),
    Case("x^x", (1e-8,), RIGHT, lambda m, x: x[0] ** x[0], _one(lambda m, x: x**x * (m.log(x) + 1)), "an infinite slope nearby"),
    Case("x^3", (0.0,), RIGHT, lambda m, x: x[0] ** 3, _one(lambda m, x: 3 * x * x), "exactly 0"),
    Case("x^2 - 2*x + 1", (1 + 1e-8,), RIGHT, lambda m, x: x[0] ** 2 - 2 * x[0] + 1, _one(lambda m, x: 2 * x - 2), "its value cancels to nothing"),
    Case("log(1 + x) - x", (1e-9,), RIGHT, lambda m, x: m.log(1 + x[0]) - x[0], _one(lambda m, x: -x / (1 + x)), "cancels to a part in a billion"),
    Case("x^2*y^3", (1e-5, 1e5), RIGHT, lambda m, x: x[0] ** 2 * x[1] ** 3,
         lambda m, x: m.stack([2 * x[0] * x[1] ** 3, 3 * x[0] ** 2 * x[1] ** 2]), "entries of 2e10 and 3"),
    Case("sum(sin(x))", MANY, RIGHT, lambda m, x: m.sum(m.sin(x)), lambda m, x: m.cos(x), "a thousand entries"),
)

NONES = (
    Case("abs(x)", (0.0,), NONE, lambda m, x: abs(x[0]), _one(lambda m, x: 0 * x), "a kink; 0 is a convention"),
    Case("relu(x)", (0.0,), NONE, lambda m, x: m.where(x[0] > 0, x[0], 0 * x[0]), _one(lambda m, x: 0 * x), "a kink; 0 is a convention"),
    Case("max(x, y)", (1.0, 1.0), NONE, lambda m, x: m.maximum(x[0], x[1]), lambda m, x: 0 * x + 0.5, "a tie; 1/2 each is a convention"),
    Case("floor(x)", (2.0,), NONE, lambda m, x: m.floor(x[0]), _one(lambda m, x: 0 * x), "a jump"),
    Case("sqrt(x)", (0.0,), NONE, lambda m, x: m.sqrt(x[0]), _one(lambda m, x: 0.5 / m.sqrt(x)), "infinite slope at the edge"),
    Case("sqrt(x)*sqrt(x)", (0.0,), NONE, lambda m, x: m.sqrt(x[0]) * m.sqrt(x[0]), _one(lambda m, x: 0 * x + 1), "0 times infinity; from the right it is 1"),
    Case("exp(x)", (710.0,), NONE, lambda m, x: m.exp(x[0]), _one(lambda m, x: m.exp(x)), "overflows: no float64 is its derivative"),
)

WRONGS = (
    Case("sin(x)", (0.7,), WRONG, lambda m, x: m.sin(x[0]), _one(lambda m, x: 1.000001 * m.cos(x)), "off by a millionth", "x=1.000001*cos(x)"),
    Case("sin(x)", (0.7,), WRONG, lambda m, x: m.sin(x[0]), _one(lambda m, x: -m.cos(x)), "the sign", "x=-cos(x)"),
    Case("sin(1.0005*x)", (0.7,), WRONG, lambda m, x: m.sin(1.0005 * x[0]), _one(lambda m, x: m.cos(1.0005 * x)), "a forgotten chain factor of 1.0005", "x=cos(1.0005*x)"),
    Case("sum(sin(x))", MANY, WRONG, lambda m, x: m.sum(m.sin(x)), lambda m, x: m.cos(x) * m.spike(x), "one entry of 1000 off by 0.05 %", "x=cos(x)*(1 + 0.0005*(arange(1000) == 500))"),
    Case("sin(x)", (0.7,), WRONG, lambda m, x: m.sin(x[0]), _one(lambda m, x: -1.0005 * m.sin(x)), "the second derivative off by 0.05 %", "x,x=-1.0005*sin(x)", 2, _one(lambda m, x: m.cos(x))),
    Case("tanh(x)", (13.4,), WRONG, lambda m, x: m.tanh(x[0]), _one(lambda m, x: 2 * _sech2(m, x)), "twice what it is, 9e-12", "x=2*sech(x)^2"),
    Case("tanh(x)", (20.0,), WRONG, lambda m, x: m.tanh(x[0]), _one(lambda m, x: 0 * x), "0 where it is 1.7e-17", "x=0"),
    Case("normcdf(x)", (-30.0,), WRONG, lambda m, x: m.normcdf(x[0]), _one(lambda m, x: -_bell(m, x)), "the sign, of 1.5e-196", "x=-normpdf(x)"),
    Case("1e12*sin(x)", (1.0,), WRONG, lambda m, x: 1e12 * m.sin(x[0]), _one(lambda m, x: 1e12 * m.cos(x) + 1e5), "100000 too much", "x=1e12*cos(x) + 100000"),
    Case("x^2 + 1e10", (1.0,), WRONG, lambda m, x: x[0] ** 2 + 1e10, _one(lambda m, x: 2.0002 * x), "off by 0.01 %, beside a large constant", "x=2.0002*x"),
    Case("1e-8*x^2", (1.0,), WRONG, lambda m, x: 1e-8 * x[0] ** 2, _one(lambda m, x: 1e-8 * x), "half of what it is, at a small scale", "x=1e-8*x"),
)
# fmt: on

CASES = (*RIGHTS, *NONES, *WRONGS)
