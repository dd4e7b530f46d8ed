"""Runs a program that JAX has traced and differentiated at 50 digits (or more): JAX's rules without its rounding.

It tells whether a number of JAX's that differs has lost its digits or is another function's.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np
from jax.extend.core import ClosedJaxpr
from jax_by_numpy import PRIMITIVES, interpret

Array = Any
DIGITS = 50
_LARGEST, _SMALLEST = mpmath.mpf(np.finfo(float).max), mpmath.mpf(np.finfo(float).tiny)


def _entrywise(f: Callable[..., Any], count: int) -> Callable[..., Array]:
    def of_numbers(*numbers: Any) -> Any:
        try:
            found = f(*numbers)
        except (ZeroDivisionError, ValueError, OverflowError):
            return mpmath.nan
        return mpmath.nan if isinstance(found, mpmath.mpc) else found

    entries = np.frompyfunc(of_numbers, count, 1)
    return lambda *operands, **_: np.asarray(entries(*map(lifted, operands)), dtype=object)


def lifted(x: Array) -> Array:
    """Floats as numbers of 50 digits; whole numbers and truths as they are."""
    array = np.asarray(x)
    if array.dtype.kind == "f":
        return np.asarray(np.frompyfunc(mpmath.mpf, 1, 1)(array), dtype=object)
    return array


def _divide(x: Any, y: Any) -> Any:
    if y == 0 and not mpmath.isnan(x) and x != 0:
        return mpmath.sign(x) * mpmath.inf
    return x / y


def _converted(x: Array, *, new_dtype: Any, **_: Any) -> Array:
    if np.dtype(new_dtype).kind == "f":
        return np.asarray(np.frompyfunc(mpmath.mpf, 1, 1)(np.asarray(x).astype(object)), dtype=object)
    return np.asarray(x).astype(new_dtype)


def _lgamma(x: Any) -> Any:
    return mpmath.inf if x <= 0 and x == int(x) else mpmath.log(abs(mpmath.gamma(x)))


def _log(x: Any) -> Any:
    return -mpmath.inf if x == 0 else mpmath.log(x)


def _polygamma(n: Any, x: Any) -> Any:
    return mpmath.psi(int(n), x)


def _incomplete_beta(a: Any, b: Any, x: Any) -> Any:
    return mpmath.betainc(a, b, 0, x, regularized=True)


def _pow(x: Any, y: Any) -> Any:
    if x == 0 and y < 0:
        return mpmath.inf
    return mpmath.power(x, y)


_m = mpmath
ENTRYWISE: dict[str, tuple[Callable[..., Any], int]] = {
    "add": (operator.add, 2), "add_any": (operator.add, 2), "sub": (operator.sub, 2), "mul": (operator.mul, 2), "neg": (operator.neg, 1),
    "div": (_divide, 2), "sin": (_m.sin, 1), "cos": (_m.cos, 1), "tan": (_m.tan, 1), "asin": (_m.asin, 1), "acos": (_m.acos, 1),
    "atan": (_m.atan, 1), "atan2": (_m.atan2, 2), "sinh": (_m.sinh, 1), "cosh": (_m.cosh, 1), "tanh": (_m.tanh, 1),
    "asinh": (_m.asinh, 1), "acosh": (_m.acosh, 1), "atanh": (_m.atanh, 1), "exp": (_m.exp, 1), "exp2": (lambda x: _m.mpf(2) ** x, 1),
    "log": (_log, 1), "expm1": (_m.expm1, 1), "log1p": (lambda x: _log(1 + x), 1), "sqrt": (_m.sqrt, 1),
    "rsqrt": (lambda x: 1 / _m.sqrt(x), 1), "cbrt": (lambda x: _m.sign(x) * _m.cbrt(abs(x)), 1), "pow": (_pow, 2), "abs": (abs, 1),
    "sign": (_m.sign, 1), "floor": (_m.floor, 1), "ceil": (_m.ceil, 1), "square": (lambda x: x * x, 1), "round": (_m.nint, 1),
    "rem": (lambda x, y: x - y * (_m.floor(x / y) if x / y >= 0 else _m.ceil(x / y)), 2), "erf": (_m.erf, 1), "erfc": (_m.erfc, 1),
    "erf_inv": (_m.erfinv, 1), "lgamma": (_lgamma, 1), "digamma": (_m.digamma, 1), "polygamma": (_polygamma, 2),
    "logistic": (lambda x: 1 / (1 + _m.exp(-x)), 1), "zeta": (_m.zeta, 2), "stop_gradient": (lambda x: x, 1),
    "igamma": (lambda a, x: _m.gammainc(a, 0, x, regularized=True), 2), "igammac": (lambda a, x: _m.gammainc(a, x, regularized=True), 2),
    "regularized_incomplete_beta": (_incomplete_beta, 3), "is_finite": (lambda x: bool(_m.isfinite(x)), 1),
}  # fmt: skip

_OF_ARRAYS = (
    "broadcast_in_dim", "reshape", "transpose", "squeeze", "expand_dims", "concatenate", "reduce_sum", "reduce_max", "reduce_min",
    "reduce_prod", "reduce_and", "reduce_or", "argmax", "argmin", "cumsum", "cumprod", "rev", "dot_general", "slice", "pad", "iota", "sort",
    "split", "stack", "unstack", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "xor", "max", "min", "select_n", "clamp", "copy",
    "copy_p", "real",
)  # fmt: skip


def _whole(name: str, exact: Callable[..., Array]) -> Callable[..., Array]:
    """Whole numbers and truths keep NumPy's meaning."""
    return lambda *operands, **more: (
        PRIMITIVES[name](*operands, **more)
        if all(np.asarray(x).dtype.kind in "iub" for x in operands) and name != "is_finite"
        else exact(*operands)
    )


def _truths(f: Callable[..., Array]) -> Callable[..., Array]:
    def run(*operands: Array, **more: Any) -> Array:
        found = f(*operands, **more)
        return found if isinstance(found, list) else np.asarray(found)

    return run


AT_DIGITS: dict[str, Callable[..., Any]] = {
    **{name: _whole(name, _entrywise(f, count)) for name, (f, count) in ENTRYWISE.items()},
    **{name: _truths(PRIMITIVES[name]) for name in _OF_ARRAYS},
    "integer_pow": lambda x, *, y, **_: _entrywise(lambda v: _pow(v, y), 1)(x),
    "convert_element_type": _converted,
    "is_finite": lambda x, **_: np.frompyfunc(lambda v: bool(mpmath.isfinite(v)), 1, 1)(lifted(x)).astype(bool),
}


def run_at_digits(program: ClosedJaxpr, *arguments: Array, digits: int = DIGITS) -> list[Array]:
    """The results of a traced program, computed with so many digits and rounded to float64 at the end.

    Raises:
        NotImplementedError: if a primitive has no row here, as a factorisation of matrices has none.
    """
    return _run(program, arguments, AT_DIGITS, digits)


def beyond_floats(program: ClosedJaxpr, *arguments: Array) -> bool:
    """Whether a number on the way to the results is too large or too small for float64 (errors as above)."""
    extremes: list[Any] = []

    def watched(f: Callable[..., Any]) -> Callable[..., Any]:
        def run(*operands: Array, **more: Any) -> Any:
            found = f(*operands, **more)
            for part in found if isinstance(found, list) else [found]:
                if part.dtype == object:
                    extremes.extend(size for x in part.flat if (size := abs(x)) > _LARGEST or 0 < size < _SMALLEST)
            return found

        return run

    _run(program, arguments, {name: watched(f) for name, f in AT_DIGITS.items()}, DIGITS)
    return bool(extremes)


def _run(
    program: ClosedJaxpr, arguments: tuple[Array, ...], rows: Mapping[str, Callable[..., Any]], digits: int
) -> list[Array]:
    with mpmath.workdps(digits), np.errstate(all="ignore"):
        found = interpret(program.jaxpr, program.consts, [lifted(x) for x in arguments], rows, lifted)
        return [np.asarray(x, dtype=object).astype(np.float64) for x in found]
