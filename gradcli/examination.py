"""What is said of one derivative at one point: what is not finite, why entries are 0, and what the witnesses found.

Each step takes a record and gives it back with one finding more; none changes a number.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly
from gradcli.derivative import Derivative, Entry, Programs, entry_labels
from gradcli.problems.problem import WITNESSES

if TYPE_CHECKING:
    from gradcli.result import Check, Docket, Fault, Nonfinite, Record, VectorProduct, Zero
    from gradcli.verify.examine import Finding
    from gradcli.verify.hessian_audit import Measured
    from gradcli.verify.products import Question

_AUDIT_SHARE = 0.2  #: of the budget, that the audit of a Hessian may take before the witnesses are heard
_PRODUCT_SHARE, _SMALL = 0.05, 40  #: of the budget, kept for the product of a Hessian of more rows than these


class SolveOptions(NamedTuple):
    """What to do with a problem, beyond what it says itself.

    Attributes:
        task: `grad`, `hessian` or `jacobian`; None for the problem's own tasks.
        output: one output by name; None for all.
        check: whether witnesses are heard.
        certify: whether the rigorous enclosures are part of the result.
        explain_steps: whether the differences say which steps they tried.
        by_entry: whether every witness's number, error bar and outcome is told for every entry.
        formula: whether formulas stand beside the numbers (without values they always do).
        unconnected: `none` or `zero`: what a gradient that is not connected is shown as.
        advice: whether zeros are explained, lost digits traced (with `certify` the condition of every entry, too), and
            other spellings proposed where numbers are not finite or confirmed.
    """

    task: str | None = None
    output: str | None = None
    check: bool = True
    certify: bool = False
    explain_steps: bool = False
    by_entry: bool = False
    formula: bool = False
    unconnected: str = "none"
    advice: bool = True


class Examination(NamedTuple):
    """One derivative of one output at one point, before the witnesses.

    Attributes:
        assembly: the problem as a tape.
        name: the output's.
        programs: its derivative programs.
        options: what is wanted.
        memory: what witnesses keep between the points of one output.
        derivative: the numbers.
        inputs: the values of the tape's inputs.
        values: those of the primal instructions.
    """

    assembly: Assembly
    name: str
    programs: Programs
    options: SolveOptions
    memory: dict[Any, Any]
    derivative: Derivative
    inputs: Mapping[str, Any]
    values: Mapping[int, Any]

    def described(self, record: Record) -> Record:
        """The record with what is known without a witness: what is not finite, the audit, why entries are 0."""
        record = replace(record, nonfinite=self._nonfinite())
        if self.options.advice and (self.assembly.problem.points is None or self.options.check):
            record = replace(record, zeros=self._zeros(record))
        return record

    def _zeros(self, record: Record) -> tuple[Zero, ...]:
        """Why entries of a gradient or Jacobian are 0 or not connected, where some are."""
        every = [record.jacobian.matrix] if record.jacobian is not None else list((record.gradient or {}).values())
        if all(entries is not None and np.all(entries) for entries in every):
            return ()
        from gradcli.verify.zeros import Named, explain_gradient, explain_jacobian

        programs, tape = self.programs, self.assembly.tape
        pairs = zip(programs.names, programs.sources, strict=True)
        if record.jacobian is not None:
            variables = [Named(n, s, 0.0) for n, s in pairs]
            rows = record.jacobian.rows
            matrix = np.reshape(record.jacobian.matrix, (len(rows), len(record.jacobian.columns)))
            return explain_jacobian(tape, self.programs.output, rows, variables, matrix, self.values, self.memory)
        found = record.gradient or {}
        missing = programs.unconnected_names()
        defined = np.isfinite(np.asarray(record.value))  # without a value a 0 is no derivative
        variables = [Named(n, s, None if n in missing else np.asarray(found[n])) for n, s in pairs]
        variables = [v for v in variables if defined or v.entries is None]
        return explain_gradient(tape, self.programs.output, self.name, variables, self.values)

    def _nonfinite(self) -> tuple[Nonfinite, ...]:
        """What is not finite in the value and the derivative, and where a NaN was hidden."""
        tape, output = self.assembly.tape, self.programs.output
        finite = np.all(np.isfinite(self.derivative.entries)) and np.all(np.isfinite(self.values[output]))
        if finite and all(np.isfinite(v).all() for v in self.values.values()):
            return ()
        from gradcli.verify.nonfinite import find_hidden, find_nonfinite

        hidden = find_hidden(tape, output, self.values)
        if finite:
            return hidden
        every = {**self.derivative.all_values(tape, self.inputs), **self.values}
        told = find_nonfinite(tape, [output, *self.derivative.instructions], every, output)
        named = {(one.text, one.line, one.column) for one in told}
        return (*told, *(one for one in hidden if (one.text, one.line, one.column) not in named))

    def examined(self, record: Record) -> Record:
        """The record with what the witnesses found, and its verdict."""
        from gradcli.verify.examine import Hearing, examine
        from gradcli.verify.statements import UNPROVED, Proved, check_statements

        tape, check, derivative = self.assembly.tape, self.assembly.problem.check, self.derivative
        rounding = derivative.rounding(tape, self.inputs, self.values, check.budget_seconds)
        hearing = Hearing(
            tape,
            self.programs.output,
            derivative.sources,
            self.inputs,
            self.values,
            derivative.entries,
            derivative.order,
            rounding,
            self.memory,
            derivative.forward,
            partial(derivative.label, tape),
            rounding.moved,
        )
        witnesses = [w for w in WITNESSES if getattr(check, w)]
        begun = time.monotonic()
        deadline = begun + check.budget_seconds
        question = self._question()
        measured = None
        if question is not None:
            from gradcli.verify.hessian_audit import measure

            measured = measure(question, self.programs.slope, begun + _AUDIT_SHARE * check.budget_seconds)
        kept = _PRODUCT_SHARE * check.budget_seconds if len(derivative.entries) > _SMALL and question else 0.0
        spent = time.monotonic() - begun + kept
        finding = examine(
            hearing,
            witnesses,
            check.budget_seconds,
            check.rtol,
            check.seed,
            record.nonfinite,
            spent,
            self.options.by_entry,
        )
        product = self._product(question, finding, deadline) if question is not None else None
        record = self.audited(record, measured, finding, product)
        judged = UNPROVED
        if finding.proved is not None:
            below, above = derivative.arranged(finding.proved.lower), derivative.arranged(finding.proved.upper)
            judged = Proved(finding.value.enclosure, {name: (below[name], above[name]) for name in below})
        statements = check_statements(self.assembly, self.name, record, self.inputs, judged)
        wrong = any(c.verdict == "disagree" for c in statements.values())
        wrong = wrong or (product is not None and product.verdict == "disagree")
        record = self._certified(record, finding, deadline)
        checks = {**self._explained(finding), **statements}
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
            faults=self._faults(finding.disputes),
            kinks=finding.kinks,
            verdict="mismatch" if wrong else finding.verdict,
        )

    def _explained(self, finding: Finding) -> dict[str, Check]:
        """The checks, with the place in the text that explains why one is inconclusive, where one does."""
        checks, tape = dict(finding.checks), self.assembly.tape
        open_ones = [name for name, check in checks.items() if check.verdict == "inconclusive"]
        if not open_ones:
            return checks
        found: dict[str, str | None] = {}
        if finding.verdict == "unverified":
            from gradcli.verify.ranges import out_of_range

            every = {**self.derivative.all_values(tape, self.inputs), **self.values}
            found[open_ones[0]] = out_of_range(
                tape, [self.programs.output, *self.derivative.instructions], every, self.programs.output
            )
        if "finite_difference" in open_ones and not finding.kinks and not found.get("finite_difference"):
            from gradcli.verify.nearby import kink_nearby

            found["finite_difference"] = kink_nearby(tape, self.programs.output, self.derivative.sources, self.inputs)
        for name, why in found.items():
            reason = checks[name].reason
            if why is not None:
                checks[name] = replace(checks[name], reason=f"{reason}; {why}" if reason else why)
        return checks

    def _certified(self, record: Record, finding: Finding, deadline: float) -> Record:
        """The record with what is proved of its entries, and with what takes digits where that matters."""
        proved = finding.proved
        if proved is not None and self.options.certify:
            from gradcli.verify.accuracy import pairs

            below, above = self.derivative.arranged(proved.lower), self.derivative.arranged(proved.upper)
            record = replace(record, enclosures={name: pairs(below[name], above[name]) for name in below})
        thorough, doubted = self.options.certify, finding.verdict == "unverified"
        if proved is None or not self.options.advice or not (thorough or doubted):
            return record
        from gradcli.result import Condition
        from gradcli.verify.accuracy import Case, accuracy, nulls

        tape, programs = self.assembly.tape, self.programs
        names = entry_labels(record, [tape.shape(s) for s in programs.sources])
        entry = self.derivative.entry

        def place(position: tuple[int, ...]) -> Entry | None:
            return None if finding.kinks and not proved.compared[position] else entry(position)

        case = Case(
            tape, self.programs.output, self.inputs, self.derivative.entries, proved, finding.covered, place, names
        )
        found = accuracy(case, thorough, doubted, deadline, None if finding.value.covered else self.name)
        record = replace(record, cancellations=found.cancellations)
        if not thorough:
            return record
        shown = [
            {n: nulls(np.asarray(a)) for n, a in self.derivative.arranged(part).items()}
            for part in (found.digits, found.inputs, found.operations)
        ]
        return replace(record, digits=shown[0], condition=Condition(shown[1], shown[2]))

    def _question(self) -> Question | None:
        """What the audit of a Hessian is about; None of another derivative."""
        if (
            self.derivative.order != 2
            or not self.derivative.entries.size
            or not np.all(np.isfinite(self.derivative.entries))
        ):
            return None
        from gradcli.verify.examine import held_values
        from gradcli.verify.products import Question

        programs, tape, check = self.programs, self.assembly.tape, self.assembly.problem.check
        shapes = [tape.shape(s) for s in programs.sources]
        _, found = programs.gradient.run(self.inputs)
        slopes = [np.zeros(s) if g is None else np.broadcast_to(g, s) for g, s in zip(found, shapes, strict=True)]
        return Question(
            tape,
            self.programs.output,
            programs.sources,
            self.inputs,
            self.values,
            held_values(tape, self.programs.output, self.values),
            self.derivative.entries,
            np.concatenate([np.zeros(0), *map(np.ravel, slopes)]),
            programs.gradient.adjoints,
            lambda v: programs.hessian.product(self.inputs, v),
            self.derivative.rounding(tape, self.inputs, self.values, check.budget_seconds),
            check.rtol,
            check.seed,
        )

    def _product(self, question: Question, finding: Finding, deadline: float) -> VectorProduct:
        """The Hessian's product with a random vector, cross-checked where there is no kink."""
        from gradcli.result import VectorProduct
        from gradcli.verify.products import WITNESS, cross_check

        if finding.kinks:
            return VectorProduct("skipped", question.seed, WITNESS, reason="not differentiable here")
        return cross_check(question, deadline, finding.lower, finding.upper)

    def audited(
        self,
        record: Record,
        measured: Measured | None = None,
        finding: Finding | None = None,
        product: VectorProduct | None = None,
    ) -> Record:
        """The record with its Hessian's audit, where it has one."""
        if record.hessian is None:
            return record
        from gradcli.verify.hessian_audit import conclude

        lower, upper = (finding.lower, finding.upper) if finding else (None, None)
        audit, signs = conclude(
            self.assembly.tape,
            self.programs.output,
            self.derivative.sources,
            self.values,
            record.hessian.labels,
            self.derivative.entries,
            measured,
            product,
            lower,
            upper,
            not (finding and finding.kinks),
        )
        return replace(record, hessian=replace(record.hessian, audit=audit, definiteness=signs))

    def _faults(self, disputes: Sequence[Docket]) -> tuple[Fault, ...]:
        """Which rules of the tape are wrong, where it is the suspect."""
        if all(one.suspect != "tape" for one in disputes):
            return ()
        from gradcli.verify.partials import wrong_partials

        tape, check = self.assembly.tape, self.assembly.problem.check
        second = list(self.derivative.instructions) if self.derivative.order == 2 else []
        every = {**(self.derivative.all_values(tape, self.inputs) if second else {}), **self.values}
        return wrong_partials(
            tape, [self.programs.output, *second], self.derivative.sources, every, check.seed, check.budget_seconds
        )
