"""Linear algebra: laws its derivatives obey, singular and ill-conditioned matrices, and errors with a place."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from tapes import Program, value

from gradcli.autodiff import linear_algebra
from gradcli.autodiff.derivatives import gradient
from gradcli.autodiff.jvp import jvp
from gradcli.autodiff.linear_algebra import MatrixFunction
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.errors import ExpressionError, ShapeError
from gradcli.targets.arrays import evaluate

GENERATOR = np.random.default_rng(5)


def random(*shape: int) -> Any:
    return GENERATOR.standard_normal(shape)


def positive(n: int) -> Any:
    a = random(n, n)
    return a @ a.T + np.eye(n)


#: Arguments for each primitive at which it is smooth, by the number of rows.
ARGUMENTS: dict[tuple[MatrixFunction, tuple[Any, ...]], Any] = {
    (linear_algebra.INVERSE, ()): lambda n: [random(n, n)],
    (linear_algebra.INVERSE, ("positive",)): lambda n: [positive(n)],
    (linear_algebra.SOLVE, ()): lambda n: [random(n, n), random(n, 2)],
    (linear_algebra.DETERMINANT, ()): lambda n: [random(n, n)],
    (linear_algebra.COFACTORS, ()): lambda n: [random(n, n), random(n, n)],
    (linear_algebra.LOG_DETERMINANT, (False,)): lambda n: [positive(n)],
    (linear_algebra.LOG_DETERMINANT, (True,)): lambda n: [random(n, n)],
    (linear_algebra.CHOLESKY, ()): lambda n: [positive(n)],
    (linear_algebra.PSEUDOINVERSE, ()): lambda n: [random(n, n + 1)],
}


def name(case: tuple[MatrixFunction, tuple[Any, ...]]) -> str:
    return f"{case[0].name}{case[1] or ''}"


def test_every_primitive_has_arguments() -> None:
    assert {primitive for primitive, _ in ARGUMENTS} == set(linear_algebra.ALL)


@pytest.mark.parametrize("n", [1, 2, 4, 9])
@pytest.mark.parametrize("case", ARGUMENTS, ids=name)
def test_reverse_is_the_transpose_of_forward(case: tuple[MatrixFunction, tuple[Any, ...]], n: int) -> None:
    """<w, J v> = <J' w, v>, and J v is the difference quotient."""
    primitive, attributes = case
    values = ARGUMENTS[case](n)
    tape = Tape()
    arguments = [tape.input(f"a{k}", v.shape) for k, v in enumerate(values)]
    result = tape.append(primitive, arguments, attributes)
    tangents = {a: tape.fresh_input("v", tape.shape(a)) for a in arguments}
    cotangent = tape.fresh_input("w", tape.shape(result))
    (pushed,) = jvp(tape, [result], tangents)
    pulled = vjp(tape, result, cotangent, arguments)
    inputs = {f"a{k}": v for k, v in enumerate(values)}
    fed = {tape[i].attributes[0]: random(*tape.shape(i)) for i in (*tangents.values(), cotangent)}
    found = evaluate(tape, [pushed, *pulled], {**inputs, **fed})
    directions = [fed[tape[t].attributes[0]] for t in tangents.values()]
    forward = np.sum(fed[tape[cotangent].attributes[0]] * found[0])
    backward = sum(np.sum(v * back) for v, back in zip(directions, found[1:], strict=True))
    assert forward == pytest.approx(backward, rel=1e-10, abs=1e-10)
    h = 1e-6
    sides = [
        evaluate(
            tape, [result], {f"a{k}": v + s * h * d for k, (v, d) in enumerate(zip(values, directions, strict=True))}
        )[0]
        for s in (1, -1)
    ]
    scale = 1 + np.max(np.abs(found[0]))
    assert (sides[0] - sides[1]) / (2 * h) == pytest.approx(found[0], rel=1e-5, abs=1e-6 * scale)


@pytest.mark.parametrize("case", ARGUMENTS, ids=name)
def test_kernels_take_stacks_of_matrices(case: tuple[MatrixFunction, tuple[Any, ...]]) -> None:
    primitive, attributes = case
    for n in (2, 8):
        stacks = [np.stack(group) for group in zip(*(ARGUMENTS[case](n) for _ in range(3)), strict=True)]
        tape = Tape()
        result = tape.append(primitive, [tape.input(f"a{k}", v.shape[1:]) for k, v in enumerate(stacks)], attributes)
        (together,) = evaluate(tape, [result], {f"a{k}": v for k, v in enumerate(stacks)})
        for i in range(3):
            (single,) = evaluate(tape, [result], {f"a{k}": v[i] for k, v in enumerate(stacks)})
            assert together[i] == pytest.approx(single, rel=1e-10, abs=1e-10)


LAWS = {
    # text whose gradient by A is what is said of M = inv(A) and C
    "sum(C*(A @ inv(A)))": lambda A, C: 0 * A,
    "sum(C*solve(A, A))": lambda A, C: 0 * A,
    "logabsdet(A)": lambda A, C: np.linalg.inv(A).T,
    "det(A)": lambda A, C: np.linalg.det(A) * np.linalg.inv(A).T,
    "trace(inv(A) @ C)": lambda A, C: -(np.linalg.inv(A) @ C @ np.linalg.inv(A)).T,
    "sum(C*solve(A, C))": lambda A, C: -np.linalg.inv(A).T @ C @ np.linalg.solve(A, C).T,
    "sum(C*(A @ pinv(A)))": lambda A, C: 0 * A,
    "sum(C*(A @ adj(A))) - sum(diag(C))*det(A)": lambda A, C: 0 * A,
}


@pytest.mark.parametrize("n", [1, 3, 8])
@pytest.mark.parametrize("text", LAWS)
def test_identities_of_matrix_calculus(text: str, n: int) -> None:
    A, C = random(n, n) + n * np.eye(n), random(n, n)
    found = Program(text, A=A, C=C).gradient()["A"]
    expected = LAWS[text](A, C)
    assert found == pytest.approx(expected, rel=1e-11, abs=1e-11 * (1 + abs(np.linalg.det(A))))


def test_the_cholesky_factor_is_a_function_of_the_lower_triangle() -> None:
    P, C = positive(3), random(3, 3)
    P[np.triu_indices(3, 1)] = 77.0
    found = Program("sum(C*cholesky(P))", P=P, C=C).gradient()["P"]
    assert found[np.triu_indices(3, 1)].tolist() == [0.0, 0.0, 0.0]
    assert value("sum(C*cholesky(P))", P=P, C=C) == value("sum(C*cholesky(P))", P=np.tril(P), C=C)
    whole = Program("sum((cholesky(P) @ cholesky(P)')*C)", P=P, C=C).gradient()["P"]
    assert np.tril(whole) == pytest.approx(np.tril(C) + np.triu(C, 1).T, rel=1e-12, abs=1e-12)


def exact_det(a: Any) -> Fraction:
    """Leibniz's formula on fractions."""
    n = len(a)
    total = Fraction(0)
    for order in permutations(range(n)):
        sign = (-1) ** sum(order[i] > order[j] for j in range(n) for i in range(j))
        term = Fraction(sign)
        for i in range(n):
            term *= Fraction(float(a[i, order[i]]))
        total += term
    return total


def exact_second(a: Any) -> tuple[Any, Any]:
    """Gradient and Hessian of det: it is linear in each entry, so differences with step 1 are exact."""
    n = len(a)
    places = list(np.ndindex(n, n))

    def moved(*at: tuple[int, int]) -> Fraction:
        b = a.copy()
        for place in at:
            b[place] += 1
        return exact_det(b)

    base = exact_det(a)
    first = [moved(p) - base for p in places]
    second = [[Fraction(0) if p == q else moved(p, q) - moved(p) - moved(q) + base for q in places] for p in places]
    return np.array(first, dtype=float).reshape(n, n), np.array(second, dtype=float)


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 2], [2, 4]],
        [[0, 0], [0, 0]],
        [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
        [[1, 2, 3], [2, 4, 6], [-1, -2, -3]],
        [[0, 0, 0], [0, 5, 0], [0, 0, 0]],
        [[1, 2, 0, 1], [3, 1, 1, 0], [4, 3, 1, 1], [0, 2, 5, 2]],
    ],
)
def test_the_determinant_of_a_singular_matrix_has_exact_derivatives(matrix: Any) -> None:
    a = np.array(matrix, dtype=float)
    program = Program("det(A)", A=a)
    first, second = exact_second(a)
    assert program.value() == 0
    assert program.gradient()["A"].tolist() == first.tolist()
    assert program.hessian().tolist() == second.tolist()


@pytest.mark.parametrize("rank", [9, 8, 7, 5])
def test_large_determinants_lose_nothing_at_singular_matrices(rank: int) -> None:
    """Against the exact derivative along a direction: coefficients of det(A + t H), interpolated at 200 digits."""
    n = 9
    a = GENERATOR.integers(-3, 4, (n, rank)).astype(float) @ GENERATOR.integers(-3, 4, (rank, n)).astype(float)
    h = GENERATOR.integers(-3, 4, (n, n)).astype(float)
    with mp.workdps(200):
        t = mp.mpf(10) ** -60
        sides = [mp.det(mp.matrix(a.tolist()) + s * t * mp.matrix(h.tolist())) for s in (1, 0, -1)]
        slope, curve = float((sides[0] - sides[2]) / (2 * t)), float((sides[0] - 2 * sides[1] + sides[2]) / (t * t))
    program = Program("det(A)", A=a)
    scale = np.linalg.norm(a, 2) ** (n - 2) * np.linalg.norm(h) ** 2
    assert np.sum(program.gradient()["A"] * h) == pytest.approx(slope, rel=1e-10, abs=1e-14 * scale)
    assert h.ravel() @ program.hessian() @ h.ravel() == pytest.approx(curve, rel=1e-10, abs=1e-13 * scale)


def test_a_third_derivative_of_the_determinant() -> None:
    """det(A + t H) is a cubic in t for 3 x 3 matrices: its third derivative is 6 det(H)."""
    A, H = random(3, 3), random(3, 3)
    program = Program("det(A + t*H)", t=0.3, A=A, H=H)
    at = program.output
    for _ in range(3):
        (at,) = gradient(program.tape, at, [program.sources["t"]])
    (found,) = evaluate(program.tape, [at], program.inputs)
    assert float(found) == pytest.approx(6 * np.linalg.det(H), rel=1e-11)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("sum(C*inv(A))", lambda A, C: -(mp.inverse(A).T * C * mp.inverse(A).T)),
        ("sum(C*solve(A, C))", lambda A, C: -(mp.inverse(A).T * C * (mp.inverse(A) * C).T)),
        ("logdet(A)", lambda A, C: mp.inverse(A).T),
    ],
)
def test_ill_conditioned_gradients_are_as_good_as_the_matrix_allows(text: str, truth: Any) -> None:
    """Hilbert's matrix of 6 rows: an error within condition times rounding, of the largest entry."""
    A = 1.0 / (np.arange(6)[:, None] + np.arange(6) + 1)
    C = random(6, 6)
    with mp.workdps(60):
        exact = np.array(truth(mp.matrix(A.tolist()), mp.matrix(C.tolist())).tolist(), dtype=float)
    found = Program(text, A=A, C=C).gradient()["A"]
    assert np.max(np.abs(found - exact)) <= 4 * np.linalg.cond(A) * 2**-53 * np.max(np.abs(exact))


def test_graded_matrices_keep_their_small_derivatives() -> None:
    """Rows and columns of very different size: every entry of the gradient to its own last digits."""
    n = 9
    base = random(n, n)
    rows, columns = 10.0 ** np.linspace(-12, 9, n), 10.0 ** np.linspace(8, -10, n)
    graded = base * rows[:, None] * columns
    with mp.workdps(80):
        exact = np.array((mp.det(mp.matrix(graded.tolist())) * mp.inverse(mp.matrix(graded.tolist())).T).tolist())
    found = Program("det(A)", A=graded).gradient()["A"]
    assert found == pytest.approx(exact.astype(float), rel=1e-9, abs=0)


SINGULAR = [[[1, 2], [2, 4]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[0.1, 0.3], [0.1, 0.3]], [[0, 0], [0, 1]]]


@pytest.mark.parametrize("matrix", SINGULAR)
def test_a_singular_matrix_has_no_inverse_even_if_rounding_would_give_one(matrix: Any) -> None:
    a = np.array(matrix, dtype=float)
    for text in ("inv(A)", "solve(A, A[0])", "solve(A, A)"):
        assert np.isnan(value(text, A=a)).all()
    assert value("logdet(A)", A=a) == value("logabsdet(A)", A=a) == -np.inf


def test_a_nearly_singular_matrix_has_one() -> None:
    for a in (np.diag([1.0, 1e-200]), np.array([[1.0, 1.0], [1.0, 1.0 + 2**-52]])):
        assert (a @ value("inv(A)", A=a)).tolist() == np.eye(2).tolist()


def test_one_bad_matrix_of_a_stack_is_nan_alone() -> None:
    stack = np.array([[[2.0, 0], [0, 4]], [[1, 2], [2, 4]], [[1, 2], [2, 3]]])
    tape = Tape()
    a = tape.input("A", (2, 2))
    for primitive, bad in (
        (linear_algebra.INVERSE, [False, True, False]),
        (linear_algebra.CHOLESKY, [False, True, True]),
    ):
        (found,) = evaluate(tape, [tape.append(primitive, (a,))], {"A": stack})
        assert np.isnan(found).all(axis=(1, 2)).tolist() == np.isnan(found).any(axis=(1, 2)).tolist() == bad


def test_logdet_of_a_negative_determinant_is_undefined() -> None:
    a = np.array([[0.0, 1.0], [2.0, 0.0]])
    assert np.isnan(value("logdet(A)", A=a))
    assert np.isnan(Program("logdet(A)", A=a).gradient()["A"]).all()
    assert value("logabsdet(A)", A=a) == pytest.approx(np.log(2), rel=1e-15)
    assert Program("logabsdet(A)", A=a).gradient()["A"].tolist() == [[0, 1], [0.5, 0]]


def test_logdet_neither_overflows_nor_underflows() -> None:
    for scale in (1e200, 1e-200):
        assert value("logdet(A)", A=scale * np.eye(5)) == pytest.approx(5 * np.log(scale), rel=1e-15)


@pytest.mark.parametrize("text", ["sum(inv(A))", "logdet(A)", "sum(solve(A, B))", "sum(cholesky(A))"])
def test_a_branch_that_is_not_taken_does_no_harm(text: str) -> None:
    program = Program(f"where(s > 0, {text}, s*sum(A))", s=-2.0, A=[[1, 2], [2, 4]], B=[[1, 2], [3, 5]])
    found = program.gradient()
    assert found["A"].tolist() == [[-2, -2], [-2, -2]]
    assert np.isfinite(program.hessian()).all()


def test_the_upper_part_that_a_triangle_leaves_out_does_no_harm() -> None:
    program = Program("sum(tril(log(A)))", A=[[1.0, 0.0], [2.0, 4.0]])
    assert program.gradient()["A"].tolist() == [[1, 0], [0.5, 0.25]]


@pytest.mark.parametrize(
    ("text", "message", "under"),
    [
        ("inv(A)", "inv takes a square matrix, not shape (2, 3)", "A"),
        ("inverse(v)", "inverse takes a square matrix, not shape (3,)", "v"),
        ("1 + det(v @ v)", "det takes a square matrix, not a scalar", "v @ v"),
        ("cholesky(A)", "cholesky takes a square matrix, not shape (2, 3)", "A"),
        ("pinv(v)", "pinv takes a matrix, not shape (3,)", "v"),
        ("logdet(T)", "logdet takes a square matrix, not shape (2, 3, 3)", "T"),
        ("matrix_power(A, -1)", "matrix_power takes a square matrix, not shape (2, 3)", "A"),
        ("solve(A, v)", "solve takes a square matrix, not shape (2, 3)", "A"),
        ("solve(A @ A', v)", "shapes (2, 2) and (3,) do not fit in solve: 2 equations meet 3 right sides", "v"),
        ("solve(A @ A', T)", "solve takes a vector or a matrix of right sides, not shape (2, 3, 3)", "T"),
    ],
)
def test_shapes_that_do_not_fit_are_named_at_their_place(text: str, message: str, under: str) -> None:
    with pytest.raises(ShapeError) as error:
        value(text, A=random(2, 3), v=random(3), T=random(2, 3, 3))
    assert error.value.message == message
    span = error.value.span
    assert span is not None
    assert text[span.start : span.end] == under


@pytest.mark.parametrize("text", ["inv()", "inv(A, A)", "solve(A)", "det(A, axis=0)", "solve(A, A, A)"])
def test_wrong_arguments_are_errors(text: str) -> None:
    with pytest.raises(ExpressionError):
        value(text, A=np.eye(2))
