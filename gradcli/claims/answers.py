"""From a problem with claims to records: each claim decided, and the derivative itself heard by the witnesses."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from gradcli.assembly import Assembly
from gradcli.claims.decision import Decision
from gradcli.claims.trial_points import SIMPLE
from gradcli.derivative import Programs
from gradcli.language.syntax import Expression
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
    records = []
    for output, claims in _by_output(problem, options.output).items():
        assembly.require_scalar(output, "check")
        programs = Programs(assembly, assembly.outputs[output], "zero")
        decided = [Decision(assembly, programs, names, text, problem, deadline).decide() for names, text in claims]
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
        name: v if v.value is not None else Variable(np.float64(SIMPLE[(k + turn) % len(SIMPLE)]), v.trainable)
        for k, (name, v) in enumerate(problem.variables.items())
    }


def _examined(record: Record, problem: Problem, output: str, options: SolveOptions) -> Record:
    """The claims are the derivatives; are the tape's right too? The witnesses say so at one point."""
    if not options.check:
        return replace(record, verdict="unchecked")
    tasks = ["grad"] + (["hessian"] if any("," in c.name for c in record.claims) else [])
    examined: list[Record] = []
    for turn in range(len(SIMPLE)):
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
