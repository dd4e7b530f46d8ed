"""The operation that loses digits: found in formulas with one planted cancellation, and not where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.problem import CheckOptions
from gradcli.problems.reading import spec_from_bytes
from gradcli.result import Record
from gradcli.solve import SolveOptions, solve


def solved(text: str, *items: str, certify: bool = False, task: str = "grad", **options: Any) -> Record:
    problem = problem_from_expression(text, items).with_(check=CheckOptions(symbolic=False, **options))
    (record,) = solve(problem, SolveOptions(task=task, certify=certify)).results
    return record


#: A formula at a point, the subexpression that cancels there, its column, its operands, and about how many digits go.
PLANTED: list[tuple[str, tuple[str, ...], str, int, tuple[float, float], float]] = [
    ("(1 - cos(x))/x^2", ("x=1e-8",), "1 - cos(x)", 2, (1.0, 1.0), 16),
    ("((1 + x)^20 - 1)/x", ("x=1e-9",), "(1 + x)^20 - 1", 2, (1.00000002, 1.0), 8),
    ("y*((exp(x) - 1)/x)^3", ("x=1e-10", "y=2"), "exp(x) - 1", 5, (1.0, 1.0), 10),
    ("(tan(x) - x)/x^3", ("x=1e-5",), "tan(x) - x", 2, (1e-5, 1e-5), 10.5),
    ("log(1 + x)/x + sin(y)", ("x=1e-12", "y=1"), "log(1 + x)", 1, (1.0,), 12),  # type: ignore[list-item]
    ("(sqrt(x^2 + 1) - x)*x", ("x=1e7",), "sqrt(x^2 + 1) - x", 2, (1e7, 1e7), 14),
]


@pytest.mark.parametrize(
    ("text", "items", "spot", "column", "operands", "digits"), PLANTED, ids=[p[0] for p in PLANTED]
)
def test_what_cancels_is_named(
    text: str, items: tuple[str, ...], spot: str, column: int, operands: tuple[float, ...], digits: float
) -> None:
    record = solved(text, *items, certify=True)
    found = record.cancellations[0]
    assert (found.text, found.column) == (spot, column)
    assert found.operands == pytest.approx(operands, rel=1e-6)
    assert found.digits == pytest.approx(digits, abs=1.0)
    assert found.entry == "x"


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("x - 1", ("x=1.0000001",)),  # exact
        ("(x - 1)^2", ("x=1.0000001",)),  # the difference of inputs is exact, what it loses they force
        ("expm1(x)/x + y", ("x=0.5", "y=1")),
        ("sin(1000*x)", ("x=2",)),
        ("x^2 - 2*x", ("x=1.00000001",)),
        ("sum(v) - 1e16", ("v=[1e16, 1, -1]",)),  # no derivative cancels, although the value may
    ],
)
def test_nothing_is_blamed_where_nothing_is_lost(text: str, items: tuple[str, ...]) -> None:
    record = solved(text, *items, certify=True)
    assert record.verdict == "verified"
    assert record.cancellations == ()


def test_without_certify_only_what_is_unverified_is_looked_into() -> None:
    assert solved("log(x)/(x - 1)", "x=1.0000001").cancellations == ()
    certified = solved("log(x)/(x - 1)", "x=1.0000001", certify=True)
    assert certified.verdict == "verified"
    assert certified.digits["x"] < 10  # type: ignore[index]
    assert [one.text for one in certified.cancellations] == ["log(x)"]
    assert solved("(1 - cos(x))/x^2", "x=1e-8").cancellations


def test_of_an_array_the_operands_of_the_entry_that_suffers_are_shown() -> None:
    record = solved("sum((1 - cos(v))/v^2)", "v=[1, 1e-8, 2]", certify=True)
    assert [(one.text, one.entry, one.operands) for one in record.cancellations] == [("1 - cos(v)", "v[1]", (1.0, 1.0))]


def test_a_matrix_names_its_entry() -> None:
    record = solved("(1 - cos(x))/x^2 + y^2", "x=1e-8", "y=1", task="hessian")
    assert record.verdict == "unverified"
    assert {one.entry for one in record.cancellations} <= {"x,x", "f"}
    assert record.cancellations[0].text == "1 - cos(x)"


def test_a_value_in_doubt_is_looked_into_too() -> None:
    """∂/∂x of 1e20·(1 - cos(c)) + x is 1; the value is 51, of which float64 keeps 1."""
    problem = problem_from_expression("1e20*(1 - cos(c)) + x", ["x=1", "c=1e-9"]).with_(wrt=("x",))
    (record,) = solve(problem).results
    assert (record.value, record.verdict) == (1.0, "unverified")
    assert [(one.text, one.entry) for one in record.cancellations] == [("1 - cos(c)", "f")]


def test_lines_of_a_spec_are_told() -> None:
    spec = b'[variables]\nx = 1e-8\n[let]\nd = "1 - cos(x)"\n[outputs]\nf = "d/x^2"\n'
    (record,) = solve(spec_from_bytes(spec, "case.toml", "toml")).results
    found = record.cancellations[0]
    assert (found.text, found.line, found.column) == ("1 - cos(x)", 4, 1)


def test_what_is_lost_little_by_little_has_its_largest_part_named() -> None:
    steps = "\n".join(f'y{k + 1} = "4*y{k}*(1 - y{k})"' for k in range(60))
    spec = f'outputs = {{ f = "y60" }}\n[variables]\nx = 0.3\n[let]\ny0 = "x"\n{steps}\n[check]\nsymbolic = false\n'
    (record,) = solve(spec_from_bytes(spec.encode(), "map.toml", "toml")).results
    assert record.verdict == "unverified"
    (found,) = {one.text: one for one in record.cancellations if one.entry == "x"}.values()
    assert found.text.startswith("1 - y")
    assert "little by little" in found.why


def test_a_budget_that_has_ended_blames_nobody() -> None:
    assert solved("(1 - cos(x))/x^2", "x=1e-8", certify=True, budget_seconds=0.0).cancellations == ()
