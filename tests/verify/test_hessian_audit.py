"""The audit of a Hessian on textbook functions, with SymPy and mpmath as the outside oracle."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from gradcli.limits import LIMITS
from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.problem import CheckOptions
from gradcli.result import Hessian, HessianAudit, Record
from gradcli.solve import SolveOptions, solve
from gradcli.targets.spectrum import spectrum


def hessian(text: str, *items: str, check: bool = True, **options: Any) -> Record:
    problem = problem_from_expression(text, items).with_(check=CheckOptions(symbolic=False, **options))
    (record,) = solve(problem, SolveOptions(task="hessian", check=check)).results
    return record


def parts(record: Record) -> tuple[Hessian, HessianAudit]:
    assert record.hessian is not None
    assert record.hessian.audit is not None
    return record.hessian, record.hessian.audit


HIMMELBLAU = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
ROSENBROCK = "(1 - x)^2 + 100*(y - x^2)^2"
BOOTH = "(x + 2*y - 7)^2 + (2*x + y - 5)^2"
BEALE = "(1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2"
MATYAS = "0.26*(x^2 + y^2) - 0.48*x*y"
CAMEL = "2*x^2 - 1.05*x^4 + x^6/6 + x*y + y^2"
SIX_HUMPS = "(4 - 2.1*x^2 + x^4/3)*x^2 + x*y + (-4 + 4*y^2)*y^2"
RASTRIGIN = "20 + x^2 + y^2 - 10*cos(2*pi*x) - 10*cos(2*pi*y)"
ACKLEY_LIKE = "exp(-(x^2 + y^2))"
POWELL = "(x + 10*y)^2 + 5*(z - w)^2 + (y - 2*z)^4 + 10*(x - w)^4"
WOOD = "100*(y - x^2)^2 + (1 - x)^2 + 90*(w - z^2)^2 + (1 - z)^2 + 10.1*((y - 1)^2 + (w - 1)^2) + 19.8*(y - 1)*(w - 1)"

#: A function, a point, the kind of the point and the rank as textbooks have them.
TEXTBOOK: list[tuple[str, dict[str, float], str, int]] = [
    (HIMMELBLAU, {"x": 3.0, "y": 2.0}, "minimum", 2),
    (HIMMELBLAU, {"x": -2.805118086952745, "y": 3.131312518250573}, "minimum", 2),
    (HIMMELBLAU, {"x": -3.779310253377747, "y": -3.2831859912861696}, "minimum", 2),
    (HIMMELBLAU, {"x": 3.5844283403304917, "y": -1.8481265269644036}, "minimum", 2),
    (HIMMELBLAU, {"x": -0.2708445906673476, "y": -0.9230385564799815}, "maximum", 2),
    (HIMMELBLAU, {"x": 0.08667750455539636, "y": 2.884254701174776}, "saddle", 2),
    (HIMMELBLAU, {"x": -2.805118, "y": 3.131313}, "not critical", 2),
    (ROSENBROCK, {"x": 1.0, "y": 1.0}, "minimum", 2),
    (ROSENBROCK, {"x": -1.0, "y": 1.0}, "not critical", 2),
    (BOOTH, {"x": 1.0, "y": 3.0}, "minimum", 2),
    (BOOTH, {"x": 1.0, "y": 3.000001}, "not critical", 2),
    (BEALE, {"x": 3.0, "y": 0.5}, "minimum", 2),
    (BEALE, {"x": 0.0, "y": 1.0}, "saddle", 2),
    (MATYAS, {"x": 0.0, "y": 0.0}, "minimum", 2),
    (CAMEL, {"x": 0.0, "y": 0.0}, "minimum", 2),
    (SIX_HUMPS, {"x": 0.0, "y": 0.0}, "saddle", 2),
    (RASTRIGIN, {"x": 0.0, "y": 0.0}, "minimum", 2),
    (ACKLEY_LIKE, {"x": 0.0, "y": 0.0}, "maximum", 2),
    (ACKLEY_LIKE, {"x": 1.0, "y": 1.0}, "not critical", 2),
    (POWELL, {"x": 0.0, "y": 0.0, "z": 0.0, "w": 0.0}, "degenerate", 2),
    (WOOD, {"x": 1.0, "y": 1.0, "z": 1.0, "w": 1.0}, "minimum", 4),
    ("x^3 - 3*x*y^2", {"x": 0.0, "y": 0.0}, "degenerate", 0),
    ("x^4 + y^4", {"x": 0.0, "y": 0.0}, "degenerate", 0),
    ("x^4 - y^4", {"x": 0.0, "y": 0.0}, "degenerate", 0),
    ("x^2 + y^4", {"x": 0.0, "y": 0.0}, "degenerate", 1),
    ("x^2 - y^4", {"x": 0.0, "y": 0.0}, "degenerate", 1),
    ("x^2 - y^2 + z^4", {"x": 0.0, "y": 0.0, "z": 0.0}, "saddle", 2),
    ("x*y", {"x": 0.0, "y": 0.0}, "saddle", 2),
    ("x*y", {"x": 1e-9, "y": 0.0}, "not critical", 2),
    ("x^2 + 1e-12*y^2", {"x": 0.0, "y": 0.0}, "minimum", 2),
    ("1e20*x^2 + 1e-20*y^2", {"x": 0.0, "y": 0.0}, "minimum", 2),
    ("cos(x) + cos(y)", {"x": math.pi, "y": math.pi}, "minimum", 2),
    ("sin(x)*sin(y)", {"x": math.pi / 2, "y": math.pi / 2}, "maximum", 2),
    ("sin(x)*sin(y)", {"x": math.pi, "y": math.pi}, "saddle", 2),
    ("x^3 + y^3 - 3*x*y", {"x": 1.0, "y": 1.0}, "minimum", 2),
    ("x^3 + y^3 - 3*x*y", {"x": 0.0, "y": 0.0}, "saddle", 2),
    ("(x^2 - y)*(x^2 - 3*y)", {"x": 0.0, "y": 0.0}, "degenerate", 1),
    ("x^2 + 2*x*y + y^2", {"x": 1.0, "y": -1.0}, "minimum", 1),  # along the valley, not strict
    ("-(x - y)^2", {"x": 2.0, "y": 2.0}, "maximum", 1),
    ("x^2*y^2", {"x": 0.0, "y": 1.0}, "degenerate", 1),
    ("exp(x) - x + log(1 + y^2)", {"x": 0.0, "y": 0.0}, "minimum", 2),
    ("x^x", {"x": math.exp(-1)}, "minimum", 1),
]


@pytest.mark.parametrize(("text", "point", "kind", "rank"), TEXTBOOK)
def test_textbook_points(text: str, point: dict[str, float], kind: str, rank: int) -> None:
    record = hessian(text, *(f"{name}={value!r}" for name, value in point.items()))
    assert record.verdict in ("verified", "unverified")
    found, audit = parts(record)
    assert (audit.critical_point, audit.rank) == (kind, rank)
    symbols = [sp.Symbol(label) for label in found.labels]
    expression = sp.sympify(text.replace("^", "**"), rational=True)
    at = {s: sp.Rational(point[str(s)]) for s in symbols}
    gradient = [float(expression.diff(s).subs(at).evalf(40)) for s in symbols]
    exact = mp.matrix([[sp.N(expression.diff(a, b).subs(at), 40) for b in symbols] for a in symbols])
    with mp.workdps(40):
        eigenvalues = [float(v) for v in mp.eigsy(exact, eigvals_only=True)]
    assert audit.gradient_norm == pytest.approx(np.linalg.norm(gradient), rel=1e-6, abs=1e-13)
    assert found.eigenvalues == pytest.approx(sorted(eigenvalues), rel=1e-12, abs=1e-12 * max(map(abs, eigenvalues)))
    assert audit.symmetry_residual is not None
    assert audit.symmetry_residual <= 1e-14 * max(1.0, *map(abs, eigenvalues))
    assert audit.hvp is not None
    assert audit.hvp.verdict in (("agree",) if rank == len(symbols) else ("agree", "inconclusive"))
    assert not audit.skipped


@pytest.mark.parametrize(
    ("text", "items", "degree"),
    [
        ("3*x + 2*y - 1", ("x=1", "y=2"), "linear"),
        ("(x + 1)^2 - x^2", ("x=3",), "linear"),
        ("(x + y)^2 - x^2 - 2*x*y - y^2", ("x=3", "y=0.1"), "constant"),
        ("0*x", ("x=3",), "constant"),
        ("x*y", ("x=3", "y=0"), "quadratic"),
        ("(x + y)^2 - x^2 - y^2", ("x=3", "y=0"), "quadratic"),
        ("(x + y)^2 - x^2 - y^2 - 2*x*y + x", ("x=0.3", "y=0.7"), "linear"),
        ("x^3", ("x=0",), "nonlinear"),
        ("sin(x)", ("x=0",), "nonlinear"),
        ("sum((A @ x - 1)^2)", ("A=[[1,2],[3,4]]", "x=[1,1]", "--wrt"), "quadratic"),
        ("sum(a*x^2)", ("x=[1,2]", "a=[0,1]"), "nonlinear"),
    ],
)
def test_degrees_are_those_of_the_expanded_polynomial(text: str, items: tuple[str, ...], degree: str) -> None:
    problem = problem_from_expression(text, [item for item in items if item != "--wrt"])
    problem = problem.with_(wrt=("x",)) if "--wrt" in items else problem
    _, audit = parts(solve(problem, SolveOptions(task="hessian")).results[0])
    assert audit.degree == degree


def test_a_degree_that_nothing_proves_is_a_bound() -> None:
    _, audit = parts(hessian("(x + 1)^2 - x^2", "x=3", check=False))
    assert audit.degree == "at most quadratic"
    _, audit = parts(hessian("x - x", "x=3", check=False))
    assert audit.degree == "at most linear"


def test_zeros_everywhere_and_zeros_here() -> None:
    _, audit = parts(hessian("x^2 + z*y^2 + w", "x=3", "y=2", "z=0", "w=1"))
    # x meets itself alone, w nothing; y and z meet, and y itself: ∂²/∂y² = 2z is 0 where z is
    assert (audit.structural_zeros, audit.accidental_zeros, audit.accidental) == (12, 1, ("y,y",))


def test_a_matrix_without_zeros_has_none_of_either_kind() -> None:
    _, audit = parts(hessian("exp(x*y)", "x=1", "y=2"))
    assert (audit.structural_zeros, audit.accidental_zeros) == (0, 0)


def test_nothing_is_said_of_what_is_not_finite() -> None:
    found, audit = parts(hessian("sqrt(x) + y^2", "x=0", "y=1"))
    assert found.eigenvalues is found.definiteness is None
    assert audit == HessianAudit()


@pytest.mark.parametrize(
    ("expression", "values", "norm"),
    [
        ("1e200*(3*x + 4*y) + x*y", ("x=1", "y=1"), 5e200),
        ("1e-210*(3*x + 4*y + x*y)", ("x=0", "y=0"), 5e-210),
    ],
)
def test_the_size_of_a_gradient_whose_square_is_no_float(expression: str, values: tuple[str, ...], norm: float) -> None:
    _, audit = parts(hessian(expression, *values))
    assert audit.critical_point == "not critical"
    assert audit.gradient_norm == pytest.approx(norm, rel=1e-14, abs=0.0)


def test_a_kink_is_no_critical_point() -> None:
    record = hessian("abs(x)^3 + abs(y)", "x=0", "y=0")
    _, audit = parts(record)
    assert (record.verdict, audit.critical_point) == ("kink", None)
    assert any("not differentiable" in reason for reason in audit.skipped)


def test_without_checking_only_the_numbers_are_looked_at() -> None:
    found, audit = parts(hessian("x^2 + y^2", "x=0", "y=0", check=False))
    assert (found.definiteness, audit.rank, audit.symmetry_residual) == ("positive definite", 2, 0.0)
    assert audit.critical_point is audit.hvp is audit.structural_zeros is None
    assert audit.skipped


def test_errors_of_the_entries_leave_the_rank_open() -> None:
    """∂² of (1 - cos(x))/x² at 1e-8 has no right digit: neither rank nor kind may be told from it."""
    _, audit = parts(hessian("(1 - cos(x))/x^2 + y^2", "x=1e-8", "y=0"))
    assert audit.rank is None
    assert audit.critical_point in (None, "not critical")
    assert any("proved errors" in reason for reason in audit.skipped)


def test_a_diagonal_of_rounding_is_not_taken_for_curvature() -> None:
    noise = np.array([[0.0, 0.0], [0.0, 1e-17]])
    found = spectrum(np.diag([1.0, 1e-17]), noise)
    assert found is not None
    assert (found.inertia(), found.definiteness) == ((0, 1, 1), "positive semidefinite")
    found = spectrum(np.diag([1.0, 1e-17]), noise / 1e3)  # as small, but proved to be there
    assert found is not None
    assert (found.inertia(), found.definiteness) == ((0, 0, 2), "positive definite")


@pytest.mark.parametrize(
    ("large", "small"), [(1e5, 1e-4), (2e9, 2e-9), (1e20, 1.0), (1e30, 1e-30), (1e-30, 1e-60), (1e100, 1e-100)]
)
def test_a_diagonal_of_nought_beside_anything_else_is_a_saddle(large: float, small: float) -> None:
    """The determinant of [[a, b], [b, 0]] is -b², however small b is beside a; two of them have rank 4."""
    block = np.array([[large, small], [small, 0.0]])
    for sign in (1.0, -1.0):
        found = spectrum(sign * np.kron(np.eye(2), block))
        assert found is not None
        assert (found.inertia(), found.definiteness) == ((2, 0, 2), "indefinite")
    _, audit = parts(hessian(f"{small!r}*x*y + {large / 2!r}*x^2", "x=0", "y=0"))
    assert (audit.critical_point, audit.rank) == ("saddle", 2)


def test_variables_without_a_diagonal_have_units_too() -> None:
    """x·y and y·z: of rank 2, as y meets x and z in one direction only; with z·x of rank 3."""
    for last, inertia in ((0.0, (1, 1, 1)), (1e-20, (2, 0, 1))):
        found = spectrum(np.array([[0.0, 1e-20, last], [1e-20, 0.0, 1e20], [last, 1e20, 0.0]]))
        assert found is not None
        assert found.inertia() == inertia


@pytest.mark.parametrize("seed", range(20))
def test_signs_are_those_of_a_product_of_known_inertia(seed: int) -> None:
    """B D B' has as many negative, zero and positive eigenvalues as D (Sylvester), whatever the units of its rows."""
    generator = np.random.default_rng(seed)
    d = generator.integers(-1, 2, 6).astype(float)
    b = np.round(generator.normal(size=(6, 6)), 2)
    units = 10.0 ** generator.integers(-8, 9, 6)
    found = spectrum(units[:, None] * (b * d @ b.T) * units)
    assert found is not None
    assert found.inertia() == ((d < 0).sum(), (d == 0).sum(), (d > 0).sum())


def test_eigenvalues_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.targets.spectrum.LIMITS", LIMITS._replace(eigenvalue_rows=2))
    found, audit = parts(hessian("sum(w^2)", "w=[0,0]"))
    assert (found.definiteness, audit.rank, audit.critical_point) == ("positive definite", 2, "minimum")
    found, audit = parts(hessian("sum(w^2)", "w=[0,0,0]"))
    assert found.eigenvalues is found.definiteness is audit.rank is audit.critical_point is None
    assert any("limit eigenvalue_rows" in reason for reason in audit.skipped)
    _, audit = parts(hessian("sum(w^2)", "w=[0,0,1]"))
    assert audit.critical_point == "not critical"


def test_a_budget_of_nothing_leaves_out_what_takes_time() -> None:
    _, audit = parts(hessian("x^2*y", "x=1", "y=2", budget_seconds=0.0))
    assert audit.rank == 2
    assert audit.hvp is not None
    assert audit.hvp.verdict == "inconclusive"
    assert "time" in str(audit.hvp.reason)


def test_half_a_unit_beside_an_irrational_minimum_is_at_it() -> None:
    """The minimum of x³ - 6x is at √2, which no float64 is; the two nearest ones are as near as one can be."""
    for x in (math.sqrt(2), math.nextafter(math.sqrt(2), 2)):
        assert parts(hessian("x^3 - 6*x", f"x={x!r}"))[1].critical_point == "minimum"
    assert parts(hessian("x^3 - 6*x", "x=1.41421356"))[1].critical_point == "not critical"
