"""Linear algebra before the court: every witness agrees on it, planted errors are found, hard points are said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from planting import solved

from gradcli.autodiff import linear_algebra
from gradcli.autodiff.linear_algebra import MatrixFunction
from gradcli.problems.problem import WITNESSES

A1, A2, A3 = "A=[[1.7]]", "A=[[0.4, 1.3], [-0.7, 0.9]]", "A=[[0.4, 1.3, 0.2], [-0.7, 0.9, 1.1], [0.5, -0.3, 1.6]]"
P2, P3 = "A=[[2.1, 0.3], [0.3, 1.4]]", "A=[[2.1, 0.3, -0.4], [0.3, 1.4, 0.6], [-0.4, 0.6, 1.9]]"
R = "A=[[0.4, 1.3, 0.2], [-0.7, 0.9, 1.1]]"

#: An expression whose gradient and Hessian use the rule, and where.
MODELS: dict[MatrixFunction, tuple[str, str]] = {
    linear_algebra.INVERSE: ("sum(inv(A)*[[1, 2], [-1, 3]])", A2),
    linear_algebra.SOLVE: ("sum(solve(A, [1, 2])^2)", A2),
    linear_algebra.DETERMINANT: ("det(A)^2", A2),
    linear_algebra.COFACTORS: ("sum(adj(A)^3)", A2),
    linear_algebra.LOG_DETERMINANT: ("logdet(A)", A2),
    linear_algebra.CHOLESKY: ("sum(cholesky(A)*[[1, 0], [2, 3]])", P2),
    linear_algebra.PSEUDOINVERSE: ("sum(pinv(A) @ [1, 2])", R),
}
MORE = [
    ("sum(inv(A))", A1), ("solve(A, [2])[0]", A1), ("det(A)", A1), ("det(A)*A[0, 0]", A1), ("logdet(A)", A1),
    ("sum(cholesky(A))", A1), ("sum(pinv(A))", A1), ("sum(adj(A)) + A[0, 0]^2", A1),
    ("sum(inv(A)*[[1, 2, 0], [-1, 3, 1], [2, 1, 1]])", A3), ("[1, 2, 3] @ solve(A, [2, 0, 1])", A3), ("det(A)", A3),
    ("sum(adj(A)*[[1, 2, 0], [-1, 3, 1], [2, 1, 1]])", A3), ("logabsdet(A)", A3),
    ("0.5*[1, 2, 3] @ solve(A, [1, 2, 3]) + 0.5*logdet(A)", P3), ("trace(matrix_power(A, -2))", A2),
    ("sum(cholesky(A)*[[1, 0, 0], [2, 3, 0], [1, 1, 2]])", P3),
    ("det(A)", "A=[[1, 2], [2, 4]]"), ("det(A)", "A=[[1, 2, 3], [4, 5, 6], [7, 8, 9]]"),
    ("det(A)", "A=[[0, 0], [0, 0]]"),
]  # fmt: skip
CASES = [*MODELS.values(), *MORE]


@pytest.mark.parametrize(("text", "item"), CASES, ids=[f"{t} at {i}" for t, i in CASES])
def test_gradient_and_hessian_are_verified_by_the_exact_witnesses(text: str, item: str) -> None:
    for task in ("grad", "hessian"):
        record = solved(text, (item,), task)
        assert record.verdict == "verified"
        for witness in ("symbolic", "certificate"):
            check = record.checks[witness]
            assert (check.verdict, check.compared) == ("agree", check.of)
        assert record.checks["finite_difference"].verdict in ("agree", "inconclusive")


def test_every_rule_is_planted() -> None:
    assert set(MODELS) == set(linear_algebra.ALL)


@pytest.mark.parametrize("factor", [1.001, -1.0])
@pytest.mark.parametrize("primitive", MODELS, ids=lambda p: p.name)
def test_a_wrong_rule_is_found_in_the_gradient(
    monkeypatch: pytest.MonkeyPatch, primitive: MatrixFunction, factor: float
) -> None:
    text, item = MODELS[primitive]
    rule = primitive.pushed
    monkeypatch.setattr(
        primitive,
        "pushed",
        lambda tape, *given: tape.multiply(rule(tape, *given), tape.constant(factor)),
        raising=False,
    )
    if primitive is linear_algebra.SOLVE:  # its transposed operation for right sides is stated by itself
        transpose = primitive.transpose
        monkeypatch.setattr(
            primitive,
            "transpose",
            lambda tape, *given: tape.multiply(transpose(tape, *given), tape.constant(factor if given[1] else 1.0)),
            raising=False,
        )
        monkeypatch.setattr(primitive, "pushed", rule, raising=False)
    record = solved(text, (item,), "grad")
    assert record.verdict == "mismatch"
    assert {name: check.verdict for name, check in record.checks.items()} == dict.fromkeys(WITNESSES, "disagree")


@pytest.mark.parametrize("primitive", MODELS, ids=lambda p: p.name)
def test_a_wrong_tangent_is_found_in_the_hessian(monkeypatch: pytest.MonkeyPatch, primitive: MatrixFunction) -> None:
    text, item = MODELS[primitive]
    tangent = primitive.tangent
    monkeypatch.setattr(
        primitive,
        "tangent",
        lambda tape, *given: tape.multiply(tangent(tape, *given), tape.constant(1.001)),
        raising=False,
    )
    text = f"({text})*sum(A^2)" if primitive is linear_algebra.LOG_DETERMINANT else text
    record = solved(text, (item,), "hessian")
    assert record.verdict == "mismatch"
    assert record.checks["symbolic"].verdict == record.checks["certificate"].verdict == "disagree"


@pytest.mark.parametrize(
    ("text", "item", "place", "why"),
    [
        ("1 + sum(inv(A))", "A=[[1, 2], [2, 4]]", "inv(A)", "the matrix is singular"),
        ("sum(inv(A))", "A=[[1, 2, 3], [4, 5, 6], [7, 8, 9]]", "inv(A)", "the matrix is singular"),
        ("sum(solve(A, [1, 1]))", "A=[[1, 2], [2, 4]]", "solve(A, [1, 1])", "the matrix is singular"),
        ("trace(matrix_power(A, -2))", "A=[[1, 2], [2, 4]]", "matrix_power(A, -2)", "the matrix is singular"),
        ("logdet(A)", "A=[[1, 2], [3, 4]]", "logdet(A)", "the determinant is not positive"),
        ("sum(cholesky(A))", "A=[[1, 2], [2, 3]]", "cholesky(A)", "the matrix is not positive definite"),
    ],
)
def test_what_has_no_value_is_named_with_its_reason(text: str, item: str, place: str, why: str) -> None:
    for task in ("grad", "hessian"):
        record = solved(text, (item,), task)
        assert record.verdict == "nonfinite"
        (found,) = record.nonfinite
        assert (found.text, found.column, found.why) == (place, text.index(place) + 1, why)


def test_logdet_of_a_singular_matrix_is_minus_infinity() -> None:
    record = solved("logdet(A)", ("A=[[1, 2], [2, 4]]",), "grad")
    assert (record.value, record.verdict) == (float("-inf"), "nonfinite")
    assert record.nonfinite[0].text == "logdet(A)"


@pytest.mark.parametrize("item", ["A=[[1, 2], [2, 4], [3, 6]]", "A=[[1, 2, 3], [4, 5, 6], [7, 8, 9]]", "A=[[0, 0]]"])
def test_the_pseudoinverse_below_full_rank_is_a_kink(item: str) -> None:
    record = solved("sum(pinv(A))", (item,), "grad")
    assert record.verdict == "kink"
    assert [(k.text, k.function) for k in record.kinks] == [("pinv(A)", "pinv")]


def test_large_matrices_are_verified_without_sympy() -> None:
    record = solved("logdet(A @ A' + eye(7)) + det(A)", (f"A={_matrix(7)}",), "grad")
    assert record.verdict == "verified"
    assert record.checks["symbolic"].verdict == "skipped"
    assert record.checks["symbolic"].reason == "logdet has no symbolic evaluation"
    assert record.checks["certificate"].verdict == "agree"


def _matrix(n: int) -> Any:
    """Whole numbers without a pattern."""
    return [[(7 * i * i + 3 * i * j + 5 * j) % 11 - 5 + (i == j) for j in range(n)] for i in range(n)]


def test_a_matrix_of_rank_two_less_has_a_certified_determinant() -> None:
    record = solved("det(A)", ("A=[[1, 2, 3], [2, 4, 6], [3, 6, 9]]",), "hessian")
    assert record.verdict == "verified"
    assert record.checks["certificate"].digits == pytest.approx(15.95)


@pytest.mark.parametrize("task", ["grad", "hessian"])
def test_the_noise_of_an_expanded_determinant_is_no_contradiction(task: str) -> None:
    """det(outer(u, v)) is 0 and moves with no entry of the matrix at first order; its terms still round."""
    generator = np.random.default_rng(4)
    for _ in range(6):
        u, v = (str([round(float(x), 3) for x in generator.uniform(-2, 2, 3)]) for _ in range(2))
        record = solved("det(outer(u, v))", (f"u={u}", f"v={v}"), task, finite_difference=False, symbolic=False)
        assert abs(record.value) < 1e-14
        assert record.verdict in ("verified", "unverified")
    close = "[[1, 0.1, 0.3], [0.1, 1, 0.2], [0.3, 0.2, 1]]"
    assert solved("det(A)", (f"A={close}",), task, finite_difference=False, symbolic=False).verdict == "verified"
