"""One random expression before three judges: gradcli's tape, FLINT's balls and JAX. A difference is explained or fails.

The reasons that explain one are the members of `Reason`. A rigorous enclosure decides between the tape and JAX, and
only where JAX's value of the expression is gradcli's: then both differentiate the same function.
"""

from __future__ import annotations

import enum
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
from random_trees import Node, problem, smaller, walk, written

import gradcli
from gradcli.errors import GradcliError
from gradcli.result import Record
from gradcli.solve import SolveOptions, solve

SAME = 1e-10  #: relative difference of an entry that needs no explanation,
NOTHING = 1e-14  #: and one relative to the scale (the largest entry, the value, 1): the rounding of sums that cancel
LOST = 1e-5  #: relative to the scale: the most that JAX may have lost in digits; more is another function
BLIND = 1e-9  #: relative to the scale: the most it may have lost where there is no enclosure


class Reason(enum.Enum):
    """Why a difference is no error of gradcli's."""

    KINK = "not differentiable here: the number is a convention"
    DIGITS = "JAX loses digits: the enclosure confirms the tape"
    NAN = "JAX has NaN, as of a branch not taken or of a norm that stays 0: the enclosure confirms the tape"
    EDGE = "JAX has NaN and the balls have no enclosure: an edge where both divide by 0"
    UNDEFINED = "no finite derivative exists here"


class Difference(NamedTuple):
    """What nobody explained."""

    what: str
    tape: Any
    other: Any


class Verdict(NamedTuple):
    """What came of one expression: the reasons used, what is left unexplained, entries decided by balls."""

    reasons: Counter[Reason]
    unexplained: list[Difference]
    enclosed: int = 0
    entries: int = 0


def judge(root: Node, jax: bool) -> Verdict:
    """Compare value, gradient and Hessian of an expression.

    Args:
        root: from `random_expressions.expression`.
        jax: whether JAX is heard.
    """
    verdict = Verdict(Counter(), [])
    stated = problem(root)
    model = gradcli.Model(stated)
    with np.errstate(all="ignore"):
        value = float(model.value()["f"])
        gradient, hessian = model.gradient()["f"], model.hessian()["f"]
    slopes = np.concatenate([np.ravel(np.zeros(s.shape) if g is None else g) for g, s in _shaped(gradient, stated)])
    records = [solve(stated, SolveOptions(task=t, certify=True)).results[0] for t in ("grad", "hessian")]
    found = [_Order("gradient", slopes, records[0], _gradient_balls(records[0], gradient, stated))]
    found.append(_Order("Hessian", hessian, records[1], _hessian_balls(records[1], hessian)))
    theirs: tuple[Any, ...] = (None, None)
    if jax:
        from jax_meanings import derivatives, places

        jax_value, *rest = derivatives(root)
        where = places(stated.variables)
        theirs = (rest[0][where], rest[1][np.ix_(where, where)])
        if not abs(jax_value - value) <= 1e-8 * max(1.0, abs(value)):
            verdict.unexplained.append(Difference("value of JAX", value, jax_value))
            return verdict
    for one, other in zip(found, theirs, strict=True):
        verdict = _judged(one, other, verdict)
    return verdict


class _Order(NamedTuple):
    name: str
    entries: Any
    record: Record
    balls: tuple[Any, Any]


def _judged(one: _Order, jax: Any, verdict: Verdict) -> Verdict:
    reasons, unexplained = verdict.reasons, verdict.unexplained
    entries, (lower, upper) = one.entries, one.balls
    check = one.record.checks.get("certificate")
    if one.record.kinks:
        reasons[Reason.KINK] += 1
        return verdict
    if one.record.verdict == "nonfinite" or not np.isfinite(entries).all():
        if jax is not None and np.isfinite(jax).all():
            unexplained.append(Difference(f"{one.name} is not finite, JAX's is", entries.tolist(), jax.tolist()))
        reasons[Reason.UNDEFINED] += 1
        return verdict
    if one.record.verdict == "mismatch" or (check is not None and check.verdict == "disagree"):
        unexplained.append(
            Difference(f"{one.name}: the balls contradict", entries.tolist(), (lower.tolist(), upper.tolist()))
        )
        return verdict
    scale = float(np.max(np.abs(entries), initial=max(1.0, abs(one.record.value))))
    known = np.isfinite(lower) & np.isfinite(upper)
    outside = np.where(known, np.maximum(np.maximum(lower - entries, entries - upper), 0.0), 0.0)
    if np.any(outside > SAME * np.abs(entries) + 1e-8 * scale):
        unexplained.append(Difference(f"{one.name} outside its enclosure", entries.tolist(), outside.tolist()))
    if jax is not None:
        with np.errstate(invalid="ignore"):
            apart = np.abs(jax - entries)
            differs = ~(apart <= SAME * np.abs(entries) + NOTHING * scale)
        verdict.reasons.update(_explained(one, jax, differs, known, scale, verdict.unexplained))
    return Verdict(reasons, unexplained, verdict.enclosed + int(known.sum()), verdict.entries + entries.size)


def _explained(
    one: _Order, jax: Any, differs: Any, known: Any, scale: float, unexplained: list[Difference]
) -> list[Reason]:
    """Why JAX differs in these entries; what nobody can say goes to `unexplained`."""
    reasons = []
    silent = differs & ~np.isfinite(jax)
    if (silent & known).any():
        reasons.append(Reason.NAN)
    if (silent & ~known).any():
        reasons.append(Reason.EDGE)
    with np.errstate(invalid="ignore"):
        apart = np.where(silent, 0.0, np.abs(jax - one.entries))
    if (differs & ~silent & ~known & (apart > BLIND * scale)).any():
        unexplained.append(Difference(f"{one.name}: JAX differs, no ball", one.entries.tolist(), jax.tolist()))
    elif (apart > LOST * scale).any():
        what = f"{one.name}: JAX differs, the balls confirm the tape"
        unexplained.append(Difference(what, one.entries.tolist(), jax.tolist()))
    elif (differs & ~silent).any():
        reasons.append(Reason.DIGITS)
    return reasons


def _shaped(gradient: Any, stated: Any) -> list[tuple[Any, Any]]:
    return [(g, np.asarray(stated.variables[n].value)) for n, g in gradient.items()]


def _gradient_balls(record: Record, gradient: Any, stated: Any) -> tuple[Any, Any]:
    """Bounds of every entry; of what is not connected they are 0, and NaN where the balls say nothing."""
    sides: list[list[Any]] = [[], []]
    for name, entries in gradient.items():
        shape = np.shape(stated.variables[name].value)
        pair = np.zeros((*shape, 2)) if entries is None else np.full((*shape, 2), np.nan)
        if record.enclosures and name in record.enclosures:
            pair = np.asarray(record.enclosures[name], dtype=np.float64)
        for side, bounds in zip(sides, np.moveaxis(pair, -1, 0), strict=True):
            side.append(np.ravel(bounds))
    return np.concatenate(sides[0]), np.concatenate(sides[1])


def _hessian_balls(record: Record, hessian: Any) -> tuple[Any, Any]:
    if not record.enclosures:
        return np.full(hessian.shape, np.nan), np.full(hessian.shape, np.nan)
    pairs = np.asarray(record.enclosures["matrix"], dtype=np.float64)
    return pairs[..., 0], pairs[..., 1]


def shrunk(root: Node, jax: bool, rounds: int = 60) -> Node:
    """The smallest tree found that still has an unexplained difference of the same sort."""

    def fails(tree: Node) -> str | None:
        try:
            unexplained = judge(tree, jax).unexplained
        except GradcliError as error:
            return type(error).__name__
        return unexplained[0].what.partition(":")[0] if unexplained else None

    sort = fails(root)
    for _ in range(rounds):
        candidates = sorted((tree for tree in smaller(root) if _size(tree) < _size(root)), key=_size)
        better = next((tree for tree in candidates if fails(tree) == sort), None)
        if better is None:
            break
        root = better
    return root


def _size(tree: Node) -> int:
    return sum(1 for _ in walk(tree))


def report(root: Node, jax: bool) -> str:
    """The smallest failing expression, as a spec, with what differs."""
    small = shrunk(root, jax)
    lines = [f"{d.what}\n    tape  {d.tape}\n    other {d.other}" for d in judge(small, jax).unexplained]
    return "\n".join([str(written(small)), *lines])
