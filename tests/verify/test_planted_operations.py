"""The checker is checked beyond the table: wrong transposed operations, wrong kernels, and witnesses that err."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy
from planting import shown_at, solved, uses

from gradcli.autodiff import structural as s
from gradcli.autodiff.elementwise import BY_NAME, ROWS
from gradcli.autodiff.primitive import Row, Structural
from gradcli.problems.problem import WITNESSES
from gradcli.targets import arrays
from gradcli.targets.balls import walk as balls
from gradcli.targets.balls.kernels import kernel_of
from gradcli.verify import certificate, differences
from gradcli.verify.differences import Estimate

V, A = "v=[0.4, 1.3, -0.7]", "A=[[0.4, 1.3], [-0.7, 0.9]]"
#: Expressions whose gradient uses the transposed operation and whose Hessian its tangent.
MODELS: dict[Structural, tuple[str, str]] = {
    s.SUM: ("sum(v)^3", V),
    s.RESHAPE: ("sum((reshape(v, [3, 1]) @ [2])^3)", V),
    s.TRANSPOSE: ("sum((A' @ [1, 2])^3)", A),
    s.INDEX: ("v[1]^3*v[0]", V),
    s.CONCAT: ("sum(concat(v, 2*v)^3)", V),
    s.EINSUM: ("sum((A @ [1, 2])^3)", A),
    s.DIAGONAL: ("sum(diag(A)^3)", A),
    s.DIAGONAL_MATRIX: ("sum((diag(v) @ [1, 2, 3])^3)", V),
    s.TRIANGLE: ("sum((tril(A) @ [1, 2])^3)", A),
    s.CUMSUM: ("sum(cumsum(v)^3)", V),
    s.ORDER_STATISTIC: ("max(v)^3", V),
    s.NORM: ("norm(v)^3", V),
}
#: Array outputs with as many entries as inputs: their Jacobians go forward, by tangents.
FORWARD: dict[Structural, tuple[str, str]] = {
    s.SUM: ("[1, 2, 3]*sum(v)", V),
    s.RESHAPE: ("reshape(v, [3, 1])^2", V),
    s.TRANSPOSE: ("(A')^2", A),
    s.INDEX: ("[v[1], v[0], v[1]*v[2]]", V),
    s.CONCAT: ("concat(v, 2*v)", V),
    s.EINSUM: ("A @ [[1, 2], [3, 5]]", A),
    s.DIAGONAL: ("concat(diag(A), diag(A)^2)", A),
    s.DIAGONAL_MATRIX: ("diag(v)", V),
    s.TRIANGLE: ("triu(A, k=-1)", A),
    s.CUMSUM: ("cumsum(v)", V),
    s.ORDER_STATISTIC: ("max(v)*[1, 2, 3]", V),
    s.NORM: ("norm(v)*[1, 2, 3]", V),
}
#: What occurs in derivatives only: the tangent of the operation is wrong in the Hessian of these.
IN_DERIVATIVES: dict[Structural, tuple[str, str]] = {
    s.BROADCAST: ("sum(v)^3", V),
    s.SCATTER: ("v[1]^3*v[0]", V),
}

ERRORS: dict[str, Callable[[Any, int], int]] = {
    "0.1 %": lambda tape, i: tape.multiply(i, tape.constant(1.001)),
    "sign": lambda tape, i: tape.negate(i),
}


def wrong(operation: Callable[..., Any], error: str) -> Callable[..., Any]:
    """A sweep's rule with an error in what it appends."""

    def rule(tape: Any, *arguments: Any) -> Any:
        found = operation(tape, *arguments)
        return found if found is None else ERRORS[error](tape, found)

    return rule


def verdicts(record: Any) -> dict[str, str]:
    return {name: check.verdict for name, check in record.checks.items()}


ALL_DISAGREE = dict.fromkeys(WITNESSES, "disagree")


@pytest.mark.parametrize("primitive", MODELS, ids=lambda p: p.name)
def test_models_as_they_are_verify(primitive: Structural) -> None:
    text, item = MODELS[primitive]
    for task in ("grad", "hessian", "jacobian"):
        assert solved(text, (item,), task).verdict == "verified"


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("primitive", MODELS, ids=lambda p: p.name)
def test_a_wrong_transposed_operation(monkeypatch: pytest.MonkeyPatch, primitive: Structural, error: str) -> None:
    text, item = MODELS[primitive]
    monkeypatch.setattr(primitive, "transpose", wrong(primitive.transpose, error), raising=False)
    for task in ("grad", "hessian"):
        record = solved(text, (item,), task)
        assert record.verdict == "mismatch"
        assert verdicts(record) == ALL_DISAGREE


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("primitive", FORWARD, ids=lambda p: p.name)
def test_a_wrong_tangent(monkeypatch: pytest.MonkeyPatch, primitive: Structural, error: str) -> None:
    text, item = FORWARD[primitive]
    assert solved(text, (item,), "jacobian").verdict == "verified"
    monkeypatch.setattr(primitive, "tangent", wrong(primitive.tangent, error), raising=False)
    record = solved(text, (item,), "jacobian")
    assert record.verdict == "mismatch"
    assert verdicts(record) == ALL_DISAGREE


@pytest.mark.parametrize("primitive", [*MODELS, *IN_DERIVATIVES], ids=lambda p: p.name)
def test_a_wrong_tangent_in_a_hessian(monkeypatch: pytest.MonkeyPatch, primitive: Structural) -> None:
    """A sign may be there twice, in the gradient and in its tangent; 0.1 % is not undone by another 0.1 %."""
    text, item = (MODELS | IN_DERIVATIVES)[primitive]
    monkeypatch.setattr(primitive, "tangent", wrong(primitive.tangent, "0.1 %"), raising=False)
    record = solved(text, (item,), "hessian")
    assert record.verdict == "mismatch"
    assert verdicts(record) == ALL_DISAGREE


def test_every_structural_operation_is_planted() -> None:
    assert {*MODELS, *IN_DERIVATIVES, s.STOP} == set(s.ALL)


def test_a_stop_that_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The witnesses hold a stopped part at its value on their own account."""
    monkeypatch.setattr(s.STOP, "paths", lambda instruction: (True,), raising=False)
    monkeypatch.setattr(s.STOP, "transpose", lambda tape, instruction, argument, cotangent: cotangent, raising=False)
    record = solved("x*stop_gradient(x^2)", ("x=1.5",), "grad")
    assert record.gradient == {"x": pytest.approx(3 * 1.5**2)}
    assert record.verdict == "mismatch"
    assert verdicts(record) == ALL_DISAGREE


def test_a_path_that_is_cut_by_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation that forgets one of its two paths: the derivative lacks a term."""
    monkeypatch.setattr(s.CONCAT, "paths", lambda instruction: (True, False), raising=False)
    record = solved("sum(concat(v, 2*v)^3)", (V,), "grad")
    assert record.verdict == "mismatch"
    assert verdicts(record) == ALL_DISAGREE


def off(monkeypatch: pytest.MonkeyPatch, row: Row, factor: float) -> None:
    """Scale the row's value on arrays and on floats."""
    real, names = arrays.find, {(row.numpy, "numpy"), (row.math, "math")}

    def find(name: str, default: str = "numpy") -> Callable[..., Any]:
        function = real(name, default)
        return (lambda *arguments: function(*arguments) * factor) if (name, default) in names else function

    monkeypatch.setattr(arrays, "find", find)


CURVED = [row for row in ROWS if any(p not in (None, "0") for p in row.partials) and shown_at(row)[0] <= 2]


@pytest.mark.parametrize("row", CURVED, ids=lambda row: row.name)
def test_a_kernel_that_is_off_by_1e_6(monkeypatch: pytest.MonkeyPatch, row: Row) -> None:
    """A wrong value contradicts differences if the derivative is right, and the exact witnesses if it is made of it."""
    off(monkeypatch, row, 1 + 1e-6)
    task = "hessian" if shown_at(row)[0] == 2 else "grad"
    records = [solved(use.text, use.items, task) for use in uses(row)]
    assert any(record.verdict == "mismatch" for record in records)


#: Two points where the value is not 0 (which a factor leaves as it is), where those of the partials' tests have it 0.
NONZERO = {
    "less": ("x=1", "y=2"), "less_equal": ("x=1", "y=2"), "greater": ("x=2", "y=1"), "greater_equal": ("x=2", "y=1"),
    "equal": ("x=2", "y=2"), "not_equal": ("x=1", "y=2"), "logical_and": ("x=1", "y=1"), "logical_or": ("x=1", "y=0"),
    "logical_not": ("x=0",), "floor": ("x=2.5",), "ceil": ("x=2.5",), "round": ("x=2.7",), "sign": ("x=2.5",),
    "relu": ("x=1.3",),
}  # fmt: skip


@pytest.mark.parametrize("task", ["grad", "hessian", "jacobian"])
@pytest.mark.parametrize("row", [row for row in ROWS if not row.private], ids=lambda row: row.name)
def test_a_value_that_is_off_by_1e_6_is_never_verified(monkeypatch: pytest.MonkeyPatch, row: Row, task: str) -> None:
    """Whatever its derivative is made of: every public row has a ball form, and the balls enclose the value too."""
    (use, *_) = uses(row)
    items = NONZERO.get(row.name, use.items)
    right = solved(use.text, items, task)
    off(monkeypatch, row, 1 + 1e-6)
    record = solved(use.text, items, task)
    assert record.value == pytest.approx(right.value * (1 + 1e-6), rel=1e-12)
    assert record.value != 0
    assert record.verdict == "mismatch"
    assert record.checks["certificate"].verdict == "disagree"
    assert right.verdict in ("verified", "kink")


def test_a_wrong_value_under_a_right_derivative_is_found_by_differences_and_balls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    off(monkeypatch, BY_NAME["sin"], 1 + 1e-6)
    record = solved("sin(x)", ("x=0.7",), "grad")
    assert record.verdict == "mismatch"
    assert verdicts(record) == {"symbolic": "agree", "finite_difference": "inconclusive", "certificate": "disagree"}
    assert f"the value {record.value!r} lies outside [0.6442176872376" in record.checks["certificate"].reason


def test_a_wrong_comparison_is_the_certificates_to_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy is told which branch is taken; balls and differences are not, but differences use the same kernel."""
    real = arrays.find
    swapped = {"less": "greater", "operator:lt": "operator:gt"}
    monkeypatch.setattr(arrays, "find", lambda name, default="numpy": real(swapped.get(name, name), default))
    record = solved("where(x < 1, sin(x), cos(x))", ("x=0.7",), "grad")
    assert record.verdict == "mismatch"
    assert verdicts(record)["certificate"] == "disagree"


def test_an_error_in_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy is a voter, not the truth: where the balls prove the number, SymPy's objection is its own error."""
    sympy.core.cache.clear_cache()
    wrong_rule = lambda self, argindex=1: sympy.Rational(1001, 1000) * (1 - self**2)  # noqa: E731
    monkeypatch.setattr(sympy.tanh, "fdiff", wrong_rule)
    try:
        record = solved("tanh(x)*y", ("x=0.7", "y=2"), "grad")
        alone = solved("tanh(x)*y", ("x=0.7", "y=2"), "grad", certificate=False)
    finally:
        sympy.core.cache.clear_cache()
    assert record.verdict == "verified"
    assert verdicts(record) == {"symbolic": "inconclusive", "finite_difference": "agree", "certificate": "agree"}
    assert "SymPy's values are off in 1 of 2 entries that the certificate confirms" in record.checks["symbolic"].reason
    assert [(one.entry, one.suspect) for one in record.disputes] == [("x", "symbolic")]
    assert (alone.verdict, alone.checks["symbolic"].verdict) == ("mismatch", "disagree")
    assert alone.checks["symbolic"].max_error == pytest.approx(1e-3, rel=1e-6)
    assert [(one.entry, one.suspect) for one in alone.disputes] == [("x", "symbolic")]


@pytest.mark.parametrize("task", ["grad", "hessian"])
def test_an_error_in_the_differences(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    name = "gradient" if task == "grad" else "hessian"
    real = getattr(differences, name)

    def scaled(*arguments: Any, **options: Any) -> Estimate:
        found = real(*arguments, **options)
        return Estimate(found.value * 1.001, found.error)

    monkeypatch.setattr(differences, name, scaled)
    record = solved("tanh(x)*y^2", ("x=0.7", "y=2"), task)
    assert record.verdict == "verified"  # the numbers are right, and proved so
    assert verdicts(record) == {"symbolic": "agree", "finite_difference": "inconclusive", "certificate": "agree"}
    assert "the differences are off in" in record.checks["finite_difference"].reason
    alone = solved("tanh(x)*y^2", ("x=0.7", "y=2"), task, certificate=False)
    assert (alone.verdict, alone.checks["finite_difference"].verdict) == ("mismatch", "disagree")


@pytest.mark.parametrize("task", ["grad", "hessian"])
def test_an_error_in_the_balls(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    def scaled(row: Row, orders: tuple[int, ...] = ()) -> Any:
        kernel = kernel_of(row, orders)
        if row.name != "tanh":
            return kernel
        return kernel._replace(function=lambda u: kernel.function(u) * 1.001)

    monkeypatch.setattr(balls, "kernel_of", scaled)
    record = solved("tanh(x)*y^2", ("x=0.7", "y=2"), task)
    assert record.verdict == "mismatch"
    assert verdicts(record) == {"symbolic": "agree", "finite_difference": "agree", "certificate": "disagree"}


def test_an_enclosure_that_is_wrong_convicts_whoever_it_excludes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The court hears what the certificate proves about the tape's number, not what the number looks like."""
    real = certificate.certify

    def shifted(tape: Any, output: int, sources: Any, inputs: Any, values: Any, *rest: Any, **more: Any) -> Any:
        return real(tape, output, sources, inputs, values * 1.001, *rest, **more)

    monkeypatch.setattr(certificate, "certify", shifted)
    assert verdicts(solved("sin(x)", ("x=0.7",), "grad"))["certificate"] == "disagree"
