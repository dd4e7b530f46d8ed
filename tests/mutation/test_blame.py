"""Whose error it is: errors planted in the tape, in SymPy, in the differences and in the balls are blamed on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
import sympy
from planting import planted, solved
from row_mutations import callable_rows, trials
from trials import COMPLETE, Trial, right

from gradcli.assembly import Assembly
from gradcli.autodiff import structural
from gradcli.autodiff.elementwise import BY_NAME, ROWS
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import WHERE
from gradcli.problems.commandline import problem_from_expression
from gradcli.result import Record
from gradcli.targets.balls import walk as balls
from gradcli.targets.balls.kernels import kernel_of
from gradcli.verify import differences
from gradcli.verify.differences import Estimate
from gradcli.verify.partials import wrong_partials

#: What SymPy does not differentiate by its own rules: it has no symbolic form of them, or knows it as their value only.
WITHOUT_RULES = ("zeta", "eta", "invdigamma", "gammaincinv", "betaincinv", "add", "subtract", "negate")
#: Rows with a derivative that SymPy knows, public or not.
SMOOTH = [row for row in ROWS if any(p not in (None, "0") for p in row.partials) and row.name not in WITHOUT_RULES]


def some(rows: list[Row], turn: int, stride: int) -> list[Row]:
    """Every so manyth row; all in the complete run."""
    return rows if COMPLETE else rows[turn::stride]


@pytest.fixture(autouse=True, scope="module")
def _probes() -> Iterator[None]:
    with callable_rows():
        yield


def at(row: Row, task: str = "grad") -> list[Trial]:
    """Where a row is tried and its derivative is not 0, as that of 2*x*(1/x) is."""
    return [trial for trial in trials(row) if trial.task == task and right(trial).entries.any()]


def dropped_term(found: Any) -> Any:
    """A sum without one of its terms, a product without one of its factors; twice what is neither."""
    return found.func(*found.args[1:]) if (found.is_Add or found.is_Mul) and len(found.args) > 1 else 2 * found


TAMPERS: dict[str, Callable[[Any], Any]] = {
    "sign": lambda found: -found,
    "factor": lambda found: found * sympy.Rational(1001, 1000),
    "term": dropped_term,
}


@pytest.fixture
def tampered_sympy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, int], None]]:
    """SymPy's derivatives with an error, from the first one on or in derivatives of derivatives only."""
    real = sympy.Expr.diff

    def plant(tamper: str, order: int) -> None:
        known: set[Any] = set()
        inside = 0

        def diff(self: Any, *symbols: Any, **options: Any) -> Any:
            nonlocal inside
            inside += 1  # SymPy differentiates parts by the same method: only what gradcli asks for is spoilt, once
            try:
                found = real(self, *symbols, **options)
            finally:
                inside -= 1
            if not inside:
                if found != 0 and (self in known) == (order == 2):
                    found = TAMPERS[tamper](found)
                known.add(found)
            return found

        monkeypatch.setattr(sympy.Expr, "diff", diff)

    yield plant
    sympy.core.cache.clear_cache()


def suspects(record: Record) -> set[str | None]:
    return {one.suspect for one in record.disputes}


@pytest.mark.parametrize(
    ("row", "tamper"), [*zip(some(SMOOTH, 0, 6), cycle(TAMPERS), strict=False)], ids=lambda v: getattr(v, "name", v)
)
def test_an_error_in_sympys_first_derivatives(
    row: Row, tamper: str, tampered_sympy: Callable[[str, int], None]
) -> None:
    where = at(row)
    tampered_sympy(tamper, 1)
    records = [solved(*trial) for trial in where]
    assert {record.verdict for record in records} == {"verified"}
    assert any(record.disputes for record in records)
    assert set().union(*map(suspects, records)) == {"symbolic"}


@pytest.mark.parametrize(
    ("row", "tamper"), [*zip(some(SMOOTH, 0, 15), cycle(TAMPERS), strict=False)], ids=lambda v: getattr(v, "name", v)
)
def test_an_error_in_sympys_second_derivatives(
    row: Row, tamper: str, tampered_sympy: Callable[[str, int], None]
) -> None:
    first, second = at(row)[0], at(row, "hessian")[0]
    tampered_sympy(tamper, 2)
    assert not solved(*first).disputes
    record = solved(*second)
    assert record.verdict == "verified"
    assert suspects(record) == {"symbolic"}


@pytest.mark.parametrize("row", some(SMOOTH, 0, 12), ids=lambda row: row.name)
def test_an_error_in_the_differences(monkeypatch: pytest.MonkeyPatch, row: Row) -> None:
    real, trial = differences.gradient, at(row)[0]
    monkeypatch.setattr(
        differences, "gradient", lambda *a, **k: Estimate((found := real(*a, **k)).value * 1.001, found.error)
    )
    record = solved(*trial)
    assert record.verdict == "verified"
    assert suspects(record) == {"finite_difference"}
    without = solved(*trial, certificate=False)
    assert (without.verdict, suspects(without)) == ("mismatch", {"finite_difference"})


@pytest.mark.parametrize("row", [r for r in some(SMOOTH, 1, 12) if len(r.arguments) == 1], ids=lambda row: row.name)
def test_an_error_in_the_balls(monkeypatch: pytest.MonkeyPatch, row: Row) -> None:
    trial = at(row)[0]

    def scaled(one: Row, orders: tuple[int, ...] = ()) -> Any:
        kernel = kernel_of(one, orders)
        return kernel._replace(function=lambda u: kernel.function(u) * 1.001) if one is row and kernel else kernel

    monkeypatch.setattr(balls, "kernel_of", scaled)
    record = solved(*trial)
    assert record.verdict == "mismatch"
    assert suspects(record) == {"certificate"}


#: Going forward `where` selects, and asks no partial: there the sweeps differ.
SHARED = [row for row in SMOOTH if row is not WHERE]


@pytest.mark.parametrize("row", some(SHARED, 2, 12), ids=lambda row: row.name)
def test_an_error_on_the_tape(row: Row) -> None:
    wrong = tuple(p if p in (None, "0") else f"1.001*({p})" for p in row.partials)
    trial = at(row)[0]
    with planted(row, partials=wrong):
        record = solved(*trial)
        pair = solved(*trial, symbolic=False, finite_difference=False)
    assert record.verdict == "mismatch"
    assert suspects(record) == {"tape"}
    assert {one.outcomes["forward"] for one in record.disputes} == {"agree"}  # the sweeps share the wrong partial
    assert {fault.operation for fault in record.faults} == {row.name}
    for fault in record.faults:
        assert fault.tape == pytest.approx(1.001 * fault.symbolic, rel=1e-9)
        assert fault.at.keys() == set(row.arguments)
    assert (pair.verdict, suspects(pair)) == ("mismatch", {None})  # two voices cannot tell
    assert "it cannot be told who is off" in pair.disputes[0].why


MODEL = ("sum((A @ [1, 2])^3)", ("A=[[0.4, 1.3], [-0.7, 0.9]]",))


def scaled_rule(real: Callable[..., Any]) -> Callable[..., Any]:
    """A sweep's rule that is 0.1 % off."""

    def rule(tape: Any, *arguments: Any) -> Any:
        found = real(tape, *arguments)
        return found if found is None else tape.multiply(found, tape.constant(1.001))

    return rule


@pytest.mark.parametrize("alone", [False, True])
def test_a_wrong_transpose_is_the_reverse_sweeps_whoever_else_is_heard(
    monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    monkeypatch.setattr(structural.EINSUM, "transpose", scaled_rule(structural.EINSUM.transpose), raising=False)
    heard = {"symbolic": False, "finite_difference": False} if alone else {}
    record = solved(*MODEL, "grad", **heard)
    assert (record.verdict, suspects(record), record.forward.verdict) == ("mismatch", {"tape"}, "disagree")
    assert all(one.why.endswith("the printed sweep is wrong") for one in record.disputes)
    assert [one.entry for one in record.disputes] == ["A[0,0]", "A[0,1]", "A[1,0]", "A[1,1]"]
    assert record.faults == ()  # no partial is wrong


def test_a_wrong_tangent_leaves_a_proved_gradient_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number printed is right, and proved; that the other sweep is wrong is said all the same."""
    monkeypatch.setattr(structural.EINSUM, "tangent", scaled_rule(structural.EINSUM.tangent), raising=False)
    record = solved(*MODEL, "grad")
    assert (record.verdict, suspects(record), record.forward.verdict) == ("verified", {"tape"}, "disagree")
    assert all(one.why.endswith("the other sweep is wrong") for one in record.disputes)
    unproved = solved(*MODEL, "grad", certificate=False)
    assert unproved.verdict == "mismatch"


def test_the_entry_is_named_in_every_kind_of_derivative() -> None:
    with planted(BY_NAME["tanh"], partials=("1.001*sech2(x)",)):
        gradient = solved("sum(tanh(W))", ("W=[[0.4, 1.3], [-0.7, 0.9]]",), "grad", symbolic=False)
        hessian = solved("x^2*tanh(y)", ("x=0.7", "y=2"), "hessian", symbolic=False)
        jacobian = solved("[x, x*tanh(y)]", ("x=0.7", "y=2"), "jacobian", symbolic=False)
    assert [one.entry for one in gradient.disputes] == ["W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]"]
    assert [one.entry for one in hessian.disputes] == ["x,y", "y,x", "y,y"]
    assert [one.entry for one in jacobian.disputes] == ["f[1],y"]


def test_the_rule_that_is_wrong_is_named_with_its_place() -> None:
    """tanh' at 0.5 is sech(0.5)^2 = 0.7864477329659274; the second derivative comes from another rule."""
    with planted(BY_NAME["tanh"], partials=("1.001*sech2(x)",)):
        first = solved("2*x + y*tanh(x*y)", ("x=0.25", "y=2"), "grad")
    (fault,) = first.faults
    assert (fault.operation, fault.argument, fault.at, fault.text) == ("tanh", "x", {"x": 0.5}, "tanh(x*y)")
    assert (fault.line, fault.column) == (None, 9)
    assert fault.symbolic == pytest.approx(0.7864477329659274, rel=1e-15)
    assert fault.tape == pytest.approx(0.7864477329659274 * 1.001, rel=1e-15)
    with planted(BY_NAME["sech2"], partials=("-out*tanh(x)",)):
        assert solved("tanh(x)", ("x=0.5",), "grad").faults == ()
        second = solved("tanh(x)", ("x=0.5",), "hessian")
    assert [(f.operation, f.text) for f in second.faults] == [("sech2", "tanh(x)")]


@pytest.mark.parametrize("row", some(SMOOTH, 1, 4), ids=lambda row: row.name)
def test_rules_as_they_are_have_no_fault(row: Row) -> None:
    trial = at(row)[0]
    assembly = Assembly(problem_from_expression(trial.text, trial.items))
    (output,) = assembly.outputs.values()
    (inputs,) = assembly.points()
    assert wrong_partials(assembly.tape, [output], assembly.sources, assembly.primal_values(output, inputs), 0) == ()
