"""Derivatives of a formula by people who never saw gradcli: Python's grammar reads it, mpmath evaluates it, and
central differences at 150 digits differentiate it, which leaves more than 60 digits right."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath as mp

Formula = Callable[[Mapping[str, Any]], Any]

DIGITS = 150
_STEP = 40  # decimal digits of the step: truncation 1e-80, rounding of a second difference 1e-70

_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sqrt": mp.sqrt,
    "exp": mp.exp,
    "ln": mp.log,
    "log": mp.log,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "arctan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
}
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: mp.power,
}


def translate(text: str) -> Formula:
    """The formula as a function of its names; literals and pi are their float64 values, as gradcli says.

    Raises:
        ValueError: for anything but arithmetic and the functions known here.
    """
    return _translated(ast.parse(text, mode="eval").body)


def _translated(node: ast.AST) -> Formula:
    match node:
        case ast.Constant(value=int() | float() as number):
            held = mp.mpf(float(number))
            return lambda at: held
        case ast.Name(id=name):
            pi = mp.mpf(float(mp.pi))
            return lambda at: at[name] if name in at or name != "pi" else pi
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _translated(operand)
            return lambda at: -inner(at)
        case ast.BinOp(left=left, op=op, right=right):
            a, b, combine = _translated(left), _translated(right), _OPERATORS[type(op)]
            return lambda at: combine(a(at), b(at))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            function, inner = _FUNCTIONS[name], _translated(argument)
            return lambda at: function(inner(at))
    raise ValueError(f"not arithmetic: {ast.unparse(node)}")


def value(formula: Formula, at: Mapping[str, float]) -> Any:
    """The formula's value; complex where a root or an arc function leaves the real line."""
    with mp.workdps(DIGITS):
        return formula({name: mp.mpf(x) for name, x in at.items()})


def derivatives(formula: Formula, names: Sequence[str], at: Mapping[str, float]) -> tuple[list[Any], list[list[Any]]]:
    """Gradient and Hessian by `names`, right to more than 60 digits for functions of moderate size."""
    with mp.workdps(DIGITS):
        point = {name: mp.mpf(x) for name, x in at.items()}
        step = {name: mp.mpf(10) ** -_STEP * (abs(point[name]) or 1) for name in names}

        def shifted(*moves: tuple[str, int]) -> Any:
            there = dict(point)
            for name, sign in moves:
                there[name] += sign * step[name]
            return formula(there)

        middle = formula(point)
        ahead = [shifted((name, 1)) for name in names]
        behind = [shifted((name, -1)) for name in names]
        gradient = [(a - b) / (2 * step[n]) for n, a, b in zip(names, ahead, behind, strict=True)]
        hessian = [[mp.mpf(0)] * len(names) for _ in names]
        for i, x in enumerate(names):
            hessian[i][i] = (ahead[i] - 2 * middle + behind[i]) / step[x] ** 2
            for j, y in enumerate(names[:i]):
                corners = [s * t * shifted((x, s), (y, t)) for s in (1, -1) for t in (1, -1)]
                hessian[i][j] = hessian[j][i] = mp.fsum(corners) / (4 * step[x] * step[y])
        return gradient, hessian
