"""What every function of the language means, as a JAX program: `jax.numpy` where it has the function, else a definition
that shares nothing with gradcli's rules (integrals by Gauss-Legendre quadrature, power series, Newton's iteration).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn
from jax.scipy import special
from jax_by_numpy import run
from random_trees import VARIABLES, Node, walk

jax.config.update("jax_enable_x64", True)
Value = Any
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)
_T, _W = (_NODES + 1) / 2, _WEIGHTS / 2  #: of the integral from 0 to 1


def _integral(f: Callable[[Value], Value], x: Value, upto: Value = 1.0) -> Value:
    """The integral of f(t) from 0 to `upto` for every entry of x (f sees t along one more, last axis)."""
    end = lax.stop_gradient(jnp.broadcast_to(upto, jnp.shape(x)))[..., None]
    return jnp.sum(f(end * _T) * _W * end, axis=-1)


def _e(x: Value) -> Value:
    return jnp.asarray(x)[..., None]


def _far(x: Value) -> Value:
    """Where exp(-x*sinh(t)) has underflown."""
    return jnp.arcsinh(60 / lax.stop_gradient(x))


def _turn(n: float) -> tuple[float, float]:
    whole = float(n).is_integer()
    return (0.0 if whole else np.sin(n * np.pi)), ((-1.0) ** n if whole else np.cos(n * np.pi))


def besselj(x: Value, n: float) -> Value:
    """DLMF 10.9.6."""
    found = _integral(lambda t: jnp.cos(n * t - _e(x) * jnp.sin(t)), x, np.pi) / np.pi
    sine, _ = _turn(n)
    tail = _integral(lambda t: jnp.exp(-_e(x) * jnp.sinh(t) - n * t), x, _far(x)) if sine else 0.0
    return found - sine / np.pi * tail


def bessely(x: Value, n: float) -> Value:
    """DLMF 10.9.7."""
    found = _integral(lambda t: jnp.sin(_e(x) * jnp.sin(t) - n * t), x, np.pi)
    _, cosine = _turn(n)
    tail = _integral(lambda t: (jnp.exp(n * t) + cosine * jnp.exp(-n * t)) * jnp.exp(-_e(x) * jnp.sinh(t)), x, _far(x))
    return (found - tail) / np.pi


def besseli(x: Value, n: float) -> Value:
    """DLMF 10.32.4."""
    found = _integral(lambda t: jnp.exp(_e(x) * jnp.cos(t)) * jnp.cos(n * t), x, np.pi) / np.pi
    sine, _ = _turn(n)
    tail = _integral(lambda t: jnp.exp(-_e(x) * jnp.cosh(t) - n * t), x, _far(x)) if sine else 0.0
    return found - sine / np.pi * tail


def besselk(x: Value, n: float) -> Value:
    """DLMF 10.32.9."""
    return _integral(lambda t: jnp.exp(-_e(x) * jnp.cosh(t)) * jnp.cosh(n * t), x, _far(x))


def expint(x: Value, n: int) -> Value:
    """The integral of exp(-x*t)/t^n from 1, with t = exp(s)."""
    upto = jnp.log1p(50 / lax.stop_gradient(x))
    return _integral(lambda s: jnp.exp(-_e(x) * jnp.exp(s) + (1 - n) * s), x, upto)


def _airy(x: Value, kind: int) -> tuple[Value, Value]:
    """DLMF 9.4.1-4: the Maclaurin series; returns the two solutions' combination and its derivative."""
    a, b = 0.3550280538878172, 0.2588194037928068
    sign, factor = ((-1.0), 1.0) if kind == 0 else (1.0, np.sqrt(3.0))
    f, g, df, dg = jnp.ones_like(x), x, jnp.zeros_like(x), jnp.ones_like(x)
    p, q = jnp.ones_like(x), x
    for k in range(1, 26):
        df, dg = df + p * x * x / (3 * k - 1), dg + q * x * x / (3 * k)
        p, q = p * x**3 / ((3 * k - 1) * (3 * k)), q * x**3 / ((3 * k) * (3 * k + 1))
        f, g = f + p, g + q
    return factor * (a * f + sign * b * g), factor * (a * df + sign * b * dg)


def zeta(x: Value) -> Value:
    """Euler-Maclaurin summation (DLMF 25.2.9)."""
    n = 12.0
    found = sum(k**-x for k in range(1, 12)) + n ** (1 - x) / (x - 1) + n**-x / 2
    term, bernoulli = x * n ** (-x - 1), (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
    factorial = 2.0
    for k, b in enumerate(bernoulli, start=1):
        found = found + b / factorial * term
        term = term * (x + 2 * k - 1) * (x + 2 * k) / n**2
        factorial *= (2 * k + 1) * (2 * k + 2)
    return found


def lambertw(x: Value) -> Value:
    """Newton's iteration; the last steps carry the derivatives."""
    w = lax.stop_gradient(jnp.where(x < 0, -1 + jnp.sqrt(2 * (1 + jnp.e * x)), jnp.log1p(jnp.abs(x))))
    for k in range(12):
        w = w - (w * jnp.exp(w) - x) / (jnp.exp(w) * (1 + w))
        w = w if k > 7 else lax.stop_gradient(w)
    return w


_GAMMA = 0.5772156649015329


def _truth(x: Value) -> Value:
    return jnp.asarray(x, dtype=jnp.float64)


def _nonzero(x: Value) -> Value:
    return jnp.asarray(x) != 0


def _size(x: Value, axis: Any = None) -> int:
    return int(np.size(np.empty(jnp.shape(x)), axis)) if isinstance(axis, int) else int(np.prod(jnp.shape(x)))


def _rest(f: Callable[..., Value]) -> Callable[..., Value]:
    """A reduction with `axis` and `keepdims` as the language spells them."""
    return lambda x, axis=None, keepdims=0: f(x, axis=axis, keepdims=bool(keepdims))


def _norm(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    return jnp.sqrt(jnp.sum(x * x, axis=axis, keepdims=keepdims))


def _index(x: Value, key: Any) -> Value:
    """Cut by slices and reversals only: indexing makes a gather of it, which NumPy lacks."""
    parts = key if isinstance(key, tuple) else (key,)
    drop = []
    for axis, part in enumerate(parts):
        n = x.shape[axis]
        if isinstance(part, int):
            x = lax.slice_in_dim(x, part % n, part % n + 1, axis=axis)
            drop.append(axis)
            continue
        start, stop, step = part.indices(n)
        if step < 0:
            x = lax.rev(x, (axis,))
            start, stop, step = n - 1 - start, n - 1 - stop, -step
        x = lax.slice_in_dim(x, start, stop, step, axis=axis)
    return lax.squeeze(x, tuple(drop))


def _cholesky(a: Value) -> Value:
    lower = jnp.tril(a)
    return jnp.linalg.cholesky(lower + jnp.tril(a, -1).T)


def _huber(y: Value, p: Value, delta: Value = 1.0) -> Value:
    d = y - p
    return jnp.mean(jnp.where(jnp.abs(d) <= delta, d * d / 2, delta * (jnp.abs(d) - delta / 2)))


def _logsubexp(x: Value, y: Value) -> Value:
    return x + jnp.log(-jnp.expm1(y - x))


def _degrees(f: Callable[[Value], Value]) -> Callable[[Value], Value]:
    return lambda x: f(x * (np.pi / 180))


_TURN = 180 / np.pi
_LN2 = np.log(2.0)

ELEMENTARY: dict[str, Callable[..., Value]] = {
    "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y, "negate": lambda x: -x, "power": lambda x, y: jnp.power(x, y), "less": lambda x, y: _truth(x < y),
    "less_equal": lambda x, y: _truth(x <= y), "greater": lambda x, y: _truth(x > y),
    "greater_equal": lambda x, y: _truth(x >= y), "equal": lambda x, y: _truth(jnp.equal(x, y)),
    "not_equal": lambda x, y: _truth(jnp.not_equal(x, y)),
    "logical_and": lambda x, y: _truth(_nonzero(x) & _nonzero(y)),
    "logical_or": lambda x, y: _truth(_nonzero(x) | _nonzero(y)), "logical_not": lambda x: _truth(~_nonzero(x)),
    "where": lambda c, a, b: jnp.where(_nonzero(c), a, b), "maximum": jnp.maximum, "minimum": jnp.minimum,
    "clip": lambda x, hi, lo: jnp.minimum(jnp.maximum(x, lo), hi), "abs": jnp.abs, "sign": jnp.sign, "floor": jnp.floor, "ceil": jnp.ceil, "round": jnp.round,
    "mod": jnp.mod, "fmod": jnp.fmod, "trunc": jnp.trunc, "copysign": lambda x, y: jnp.abs(x) * jnp.where(y < 0, -1.0, 1.0),
    "sin": jnp.sin, "cos": jnp.cos, "tan": jnp.tan, "sec": lambda x: 1 / jnp.cos(x), "csc": lambda x: 1 / jnp.sin(x),
    "cot": lambda x: 1 / jnp.tan(x), "asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan,
    "asec": lambda x: jnp.arccos(1 / x), "acsc": lambda x: jnp.arcsin(1 / x), "acot": lambda x: jnp.arctan(1 / x),
    "atan2": jnp.arctan2, "hypot": jnp.hypot, "sind": _degrees(jnp.sin), "cosd": _degrees(jnp.cos),
    "tand": _degrees(jnp.tan), "asind": lambda x: jnp.arcsin(x) * _TURN, "acosd": lambda x: jnp.arccos(x) * _TURN,
    "atand": lambda x: jnp.arctan(x) * _TURN, "secd": _degrees(lambda x: 1 / jnp.cos(x)),
    "cscd": _degrees(lambda x: 1 / jnp.sin(x)), "cotd": _degrees(lambda x: 1 / jnp.tan(x)),
    "asecd": lambda x: jnp.arccos(1 / x) * _TURN, "acscd": lambda x: jnp.arcsin(1 / x) * _TURN,
    "acotd": lambda x: jnp.arctan(1 / x) * _TURN, "sinpi": lambda x: jnp.sin(np.pi * x),
    "cospi": lambda x: jnp.cos(np.pi * x), "sinc": jnp.sinc,
    "cosc": lambda x: (jnp.cos(np.pi * x) - jnp.sinc(x)) / x, "deg2rad": jnp.deg2rad, "rad2deg": jnp.rad2deg,
    "sinh": jnp.sinh, "cosh": jnp.cosh, "tanh": jnp.tanh, "sech": lambda x: 1 / jnp.cosh(x),
    "csch": lambda x: 1 / jnp.sinh(x), "coth": lambda x: 1 / jnp.tanh(x), "asinh": jnp.arcsinh, "acosh": jnp.arccosh,
    "atanh": jnp.arctanh, "asech": lambda x: jnp.arccosh(1 / x), "acsch": lambda x: jnp.arcsinh(1 / x),
    "acoth": lambda x: jnp.arctanh(1 / x), "exp": jnp.exp, "exp2": jnp.exp2, "exp10": lambda x: 10.0**x,
    "expm1": jnp.expm1, "log": lambda x, base=None: jnp.log(x) if base is None else jnp.log(x) / jnp.log(base),
    "log2": jnp.log2, "log10": jnp.log10, "log1p": jnp.log1p, "sqrt": jnp.sqrt, "cbrt": jnp.cbrt,
    "xlogy": lambda x, y: x * jnp.log(y), "xlog1py": lambda x, y: x * jnp.log1p(y), "logaddexp": jnp.logaddexp,
    "logaddexp2": jnp.logaddexp2, "logsubexp": _logsubexp, "log1mexp": lambda x: jnp.log(-jnp.expm1(x)),
    "logexpm1": lambda x: jnp.log(jnp.expm1(x)), "logcosh": lambda x: jnp.log(jnp.cosh(x)),
    "log1psq": lambda x: jnp.log1p(x * x), "log2mexp": lambda x: jnp.log(2 - jnp.exp(x)),
    "xlogx": lambda x: x * jnp.log(x), "xexpx": lambda x: x * jnp.exp(x), "xexpy": lambda x, y: x * jnp.exp(y),
    "cloglog": lambda x: jnp.log(-jnp.log1p(-x)), "cexpexp": lambda x: 1 - jnp.exp(-jnp.exp(x)),
    "square": jnp.square, "reciprocal": jnp.reciprocal, "heaviside": lambda x, h=0.5: jnp.where(x > 0, 1.0, jnp.where(x < 0, 0.0, h)),
}  # fmt: skip

MODELS: dict[str, Callable[..., Value]] = {
    "sigmoid": nn.sigmoid, "logit": special.logit, "softplus": nn.softplus, "silu": nn.silu, "relu": nn.relu,
    "softsign": nn.soft_sign, "leaky_relu": lambda x, slope=0.01: jnp.where(x > 0, x, slope * x),
    "elu": lambda x, alpha=1.0: jnp.where(x > 0, x, alpha * jnp.expm1(x)), "selu": nn.selu,
    "celu": lambda x, alpha=1.0: jnp.where(x > 0, x, alpha * jnp.expm1(x / alpha)), "mish": nn.mish,
    "hardtanh": nn.hard_tanh, "hard_sigmoid": nn.hard_sigmoid, "relu6": nn.relu6, "log_sigmoid": nn.log_sigmoid,
    "gelu": lambda x: nn.gelu(x, approximate=False), "softmax": lambda x, axis=None: nn.softmax(x, axis=axis),
    "log_softmax": lambda x, axis=None: nn.log_softmax(x, axis=axis), "logsumexp": _rest(special.logsumexp),
    "mse": lambda y, p: jnp.mean((y - p) ** 2), "mae": lambda y, p: jnp.mean(jnp.abs(y - p)),
    "rmse": lambda y, p: jnp.sqrt(jnp.mean((y - p) ** 2)), "huber": _huber,
    "log_cosh": lambda y, p: jnp.mean(jnp.log(jnp.cosh(y - p))), "hinge": lambda y, p: jnp.mean(nn.relu(1 - y * p)),
    "squared_hinge": lambda y, p: jnp.mean(nn.relu(1 - y * p) ** 2),
    "cross_entropy": lambda y, p: -jnp.mean(jnp.sum(y * jnp.log(p), axis=-1)),
    "softmax_cross_entropy": lambda y, z: -jnp.mean(jnp.sum(y * nn.log_softmax(z, axis=-1), axis=-1)),
    "binary_cross_entropy": lambda y, p: -jnp.mean(y * jnp.log(p) + (1 - y) * jnp.log1p(-p)),
    "sigmoid_cross_entropy": lambda y, z: -jnp.mean(y * nn.log_sigmoid(z) + (1 - y) * nn.log_sigmoid(-z)),
    "kl": lambda p, q: jnp.sum(p * jnp.log(p / q)), "entropy": lambda p: -jnp.sum(p * jnp.log(p)),
}  # fmt: skip

SPECIAL: dict[str, Callable[..., Value]] = {
    "erf": special.erf, "erfc": special.erfc, "normpdf": lambda x: jnp.exp(-x * x / 2) / np.sqrt(2 * np.pi),
    "normcdf": special.ndtr, "erfcx": lambda x: jnp.exp(x * x) * special.erfc(x),
    "erfi": lambda x: 2 / np.sqrt(np.pi) * x * _integral(lambda t: jnp.exp((_e(x) * t) ** 2), x),
    "erfinv": special.erfinv, "erfcinv": lambda x: special.erfinv(1 - x), "normppf": special.ndtri,
    "dawson": lambda x: x * _integral(lambda t: jnp.exp(_e(x) ** 2 * (t * t - 1)), x),
    "fresnels": lambda x: x * _integral(lambda t: jnp.sin(np.pi / 2 * (_e(x) * t) ** 2), x),
    "fresnelc": lambda x: x * _integral(lambda t: jnp.cos(np.pi / 2 * (_e(x) * t) ** 2), x),
    "lognormcdf": special.log_ndtr, "logerfc": lambda x: jnp.log(special.erfc(x)),
    "logerfcx": lambda x: x * x + jnp.log(special.erfc(x)), "gamma": lambda x: jnp.exp(special.gammaln(x)),
    "lgamma": special.gammaln, "digamma": special.digamma, "trigamma": lambda x: special.polygamma(1, x),
    "polygamma": lambda x, n: special.polygamma(n, x) if n else special.digamma(x),
    "beta": lambda x, y: jnp.exp(special.betaln(x, y)), "lbeta": special.betaln, "zeta": zeta, "lambertw": lambertw,
    "besselj": besselj, "bessely": bessely, "besseli": besseli, "besselk": besselk,
    "besselj0": lambda x: besselj(x, 0), "besselj1": lambda x: besselj(x, 1), "bessely0": lambda x: bessely(x, 0),
    "bessely1": lambda x: bessely(x, 1), "besseli0": lambda x: besseli(x, 0), "besseli1": lambda x: besseli(x, 1),
    "besselk0": lambda x: besselk(x, 0), "besselk1": lambda x: besselk(x, 1), "airyai": lambda x: _airy(x, 0)[0],
    "airyaiprime": lambda x: _airy(x, 0)[1], "airybi": lambda x: _airy(x, 1)[0], "airybiprime": lambda x: _airy(x, 1)[1],
    "ellipk": lambda m: _integral(lambda t: 1 / jnp.sqrt(1 - _e(m) * jnp.sin(t) ** 2), m, np.pi / 2),
    "ellipe": lambda m: _integral(lambda t: jnp.sqrt(1 - _e(m) * jnp.sin(t) ** 2), m, np.pi / 2),
    "expint": lambda x, n=1: expint(x, n), "exp1": lambda x: expint(x, 1),
    "expi": lambda x: _GAMMA + jnp.log(x) + _integral(lambda t: jnp.expm1(_e(x) * t) / t, x),
    "sinint": lambda x: _integral(lambda t: jnp.sin(_e(x) * t) / t, x),
    "cosint": lambda x: _GAMMA + jnp.log(x) - _integral(lambda t: 2 * jnp.sin(_e(x) * t / 2) ** 2 / t, x),
    "sinhint": lambda x: _integral(lambda t: jnp.sinh(_e(x) * t) / t, x),
    "coshint": lambda x: _GAMMA + jnp.log(x) + _integral(lambda t: 2 * jnp.sinh(_e(x) * t / 2) ** 2 / t, x),
}  # fmt: skip

ARRAYS: dict[str, Callable[..., Value]] = {
    "sum": _rest(jnp.sum), "mean": _rest(jnp.mean), "prod": _rest(jnp.prod), "max": _rest(jnp.max), "min": _rest(jnp.min),
    "var": _rest(jnp.var), "std": _rest(jnp.std), "median": _rest(jnp.median), "norm": _rest(_norm), "norm2": _rest(_norm),
    "norm1": _rest(lambda x, **more: jnp.sum(jnp.abs(x), **more)),
    "norminf": _rest(lambda x, **more: jnp.max(jnp.abs(x), **more)),
    "any": _rest(lambda x, **more: _truth(jnp.any(_nonzero(x), **more))),
    "all": _rest(lambda x, **more: _truth(jnp.all(_nonzero(x), **more))),
    "cumsum": lambda x, axis=None: jnp.cumsum(x, axis=axis), "trace": jnp.trace,
    "reshape": lambda x, shape: jnp.reshape(x, shape), "transpose": lambda x, axes=None: jnp.transpose(x, axes),
    "concat": lambda *parts, axis=0: jnp.concatenate(parts, axis=axis),
    "stack": lambda *parts, axis=0: jnp.stack(parts, axis=axis), "diag": jnp.diag, "tril": lambda a, k=0: jnp.tril(a, k),
    "triu": lambda a, k=0: jnp.triu(a, k), "matmul": jnp.matmul, "dot": jnp.matmul, "outer": jnp.outer,
    "einsum": lambda *parts, letters: jnp.einsum(letters, *parts), "matrix_power": lambda a, n: jnp.linalg.matrix_power(a, n),
    "inv": jnp.linalg.inv, "solve": jnp.linalg.solve, "det": jnp.linalg.det,
    "adj": lambda a: jnp.linalg.det(a) * jnp.linalg.inv(a), "logdet": lambda a: jnp.linalg.slogdet(a)[1],
    "logabsdet": lambda a: jnp.linalg.slogdet(a)[1], "cholesky": _cholesky, "pinv": jnp.linalg.pinv,
    "zeros": lambda shape: jnp.zeros(shape), "ones": lambda shape: jnp.ones(shape), "eye": lambda n: jnp.eye(n),
    "linspace": lambda a, b, n: a + (b - a) * jnp.arange(n) / (n - 1), "arange": lambda n: jnp.arange(n, dtype=jnp.float64),
    "size": lambda x, axis=None: jnp.asarray(float(_size(x) if axis is None else jnp.shape(x)[axis])),
    "shape": lambda x: jnp.asarray(jnp.shape(x), dtype=jnp.float64), "stop_gradient": lax.stop_gradient,
}  # fmt: skip

MEANINGS: dict[str, Callable[..., Value]] = {
    **ELEMENTARY, **MODELS, **SPECIAL, **ARRAYS,
    "list": lambda *parts: jnp.stack([jnp.asarray(p) for p in parts]),
    "index": _index,
    "step": lambda x: x,
    "max_of": lambda *parts: functools.reduce(jnp.maximum, parts),
    "min_of": lambda *parts: functools.reduce(jnp.minimum, parts),
}  # fmt: skip

#: Where each variable lies in the one vector that JAX differentiates by (one shape, so that little is compiled).
PLACES: dict[str, tuple[int, int]] = {}
for _name, _shape in VARIABLES.items():
    _start = max((stop for _, stop in PLACES.values()), default=0)
    PLACES[_name] = (_start, _start + int(np.prod(_shape)))
LENGTH = max(stop for _, stop in PLACES.values())


def program(root: Node) -> Callable[[Value], Value]:
    """The tree as a JAX function of the flattened variables."""

    def function(flat: Value) -> Value:
        variables = {n: flat[start:stop].reshape(VARIABLES[n]) for n, (start, stop) in PLACES.items()}
        return _meaning(root, variables)

    return function


def _meaning(node: Node, names: dict[str, Value]) -> Value:
    if node.kind == "number":
        return jnp.asarray(node.value)
    if node.kind in ("variable", "parameter"):
        return names[node.form]
    operands = [_meaning(child, names) for child in node.children]
    if node.body is not None:
        return _meaning(node.body, {**names, **dict(zip(node.static["parameters"], operands, strict=True))})
    return MEANINGS[node.kind](*operands, **node.static)


def derivatives(root: Node) -> tuple[float, Any, Any]:
    """Value, gradient and Hessian by JAX over the flattened variables."""
    flat = np.zeros(LENGTH)
    function = program(root)
    for node in _variables(root):
        start, stop = PLACES[node.form]
        flat[start:stop] = np.ravel(node.value)

    def both(x: Value) -> tuple[Value, tuple[Value, Value]]:
        value, gradient = jax.value_and_grad(function)(x)
        return gradient, (value, gradient)

    trace = jax.make_jaxpr(jax.jacfwd(both, has_aux=True))
    try:
        with jax.disable_jit():  # half the time: jax.numpy's own functions are not traced apart
            traced = trace(flat)
    except jax.errors.ConcretizationTypeError:
        traced = trace(flat)
    hessian, value, gradient = run(traced, flat)
    return float(value), gradient, hessian


def places(names: Iterable[str]) -> list[int]:
    """Where the entries of these variables lie in the flattened ones."""
    return [k for name in names for k in range(*PLACES[name])]


def _variables(root: Node) -> list[Node]:
    return [node for node in walk(root) if node.kind == "variable"]
