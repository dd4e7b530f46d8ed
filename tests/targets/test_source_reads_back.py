"""What is printed, read and lowered again is the same function; plain arithmetic is the same number exactly."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from printed import VECTORS, Shapes, lowered, printed

from gradcli.autodiff.elementwise import BY_NAME, CALLABLE
from gradcli.autodiff.jvp import jvp
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.language.parser import parse
from gradcli.language.syntax import Binary, Name, Node, Number, Unary
from gradcli.targets.arrays import evaluate
from gradcli.targets.source import Formulas
from gradcli.targets.source.errors import NotExpressible

CLOSED_FORMS = [
    "q1*q2*r/(4*pi*epsilon*r^3)",
    "m_0*v/sqrt(1 - v^2/c^2)",
    "(u + v)/(1 + u*v/c^2)",
    "asin(n*sin(theta2)/3)",
    "sqrt(x1^2 + x2^2 - 2*x1*x2*cos(theta1 - theta2))",
    "I_0*sin(n*theta/2)^2/sin(theta/2)^2",
    "h/(2*pi)*omega^3/(pi^2*c^2*(exp((h/(2*pi))*omega/(kb*T)) - 1))",
    "epsilon*c*Ef^2/2*(8*pi*r^2/3)*(omega^4/(omega^2 - 9*omega_0^2)^2)",
    "n_0/(exp(mom*B/(kb*T)) + exp(-mom*B/(kb*T)))",
    "p_d*Ef*t/h*sin((omega - omega_0/3)*t/2)^2/((omega - omega_0/3)*t/2)^2",
    "S*normcdf(d) - K*exp(-r*T)*normcdf(d - sigma*sqrt(T))",
    "(1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2",
    "b1*(1 - exp(-b2*x))",
    "exp(-b1*x)/(b2 + b3*x)",
    "b1*exp(-b2*x) + b3*exp(-(x - b4)^2/b5^2)",
    "x^y^z",
    "log(x)^y*0.3",
    "clip(x*y, 0.7, 1.1)*z",
    "where(x > y, where(x > 1, x^2, y)*z, sqrt(x + y))",
    "min(x, y*z, 2)*max(x, 0.1)",
    "log(1 + exp(x*y)) - x*softplus(y)",
    "abs(x - y)^2.5*mod(z, 0.4)",
    "std([x, y, x*y]) + var([x, y])",
    "median([x, y, z, 2*x]) + norm1([x, -y])",
    "logsumexp([x, 2*y, z])*softmax([x, y])[1]",
    "norminf([x, 3*y]) + [x, y, z] @ [y, z, x]",
    "sum(cumsum([x, y, z])*[1, 2, 3])",
    "prod([x, y, z, x + y, 2])",
]

ARRAY_MODELS = [
    "dot(v, w)/(norm(v)*norm(w))",
    "logsumexp(A @ v)",
    "-sum(T*log_softmax(X @ W + b, axis=1))/5",
    "mean((tanh(X @ W + b) @ w - y)^2)",
    "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)",
    "sum(cumsum(u)^2) + prod(u) + max(u)",
    "sum(where(A > 0.6, A^2, -A)) + std(A)",
    'sum(einsum("ij,jk->ik", A, B)^2)',
    "sum(outer(v, w)^2) + A[0, 1]*A[-1, -1] + sum(A[:, 1])",
    "sum(reshape(transpose(B), [6])*concat(v, w))",
    "mean(log(1 + exp(-y*(X @ w)))) + 0.1*sum(w^2)",
    "median(u)*median(v) + min(x)",
    "softmax(v)[0]*softmax(A, axis=0)[1, 2]",
    "sum(A/v) + sum(v/reshape(w, [3, 1]))",
    "max(A, axis=0) @ v + sum(min(X, axis=1)*y)",
    "sum(x[::2]^2)*sum(x[::-1]*x) + sum(x[4:0:-2]^3)",
    "sum(stack(v, w, axis=1)^2) + sum(stack(v, w, v)[1:]^2)",
    "sum(tril(A)^2)*trace(A @ A) + sum(triu(A, k=1) @ v)",
    "sum(matrix_power(A, 3)) + sum(diag(A)*diag(diag(v) @ A))",
    "v @ inv(A + 3*eye(3)) @ w + det(A)*sum(adj(A))",
    "logdet(A @ A' + eye(3)) + v @ solve(A + 3*eye(3), w)",
    "sum(cholesky(A @ A' + eye(3))*A) + logabsdet(A)",
    "sum(pinv(B)*B') + sum(solve(A + 3*eye(3), B)^2)",
    "sum(cumsum(A, axis=0)*A) + sum(cumsum(A, axis=1)^2)",
    "sum(var(X, axis=0)*std(X, axis=0)) + norm(B, axis=0)[1]",
    "sum(mean(Q, axis=[0, 2])^2) + sum(Q[1, :, 2]*v) + sum(Q[:, 1]^2)",
    'sum(einsum("ijk,j->ik", Q, v)^2) + sum(einsum("ij,ij->ij", A, A))',
    'sum(einsum("ijk,ijk->", Q, Q)*transpose(Q, [2, 0, 1]))',
    'sum(einsum("iji->j", Q[:, :, :2])^2)',
    "sum(linspace(c, 2, 5)*y) + sum(arange(3)*v) + size(A)*c",
    "sum(concat(B, B*c, axis=1)^2) + sum(concat(v, [c, c^2])^2)",
    "A[0]^2 @ w + sum(A[:2, 1:]^2) + v[-1]*A[:, 2] @ v",
    "median(X, axis=0) @ w + sum(median(B, axis=1))",
    "stop_gradient(norm(v))*norm(v) + sum(relu(A - 0.5))",
]


def agrees(text: str, shapes: Shapes, intervals: Mapping[str, tuple[float, float]]) -> None:
    """Gradient and second derivatives along a direction, evaluated on the tape and from their printed text."""
    tape, index, inputs = lowered(text, shapes)
    sources = list(inputs.values())
    shape = tape.shape(index)
    weights = {"weight_": tape.input("weight_", shape)} if shape else {}
    seed = weights.get("weight_", tape.constant(1.0))
    gradients = [g for g in vjp(tape, index, seed, sources) if g is not None]
    directions = {f"along_{n}": tape.input(f"along_{n}", tape.shape(i)) for n, i in inputs.items()}
    tangents = dict(zip(sources, directions.values(), strict=True))
    targets = [index, *gradients, *(t for t in jvp(tape, gradients, tangents) if t is not None)]
    inputs |= weights | directions
    formulas = Formulas(tape, targets)
    texts = [formulas.text(k) for k in targets]
    for k in targets:
        code = formulas.latex(k)
        assert code.replace(r"\{", "").count("{") == code.replace(r"\}", "").count("}")
        assert code.count(r"\left") == code.count(r"\right")
    again = Tape()
    names = {n: again.input(n, tape.shape(i)) for n, i in inputs.items()}
    read = [lower(again, parse(t), names) for t in texts]
    rng = np.random.default_rng(5)
    for _ in range(3):
        point = {n: rng.uniform(*intervals.get(n, (0.4, 1.6)), size=tape.shape(i)) for n, i in inputs.items()}
        for found, expected, shown in zip(
            evaluate(again, read, point), evaluate(tape, targets, point), texts, strict=True
        ):
            assert found.shape == expected.shape, shown
            np.testing.assert_allclose(
                found, expected, rtol=1e-12, atol=1e-12 * max(1.0, np.abs(expected).max(initial=0.0)), err_msg=shown
            )


@pytest.mark.parametrize("name", sorted({row.name for row in CALLABLE.values()}))
def test_every_function_reads_back(name: str) -> None:
    row = BY_NAME[name]
    names = "xyz"[: len(row.arguments)]
    if row.name in ("zeta", "eta"):
        with pytest.raises(NotExpressible):
            agrees(f"{row.name}(x)", {}, {"x": row.domain[0]})
        return
    agrees(
        f"{name}({', '.join((*('2' for _ in row.parameters), *names))})*w^2",
        {},
        dict(zip(names, row.domain, strict=True)),
    )


@pytest.mark.parametrize("text", CLOSED_FORMS)
def test_closed_forms_read_back(text: str) -> None:
    agrees(text, {}, {"c": (3.0, 5.0)})


@pytest.mark.parametrize("text", ARRAY_MODELS)
def test_array_models_read_back(text: str) -> None:
    agrees(text, VECTORS, {})


def exactly(node: Node, point: Mapping[str, Fraction]) -> Fraction:
    """The value of a small tree in exact arithmetic; the recursion is over the test's own text."""
    if isinstance(node, Number):
        return Fraction(node.text)
    if isinstance(node, Name):
        return point[node.name]
    if isinstance(node, Unary):
        return -exactly(node.operand, point)
    assert isinstance(node, Binary)
    a, b = exactly(node.left, point), exactly(node.right, point)
    operations: dict[str, Callable[[], Any]] = {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "/": lambda: a / b,
        "^": lambda: a ** int(b),
    }
    return Fraction(operations[node.operator]())


def _combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})")
    power = st.tuples(inner, st.integers(-3, 4)).map(lambda t: f"({t[0]})^({t[1]})")
    return pair | power | inner.map(lambda t: f"-({t})")


LEAVES = st.sampled_from(["x", "y", "z", "2", "3", "0.1", "1.5", "7", "1e-3", "0.3333333333333333"])


@settings(max_examples=300, deadline=None)
@given(text=st.recursive(LEAVES, _combine, max_leaves=12))
@example(text="0.3333333333333333^(-1) + x^0")  # two numbers that have texts, and their sum has none
@example(text="x - x*0.3333333333333333^(-1)")
def test_arithmetic_is_exact(text: str) -> None:
    point = {"x": Fraction(3, 7), "y": Fraction(-5, 11), "z": Fraction(13, 4)}
    try:
        expected = exactly(parse(text).tree, point)
    except ZeroDivisionError:
        assume(False)
    assert exactly(parse(printed(text)).tree, point) == expected


def test_ten_thousand_terms() -> None:
    rng = random.Random(1)
    terms = [f"{rng.random():.3f}*x{rng.randrange(50)}*sin(x{rng.randrange(50)})" for _ in range(10_000)]
    tape, index, inputs = lowered(" + ".join(terms))
    adjoints = vjp(tape, index, tape.constant(1.0), [inputs["x0"], inputs["x49"]])
    formulas = Formulas(tape, [g for g in adjoints if g is not None])
    point = {name: np.asarray(rng.uniform(0.5, 1.5)) for name in inputs}
    for adjoint in adjoints:
        assert adjoint is not None
        again = Tape()
        read = lower(again, parse(formulas.text(adjoint)), {name: again.input(name) for name in inputs})
        np.testing.assert_allclose(evaluate(again, [read], point), evaluate(tape, [adjoint], point), rtol=1e-11)
