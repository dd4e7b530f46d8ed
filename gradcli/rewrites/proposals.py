"""Which rewrites help a record whose numbers are not finite, or lost their digits: each is tried before it is told.

What is told has passed three checks. The whole problem with the rewrite in it is solved again at this point: its
value is finite, nothing of its derivative is NaN, and where all of it is finite the certificate and the differences
confirm it. And at ordinary points around, where the original has a value, both have the same one. Around means: the
signs of this point's numbers, magnitudes drawn at random from 0.002 to 2, the same ones in every run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly
from gradcli.autodiff import array_functions, compositions
from gradcli.autodiff.elementwise import CALLABLE
from gradcli.errors import GradcliError, column_of, line_of
from gradcli.language.parser import parse
from gradcli.language.patterns import replaced, rewritings
from gradcli.language.syntax import Expression, Node, walk
from gradcli.problems.problem import Claims, Expect, Problem
from gradcli.result import Record, Rewrite
from gradcli.rewrites.rules import RULES, Rule

Judge = Callable[[Problem, bool], Record]  #: solves a problem at its one point, with or without witnesses

_NODES = 3000  #: of all expressions of a problem that is looked through
_TRIES = 40  #: problems with a rewrite that are solved
_MOST = 4  #: rewrites in one problem
_PLACES = 8  #: that are not finite, beyond which so few rewrites do not help
_SCALES = (2.0, 1.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)  #: of the magnitudes of ordinary points
_ENOUGH = 3  #: ordinary points at which both sides must have a value
_RTOL = 1e-9


class _Candidate(NamedTuple):
    """A node of one of the problem's expressions, and what could be written for it."""

    table: str
    key: str
    expression: Expression
    node: Node
    replacement: str

    def told(self, why: str) -> Rewrite:
        text, start = self.expression.text, self.node.span.start
        spot = line_of(text, start, self.expression.origin), column_of(text, start)
        whole = replaced(self.expression, self.node, self.replacement)
        return Rewrite(text[start : self.node.span.end], *spot, self.replacement, whole, why)


def propose(
    problem: Problem, record: Record, inputs: Mapping[str, Any], judge: Judge, seconds: float
) -> tuple[Rewrite, ...]:
    """Rewrites that give a record a finite or a confirmed result, each checked; empty where none is known.

    Args:
        problem: what the record is about.
        record: a record with the verdict `nonfinite` or `unverified`.
        inputs: values of constants and variables at its point.
        judge: solves a problem for the record's task and output.
        seconds: after which no further rewrite is tried.
    """
    if len(record.nonfinite) > _PLACES:
        return ()
    deadline = time.monotonic() + seconds
    original = _at(problem, inputs)
    current, here = original, record
    taken: list[_Candidate] = []
    tries = _TRIES
    while len(taken) < _MOST and not _done(here):
        for candidate in _candidates(current, record.output or ""):
            tries -= 1
            if tries < 0 or time.monotonic() > deadline:
                break
            try:
                changed = _changed(current, candidate)
                there = judge(changed, record.verdict == "unverified")
            except GradcliError:
                continue
            if _badness(there) < _badness(here):
                current, here = changed, there
                taken.append(candidate)
                break
        else:
            break
        if tries < 0 or time.monotonic() > deadline:
            break
    if not taken:
        return ()
    here = judge(current, True)
    points = _agreement(original, current, record.output or "")
    infinite = any(np.isinf(np.asarray(n, dtype=float)).any() for n in _derivatives(here))
    sound = here.verdict in ("verified", "kink") or (infinite and _badness(here)[0] == 0)
    if not sound or points is None:
        return ()
    why = f"{_result(here)}; at {points} ordinary points around the value is the same"
    return tuple(candidate.told(why) for candidate in taken)


def _done(record: Record) -> bool:
    return record.verdict in ("verified", "kink", "unchecked") and not record.nonfinite


def _badness(record: Record) -> tuple[int, int, int]:
    """What a rewrite must improve: entries that are NaN or a value that is none, places, and numbers in doubt."""
    value = np.asarray(record.value, dtype=float)
    numbers = np.concatenate([np.ravel(np.asarray(n, dtype=float)) for n in _derivatives(record)] or [np.zeros(0)])
    lost = int(np.isnan(numbers).sum() + (~np.isfinite(value)).sum())
    return lost, len(record.nonfinite), int(record.verdict == "unverified")


def _derivatives(record: Record) -> list[Any]:
    if record.gradient is not None:
        return [g for g in record.gradient.values() if g is not None]
    return [m.matrix for m in (record.hessian, record.jacobian) if m is not None]


def _result(record: Record) -> str:
    """What the rewritten problem has here."""
    value = np.asarray(record.value, dtype=float)
    shown = f"{record.output} = {float(value):.16g}" if value.ndim == 0 else f"{record.output} is finite"
    state = {
        "verified": "its derivatives are finite and verified",
        "kink": "its derivative at the kink is a convention",
        "nonfinite": "nothing is nan, but a derivative stays infinite",
    }[record.verdict]
    return f"then {shown} here, {state}"


def _candidates(problem: Problem, output: str) -> Iterator[_Candidate]:
    """Every place of the problem that has the form of a rule."""
    shadowed = {*problem.functions, *problem.variables, *problem.constants, *problem.lets}
    shadowed |= {p for f in problem.functions.values() for p in f.parameters}
    rules = [rule for rule in RULES if not rule.introduces & shadowed]
    expressions = [("outputs", output, problem.outputs[output])]
    expressions += [("lets", name, expression) for name, expression in problem.lets.items()]
    expressions += [("functions", name, function.body) for name, function in problem.functions.items()]
    left = _NODES

    def spelled(name: str) -> str:
        if name in problem.functions:
            return ""
        known: Any = CALLABLE.get(name) or compositions.BY_NAME.get(name) or array_functions.BY_NAME.get(name)
        return known.name if known is not None else name

    for table, key, expression in expressions:
        for node in walk(expression.tree):
            left -= 1
            if left < 0:
                return
            for rule in rules:
                for text in _written(rule, node, spelled):
                    yield _Candidate(table, key, expression, node, text)


def _written(rule: Rule, node: Node, spelled: Callable[[str], str]) -> Iterator[str]:
    yield from dict.fromkeys(rewritings(rule.pattern, rule.replacement, node, spelled))


def _changed(problem: Problem, candidate: _Candidate) -> Problem:
    """The problem with one node written otherwise."""
    text = replaced(candidate.expression, candidate.node, candidate.replacement)
    expression = parse(text, candidate.expression.origin)
    if candidate.table == "functions":
        function = problem.functions[candidate.key]._replace(body=expression)
        return problem.with_(functions={**problem.functions, candidate.key: function})
    return problem.with_(**{candidate.table: {**getattr(problem, candidate.table), candidate.key: expression}})


def _at(problem: Problem, inputs: Mapping[str, Any]) -> Problem:
    """The problem at one point, without what was said about its result."""
    variables = {n: v._replace(value=np.asarray(inputs[n])) for n, v in problem.variables.items()}
    check = problem.check._replace(symbolic=False, finite_difference=True, certificate=True, budget_seconds=1.0)
    return problem.with_(variables=variables, points=None, claims=Claims(), expect=Expect(), check=check)


def _agreement(original: Problem, rewritten: Problem, output: str) -> int | None:
    """At how many ordinary points both have one value; None if they differ at one, or at too few have any."""
    generator = np.random.default_rng(0)
    agreeing = 0
    sides = [Assembly(problem) for problem in (original, rewritten)]
    for scale in _SCALES:
        moved = {}
        for name, variable in original.variables.items():
            value = np.asarray(variable.value, dtype=float)
            size = generator.uniform(0.2, 1.0, value.shape) * scale
            moved[name] = np.where(value < 0, -size, size)
        with np.errstate(all="ignore"):
            first, second = (
                np.asarray(
                    side.primal_values(side.outputs[output], {**original.constants, **moved})[side.outputs[output]]
                )
                for side in sides
            )
        if not np.all(np.isfinite(first)):
            continue
        if not np.allclose(first, second, rtol=_RTOL, atol=_RTOL * float(np.max(np.abs(first), initial=0.0)) + 1e-14):
            return None
        agreeing += 1
    return agreeing if agreeing >= _ENOUGH else None
