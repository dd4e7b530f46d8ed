"""From a problem with claims to records: each claim decided, and the derivative itself heard by the witnesses."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from gradcli.assembly import Assembly
from gradcli.claims.subject import Subject, Subjects
from gradcli.claims.trial_points import SIMPLE
from gradcli.claims.verdict import decide
from gradcli.language.labels import base_of
from gradcli.language.parser import parse
from gradcli.language.syntax import Expression
from gradcli.problems.claimed import Key
from gradcli.problems.problem import Claims, Expect, Problem, Variable
from gradcli.result import VERDICTS, Record, Result
from gradcli.solve import SolveOptions, solve


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
    deadline = time.monotonic() + problem.check.budget_seconds
    subjects = Subjects(assembly, problem)
    chosen = problem.outputs if options.output is None else (options.output,)
    stated: dict[str, list[tuple[Subject, Expression]]] = {}
    claimed: list[tuple[Key, Expression]] = [*problem.claims.gradient.items(), *problem.claims.hessian.items()]
    for key, said in claimed:
        for output in chosen:
            if base_of(key[0] or output) == output:
                stated.setdefault(output, []).append((subjects.of(key, output, said), said))
    records = []
    for output in (one for one in problem.outputs if one in stated):
        claims = stated[output]
        decided = [decide(subjects, subject, said, problem, deadline) for subject, said in claims]
        missing = subjects.unclaimed([subject for subject, _ in claims])
        record = Record(
            problem.source, "unverified", "check", problem.title, output, claims=tuple(decided), unclaimed=missing
        )
        verdicts = {c.verdict for c in decided}
        if "wrong" in verdicts:
            record = replace(record, verdict="mismatch")
        elif verdicts == {"right"}:
            record = _examined(record, problem, options, [subject for subject, _ in claims])
        records.append(record)
    return Result(tuple(records))


def _questions(problem: Problem, subjects: Sequence[Subject]) -> Iterator[tuple[Problem, str]]:
    """What the witnesses are asked: problems of one output (or its entry), and the task that holds the claims."""
    asked = {(one.output, bool(one.output_shape), len(one.axes) == 2) for one in subjects}
    for output, is_array, is_second in sorted(asked):
        base = base_of(output)
        whole = problem.outputs[base]
        entry = whole if output == base else parse(f"({whole.text}){output.removeprefix(base)}", whole.origin)
        task = "jacobian" if is_array else "hessian" if is_second else "grad"
        yield problem.with_(outputs={base: entry}), task


def _filled(problem: Problem, turn: int = 0) -> dict[str, Variable]:
    """The variables, those without a value at one of several simple points."""
    return {
        name: v if v.value is not None else Variable(np.float64(SIMPLE[(k + turn) % len(SIMPLE)]), v.trainable)
        for k, (name, v) in enumerate(problem.variables.items())
    }


def _examined(record: Record, problem: Problem, options: SolveOptions, subjects: Sequence[Subject]) -> Record:
    """The claims are the derivatives; are the tape's right too? The witnesses say so at one point."""
    if not options.check:
        return replace(record, verdict="unchecked")
    examined: list[Record] = []
    for turn in range(len(SIMPLE)):
        stated = problem.with_(
            variables=_filled(problem, turn),
            points=None,
            claims=Claims(),
            expect=Expect(),
            wrt=tuple(problem.variables),
        )
        examined = [solve(one, SolveOptions(task=task)).results[0] for one, task in _questions(stated, subjects)]
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
