"""Gradients, Hessians and Jacobians of array models against central differences at 60 digits in mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from tapes import Program

from gradcli.autodiff.derivatives import gradient
from gradcli.targets.arrays import evaluate

DIGITS = 60
GENERATOR = np.random.default_rng(11)
ARRAYS = {
    "A": GENERATOR.standard_normal((2, 3)),
    "B": GENERATOR.standard_normal((3, 2)),
    "S": GENERATOR.standard_normal((3, 3)),
    "v": np.array([0.5, -1.25, 2.0]),
    "w": np.array([1.5, 0.25, -0.75]),
    "p": np.array([0.3, 1.1, 2.4, 0.9]),
    "X": GENERATOR.standard_normal((4, 2)),
    "W": GENERATOR.standard_normal((2, 3)),
    "u": np.array([0.4, -0.9]),
    "y": np.array([1.0, 0.0, 0.0, 1.0]),
    "s": np.array(1.75),
    "T": GENERATOR.standard_normal((2, 2, 3)),
}


def over(function: Callable[..., Any]) -> Callable[..., Any]:
    return np.frompyfunc(function, 1, 1)


exp, log, sqrt, tanh, sin, erfc = map(over, (mp.exp, mp.log, mp.sqrt, mp.tanh, mp.sin, mp.erfc))


def softplus(x: Any) -> Any:
    return log(1 + exp(x))


def normcdf(x: Any) -> Any:
    return erfc(-x / mp.sqrt(2)) / 2


def lse(x: Any, axis: int | None = None) -> Any:
    return log(np.sum(exp(x), axis=axis))


def matrix(a: Any) -> Any:
    return mp.matrix(a.tolist())


def array(m: Any) -> Any:
    return np.array(m.tolist(), dtype=object)


def inv(a: Any) -> Any:
    return array(mp.inverse(matrix(a)))


def det(a: Any) -> Any:
    return mp.det(matrix(a))


def cholesky(a: Any) -> Any:
    """mpmath's, of the symmetric matrix that the lower triangle stands for."""
    return array(mp.cholesky(matrix(np.tril(a) + np.tril(a, -1).T)))


def spd(s: Any) -> Any:
    return s @ s.T + 2 * np.eye(len(s), dtype=int)


def power(a: Any, n: int) -> Any:
    return a if n == 1 else a @ power(a, n - 1)


#: Text, names of its variables, and the same function on arrays of mpmath's numbers.
SCALARS: list[tuple[str, str, Callable[..., Any]]] = [
    ("mse(y, X @ u + s)", "X u s", lambda X, u, s: np.mean((MP["y"] - (X @ u + s)) ** 2)),
    ("v' @ S @ v", "v S", lambda v, S: v @ S @ v),
    ("w' @ inv(S) @ v", "w S v", lambda w, S, v: w @ inv(S) @ v),
    ("sum(inv(S)^2)", "S", lambda S: np.sum(inv(S) ** 2)),
    ("w @ solve(S, v)", "w S v", lambda w, S, v: w @ (inv(S) @ v)),
    ("det(S)", "S", det),
    ("v @ adj(S) @ w", "v S w", lambda v, S, w: v @ (det(S) * inv(S)) @ w),
    ("logabsdet(S)", "S", lambda S: mp.log(abs(det(S)))),
    (
        "v @ solve(S @ S' + 2*eye(3), v) + logdet(S @ S' + 2*eye(3))",
        "v S",
        lambda v, S: v @ inv(spd(S)) @ v + mp.log(det(spd(S))),
    ),
    ("v @ cholesky(S @ S' + 2*eye(3)) @ w", "v S w", lambda v, S, w: v @ cholesky(spd(S)) @ w),
    ("v @ pinv(A) @ u", "v A u", lambda v, A, u: v @ A.T @ inv(A @ A.T) @ u),
    ("u @ pinv(B) @ v", "u B v", lambda u, B, v: u @ inv(B.T @ B) @ B.T @ v),
    ("trace(matrix_power(S, -2))", "S", lambda S: np.trace(inv(S) @ inv(S))),
    ("mean(softplus(X @ u) - y*(X @ u))", "u", lambda u: np.mean(softplus(MP["X"] @ u) - MP["y"] * (MP["X"] @ u))),
    ("sum((tanh(X @ W + v) @ w - y)^2)", "W v w", lambda W, v, w: np.sum((tanh(MP["X"] @ W + v) @ w - MP["y"]) ** 2)),
    ("-sum(log_softmax(X @ W, axis=1)[:, 0])", "W", lambda W: -np.sum((MP["X"] @ W)[:, 0] - lse(MP["X"] @ W, 1))),
    ("logsumexp(S @ v)", "S v", lambda S, v: lse(S @ v)),
    ("sum(softmax(v)*w)", "v w", lambda v, w: np.sum(exp(v) / np.sum(exp(v)) * w)),
    ("prod(v)", "v", lambda v: v[0] * v[1] * v[2]),
    ("sum(prod(T, axis=2)^2)", "T", lambda T: np.sum(np.prod(T, axis=2) ** 2)),
    ("norm(A @ v - u)", "A v u", lambda A, v, u: sqrt(np.sum((A @ v - u) ** 2))),
    ("sum(norm(T, axis=1))", "T", lambda T: np.sum(sqrt(np.sum(T**2, axis=1)))),
    ("std(v) + var(p)", "v p", lambda v, p: sqrt(np.mean((v - np.mean(v)) ** 2)) + np.mean((p - np.mean(p)) ** 2)),
    ("sum(std(B, axis=0))", "B", lambda B: np.sum(sqrt(np.mean((B - np.mean(B, axis=0)) ** 2, axis=0)))),
    ("trace(matrix_power(S, 3))", "S", lambda S: np.trace(power(S, 3))),
    ("sum(A @ B @ A)", "A B", lambda A, B: np.sum(A @ B @ A)),
    ('einsum("ij,jk,kl->", A, B, A)', "A B", lambda A, B: np.sum(A @ B @ A)),
    ('einsum("ii,i->", S, v^2)', "S v", lambda S, v: np.sum(np.diagonal(S) * v**2)),
    ('einsum("ijk,mjk->im", T, T)[0, 1]', "T", lambda T: np.sum(T[0] * T[1])),
    ('einsum("i,i,i->", v, w, v)', "v w", lambda v, w: np.sum(v * w * v)),
    (
        "sum(100*(p[1:] - p[:-1]^2)^2 + (1 - p[:-1])^2)",
        "p",
        lambda p: np.sum(100 * (p[1:] - p[:-1] ** 2) ** 2 + (1 - p[:-1]) ** 2),
    ),
    ("sum(v[::-1]*w^2) + p[::-2] @ p[::2]", "v w p", lambda v, w, p: np.sum(v[::-1] * w**2) + p[::-2] @ p[::2]),
    (
        "sum(cumsum(p)^2) + cumsum(A, axis=0)[1, 2]^2",
        "p A",
        lambda p, A: np.sum(np.cumsum(p) ** 2) + np.sum(A[:, 2]) ** 2,
    ),
    ("sum(sin(concat(v, w, v*w)))", "v w", lambda v, w: np.sum(sin(np.concatenate([v, w, v * w])))),
    ("sum(stack(v, w^2, axis=1) @ [s, s^2])", "v w s", lambda v, w, s: np.sum(v * s + w**2 * s**2)),
    ("max(v^2) + min(w) + median(p)", "v w p", lambda v, w, p: v[2] ** 2 + w[2] + (p[3] + p[1]) / 2),
    ("sum(max(A^2, axis=0))", "A", lambda A: np.sum(np.max(A**2, axis=0))),
    ("sum(tril(outer(v, w))^2)", "v w", lambda v, w: sum((v[i] * w[j]) ** 2 for i in range(3) for j in range(i + 1))),
    ("sum((T @ S)^2*sin(v))", "T S v", lambda T, S, v: np.sum(np.dot(T, S) ** 2 * sin(v))),
    (
        "sum((reshape(T, [2, 1, 2, 3]) @ stack(B, B^2))^3)",
        "T B",
        lambda T, B: np.sum([np.dot(t, b) ** 3 for t in T for b in (B, B**2)]),
    ),
    ("sum(sin(T @ v) + (u @ T)[0, 1])", "T u v", lambda T, u, v: np.sum(sin(np.dot(T, v))) + 4 * (u @ T[0])[1]),
    (
        "sum(dot(T, stack(B, B^2))[:, 0, :, 1]^2*dot(s, S[:2, :2]))",
        "T B s S",
        lambda T, B, s, S: np.sum(
            [(T[i, 0] @ b[:, 1]) ** 2 * s * S[i, j] for i in range(2) for j, b in enumerate((B, B**2))]
        ),
    ),
    ("sum(outer(A, u)[4]^3) + outer(s, v)[0, 2]", "A u s v", lambda A, u, s, v: np.sum((A[1, 1] * u) ** 3) + s * v[2]),
    ("sum(diag(v) @ S @ diag(w))", "v S w", lambda v, S, w: np.sum(v[:, None] * S * w)),
    ("sum(A' @ reshape(A, [2, 3])*S)", "A S", lambda A, S: np.sum((A.T @ A) * S)),
    ("sum(reshape(v, [3, 1])*w^2 - s*exp(v))", "v w s", lambda v, w, s: np.sum(v[:, None] * w**2 - s * exp(v))),
    ("sum((B - mean(B, axis=0))^3)", "B", lambda B: np.sum((B - np.mean(B, axis=0)) ** 3)),
    ("sum(where(v > 0, v^3, exp(v)))", "v", lambda v: v[0] ** 3 + mp.exp(v[1]) + v[2] ** 3),
    ("sum(clip(v^3, -1, 1)*w)", "v w", lambda v, w: v[0] ** 3 * w[0] - w[1] + w[2]),
    ("sum(gelu(v))", "v", lambda v: np.sum(v * normcdf(v))),
    ("sum(sqrt(hypot(v, w)))", "v w", lambda v, w: np.sum(sqrt(sqrt(v**2 + w**2)))),
    ("sum(p^p[::-1])", "p", lambda p: np.sum(exp(log(p) * p[::-1]))),
    (
        "s^3/norm2(v) + norm1(w) + norminf(p)",
        "s v w p",
        lambda s, v, w, p: s**3 / sqrt(v @ v) + w[0] + w[1] - w[2] + p[2],
    ),
]
ARRAY_OUTPUTS: list[tuple[str, str, Callable[..., Any]]] = [
    ("S @ v*w", "v w", lambda v, w: MP["S"] @ v * w),
    ("[s, s^2, s^3, sin(s)]", "s", lambda s: np.array([s, s**2, s**3, mp.sin(s)])),
    ("A @ B", "A B", lambda A, B: A @ B),
    ("T @ S", "T S", lambda T, S: np.array([t @ S for t in T])),
    ("softmax(v)", "v", lambda v: exp(v) / np.sum(exp(v))),
    ("[v @ w, sum(p^2)]", "v w p", lambda v, w, p: np.array([v @ w, np.sum(p**2)])),
    ("norm(A, axis=1)", "A", lambda A: sqrt(np.sum(A**2, axis=1))),
    ("cumsum(v*w)[::-1]", "v w", lambda v, w: np.cumsum(v * w)[::-1]),
]


def exact_array(a: Any) -> Any:
    return np.frompyfunc(lambda x: mp.mpf(float(x)), 1, 1)(np.asarray(a))


MP = {name: exact_array(a) for name, a in ARRAYS.items()}


class Reference:
    """A function of arrays as one of a flat vector, and its central differences."""

    def __init__(self, names: list[str], function: Callable[..., Any]) -> None:
        self.shapes = [ARRAYS[n].shape for n in names]
        self.function = function
        self.at = [x for n in names for x in np.ravel(MP[n])]

    def __call__(self, flat: list[Any]) -> Any:
        parts, start = [], 0
        for shape in self.shapes:
            size = int(np.prod(shape))
            part = np.array(flat[start : start + size], dtype=object).reshape(shape)
            parts.append(part if shape else part[()])
            start += size
        return np.ravel(self.function(*parts))

    def moved(self, *steps: tuple[int, Any]) -> Any:
        flat = list(self.at)
        for k, h in steps:
            flat[k] += h
        return self(flat)

    def jacobian(self) -> Any:
        h = mp.mpf(10) ** -20
        columns = [(self.moved((k, h)) - self.moved((k, -h))) / (2 * h) for k in range(len(self.at))]
        return np.array(columns).T.astype(float)

    def hessian(self) -> Any:
        h, n = mp.mpf(10) ** -15, len(self.at)
        found = np.zeros((n, n))
        for i in range(n):
            for j in range(i, n):
                corners = sum(a * b * self.moved((i, a * h), (j, b * h))[0] for a in (1, -1) for b in (1, -1))
                found[i, j] = found[j, i] = float(corners / (4 * h * h))
        return found


def close(found: Any, true: Any) -> bool:
    """Within 1e-12 of each entry, or of rounding beside the largest."""
    return bool(np.all(np.abs(found - true) <= 1e-12 * np.abs(true) + 2e-15 * np.abs(true).max(initial=0)))


@pytest.mark.parametrize(("text", "names", "function"), SCALARS, ids=[text for text, _, _ in SCALARS])
def test_gradient_and_hessian(text: str, names: str, function: Callable[..., Any]) -> None:
    variables = names.split()
    with mp.workdps(DIGITS):
        reference = Reference(variables, function)
        (first,), second = reference.jacobian(), reference.hessian()
    program = _program(text, variables)
    found = program.gradient()
    assert close(np.concatenate([found[n].ravel() for n in variables]), first)
    matrix = program.hessian()
    order = np.concatenate([_places(program, n) for n in variables])
    assert close(matrix[np.ix_(order, order)], second)
    (row,) = program.jacobian()
    assert close(row[order], first)


@pytest.mark.parametrize(("text", "names", "function"), ARRAY_OUTPUTS, ids=[text for text, _, _ in ARRAY_OUTPUTS])
def test_jacobian(text: str, names: str, function: Callable[..., Any]) -> None:
    variables = names.split()
    with mp.workdps(DIGITS):
        true = Reference(variables, function).jacobian()
    program = _program(text, variables)
    order = np.concatenate([_places(program, n) for n in variables])
    assert close(program.jacobian()[:, order], true)


def _program(text: str, variables: list[str]) -> Program:
    """All arrays are inputs, those that are not variables too."""
    return Program(text, **{n: ARRAYS[n] for n in [*variables, *(n for n in ARRAYS if n not in variables)]})


def _places(program: Program, name: str) -> Any:
    """Columns of a variable in a matrix over all inputs."""
    start = 0
    for known, a in program.inputs.items():
        if known == name:
            return np.arange(start, start + a.size)
        start += a.size
    raise KeyError(name)


@pytest.mark.parametrize(
    ("zeros", "gradient", "hessian"),
    [
        # prod of (a, b, c): gradient (bc, ac, ab), Hessian off the diagonal (c, b, a)
        ((0.0, 2.0, 3.0), [6, 0, 0], [[0, 3, 2], [3, 0, 0], [2, 0, 0]]),
        ((0.0, 0.0, 3.0), [0, 0, 0], [[0, 3, 0], [3, 0, 0], [0, 0, 0]]),
        ((0.0, 0.0, 0.0), [0, 0, 0], [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
    ],
)
def test_a_product_with_zeros_needs_no_division(zeros: tuple, gradient: list, hessian: list) -> None:
    program = Program("prod(v)", v=zeros)
    assert program.gradient()["v"].tolist() == gradient
    assert program.hessian().tolist() == hessian


@pytest.mark.parametrize(
    ("text", "at", "gradient"),
    [
        ("max(v)", [1, 3, 3], [0, 0.5, 0.5]),
        ("max(v)", [3, 3, 3], [1 / 3, 1 / 3, 1 / 3]),
        ("min(v)", [1, 1, 3], [0.5, 0.5, 0]),
        ("median(v)", [2, 2, 1], [0.5, 0.5, 0]),
        ("median(v)", [1, 2, 2, 3], [0, 0.5, 0.5, 0]),
        ("norminf(v)", [-2, 2, 1], [-0.5, 0.5, 0]),
        ("max(v[0], v[1])", [4, 4], [0.5, 0.5]),
        ("max(v[0], v[1], v[2])", [4, 4, 1], [0.5, 0.5, 0]),
        ("norm(v)", [0, 0, 0], [0, 0, 0]),
        ("norm1(v)", [0, -2, 3], [0, -1, 1]),
        ("std(v)", [5, 5, 5], [0, 0, 0]),
        ("norm(v)^2", [0, 0], [0, 0]),
    ],
)
def test_ties_share_and_tips_are_flat(text: str, at: list[float], gradient: list[float]) -> None:
    assert Program(text, v=at).gradient()["v"].tolist() == pytest.approx(gradient, rel=1e-15)


def test_norm_neither_overflows_nor_underflows() -> None:
    for scale in (1e200, 1e-200):
        program = Program("norm(v)", v=[3 * scale, 4 * scale])
        assert program.value() == pytest.approx(5 * scale, rel=1e-15)
        assert program.gradient()["v"] == pytest.approx([0.6, 0.8], rel=1e-15)


def test_third_order_of_an_array_by_repetition() -> None:
    """d³/dt³ of sum(exp(t·v)) at t = 0.5 is sum(v³ exp(t·v))."""
    v = np.array([0.3, -1.0, 2.0])
    program = Program("sum(exp(t*v))", t=0.5, v=v)
    at = program.output
    for order in range(1, 4):
        (at,) = gradient(program.tape, at, [program.sources["t"]])
        (found,) = evaluate(program.tape, [at], program.inputs)
        assert float(found) == pytest.approx(np.sum(v**order * np.exp(0.5 * v)), rel=1e-14)
