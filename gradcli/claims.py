"""Are these hand-derived formulas right? Compared with the tape's derivatives at many points.

Points with small whole numbers come first, so that a counterexample is one that can be followed
by hand. A difference counts only beyond what rounding explains.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradcli.assembly import Assembly
from gradcli.derivative import Programs
from gradcli.errors import GradcliError, ShapeError
from gradcli.language.syntax import Expression
from gradcli.problems.problem import Claims, Expect, Problem, Variable
from gradcli.result import VERDICTS, Claim, Record, Result
from gradcli.solve import SolveOptions, solve
from gradcli.targets.arrays import Array, Plan
from gradcli.verify.rounding import rounding_bound

RTOL = 1e-11  #: relative difference that two right formulas may show in float64, beside what rounding explains
POINTS = 24  #: random points beside the simple ones
_ENOUGH = 12  #: points with finite values that make "right" more than luck
#: Intervals that random points are drawn from in turn: wide, positive, inside (0, 1), large.
_RANGES = ((-3.0, 3.0), (0.1, 4.0), (0.05, 0.95), (1.1, 30.0))
_SIMPLE = (1.0, 2.0, 0.5, 3.0, -1.0, -2.0)


def check_claims(problem: Problem, options: SolveOptions) -> Result:
    """Decide every claim of a problem.

    Args:
        problem: with `claims`; values of its variables, if there are any, are tried first.
        options: `check` says whether the derivative itself is examined by the witnesses.

    Returns:
        One record per output with claims; `mismatch` if one is wrong, `verified` if all are
        right and the derivative is, else `unverified`.

    Raises:
        GradcliError: if a claim is no formula over the problem's names.
    """
    known = problem.with_(variables=_filled(problem), points=None, wrt=tuple(problem.variables))
    assembly = Assembly(known)
    records = []
    for output, claims in _by_output(problem, options.output).items():
        assembly.require_scalar(output, "check")
        programs = Programs(assembly, assembly.outputs[output], "zero")
        decided = [_Decision(assembly, programs, names, text, problem).decide() for names, text in claims]
        record = Record(problem.source, "unverified", "check", problem.title, output, claims=tuple(decided))
        verdicts = {c.verdict for c in decided}
        if "wrong" in verdicts:
            record = replace(record, verdict="mismatch")
        elif verdicts == {"right"}:
            record = _examined(record, problem, output, options)
        records.append(record)
    return Result(tuple(records))


def _by_output(problem: Problem, chosen: str | None) -> dict[str, list[tuple[tuple[str, ...], Expression]]]:
    found: dict[str, list[tuple[tuple[str, ...], Expression]]] = {}
    for output in problem.outputs if chosen is None else (chosen,):
        mine: list[tuple[tuple[str, ...], Expression]] = []
        mine += [((x,), e) for (named, x), e in problem.claims.gradient.items() if named in (None, output)]
        mine += [((x, y), e) for (named, x, y), e in problem.claims.hessian.items() if named in (None, output)]
        if mine:
            found[output] = mine
    return found


def _filled(problem: Problem, turn: int = 0) -> dict[str, Variable]:
    """The variables, those without a value at one of several simple points."""
    return {
        name: v if v.value is not None else Variable(np.float64(_SIMPLE[(k + turn) % len(_SIMPLE)]), v.trainable)
        for k, (name, v) in enumerate(problem.variables.items())
    }


def _examined(record: Record, problem: Problem, output: str, options: SolveOptions) -> Record:
    """The claims are the tape's derivatives; are those right? The witnesses say so at one point."""
    if not options.check:
        return replace(record, verdict="unchecked")
    tasks = ["grad"] + (["hessian"] if any("," in c.name for c in record.claims) else [])
    examined: list[Record] = []
    for turn in range(len(_SIMPLE)):
        stated = problem.with_(
            variables=_filled(problem, turn),
            points=None,
            claims=Claims(),
            expect=Expect(),
            wrt=tuple(problem.variables),
        )
        examined = [solve(stated, SolveOptions(task=task, output=output)).results[0] for task in tasks]
        given = all(v.value is not None for v in problem.variables.values())
        if given or not any(r.verdict in ("nonfinite", "kink") for r in examined):
            break
    worst = min(examined, key=lambda r: VERDICTS.index(r.verdict))
    return replace(
        record,
        verdict=worst.verdict,
        checks=worst.checks,
        kinks=worst.kinks,
        nonfinite=worst.nonfinite,
        at=worst.at,
        value=worst.value,
    )


class _Decision:
    """One claim against one derivative."""

    def __init__(
        self, assembly: Assembly, programs: Programs, names: tuple[str, ...], said: Expression, problem: Problem
    ) -> None:
        self.assembly = assembly
        self.tape = assembly.tape
        self.names = names
        self.said = said
        self.problem = problem
        self.claim = assembly.lower(said)
        self.shapes = {n: self.tape.shape(assembly.names[n]) for n in problem.variables}
        self._programs = programs

    def decide(self) -> Claim:
        """Try points until one contradicts or enough agree."""
        name, text = ",".join(self.names), self.said.text
        agreed = 0
        for point in self._points():
            claimed, actual, slack = self._values(point)
            if not (np.all(np.isfinite(claimed)) and np.all(np.isfinite(actual))):
                continue
            wrong = ~(np.abs(claimed - actual) <= RTOL * np.maximum(np.abs(claimed), np.abs(actual)) + slack)
            if not wrong.any():
                agreed += 1
                if agreed >= _ENOUGH:
                    break
                continue
            shown = {n: np.asarray(v).tolist() for n, v in point.items()}
            return Claim(
                name, text, "wrong", self._derivative_text(), None, None, shown, claimed.tolist(), actual.tolist()
            )
        verdict = "right" if agreed >= min(_ENOUGH, POINTS) or (not self.shapes and agreed) else "undecided"
        return Claim(name, text, verdict, decided_by=f"equal at {agreed} points")

    def _values(self, point: Mapping[str, Any]) -> tuple[Array, Array, float]:
        """The claim, the derivative, and what rounding may have done to either."""
        inputs = {**self.problem.constants, **point}
        claimed = Plan(self.tape, [self.claim]).run(inputs)[0]
        actual = self._actual(inputs)
        try:
            claimed, actual = (np.array(a) for a in np.broadcast_arrays(claimed, actual))
        except ValueError:
            raise ShapeError(
                f"the claim for {','.join(self.names)} has shape {claimed.shape}, the derivative {actual.shape}",
                text=self.said.text,
                span=self.said.tree.span,
                origin=self.said.origin,
            ) from None
        with np.errstate(invalid="ignore"):  # inf - inf is NaN, and not close
            difference = np.abs(claimed - actual)
        close = bool(np.all(difference <= RTOL * np.maximum(np.abs(claimed), np.abs(actual))))
        if close or not np.all(np.isfinite(difference)):
            return claimed, actual, 0.0
        return claimed, actual, self._slack(inputs)

    def _slack(self, inputs: Mapping[str, Any]) -> float:
        bounds = [0.0]
        first = self._programs.gradient.adjoints[self._index(0)]
        for i in (self.claim, first):
            if i is None:
                continue
            for at in np.ndindex(self.tape.shape(i)):
                bounds.append(rounding_bound(self.tape, i, tuple(int(k) for k in at), inputs)[0])
        return 4 * max(bounds)

    def _index(self, k: int) -> int:
        return self.assembly.wrt.index(self.names[k])

    def _actual(self, inputs: Mapping[str, Any]) -> Array:
        shapes = [self.shapes[n] for n in self.names]
        if len(self.names) == 1:
            gradient = self._programs.gradient.run(inputs)[1][self._index(0)]
            return np.zeros(shapes[0]) if gradient is None else np.broadcast_to(gradient, shapes[0])
        matrix = self._programs.hessian.run(inputs)
        ends = np.cumsum([int(np.prod(self.shapes[n])) for n in self.assembly.wrt])
        spans = [
            slice(int(ends[k] - np.prod(self.shapes[n])), int(ends[k]))
            for k, n in zip(map(self._index, (0, 1)), self.names, strict=True)
        ]
        return matrix[spans[0], spans[1]].reshape((*shapes[0], *shapes[1]))

    def _derivative_text(self) -> str | None:
        from gradcli.autodiff.vjp import vjp
        from gradcli.targets.source import NotExpressible, to_text

        index = self._programs.gradient.adjoints[self._index(0)]
        if index is not None and len(self.names) == 2:
            if self.tape.shape(index) != ():
                return None
            index = vjp(self.tape, index, self.tape.constant(1.0), [self.assembly.names[self.names[1]]])[0]
        try:
            return "0" if index is None else to_text(self.tape, index)
        except (NotExpressible, GradcliError):
            return None

    def _points(self) -> Iterator[dict[str, Any]]:
        """The problem's own values, points of small numbers, then random ones in several ranges."""
        own = {n: v.value for n, v in self.problem.variables.items()}
        if own and all(v is not None for v in own.values()):
            yield {n: np.asarray(v) for n, v in own.items()}
        generator = random.Random(self.problem.check.seed)
        for k in range(len(_SIMPLE)):
            yield self._point(lambda i, k=k: _SIMPLE[(i + k) % len(_SIMPLE)])
        for k in range(4 * POINTS):
            low, high = _RANGES[k % len(_RANGES)]
            yield self._point(lambda i, low=low, high=high: round(generator.uniform(low, high), 3))

    def _point(self, number: Any) -> dict[str, Any]:
        count = 0
        point = {}
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            point[name] = np.array([number(count + k) for k in range(size)], dtype=np.float64).reshape(shape)
            count += size
        return point
