"""solve: Problem in, Result out. Its records, their order, their verdicts and what stands in them."""

from __future__ import annotations

import json
import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradcli.errors import ShapeError, UsageError
from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.problem import CheckOptions, Problem
from gradcli.problems.reading import spec_from_bytes
from gradcli.report.sentences import meaning
from gradcli.result import Record, Result
from gradcli.solve import SolveOptions, solve


def spec(**tables: Any) -> Problem:
    return spec_from_bytes(json.dumps(tables).encode(), "model.json", "json")


def expression(text: str, *items: str, **check: Any) -> Problem:
    problem = problem_from_expression(text, items)
    return problem.with_(check=CheckOptions(**check)) if check else problem


def only(result: Result) -> Record:
    (record,) = result.results
    return record


LINEAR = {
    "constants": {"x": [[1.0], [2.0], [3.0]], "y": [[2.0], [4.0], [6.0]]},
    "variables": {"W": [0.5], "b": {"value": [0.1], "trainable": True}},
    "functions": {"square_error(a, c)": "(a - c)^2"},
    "let": {"prediction": "W * x + b"},
    "outputs": {"loss": "mean(square_error(y, prediction))"},
}


def test_the_interface_s_example() -> None:
    record = only(solve(spec(**LINEAR)))
    assert (record.source, record.task, record.output, record.point) == ("model.json", "grad", "loss", 0)
    assert record.at == {"W": [0.5], "b": [0.1]}
    assert record.value == pytest.approx(9.91, rel=1e-15)
    assert record.gradient == {"W": [pytest.approx(-13.6, rel=1e-15)], "b": [pytest.approx(-5.8, rel=1e-15)]}
    assert record.verdict == "verified"
    assert set(record.checks) == {"symbolic", "finite_difference", "certificate"}
    for check in record.checks.values():
        assert (check.verdict, check.compared, check.of) == ("agree", 2, 2)
    assert record.checks["certificate"].digits > 15


#: Problem and options, and the verdict of the one record.
VERDICTS: list[tuple[str, Problem, SolveOptions]] = [
    ("verified", expression("sin(x)*y", "x=1", "y=2"), SolveOptions()),
    ("unverified", expression("sin(x)*y", "x=1", "y=2", budget_seconds=0.0, finite_difference=False), SolveOptions()),
    ("unverified", expression("x", "x=1", symbolic=False, finite_difference=False, certificate=False), SolveOptions()),
    ("mismatch", spec(variables={"x": 3.0}, outputs={"f": "x^2"}, expect={"gradient": {"x": 7.0}}), SolveOptions()),
    ("mismatch", spec(variables={"x": 3.0}, outputs={"f": "x^2"}, claims={"gradient": {"x": "3*x"}}), SolveOptions()),
    ("mismatch", spec(variables={"x": 0.0}, outputs={"f": "abs(x)"}, expect={"value": 1.0}), SolveOptions()),
    ("nonfinite", expression("log(x)", "x=0"), SolveOptions()),
    ("kink", expression("abs(x)", "x=0"), SolveOptions()),
    ("unchecked", expression("sin(x)", "x=1"), SolveOptions(check=False)),
    ("unchecked", expression("sin(x)", "x=1", enabled=False), SolveOptions()),
    ("unchecked", expression("sin(x)*y"), SolveOptions()),
]


@pytest.mark.parametrize(("verdict", "problem", "options"), VERDICTS)
def test_verdicts(verdict: str, problem: Problem, options: SolveOptions) -> None:
    result = solve(problem, options)
    assert only(result).verdict == result.verdict == verdict
    assert result.exit_code == (0 if verdict in ("verified", "unchecked") else 1)


def test_without_checking_nothing_is_heard() -> None:
    record = only(solve(expression("abs(x)", "x=0"), SolveOptions(check=False)))
    assert record.checks is None
    assert record.kinks == ()
    assert record.gradient == {"x": 0.0}


def test_only_the_witnesses_wanted_are_heard() -> None:
    record = only(solve(expression("sin(x)", "x=1", symbolic=False)))
    assert set(record.checks) == {"finite_difference", "certificate"}
    assert record.verdict == "verified"


def test_a_budget_of_nothing_is_honest() -> None:
    record = only(solve(expression("sin(x)*y", "x=1", "y=2", budget_seconds=0.0)))
    assert record.verdict == "unverified"
    assert record.gradient["y"] == math.sin(1.0)
    for check in record.checks.values():
        assert check.verdict in ("skipped", "inconclusive")
        assert check.compared == 0
        assert "budget" in check.reason


def test_records_come_by_task_output_and_point() -> None:
    problem = spec(
        task=["jacobian", "grad"],
        outputs={"a": "x^2*y", "b": "x + y"},
        points={"x": [1.0, 2.0], "y": [3.0, 5.0]},
    )
    records = solve(problem, SolveOptions(check=False)).results
    order = [(r.task, r.output, r.point) for r in records]
    assert order == [(task, output, point) for task in ("jacobian", "grad") for output in "ab" for point in (0, 1)]
    assert [r.at for r in records] == [{"x": 1.0, "y": 3.0}, {"x": 2.0, "y": 5.0}] * 4
    assert [r.value for r in records] == [3.0, 20.0, 4.0, 7.0] * 2
    assert [r.gradient for r in records[4:6]] == [{"x": 6.0, "y": 1.0}, {"x": 20.0, "y": 4.0}]


def test_a_task_of_the_options_overrides_the_problem_s() -> None:
    problem = spec(task=["grad", "hessian"], variables={"x": 3.0}, outputs={"f": "x^3"})
    assert [r.task for r in solve(problem).results] == ["grad", "hessian"]
    assert [r.task for r in solve(problem, SolveOptions(task="hessian")).results] == ["hessian"]


def test_one_output_by_name() -> None:
    problem = spec(variables={"x": 3.0}, outputs={"f": "x^3", "g": "x"})
    assert [r.output for r in solve(problem, SolveOptions(output="g")).results] == ["g"]
    with pytest.raises(UsageError, match="no output 'h'"):
        solve(problem, SolveOptions(output="h"))


@pytest.mark.parametrize("task", ["grad", "hessian"])
def test_an_array_output_is_refused_before_anything_is_computed(task: str) -> None:
    problem = spec(variables={"v": [1.0, 2.0]}, outputs={"s": "sum(v)", "w": "v^2"})
    with pytest.raises(ShapeError, match="output 'w' has shape \\(2,\\)") as error:
        solve(problem, SolveOptions(task=task))
    assert "jacobian" in error.value.hint
    assert "w[0]" in error.value.hint
    assert "--output" in error.value.hint
    assert solve(problem, SolveOptions(task=task, output="s")).verdict == "verified"


def test_a_jacobian_with_its_labels() -> None:
    problem = spec(variables={"v": [1.0, 2.0], "x": 3.0}, outputs={"w": "[[v[0]*x], [v[1]^2]]"})
    record = only(solve(problem, SolveOptions(task="jacobian")))
    assert record.jacobian.rows == ("w[0,0]", "w[1,0]")
    assert record.jacobian.columns == ("v[0]", "v[1]", "x")
    assert record.jacobian.matrix == [[3.0, 0.0, 1.0], [0.0, 4.0, 0.0]]
    assert record.verdict == "verified"


@pytest.mark.parametrize(
    ("text", "matrix", "definiteness"),
    [
        ("x^2 + 2*y^2", [[2.0, 0.0], [0.0, 4.0]], "positive definite"),
        ("-(x^2) - 2*y^2", [[-2.0, 0.0], [0.0, -4.0]], "negative definite"),
        ("x*y", [[0.0, 1.0], [1.0, 0.0]], "indefinite"),
        ("(x + y)^2", [[2.0, 2.0], [2.0, 2.0]], "positive semidefinite"),
        ("-((x - y)^2)", [[-2.0, 2.0], [2.0, -2.0]], "negative semidefinite"),
        ("x + y", [[0.0, 0.0], [0.0, 0.0]], "zero"),
        ("x^2", [[2.0, 0.0], [0.0, 0.0]], "positive semidefinite"),
        # scaled by its diagonal the mixed entry would be beyond float64
        ("8*x*y + 1e-312*x^2 - 1e-305*y^2", [[2 * 1e-312, 8.0], [8.0, -2e-305]], "indefinite"),
    ],
)
def test_a_hessian_with_its_audit(text: str, matrix: Any, definiteness: str) -> None:
    record = only(solve(expression(text, "x=0.5", "y=2"), SolveOptions(task="hessian")))
    assert record.hessian.labels == ("x", "y")
    assert record.hessian.matrix == matrix
    assert record.hessian.definiteness == definiteness
    assert record.hessian.eigenvalues == pytest.approx(tuple(np.linalg.eigvalsh(np.array(matrix))), abs=1e-15)


def test_what_is_not_connected() -> None:
    """A gradient is None, or zeros on request; Hessians and Jacobians stand with zeros."""
    problem = expression("x^2 + 0*z", "x=3", "y=[1, 2]", "z=1")
    assert only(solve(problem)).gradient == {"x": 6.0, "y": None, "z": 0.0}
    assert only(solve(problem, SolveOptions(unconnected="zero"))).gradient == {"x": 6.0, "y": [0.0, 0.0], "z": 0.0}
    assert only(solve(problem, SolveOptions(task="jacobian"))).jacobian.matrix == [[6.0, 0.0, 0.0, 0.0]]
    hessian = only(solve(problem, SolveOptions(task="hessian"))).hessian
    assert hessian.labels == ("x", "y[0]", "y[1]", "z")
    assert hessian.matrix[0] == [2.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("text", ["x < y", "stop_gradient(x*y)", "2 + 3"])
@pytest.mark.parametrize("task", ["grad", "hessian", "jacobian"])
def test_nothing_is_connected_at_all(text: str, task: str) -> None:
    items = () if text == "2 + 3" else ("x=1", "y=2")
    record = only(solve(expression(text, *items), SolveOptions(task=task)))
    assert record.verdict == "verified"
    if task == "grad":
        assert set(record.gradient.values()) <= {None}


def test_by_which_variables() -> None:
    """All trainable ones in order; `wrt` chooses others, also ones that are not trainable."""
    variables = {"a": 2.0, "b": {"value": 3.0, "trainable": False}, "c": 5.0}
    problem = spec(variables=variables, outputs={"f": "a*b*c"})
    assert only(solve(problem)).gradient == {"a": 15.0, "c": 6.0}
    assert only(solve(problem.with_(wrt=("c", "b")))).gradient == {"c": 6.0, "b": 10.0}


def test_formulas_without_values_and_beside_them() -> None:
    record = only(solve(expression("x^2*y")))
    assert record.value is None
    assert record.at is None
    assert set(record.formula) == {"x", "y"}
    assert record.formula["y"].text == "x^2"
    record = only(solve(expression("x^2*y", "x=3", "y=2"), SolveOptions(formula=True)))
    assert record.gradient == {"x": 12.0, "y": 9.0}
    assert record.formula["y"].text == "x^2"


def test_a_formula_that_cannot_be_written_has_its_reason() -> None:
    record = only(solve(expression("zeta(x)*y")))
    assert record.formula["y"].text == "zeta(x)"
    assert record.formula["x"].text is record.formula["x"].latex is None
    assert "zeta" in record.formula["x"].reason
    shown = record.to_dict()["formula"]
    assert set(shown["x"]) == {"text", "latex", "reason"}
    assert set(shown["y"]) == {"text", "latex"}


def inside(bounds: Any, true: Any) -> bool:
    """Whether an exact number is within an enclosure, whose ends are close."""
    lower, upper = map(mp.mpf, bounds)
    return bool(lower <= true <= upper and upper - lower <= abs(true) * mp.mpf(10) ** -14)


def test_enclosures_contain_the_exact_values() -> None:
    with mp.workdps(50):
        x, y = mp.mpf(0.7), mp.mpf(1.3)
        problem = expression("exp(x*y)/y", "x=0.7", "y=1.3")
        found = only(solve(problem, SolveOptions(certify=True))).enclosures
        e = mp.exp(x * y)
        assert inside(found["x"], e)
        assert inside(found["y"], x * e / y - e / y**2)
        (matrix,) = only(solve(problem, SolveOptions(task="hessian", certify=True))).enclosures.values()
        true = [[y * e, x * e], [x * e, x**2 * e / y - 2 * x * e / y**2 + 2 * e / y**3]]
        assert all(inside(matrix[i][j], true[i][j]) for i in (0, 1) for j in (0, 1))


def test_enclosures_have_the_shape_of_the_variable() -> None:
    record = only(solve(expression("sum(A^2)*x", "A=[[1, 2], [3, 4]]", "x=0.1"), SolveOptions(certify=True)))
    assert np.shape(record.enclosures["A"]) == (2, 2, 2)
    assert np.shape(record.enclosures["x"]) == (2,)
    for i, row in enumerate(record.enclosures["A"]):
        for j, (lower, upper) in enumerate(row):
            assert lower <= record.gradient["A"][i][j] <= upper
    assert only(solve(expression("x", "x=1"))).enclosures is None


@pytest.mark.parametrize("task", ["grad", "hessian", "jacobian"])
def test_the_same_problem_gives_the_same_result(task: str) -> None:
    n = 25  # differences of a Hessian this large take random directions
    items = "v=[" + ",".join(str(1 + k / n) for k in range(n)) + "]"
    first, second = (solve(expression("sum(v^3) + v[0]*v[1]", items), SolveOptions(task=task)) for _ in range(2))
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())
    assert first.verdict == "verified"


def test_the_problem_is_left_as_it_was() -> None:
    problem = spec(**LINEAR)
    before = {name: v.value.copy() for name, v in problem.variables.items()}
    solve(problem, SolveOptions(task="hessian", certify=True))
    for name, variable in problem.variables.items():
        assert variable.value.tolist() == before[name].tolist()


def test_a_result_as_strict_json() -> None:
    result = solve(expression("log(x) + y", "x=0", "y=1"))
    text = json.dumps(result.to_dict(), allow_nan=False)
    record = json.loads(text)["results"][0]
    assert record["value"] == "-inf"
    assert record["gradient"] == {"x": "inf", "y": 1.0}
    assert record["nonfinite"][0]["text"] == "log(x)"


def test_where_nothing_is_connected_no_witness_is_said_to_have_confirmed_anything() -> None:
    record = only(solve(expression("3 + stop_gradient(x)", "x=1")))
    assert (record.verdict, record.gradient) == ("verified", {"x": None})
    assert {check.verdict for check in (record.checks or {}).values()} == {"skipped"}
    assert "every entry" not in meaning(record)
    assert meaning(record) == "no variable is connected to the output, so there is no derivative to confirm"


@pytest.mark.parametrize(
    ("text", "items", "gradient"),
    [
        ("sum(mod(v, 2)*v)", ["v=[0.3, 7]"], {"v": [0.6, 8.0]}),
        ("sum(mod(5, v))", ["v=[1.2, 3]"], {"v": [-4.0, -1.0]}),
        ("sum(beta(v, 2))", ["v=[1, 2]"], {"v": [-0.75, -5 / 36]}),  # beta(v, 2) = 1/(v*(v + 1))
    ],
)
def test_functions_of_an_array_and_a_number_are_checked_by_every_witness(
    text: str, items: list[str], gradient: dict[str, list[float]]
) -> None:
    record = only(solve(expression(text, *items), SolveOptions("grad")))
    assert record.verdict == "verified"
    assert record.gradient == {"v": pytest.approx(gradient["v"], rel=1e-15)}
    assert {check.verdict for check in record.checks.values()} == {"agree"}


@pytest.mark.parametrize(("text", "columns"), [("w[0:0]", ("w[0]", "w[1]")), ("x*w[0:0]", ("x", "w[0]", "w[1]"))])
def test_an_array_without_entries_has_a_jacobian_without_rows(text: str, columns: tuple[str, ...]) -> None:
    values = ["x=3", "w=[1, 2]"][-(len(columns) - 1) :]
    record = only(solve(expression(text, *values), SolveOptions("jacobian")))
    assert record.verdict == "verified"
    assert record.jacobian is not None
    assert (record.jacobian.rows, record.jacobian.columns, record.jacobian.matrix) == ((), columns, [])
