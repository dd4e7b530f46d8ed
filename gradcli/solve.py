"""The library's one door: a Problem in, a Result out.

For each task and output the derivative programs are built once; for each point the tape is
walked, and what comes out is examined and frozen into a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradcli.assembly import Assembly, choose_outputs
from gradcli.derivative import DERIVATIVES, Programs, require_size
from gradcli.errors import UsageError
from gradcli.examination import Examination, SolveOptions
from gradcli.problems.problem import Problem
from gradcli.result import Record, Result

__all__ = ["SolveOptions", "solve", "solve_records"]

_POINTS_PROPOSED = 3  #: points of an output for which rewrites are looked for
_SECONDS_PROPOSING = 2.0


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
        case = Examination(
            self.assembly, self.name, self.programs, self.options, self.memory, derivative, inputs, values
        )
        record = case.described(record)
        if not (self.options.check and problem.check.enabled):
            return case.audited(record)
        return self._proposed(case.examined(record), inputs)

    def _proposed(self, record: Record, inputs: Mapping[str, Any]) -> Record:
        """The record with rewrites that were found to help, for the first few points that want some."""
        asked = self.memory.get("rewrites", 0)
        if not self.options.advice or record.verdict not in ("nonfinite", "unverified") or asked >= _POINTS_PROPOSED:
            return record
        from gradcli.rewrites.proposals import propose

        self.memory["rewrites"] = asked + 1
        options = self.options._replace(task=record.task, output=self.name, advice=False, certify=False, formula=False)

        def judged(problem: Problem, check: bool) -> Record:
            return next(solve_records(problem, options._replace(check=check)))

        problem = self.assembly.problem
        seconds = min(_SECONDS_PROPOSING, problem.check.budget_seconds / 2)
        return replace(record, rewrites=propose(problem, record, inputs, judged, seconds))


def tolist(array: Any) -> Any:
    """A float or nested list of floats."""
    return np.asarray(array, dtype=np.float64).tolist()
