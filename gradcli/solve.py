"""Problem -> Result: the library's one door.

For every task, output and point: run the derivative program on arrays, let the witnesses
examine it, and freeze what was found into a record.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly, choose_outputs
from gradcli.derivative import DERIVATIVES, Derivative, Programs, entry_labels, require_size
from gradcli.errors import UsageError
from gradcli.problems.problem import WITNESSES, Problem
from gradcli.result import Condition, Docket, Fault, Record, Result

if TYPE_CHECKING:
    from gradcli.verify.examine import Finding
    from gradcli.verify.hessian_audit import Measured

_AUDIT_SHARE = 0.2  #: of the budget, that the audit of a Hessian may take before the witnesses are heard


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
        by_entry: whether every witness's number, error bar and outcome is told for every entry.
    """

    task: str | None = None
    output: str | None = None
    check: bool = True
    certify: bool = False
    explain_steps: bool = False
    formula: bool = False
    unconnected: str = "none"
    by_entry: bool = False


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
            return self._audited(record, derivative, values, None)
        return self._examined(record, derivative, inputs, values)

    def _examined(
        self, record: Record, derivative: Derivative, inputs: Mapping[str, Any], values: Mapping[int, Any]
    ) -> Record:
        from gradcli.verify.examine import Hearing, examine
        from gradcli.verify.nonfinite import find_hidden, find_nonfinite
        from gradcli.verify.statements import UNPROVED, Proved, check_statements

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
            derivative.forward,
            partial(derivative.label, tape),
        )
        witnesses = [w for w in WITNESSES if getattr(check, w)]
        begun = time.monotonic()
        measured = self._measured(derivative, inputs, values, begun + _AUDIT_SHARE * check.budget_seconds)
        spent = time.monotonic() - begun
        finding = examine(
            hearing, witnesses, check.budget_seconds, check.rtol, check.seed, nonfinite, spent, self.options.by_entry
        )
        record = self._audited(record, derivative, values, measured, finding)
        judged = UNPROVED
        if finding.proved is not None:
            below, above = derivative.arranged(finding.proved.lower), derivative.arranged(finding.proved.upper)
            judged = Proved(finding.value.enclosure, {name: (below[name], above[name]) for name in below})
        statements = check_statements(
            self.assembly, self.name, record.gradient, record.hessian, record.value, inputs, judged
        )
        product = record.hessian.audit.hvp if record.hessian and record.hessian.audit else None
        wrong = any(c.verdict == "disagree" for c in statements.values())
        wrong = wrong or (product is not None and product.verdict == "disagree")
        verdict = "mismatch" if wrong else finding.verdict
        record = self._certified(record, derivative, finding, inputs, begun + check.budget_seconds)
        checks = {**finding.checks, **statements}
        if self.options.explain_steps and "finite_difference" in checks:
            from gradcli.verify.explained_steps import explain_steps

            steps = explain_steps(hearing, self.name, check.seed)
            checks["finite_difference"] = replace(checks["finite_difference"], steps=steps)
        return replace(
            record,
            checks=checks,
            forward=finding.forward,
            disputed=finding.disputed or None,
            disputes=finding.disputes,
            entries=finding.entries,
            faults=self._faults(finding.disputes, derivative, inputs, values),
            kinks=finding.kinks,
            nonfinite=nonfinite,
            verdict=verdict,
        )

    def _certified(
        self, record: Record, derivative: Derivative, finding: Finding, inputs: Mapping[str, Any], deadline: float
    ) -> Record:
        """The record with what is proved of its entries, and with what takes digits where that matters."""
        proved, thorough, doubted = finding.proved, self.options.certify, finding.verdict == "unverified"
        if proved is None or not (thorough or doubted):
            return record
        from gradcli.verify.accuracy import Case, accuracy, nulls

        tape, programs = self.assembly.tape, self.programs
        names = entry_labels(record, [tape.shape(s) for s in programs.sources])
        place = derivative.entry
        case = Case(tape, self.output, inputs, derivative.entries, proved, finding.covered, place, names)
        found = accuracy(case, thorough, doubted, deadline, None if finding.value.covered else self.name)
        record = replace(record, cancellations=found.cancellations)
        if not thorough:
            return record
        shown = [
            {n: nulls(np.asarray(a)) for n, a in derivative.arranged(part).items()}
            for part in (found.digits, found.inputs, found.operations)
        ]
        enclosures = derivative.enclosures(proved.lower, proved.upper)
        return replace(record, enclosures=enclosures, digits=shown[0], condition=Condition(shown[1], shown[2]))

    def _measured(
        self, derivative: Derivative, inputs: Mapping[str, Any], values: Mapping[int, Any], deadline: float
    ) -> Measured | None:
        """What the audit of a Hessian looks at while there is time; None of another derivative."""
        if derivative.order != 2 or not derivative.entries.size or not np.all(np.isfinite(derivative.entries)):
            return None
        from gradcli.verify.examine import held_values
        from gradcli.verify.hessian_audit import measure
        from gradcli.verify.products import Question

        programs, tape, check = self.programs, self.assembly.tape, self.assembly.problem.check
        shapes = [tape.shape(s) for s in programs.sources]
        _, found = programs.gradient.run(inputs)
        slopes = [np.zeros(s) if g is None else np.broadcast_to(g, s) for g, s in zip(found, shapes, strict=True)]
        question = Question(
            tape,
            self.output,
            programs.sources,
            inputs,
            values,
            held_values(tape, self.output, values),
            derivative.entries,
            np.concatenate([np.zeros(0), *map(np.ravel, slopes)]),
            programs.gradient.adjoints,
            lambda v: programs.hessian.product(inputs, v),
            derivative.rounding(tape, inputs, values),
            check.rtol,
            check.seed,
        )
        return measure(question, programs.slope, deadline)

    def _audited(
        self,
        record: Record,
        derivative: Derivative,
        values: Mapping[int, Any],
        measured: Measured | None,
        finding: Finding | None = None,
    ) -> Record:
        """The record with its Hessian's audit, where it has one."""
        if record.hessian is None:
            return record
        from gradcli.verify.hessian_audit import conclude

        lower, upper = (finding.lower, finding.upper) if finding else (None, None)
        audit, signs = conclude(
            self.assembly.tape,
            self.output,
            derivative.sources,
            values,
            record.hessian.labels,
            derivative.entries,
            measured,
            lower,
            upper,
            not (finding and finding.kinks),
        )
        return replace(record, hessian=replace(record.hessian, audit=audit, definiteness=signs))

    def _faults(
        self,
        disputes: Sequence[Docket],
        derivative: Derivative,
        inputs: Mapping[str, Any],
        values: Mapping[int, Any],
    ) -> tuple[Fault, ...]:
        """Which rules of the tape are wrong, where it is the suspect."""
        if all(one.suspect != "tape" for one in disputes):
            return ()
        from gradcli.verify.partials import wrong_partials

        tape = self.assembly.tape
        second = list(derivative.instructions) if derivative.order == 2 else []
        every = {**(derivative.all_values(tape, inputs) if second else {}), **values}
        return wrong_partials(tape, [self.output, *second], derivative.sources, every, self.assembly.problem.check.seed)


def tolist(array: Any) -> Any:
    """A float or nested list of floats."""
    return np.asarray(array, dtype=np.float64).tolist()
