"""What each row is in SymPy, where it is not the function of the same name.

A kernel takes the builder of expressions (for constants), the row's orders, the operands as expressions and the
values of operands and result at the point, by which choices are resolved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcli.targets.symbols.rows import RowExpressions

Expr = Any
Kernel = Callable[["RowExpressions", tuple[float, ...], list[Expr], list[float]], Expr]

_LARGEST_NUMBER = 4096  #: whole numbers and halves up to here are SymPy numbers, others symbols


def number(value: float) -> Expr | None:
    """A float64 as a SymPy number if it is a small multiple of 1/2, else None."""
    import sympy

    if abs(value) <= _LARGEST_NUMBER and value * 2 == math.floor(value * 2):
        return sympy.Integer(int(value)) if value == int(value) else sympy.Rational(int(2 * value), 2)
    return None


def kernel(name: str) -> Kernel:
    """The kernel a row's `sympy` column names: one of this table, or SymPy's own function."""
    if name.startswith("gradcli:"):
        return _KERNELS[name.removeprefix("gradcli:")]
    import sympy

    function = getattr(sympy, name)
    return lambda line, orders, x, known: function(*x)


def _sympy() -> Any:
    import sympy

    return sympy


def _sign(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    return _sympy().Integer(int(known[1]) if known[1] == known[1] else 0)


def _held(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    return line.constant(known[-1])


def _mod(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    quotient = (known[0] - known[2]) / known[1] if known[1] else math.nan  # floor(x/y) may round to the next number
    return x[0] - line.constant(float(round(quotient)) if math.isfinite(quotient) else math.nan) * x[1]


def _clip(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    value, low, high = known[:3]
    if low <= value <= high:
        return x[0]
    return x[2] if value > high or low > high else x[1]


def _power(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    if any(orders):
        raise NotImplementedError("power with orders is a derivative, not a primal")
    return x[0] ** x[1]


def _cbrt(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    third = _sympy().Rational(1, 3)
    return -((-x[0]) ** third) if known[0] < 0 else x[0] ** third


def _sinc(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    sympy = _sympy()
    t = sympy.Dummy()
    form = sympy.sin(sympy.pi * t) / (sympy.pi * t)
    return (sympy.diff(form, t, orders[0]) if any(orders) else form).subs(t, x[0])


def _lgamma(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    if known[0] > 0:
        return _sympy().loggamma(x[0])
    return _sympy().log(_sympy().gamma(x[0]) ** 2) / 2


def _digamma(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    return _sympy().polygamma(orders[0] if orders else 0, x[0])


def _zeta(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    raise NotImplementedError("a derivative of zeta")


def _unknown(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    raise NotImplementedError("this inverse function")


def _exact(order: float) -> Expr:
    exact = number(order)
    return _sympy().Rational(order) if exact is None else exact


def _gammainc(upper: bool) -> Kernel:
    def apply(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
        a = _exact(orders[0])
        return (_sympy().uppergamma if upper else _sympy().lowergamma)(a, x[0]) / _sympy().gamma(a)

    return apply


def _studentcdf(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
    sympy, nu, square = _sympy(), _exact(orders[0]), x[0] ** 2
    middle = sympy.betainc_regularized(sympy.Rational(1, 2), nu / 2, 0, square / (nu + square))
    return (1 + middle) / 2 if known[0] >= 0 else (1 - middle) / 2


def _of_order(name: str) -> Kernel:
    """SymPy's function of a constant order and one argument."""

    def apply(line: RowExpressions, orders: tuple[float, ...], x: list[Expr], known: list[float]) -> Expr:
        return getattr(_sympy(), name)(_exact(orders[0] if orders else 0), x[0])

    return apply


_KERNELS: dict[str, Kernel] = {
    "subtract": lambda line, orders, x, known: x[0] - x[1],
    "divide": lambda line, orders, x, known: x[0] / x[1],
    "negate": lambda line, orders, x, known: -x[0],
    "power": _power,
    "where": lambda line, orders, x, known: x[1] if known[0] != 0 else x[2],
    "maximum": lambda line, orders, x, known: x[0] if known[0] >= known[1] else x[1],
    "minimum": lambda line, orders, x, known: x[0] if known[0] <= known[1] else x[1],
    "clip": _clip,
    "abs": lambda line, orders, x, known: x[0] if known[0] >= 0 else -x[0],
    "sign": _sign,
    "floor": _held,
    "ceil": _held,
    "round": _held,
    **dict.fromkeys(
        ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "and", "or", "not"), _held
    ),
    "mod": _mod,
    "relu": lambda line, orders, x, known: x[0] if known[0] > 0 else _sympy().Integer(0),
    "cbrt": _cbrt,
    "exp2": lambda line, orders, x, known: _sympy().Integer(2) ** x[0],
    "exp10": lambda line, orders, x, known: _sympy().Integer(10) ** x[0],
    "sinpi": lambda line, orders, x, known: _sympy().sin(_sympy().pi * x[0]),
    "cospi": lambda line, orders, x, known: _sympy().cos(_sympy().pi * x[0]),
    "sinc": _sinc,
    "deg2rad": lambda line, orders, x, known: x[0] * _sympy().pi / 180,
    "rad2deg": lambda line, orders, x, known: x[0] * 180 / _sympy().pi,
    "xlogy": lambda line, orders, x, known: x[0] * _sympy().log(x[1]),
    "xlog1py": lambda line, orders, x, known: x[0] * _sympy().log(1 + x[1]),
    "rel_entr": lambda line, orders, x, known: x[0] * _sympy().log(x[0] / x[1]),
    "lgamma": _lgamma,
    "digamma": _digamma,
    "zeta": _zeta,
    "eta": _zeta,
    "invdigamma": _unknown,
    "quantile": _unknown,
    "hurwitz": _of_order("zeta"),
    "gammainc": _gammainc(False),
    "gammaincc": _gammainc(True),
    "betainc": lambda line, orders, x, known: _sympy().betainc_regularized(
        _exact(orders[0]), _exact(orders[1]), 0, x[0]
    ),
    "studentcdf": _studentcdf,
    "jinc": lambda line, orders, x, known: 2 * _sympy().besselj(1, _sympy().pi * x[0]) / (_sympy().pi * x[0]),
    "sinhc": lambda line, orders, x, known: _sympy().sinh(x[0]) / x[0],
    "exprel": lambda line, orders, x, known: (_sympy().exp(x[0]) - 1) / x[0],
    **{name: _of_order(name) for name in ("besselj", "bessely", "besseli", "besselk", "expint")},
}


def _sides(known: list[Any]) -> list[Any]:
    return [known[0] > 0, known[0] < 0]


#: What a kernel asks of the values at the point: entries that give the same answers have the same expression.
ASKS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "where": lambda known: [known[0] != 0],
    "maximum": lambda known: [known[0] >= known[1]],
    "minimum": lambda known: [known[0] <= known[1]],
    "clip": lambda known: [known[0] < known[1], known[0] > known[2], known[1] > known[2]],
    **dict.fromkeys(("abs", "relu", "cbrt", "lgamma", "studentcdf"), _sides),
    **dict.fromkeys(
        (
            *("sign", "floor", "ceil", "round", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
            *("and", "or", "not"),
        ),
        lambda known: [known[-1]],
    ),
    "mod": lambda known: [known[0], known[1], known[2]],
}
