"""What every function of the language means, as a JAX program: `jax.numpy` where it has the function, else a definition
that shares nothing with gradcli's rules. At a kink it has the stated convention.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn
from jax.scipy import special
from jax_by_mpmath import beyond_floats, run_at_digits
from jax_by_numpy import run
from jax_special import SPECIAL, exprel
from random_trees import VARIABLES, Node, walk

jax.config.update("jax_enable_x64", True)
Value = Any


def _truth(x: Value) -> Value:
    return jnp.asarray(x, dtype=jnp.float64)


def _nonzero(x: Value) -> Value:
    return jnp.asarray(x) != 0


def _size(x: Value, axis: Any = None) -> int:
    return int(np.size(np.empty(jnp.shape(x)), axis)) if isinstance(axis, int) else int(np.prod(jnp.shape(x)))


def _rest(f: Callable[..., Value]) -> Callable[..., Value]:
    """A reduction with `axis` and `keepdims` as the language spells them."""
    return lambda x, axis=None, keepdims=0: f(x, axis=axis, keepdims=bool(keepdims))


def _abs(x: Value) -> Value:
    """With derivative 0 at the kink; JAX alone has 1."""
    return x * jnp.sign(lax.stop_gradient(x))


def _norm(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    """With derivative 0 at the tip of the cone; JAX alone has NaN."""
    squares = jnp.sum(x * x, axis=axis, keepdims=keepdims)
    return jnp.where(squares == 0, 0.0, jnp.sqrt(jnp.where(squares == 0, 1.0, squares)))


def _std(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    count = _size(x) / _size(jnp.sum(x, axis=axis))
    return _norm(x - jnp.mean(x, axis=axis, keepdims=True), axis, keepdims) / np.sqrt(count)


def _median(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    """The middle ones in order, each the mean of all that tie with it; JAX's sorting picks one."""
    kept = np.shape(np.sum(np.empty(jnp.shape(x)), axis=axis, keepdims=keepdims))
    axes = (
        tuple(range(x.ndim))
        if axis is None
        else tuple(a % x.ndim for a in ((axis,) if isinstance(axis, int) else axis))
    )
    last = jnp.moveaxis(x, axes, range(-len(axes), 0)).reshape(
        (*(n for k, n in enumerate(x.shape) if k not in axes), -1)
    )
    n = last.shape[-1]
    found = 0.0
    for rank in {(n - 1) // 2, n // 2}:
        tied = last == jnp.sort(lax.stop_gradient(last), axis=-1)[..., rank : rank + 1]
        found = found + jnp.sum(jnp.where(tied, last, 0.0), axis=-1) / jnp.sum(tied, axis=-1)
    return (found / (2 - n % 2)).reshape(kept)


def _clip(x: Value, hi: Value, lo: Value) -> Value:
    """At an edge the branch of x itself; `jnp.clip` shares there."""
    return jnp.where(lo > hi, hi, jnp.where(x < lo, lo, jnp.where(x > hi, hi, x)))


def _extreme(f: Callable[..., Value]) -> Callable[..., Value]:
    """Of several values; all that tie share."""
    return lambda *parts: f(jnp.stack(jnp.broadcast_arrays(*parts)), axis=0)


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


def _sinpi(x: Value) -> Value:
    """Exact at whole numbers, where a kink may lie."""
    n = jnp.round(x)
    return jnp.where(n % 2 == 0, 1.0, -1.0) * jnp.sin(np.pi * (x - n))


def _sinc(x: Value) -> Value:
    near = jnp.abs(x) < 0.4
    return jnp.where(near, jnp.sinc(jnp.where(near, x, 0.0)), _sinpi(x) / (np.pi * jnp.where(near, 1.0, x)))


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
    "clip": _clip, "abs": _abs, "sign": jnp.sign, "floor": jnp.floor, "ceil": jnp.ceil, "round": jnp.round,
    "mod": jnp.mod, "fmod": jnp.fmod, "trunc": jnp.trunc, "copysign": lambda x, y: _abs(x) * jnp.where(jnp.signbit(y), -1.0, 1.0),
    "sin": jnp.sin, "cos": jnp.cos, "tan": jnp.tan, "sec": lambda x: 1 / jnp.cos(x), "csc": lambda x: 1 / jnp.sin(x),
    "cot": lambda x: 1 / jnp.tan(x), "asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan,
    "asec": lambda x: jnp.arccos(1 / x), "acsc": lambda x: jnp.arcsin(1 / x), "acot": lambda x: jnp.arctan(1 / x),
    "atan2": jnp.arctan2, "hypot": lambda x, y: _norm(jnp.stack(jnp.broadcast_arrays(x, y)), axis=0), "sind": _degrees(jnp.sin), "cosd": _degrees(jnp.cos),
    "tand": _degrees(jnp.tan), "asind": lambda x: jnp.arcsin(x) * _TURN, "acosd": lambda x: jnp.arccos(x) * _TURN,
    "atand": lambda x: jnp.arctan(x) * _TURN, "secd": _degrees(lambda x: 1 / jnp.cos(x)),
    "cscd": _degrees(lambda x: 1 / jnp.sin(x)), "cotd": _degrees(lambda x: 1 / jnp.tan(x)),
    "asecd": lambda x: jnp.arccos(1 / x) * _TURN, "acscd": lambda x: jnp.arcsin(1 / x) * _TURN,
    "acotd": lambda x: jnp.arctan(1 / x) * _TURN, "sinpi": _sinpi,
    "cospi": lambda x: _sinpi(x + 0.5), "sinc": _sinc,
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
    "cosm1": lambda x: -2 * jnp.sin(x / 2) ** 2, "exprel": exprel, "ldexp": lambda x, n: x * jnp.exp2(n),
    "muladd": lambda x, y, z: x * y + z, "mod2pi": lambda x: jnp.mod(x, 2 * np.pi), "flipsign": lambda x, y: jnp.where(y < 0, -x, x),
    "floor_divide": lambda x, y: jnp.floor(x / y), "boxcox": lambda x, lam: jnp.log(x) * exprel(lam * jnp.log(x)),
    "boxcox1p": lambda x, lam: jnp.log1p(x) * exprel(lam * jnp.log1p(x)), "logabssinh": lambda x: jnp.log(_abs(jnp.sinh(x))),
    "logitexp": lambda x: x - jnp.log(-jnp.expm1(x)), "logit1mexp": lambda x: jnp.log(-jnp.expm1(x)) - x,
    "tanpi": lambda x: jnp.tan(np.pi * (x - jnp.round(x))), "log1pmx": lambda x: jnp.log1p(x) - x, "logmxp1": lambda x: jnp.log(x) - x + 1,
    "square": jnp.square, "reciprocal": jnp.reciprocal, "heaviside": lambda x, h=0.5: jnp.where(x > 0, 1.0, jnp.where(x < 0, 0.0, h)),
}  # fmt: skip

MODELS: dict[str, Callable[..., Value]] = {
    "sigmoid": nn.sigmoid, "logit": special.logit, "softplus": nn.softplus, "silu": nn.silu, "relu": nn.relu,
    "softsign": lambda x: x / (1 + _abs(x)), "leaky_relu": lambda x, slope=0.01: jnp.where(x > 0, x, slope * x),
    "elu": lambda x, alpha=1.0: jnp.where(x > 0, x, alpha * jnp.expm1(x)), "selu": nn.selu,
    "celu": lambda x, alpha=1.0: jnp.where(x > 0, x, alpha * jnp.expm1(x / alpha)), "mish": nn.mish,
    "hardtanh": nn.hard_tanh, "hard_sigmoid": lambda x: _clip(x / 6 + 0.5, 1.0, 0.0), "relu6": lambda x: _clip(x, 6.0, 0.0), "log_sigmoid": nn.log_sigmoid,
    "gelu": lambda x: nn.gelu(x, approximate=False), "softmax": lambda x, axis=None: nn.softmax(x, axis=axis),
    "log_softmax": lambda x, axis=None: nn.log_softmax(x, axis=axis), "logsumexp": _rest(special.logsumexp),
    "mse": lambda y, p: jnp.mean((y - p) ** 2), "mae": lambda y, p: jnp.mean(_abs(y - p)),
    "rmse": lambda y, p: _norm(y - p) / np.sqrt(_size(y - p)), "huber": _huber,
    "log_cosh": lambda y, p: jnp.mean(jnp.log(jnp.cosh(y - p))), "hinge": lambda y, p: jnp.mean(nn.relu(1 - y * p)),
    "squared_hinge": lambda y, p: jnp.mean(nn.relu(1 - y * p) ** 2),
    "cross_entropy": lambda y, p: -jnp.mean(jnp.sum(y * jnp.log(p), axis=-1)),
    "softmax_cross_entropy": lambda y, z: -jnp.mean(jnp.sum(y * nn.log_softmax(z, axis=-1), axis=-1)),
    "binary_cross_entropy": lambda y, p: -jnp.mean(y * jnp.log(p) + (1 - y) * jnp.log1p(-p)),
    "sigmoid_cross_entropy": lambda y, z: -jnp.mean(y * nn.log_sigmoid(z) + (1 - y) * nn.log_sigmoid(-z)),
    "entr": lambda x: -special.xlogy(x, x), "rel_entr": lambda x, y: special.xlogy(x, x / y),
    "kl_div": lambda x, y: special.xlogy(x, x / y) - x + y,
    "log1mlogistic": lambda x: -nn.softplus(x),
    "kl": lambda p, q: jnp.sum(p * jnp.log(p / q)), "entropy": lambda p: -jnp.sum(p * jnp.log(p)),
}  # fmt: skip

ARRAYS: dict[str, Callable[..., Value]] = {
    "sum": _rest(jnp.sum), "mean": _rest(jnp.mean), "prod": _rest(jnp.prod), "max": _rest(jnp.max), "min": _rest(jnp.min),
    "var": _rest(jnp.var), "std": _rest(_std), "median": _rest(_median), "norm": _rest(_norm), "norm2": _rest(_norm),
    "norm1": _rest(lambda x, **more: jnp.sum(_abs(x), **more)),
    "norminf": _rest(lambda x, **more: jnp.max(_abs(x), **more)),
    "any": _rest(lambda x, **more: _truth(jnp.any(_nonzero(x), **more))),
    "all": _rest(lambda x, **more: _truth(jnp.all(_nonzero(x), **more))),
    "ptp": _rest(lambda x, **more: jnp.max(x, **more) - jnp.min(x, **more)), "trapezoid": jnp.trapezoid, "cross": jnp.cross,
    "kron": jnp.kron, "flatten": jnp.ravel, "vec": lambda a: jnp.ravel(a.T),
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
    "max_of": _extreme(jnp.max),
    "min_of": _extreme(jnp.min),
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


class Derivatives(NamedTuple):
    """Value, gradient and Hessian over the flattened variables, and the same at as many digits as are asked for."""

    value: float
    gradient: Any
    hessian: Any
    exactly: Callable[[int], Derivatives]
    beyond_floats: Callable[[], bool]


def derivatives(root: Node) -> Derivatives:
    """By JAX, in float64."""
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

    def ran(run: Callable[..., list[Any]]) -> Derivatives:
        hessian, value, gradient = run(traced, flat)
        exactly, beyond = (
            lambda digits: ran(functools.partial(run_at_digits, digits=digits)),
            lambda: beyond_floats(traced, flat),
        )
        return Derivatives(float(value), gradient, hessian, functools.cache(exactly), functools.cache(beyond))

    return ran(run)


def places(names: Iterable[str]) -> list[int]:
    """Where the entries of these variables lie in the flattened ones."""
    return [k for name in names for k in range(*PLACES[name])]


def _variables(root: Node) -> list[Node]:
    return [node for node in walk(root) if node.kind == "variable"]
