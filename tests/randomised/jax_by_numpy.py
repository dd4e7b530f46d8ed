"""Runs a program that JAX has traced and differentiated on NumPy: JAX's rules without its compiler.

Compiling takes a second for every new expression, and all of ours are new. A primitive that has no row here is run by
JAX itself.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
import scipy.special
from jax.extend.core import ClosedJaxpr, Literal

Array = Any


def _dot_general(x: Array, y: Array, *, dimension_numbers: Any, **_: Any) -> Array:
    (cx, cy), (bx, by) = dimension_numbers
    left: list[int] = list(range(x.ndim))
    right: list[int] = list(range(x.ndim, x.ndim + y.ndim))
    for a, b in (*zip(cx, cy, strict=True), *zip(bx, by, strict=True)):
        right[b] = left[a]
    kept = [left[a] for a in bx]
    kept += [k for a, k in enumerate(left) if a not in (*cx, *bx)] + [
        k for b, k in enumerate(right) if b not in (*cy, *by)
    ]
    return np.einsum(x, left, y, right, kept)


def _broadcast_in_dim(x: Array, *_dynamic: Any, shape: Any, broadcast_dimensions: Any, **_: Any) -> Array:
    spread = [1] * len(shape)
    for size, axis in zip(np.shape(x), broadcast_dimensions, strict=True):
        spread[axis] = size
    return np.broadcast_to(np.reshape(x, spread), shape)


def _reshape(x: Array, *_dynamic: Any, new_sizes: Any, dimensions: Any = None, **_: Any) -> Array:
    return np.reshape(x if dimensions is None else np.transpose(x, dimensions), new_sizes)


def _pad(x: Array, value: Array, *, padding_config: Any) -> Array:
    shape = [
        max(low, 0) + max(high, 0) + n + max(n - 1, 0) * inner
        for n, (low, high, inner) in zip(x.shape, padding_config, strict=True)
    ]
    out = np.full(shape, value, dtype=x.dtype)
    out[tuple(slice(max(low, 0), max(low, 0) + (n - 1) * (inner + 1) + 1 if n else max(low, 0), inner + 1)
              for n, (low, _, inner) in zip(x.shape, padding_config, strict=True))] = x  # fmt: skip
    return out[
        tuple(slice(max(-low, 0), n + min(high, 0)) for n, (low, high, _) in zip(shape, padding_config, strict=True))
    ]


def _slice(x: Array, *, start_indices: Any, limit_indices: Any, strides: Any) -> Array:
    steps = strides or [1] * x.ndim
    return x[tuple(slice(a, b, s) for a, b, s in zip(start_indices, limit_indices, steps, strict=True))]


def _select_n(which: Array, *cases: Array) -> Array:
    return np.where(which, cases[1], cases[0]) if len(cases) == 2 else np.choose(which, cases)


def _reduction(f: Callable[..., Array]) -> Callable[..., Array]:
    return lambda x, *, axes, **_: f(x, axis=tuple(axes))


def _argument(f: Callable[..., Array]) -> Callable[..., Array]:
    return lambda x, *, axes, index_dtype, **_: f(x, axis=axes[0]).astype(index_dtype)


def _running(f: Callable[..., Array]) -> Callable[..., Array]:
    def run(x: Array, *, axis: int, reverse: bool) -> Array:
        return np.flip(f(np.flip(x, axis), axis=axis), axis) if reverse else f(x, axis=axis)

    return run


def _plain(f: Callable[..., Array]) -> Callable[..., Array]:
    return lambda *operands, **_: f(*operands)


def _iota(*_dynamic: Any, dtype: Any, shape: Any, dimension: int, **_: Any) -> Array:
    axis = [1] * len(shape)
    axis[dimension] = -1
    return np.broadcast_to(np.arange(shape[dimension], dtype=dtype).reshape(axis), shape)


def _split(x: Array, *, sizes: Any, axis: int) -> list[Array]:
    return np.split(x, np.cumsum(sizes)[:-1], axis=axis)


def _sort(*operands: Array, dimension: int, num_keys: int, **_: Any) -> list[Array]:
    if num_keys != 1:
        raise NotImplementedError
    order = np.argsort(operands[0], axis=dimension, kind="stable")
    return [np.take_along_axis(x, order, dimension) for x in operands]


PRIMITIVES: dict[str, Callable[..., Any]] = {
    **{name: _plain(f) for name, f in {
        "add": np.add, "add_any": np.add, "sub": np.subtract, "mul": np.multiply, "neg": np.negative, "sin": np.sin,
        "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2,
        "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
        "exp": np.exp, "exp2": np.exp2, "log": np.log, "expm1": np.expm1, "log1p": np.log1p, "sqrt": np.sqrt,
        "cbrt": np.cbrt, "pow": np.power, "max": np.maximum, "min": np.minimum, "abs": np.abs, "sign": np.sign,
        "floor": np.floor, "ceil": np.ceil, "square": np.square, "lt": np.less, "le": np.less_equal, "gt": np.greater,
        "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal, "and": operator.and_, "or": operator.or_,
        "not": np.invert, "xor": operator.xor, "is_finite": np.isfinite, "rem": np.fmod, "erf": scipy.special.erf,
        "erfc": scipy.special.erfc, "erf_inv": scipy.special.erfinv, "lgamma": scipy.special.gammaln,
        "digamma": scipy.special.digamma, "logistic": scipy.special.expit, "polygamma": scipy.special.polygamma,
        "zeta": scipy.special.zeta, "igamma": scipy.special.gammainc,
        "igammac": scipy.special.gammaincc, "regularized_incomplete_beta": scipy.special.betainc, "rsqrt": lambda x: 1 / np.sqrt(x), "stop_gradient": lambda x: x, "copy": lambda x: x,
        "copy_p": lambda x: x, "real": np.real, "nextafter": np.nextafter, "select_n": _select_n,
    }.items()},
    "div": lambda x, y, **_: np.floor_divide(x, y) if np.issubdtype(np.asarray(x).dtype, np.integer) else np.divide(x, y),
    "integer_pow": lambda x, *, y, **_: np.power(x, float(y)) if y < 0 else np.power(x, y),
    "clamp": lambda low, x, high: np.clip(x, low, high), "round": lambda x, **_: np.rint(x),
    "convert_element_type": lambda x, *, new_dtype, **_: np.asarray(x).astype(new_dtype),
    "broadcast_in_dim": _broadcast_in_dim, "reshape": _reshape,
    "transpose": lambda x, *, permutation: np.transpose(x, permutation),
    "squeeze": lambda x, *, dimensions: np.squeeze(x, tuple(dimensions)),
    "expand_dims": lambda x, *, dimensions: np.expand_dims(x, tuple(dimensions)),
    "concatenate": lambda *parts, dimension, **_: np.concatenate(parts, axis=dimension),
    "reduce_sum": _reduction(np.sum), "reduce_max": _reduction(np.max), "reduce_min": _reduction(np.min),
    "reduce_prod": _reduction(np.prod), "reduce_and": _reduction(np.all), "reduce_or": _reduction(np.any),
    "argmax": _argument(np.argmax), "argmin": _argument(np.argmin), "cumsum": _running(np.cumsum),
    "cumprod": _running(np.cumprod), "rev": lambda x, *, dimensions: np.flip(x, tuple(dimensions)),
    "dot_general": _dot_general, "slice": _slice, "pad": _pad, "iota": _iota, "sort": _sort, "split": _split,
    "stack": lambda *parts, axis=0, **_: np.stack(parts, axis=axis),
    "unstack": lambda x, *, axis=0, **_: [np.squeeze(part, axis) for part in np.split(x, x.shape[axis], axis=axis)],
}  # fmt: skip


def run(program: ClosedJaxpr, *arguments: Array) -> list[Array]:
    """The results of a traced program."""
    with np.errstate(all="ignore"):
        return interpret(program.jaxpr, program.consts, arguments, PRIMITIVES, np.asarray)


def interpret(
    jaxpr: Any, constants: Any, arguments: Any, rows: Mapping[str, Callable[..., Any]], lift: Callable[[Any], Array]
) -> list[Array]:
    """The results of a traced program by these rows, on numbers as `lift` makes them."""
    known: dict[Any, Array] = dict(zip(jaxpr.constvars, map(lift, constants), strict=True))
    known.update(zip(jaxpr.invars, arguments, strict=True))

    def read(atom: Any) -> Array:
        return lift(atom.val) if isinstance(atom, Literal) else known[atom]

    for equation in jaxpr.eqns:
        operands = [read(atom) for atom in equation.invars]
        known.update(zip(equation.outvars, _outputs(equation, operands, rows, lift), strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _outputs(
    equation: Any, operands: list[Array], rows: Mapping[str, Callable[..., Any]], lift: Callable[[Any], Array]
) -> list[Array]:
    primitive, parameters = equation.primitive, equation.params
    if primitive.name in rows:
        try:
            found = rows[primitive.name](*operands, **parameters)
            return found if isinstance(found, list) else [found]
        except NotImplementedError:
            if rows is not PRIMITIVES:
                raise
    for key in ("jaxpr", "call_jaxpr"):
        inner = parameters.get(key)
        if inner is not None and primitive.name in (
            "jit",
            "pjit",
            "custom_jvp_call",
            "closed_call",
            "custom_vjp_call",
            "remat",
            "checkpoint",
        ):
            closed = isinstance(inner, ClosedJaxpr)
            return interpret(inner.jaxpr if closed else inner, inner.consts if closed else (), operands, rows, lift)
    if rows is not PRIMITIVES:
        raise NotImplementedError(primitive.name)
    COMPILED[primitive.name] = COMPILED.get(primitive.name, 0) + 1
    with jax.enable_x64(True):
        found = primitive.bind(*operands, **parameters)
    return [np.asarray(x) for x in (found if primitive.multiple_results else [found])]


COMPILED: dict[str, int] = {}  #: how often JAX ran a primitive itself
