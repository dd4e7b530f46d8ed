"""Problem -> Result: the library's one door.

For every task, output and point: run the derivative program on arrays, let the witnesses
examine it, and freeze what was found into a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly, choose_outputs
from gradcli.derivative import DERIVATIVES, Derivative, Programs, require_size
from gradcli.errors import UsageError
from gradcli.problems.problem import WITNESSES, Problem
from gradcli.result import Check, Nonfinite, Record, Result, Zero

if TYPE_CHECKING:
    from gradcli.verify.examine import Finding

_POINTS_PROPOSED = 3  #: points of an output for which rewrites are looked for
_SECONDS_PROPOSING = 2.0


class SolveOptions(NamedTuple):
    """What to do with a problem, beyond what it says itself.

    Attributes:
        task: `grad`, `hessian` or `jacobian`; None for the problem's own tasks.
        output: one output by name; None for all.
        check: whether witnesses are heard.
        certify: whether the rigorous enclosures are part of the result.
        formula: whether formulas stand beside the numbers (without values they always do).
        unconnected: `none` or `zero`: what a gradient that is not connected is shown as.
        advice: whether zeros are explained, and other spellings proposed where numbers are not finite or confirmed.
    """

    task: str | None = None
    output: str | None = None
    check: bool = True
    certify: bool = False
    formula: bool = False
    unconnected: str = "none"
    advice: bool = True


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
        record = replace(record, nonfinite=self._nonfinite(derivative, inputs, values))
        if self.options.advice and (self.assembly.problem.points is None or self.options.check):
            record = replace(record, zeros=self._zeros(record, values))
        if not (self.options.check and problem.check.enabled):
            return record
        return self._proposed(self._examined(record, derivative, inputs, values), inputs)

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

    def _zeros(self, record: Record, values: Mapping[int, Any]) -> tuple[Zero, ...]:
        """Why entries of a gradient or Jacobian are 0 or not connected, where some are."""
        every = [record.jacobian.matrix] if record.jacobian is not None else list((record.gradient or {}).values())
        if all(entries is not None and np.all(entries) for entries in every):
            return ()
        from gradcli.verify.zeros import Named, explain_gradient, explain_jacobian

        programs, tape = self.programs, self.assembly.tape
        pairs = zip(programs.names, programs.sources, strict=True)
        if record.jacobian is not None:
            variables = [Named(n, s, 0.0) for n, s in pairs]
            rows, matrix = (
                record.jacobian.rows,
                np.asarray(record.jacobian.matrix).reshape(len(record.jacobian.rows), -1),
            )
            return explain_jacobian(tape, self.output, rows, variables, matrix, values, self.memory)
        found = record.gradient or {}
        missing = programs.unconnected_names()
        defined = np.isfinite(np.asarray(record.value))  # without a value a 0 is no derivative
        variables = [Named(n, s, None if n in missing else np.asarray(found[n])) for n, s in pairs]
        variables = [v for v in variables if defined or v.entries is None]
        return explain_gradient(tape, self.output, self.name, variables, values)

    def _nonfinite(
        self, derivative: Derivative, inputs: Mapping[str, Any], values: Mapping[int, Any]
    ) -> tuple[Nonfinite, ...]:
        """What is not finite in the value and the derivative, and where a NaN was hidden."""
        tape, finite = self.assembly.tape, np.all(np.isfinite(derivative.entries))
        if finite and not any(np.isnan(v).any() for v in values.values()) and np.all(np.isfinite(values[self.output])):
            return ()
        from gradcli.verify.nonfinite import find_hidden, find_nonfinite

        hidden = find_hidden(tape, self.output, values)
        if finite and np.all(np.isfinite(values[self.output])):
            return hidden
        every = {**derivative.all_values(tape, inputs), **values}
        told = find_nonfinite(tape, [self.output, *derivative.instructions], every, self.output)
        return tuple(dict.fromkeys((*told, *hidden)))

    def _examined(
        self, record: Record, derivative: Derivative, inputs: Mapping[str, Any], values: Mapping[int, Any]
    ) -> Record:
        from gradcli.verify.examine import Hearing, examine
        from gradcli.verify.statements import check_statements

        tape, check = self.assembly.tape, self.assembly.problem.check
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
        finding = examine(hearing, witnesses, check.budget_seconds, check.rtol, check.seed, record.nonfinite)
        statements = check_statements(self.assembly, self.name, record.gradient, record.hessian, record.value, inputs)
        verdict = "mismatch" if any(c.verdict == "disagree" for c in statements.values()) else finding.verdict
        checks = self._explained(finding, derivative, inputs, values)
        enclosures = None
        if self.options.certify and finding.lower is not None and finding.upper is not None:
            enclosures = derivative.enclosures(finding.lower, finding.upper)
        return replace(
            record,
            checks={**checks, **statements},
            kinks=finding.kinks,
            verdict=verdict,
            enclosures=enclosures,
        )

    def _explained(
        self, finding: Finding, derivative: Derivative, inputs: Mapping[str, Any], values: Mapping[int, Any]
    ) -> dict[str, Check]:
        """The checks, with the place in the text that explains why one is inconclusive, where one does."""
        checks, tape = dict(finding.checks), self.assembly.tape
        open_ones = [name for name, check in checks.items() if check.verdict == "inconclusive"]
        if not open_ones:
            return checks
        found: dict[str, str | None] = {}
        if finding.verdict == "unverified":
            from gradcli.verify.ranges import out_of_range

            every = {**derivative.all_values(tape, inputs), **values}
            found[open_ones[0]] = out_of_range(tape, [self.output, *derivative.instructions], every, self.output)
        if "finite_difference" in open_ones and not finding.kinks and not found.get("finite_difference"):
            from gradcli.verify.nearby import kink_nearby

            found["finite_difference"] = kink_nearby(tape, self.output, derivative.sources, inputs)
        for name, why in found.items():
            reason = checks[name].reason
            if why is not None:
                checks[name] = replace(checks[name], reason=f"{reason}; {why}" if reason else why)
        return checks


def tolist(array: Any) -> Any:
    """A float or nested list of floats."""
    return np.asarray(array, dtype=np.float64).tolist()
