"""Problem -> Result: the library's one door.

For every task, output and point: run the derivative program on arrays, let the witnesses
examine it, and freeze what was found into a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly, choose_outputs
from gradcli.derivative import DERIVATIVES, Derivative, Programs, require_size
from gradcli.errors import UsageError
from gradcli.problems.problem import WITNESSES, Problem
from gradcli.result import Record, Result


class SolveOptions(NamedTuple):
    """What to do with a problem, beyond what it says itself.

    Attributes:
        task: `grad`, `hessian` or `jacobian`; None for the problem's own tasks.
        output: one output by name; None for all.
        check: whether witnesses are heard.
        certify: whether the rigorous enclosures are part of the result.
        explain_steps: whether the differences say which steps they tried.
        formula: whether formulas stand beside the numbers (without values they always do).
        unconnected: `none` or `zero`: what a gradient that is not connected is shown as.
    """

    task: str | None = None
    output: str | None = None
    check: bool = True
    certify: bool = False
    explain_steps: bool = False
    formula: bool = False
    unconnected: str = "none"


def solve(problem: Problem, options: SolveOptions | None = None) -> Result:
    """Differentiate a problem and check what comes out.

    Args:
        problem: from a reader of `gradcli.problems`.
        options: see `SolveOptions`.

    Returns:
        One record per task, output and point, in that order.

    Raises:
        GradcliError: for shapes that do not fit, unknown names, or an array output where a scalar is needed.
    """
    return Result(tuple(solve_records(problem, options or SolveOptions())))


def solve_records(problem: Problem, options: SolveOptions) -> Iterator[Record]:
    """The records of `solve` one by one, as they are computed."""
    assembly = Assembly(problem)
    tasks = (options.task,) if options.task else problem.tasks
    for task in tasks:
        if task not in DERIVATIVES:
            raise UsageError(f"no task {task!r}", hint=f"tasks are {', '.join(DERIVATIVES)}")
    outputs = choose_outputs(problem, options.output)
    for task in tasks:
        for name in outputs:
            if task != "jacobian":
                assembly.require_scalar(name, task)
    solvers: dict[str, _OutputSolver] = {}
    for task in tasks:
        for name in outputs:
            if name not in solvers:
                solvers[name] = _OutputSolver(assembly, name, options)
            if not assembly.has_values:
                yield solvers[name].formulas(task)
                continue
            for point, inputs in enumerate(assembly.points()):
                yield solvers[name].record(task, point, inputs)


class _OutputSolver:
    """One output: its derivative programs, made when first needed, and the records they give."""

    def __init__(self, assembly: Assembly, name: str, options: SolveOptions) -> None:
        self.assembly = assembly
        self.name = name
        self.options = options
        self.output = assembly.outputs[name]
        self.memory: dict[Any, Any] = {}
        self.programs = Programs(assembly, self.output, options.unconnected)

    def formulas(self, task: str) -> Record:
        """A record without numbers: the derivative as formulas."""
        from gradcli.formulas import formulas

        problem = self.assembly.problem
        missing = self.programs.unconnected_names() if task == "grad" else {}
        found = formulas(self.programs, task)
        return Record(
            problem.source, "unchecked", task, problem.title, self.name, formula=found, gradient=missing or None
        )

    def record(self, task: str, point: int, inputs: Mapping[str, Any]) -> Record:
        """The record of one task at one point, examined if that is wanted.

        What overflows is found in the numbers themselves; NumPy's warnings would only repeat it on stderr.
        """
        with np.errstate(all="ignore"):
            return self._record(task, point, inputs)

    def _record(self, task: str, point: int, inputs: Mapping[str, Any]) -> Record:
        values = self.assembly.primal_values(self.output, inputs)
        problem = self.assembly.problem
        at = {name: tolist(values[s]) for name, s in zip(self.assembly.wrt, self.assembly.sources, strict=True)}
        record = Record(
            problem.source, "unchecked", task, problem.title, self.name, point, at, value=tolist(values[self.output])
        )
        require_size(self.programs, task)
        derivative = DERIVATIVES[task](self.programs, inputs)
        record = replace(record, **derivative.shown)
        if self.options.formula:
            from gradcli.formulas import formulas

            record = replace(record, formula=formulas(self.programs, task))
        if not (self.options.check and problem.check.enabled):
            return record
        return self._examined(record, derivative, inputs, values)

    def _examined(
        self, record: Record, derivative: Derivative, inputs: Mapping[str, Any], values: Mapping[int, Any]
    ) -> Record:
        from gradcli.verify.examine import Hearing, examine
        from gradcli.verify.nonfinite import find_hidden, find_nonfinite
        from gradcli.verify.statements import check_statements

        tape, check = self.assembly.tape, self.assembly.problem.check
        nonfinite = find_hidden(tape, self.output, values)
        if not (np.all(np.isfinite(values[self.output])) and np.all(np.isfinite(derivative.entries))):
            every = {**derivative.all_values(tape, inputs), **values}
            shown = find_nonfinite(tape, [self.output, *derivative.instructions], every, self.output)
            nonfinite = tuple(dict.fromkeys((*shown, *nonfinite)))
        hearing = Hearing(
            tape,
            self.output,
            derivative.sources,
            inputs,
            values,
            derivative.entries,
            derivative.order,
            derivative.rounding(tape, inputs, values),
            self.memory,
        )
        witnesses = [w for w in WITNESSES if getattr(check, w)]
        finding = examine(hearing, witnesses, check.budget_seconds, check.rtol, check.seed, nonfinite)
        statements = check_statements(self.assembly, self.name, record.gradient, record.hessian, record.value, inputs)
        verdict = "mismatch" if any(c.verdict == "disagree" for c in statements.values()) else finding.verdict
        enclosures = None
        if self.options.certify and finding.lower is not None and finding.upper is not None:
            enclosures = derivative.enclosures(finding.lower, finding.upper)
        checks = {**finding.checks, **statements}
        if self.options.explain_steps and "finite_difference" in checks:
            from gradcli.verify.explained_steps import explain_steps

            steps = explain_steps(hearing, self.name, check.seed)
            checks["finite_difference"] = replace(checks["finite_difference"], steps=steps)
        return replace(
            record,
            checks=checks,
            kinks=finding.kinks,
            nonfinite=nonfinite,
            verdict=verdict,
            enclosures=enclosures,
        )


def tolist(array: Any) -> Any:
    """A float or nested list of floats."""
    return np.asarray(array, dtype=np.float64).tolist()
