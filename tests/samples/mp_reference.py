"""The oracle of the samples: central differences of the plain function at 150 digits, good to about 50.

It shares nothing with gradcli: expressions are read by Python's own `ast`, evaluated by mpmath,
and no derivative rule is used at all.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
from mpmath import mpf

STEP = mpf(10) ** -30
_NAMES = "sin cos tan asin acos atan sinh cosh tanh coth asinh atanh exp expm1 log log10 sqrt"
FUNCTIONS: dict[str, Callable[..., Any]] = {name: getattr(mpmath, name) for name in re.findall(r"\w+", _NAMES)}
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}

Vector = Sequence[Any]


def expression(text: str, names: Sequence[str], constants: Mapping[str, float]) -> Callable[[Vector], Any]:
    """The scalar function of `names` that `text` stands for; numbers are their float64 values."""
    legal = re.sub(r"\blambda\b", "lambda_", text.replace("^", "**"))
    tree = ast.parse(legal, mode="eval").body
    fixed = {"pi": mpmath.pi, "e": mpmath.e} | {name: mpf(value) for name, value in constants.items()}

    def value(node: ast.expr, known: Mapping[str, Any]) -> Any:
        match node:
            case ast.Constant(value=int() | float() as number):
                return mpf(number)
            case ast.Name(id=name):
                return known[name.removesuffix("_") if name == "lambda_" else name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value(operand, known)
            case ast.BinOp(left=left, op=operator, right=right):
                return _OPERATORS[type(operator)](value(left, known), value(right, known))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return FUNCTIONS[name](*(value(a, known) for a in arguments))
        raise AssertionError(f"the oracle does not know {ast.dump(node)}")

    return lambda x: value(tree, fixed | dict(zip(names, x, strict=True)))


def flat(value: Any) -> list[float]:
    """The numbers of a nested list, in row-major order."""
    return [n for item in value for n in flat(item)] if isinstance(value, list) else [float(value)]


def gradient(f: Callable[[Vector], Any], x: Sequence[float]) -> list[Any]:
    """First derivatives of `f` by every entry of `x`, to about 50 digits."""
    with mpmath.workdps(150):
        at = [mpf(v) for v in x]
        return [(f(up) - f(down)) / (2 * h) for h, up, down in (_moved(at, i) for i in range(len(at)))]


def hessian(f: Callable[[Vector], Any], x: Sequence[float]) -> list[list[Any]]:
    """Second derivatives of `f` by every pair of entries of `x`, to about 50 digits."""
    with mpmath.workdps(150):
        at = [mpf(v) for v in x]
        rows: list[list[Any]] = [[mpf(0)] * len(at) for _ in at]
        for i in range(len(at)):
            h, up, down = _moved(at, i)
            rows[i][i] = (f(up) - 2 * f(at) + f(down)) / h**2
            for j in range(i):
                k, uu, ud = _moved(up, j)
                _, du, dd = _moved(down, j)
                rows[i][j] = rows[j][i] = (f(uu) - f(ud) - f(du) + f(dd)) / (4 * h * k)
        return rows


def _moved(at: list[Any], i: int) -> tuple[Any, list[Any], list[Any]]:
    """A step in the size of entry `i`, and the points one step up and down."""
    h = STEP * (abs(at[i]) or 1)
    return h, [*at[:i], at[i] + h, *at[i + 1 :]], [*at[:i], at[i] - h, *at[i + 1 :]]


def assert_close(got: float, want: Any, unit: Any, what: str, rtol: float = 1e-11) -> None:
    """`got` is `want` within `rtol`.

    Where the oracle finds less than 1e-40 units (f / x, or f / x^2) the derivative is 0; a float64
    program may leave the rounding of terms of that size there.
    """
    allowed = rtol * abs(want) if abs(want) > 1e-40 * abs(unit) else 1e-15 * abs(unit)
    assert abs(mpf(got) - want) <= allowed, f"{what}: {got!r}, not {mpmath.nstr(want, 17)}"


def assert_record(record: Mapping[str, Any], f: Callable[[Vector], Any], value_atol: float = 0.0) -> None:
    """Value and gradient or Hessian of a record are those of `f` at the record's own point.

    `value_atol` is for a function (not its derivatives) that cancels at the point: a sum of squares near its root.
    """
    x = [n for value in record["at"].values() for n in flat(value)]
    name = f"{record['source']} {record['task']}"
    with mpmath.workdps(50):
        value = f([mpf(v) for v in x])
        if abs(mpf(record["value"]) - value) > value_atol:
            assert_close(record["value"], value, 0, f"{name} value")
        size = [abs(v) or 1 for v in x]
        if record["task"] == "grad":
            got = [n for entries in record["gradient"].values() for n in flat(entries)]
            for i, want in enumerate(gradient(f, x)):
                assert_close(got[i], want, value / size[i], f"{name}[{i}]")
            return
        matrix = record["hessian"]["matrix"]
        for i, row in enumerate(hessian(f, x)):
            for j, want in enumerate(row):
                label = ",".join(record["hessian"]["labels"][k] for k in (i, j))
                assert_close(matrix[i][j], want, value / size[i] / size[j], f"{name}[{label}]")
