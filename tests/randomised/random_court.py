"""One random expression before its judges: FLINT's balls, JAX, gradcli's own court. A difference is explained or fails.

The reasons that explain one are the members of `Reason`. A rigorous enclosure decides between the tape and JAX, and
only where JAX's value of the expression is gradcli's: then both differentiate the same function. At a kink JAX's
meanings have the stated conventions. The court of all witnesses must not accuse what is right.
"""

from __future__ import annotations

import enum
import functools
import re
from collections import Counter
from collections.abc import Callable
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

DIGITS = 50  #: that JAX's own program is run with where it has lost those of float64,
MOST_DIGITS = 1300  #: and where rounding has decided a comparison: a few more than the balls' highest precision


class Reason(enum.Enum):
    """Why a difference is no error of gradcli's."""

    KINK = "not differentiable here: JAX has no number, the tape has a convention"
    DIGITS = "JAX loses digits: the enclosure confirms the tape"
    NAN = "JAX has NaN, as of a branch not taken or of a norm that stays 0: the enclosure confirms the tape"
    EDGE = "JAX has NaN and the balls have no enclosure: an edge where both divide by 0"
    UNDEFINED = "no finite derivative exists here"
    RANGE = "not finite, as JAX's own program at 50 digits has numbers on the way that float64 does not"
    SPOILT = "rounding has spoilt the tape's number, and the record says so: unverified, outside its enclosure"
    PROVED = "rounding has taken digits of the tape's number, and the record says how many are proved"
    JUMP = "a comparison or a jump that rounding decides: JAX at 1300 digits has the enclosure's value, not the tape's"
    LOST = "JAX has lost its digits: its own program at 50 digits agrees with the tape"
    ALONE = "JAX's meaning has no value here: the balls judge alone"


class Difference(NamedTuple):
    """What nobody explained."""

    what: str
    tape: Any
    other: Any


class Verdict(NamedTuple):
    """What came of one expression: reasons used, what is left unexplained, entries decided by balls, the records."""

    reasons: Counter[Reason]
    unexplained: list[Difference]
    enclosed: int = 0
    entries: int = 0
    records: tuple[Record, ...] = ()


def judge(root: Node, jax: bool, court: bool = False) -> Verdict:
    """Compare value, gradient and Hessian of an expression.

    Args:
        root: from `random_expressions.expression`.
        jax: whether JAX is heard.
        court: whether all of gradcli's witnesses are, and not the certificate alone.
    """
    stated = problem(root, court)
    model = gradcli.Model(stated)
    with np.errstate(all="ignore"):
        value = float(model.value()["f"])
        gradient, hessian = model.gradient()["f"], model.hessian()["f"]
    slopes = np.concatenate([np.ravel(np.zeros(s.shape) if g is None else g) for g, s in _shaped(gradient, stated)])
    records = [solve(stated, SolveOptions(task=t, certify=True, advice=False)).results[0] for t in ("grad", "hessian")]
    verdict = Verdict(Counter(), [], records=tuple(records))
    found = [_Order("gradient", slopes, records[0], _gradient_balls(records[0], gradient, stated))]
    found.append(_Order("Hessian", hessian, records[1], _hessian_balls(records[1], hessian)))
    theirs: tuple[_Jax | None, ...] = (None, None)
    if jax:
        from jax_meanings import derivatives, places

        heard = derivatives(root)
        where = places(stated.variables)
        picks = (lambda d: d.gradient[where], lambda d: d.hessian[np.ix_(where, where)])

        def exactly(digits: int) -> Any:
            return _at_digits(functools.partial(heard.exactly, digits))

        beyond = functools.partial(_at_digits, heard.beyond_floats)
        theirs = tuple(_Jax(pick(heard), functools.partial(_picked, pick, exactly), beyond) for pick in picks)
        if not _same_value(heard.value, value):
            exact = exactly(DIGITS) if np.isfinite(heard.value) else None
            if exact is not None and not _same_value(exact.value, value):
                exact = exactly(MOST_DIGITS)
            if exact is not None and not _same_value(exact.value, value):
                verdict.unexplained.append(Difference("value of JAX", value, heard.value))
                return verdict
            verdict.reasons[Reason.ALONE if exact is None else Reason.LOST] += 1
            theirs = (
                (None, None)
                if exact is None
                else tuple(_Jax(pick(exact), lambda digits: None, beyond) for pick in picks)
            )
    for one, other in zip(found, theirs, strict=True):
        outside = _value_outside(one.record)
        if outside is not None:
            exact = exactly(MOST_DIGITS) if jax else None
            if exact is not None and outside[0] <= exact.value <= outside[1]:
                verdict.reasons[Reason.JUMP] += 1
            else:
                verdict.unexplained.append(Difference("the value is outside its enclosure", value, outside))
            continue
        verdict = _judged(one, other, verdict)
    return verdict


def _value_outside(record: Record) -> tuple[float, float] | None:
    """The enclosure of the value, a little wider, where the certificate says that the value lies outside it."""
    check = record.checks.get("certificate")
    found = check and record.verdict == "mismatch" and re.search(r"lies outside \[(.+), (.+)\]", check.reason or "")
    if not found:
        return None
    lower, upper = map(float, found.groups())
    return lower - SAME * abs(lower), upper + SAME * abs(upper)


def _same_value(jax: float, tape: float) -> bool:
    return bool(abs(jax - tape) <= 1e-8 * max(1.0, abs(tape)))


def _at_digits(run: Callable[[], Any]) -> Any:
    """What JAX's program gives at 50 digits; None where it has operations without such."""
    try:
        return run()
    except NotImplementedError:
        return None


def _picked(pick: Callable[[Any], Any], exactly: Callable[[int], Any], digits: int) -> Any:
    found = exactly(digits)
    return None if found is None else pick(found)


class _Jax(NamedTuple):
    """JAX's entries, the same at so many digits, and whether float64 holds what is on the way; None: nobody knows."""

    entries: Any
    exactly: Callable[[int], Any]
    beyond: Callable[[], bool | None]


class _Order(NamedTuple):
    name: str
    entries: Any
    record: Record
    balls: tuple[Any, Any]


def _judged(one: _Order, heard: _Jax | None, verdict: Verdict) -> Verdict:
    jax = None if heard is None else heard.entries
    reasons, unexplained = verdict.reasons, verdict.unexplained
    entries, (lower, upper) = one.entries, one.balls
    check = one.record.checks.get("certificate")
    accusers = [
        name for name, heard in one.record.checks.items() if heard.verdict == "disagree" and name != "certificate"
    ]
    if accusers:
        unexplained.append(Difference(f"{one.name}: accused by {accusers}", entries.tolist(), one.record.checks))
        return verdict
    if one.record.verdict == "mismatch" or (check is not None and check.verdict == "disagree"):
        unexplained.append(
            Difference(f"{one.name}: the balls contradict", entries.tolist(), (lower.tolist(), upper.tolist()))
        )
        return verdict
    if one.record.kinks:
        return _conventional(one, heard, verdict)
    if one.record.verdict == "nonfinite" or not np.isfinite(entries).all():
        if heard is not None and np.isfinite(jax).all() and not _agrees(one, heard):
            if not heard.beyond():
                unexplained.append(Difference(f"{one.name} is not finite, JAX's is", entries.tolist(), jax.tolist()))
            else:
                reasons[Reason.RANGE] += 1
            return verdict
        reasons[Reason.UNDEFINED] += 1
        return verdict
    scale = float(np.max(np.abs(entries), initial=max(1.0, abs(one.record.value))))
    known = np.isfinite(lower) & np.isfinite(upper)
    outside = np.where(known, np.maximum(np.maximum(lower - entries, entries - upper), 0.0), 0.0)
    if np.any(outside > SAME * np.abs(entries) + 1e-8 * scale):
        if one.record.verdict == "unverified":
            reasons[Reason.SPOILT] += 1
            return verdict
        proved = None if check is None else check.digits
        if proved is not None and (outside <= 10.0 ** (1 - proved) * np.abs(entries)).all():
            reasons[Reason.PROVED] += 1
            return verdict
        unexplained.append(Difference(f"{one.name} outside its enclosure", entries.tolist(), outside.tolist()))
    if heard is not None:
        with np.errstate(invalid="ignore"):
            apart = np.abs(jax - entries)
            differs = ~(apart <= SAME * np.abs(entries) + NOTHING * scale)
        verdict.reasons.update(_explained(one, heard, differs, known, scale, verdict.unexplained))
    enclosed, count = verdict.enclosed + int(known.sum()), verdict.entries + entries.size
    return verdict._replace(enclosed=enclosed, entries=count)


def _agrees(one: _Order, heard: _Jax) -> bool:
    """Whether JAX's program at many digits has the tape's numbers, or is silent where the tape is."""
    return _equal(one, heard.exactly(DIGITS)) or _equal(one, heard.exactly(MOST_DIGITS))


def _equal(one: _Order, exact: Any) -> bool:
    if exact is None:
        return False
    finite = np.isfinite(exact) & np.isfinite(one.entries)
    scale = float(np.max(np.abs(one.entries[finite]), initial=max(1.0, abs(one.record.value))))
    with np.errstate(invalid="ignore"):
        same = np.abs(exact - one.entries) <= SAME * np.abs(one.entries) + BLIND * scale
    return bool((same | ~finite).all() and (np.isfinite(one.entries) | ~np.isfinite(exact)).all())


def _conventional(one: _Order, heard: _Jax | None, verdict: Verdict) -> Verdict:
    """At a kink: JAX's meaning states the same convention, or has no number."""
    if heard is not None:
        jax = heard.entries
        with np.errstate(invalid="ignore"):
            silent = ~(np.isfinite(jax) & np.isfinite(one.entries))
            scale = float(np.max(np.abs(one.entries[~silent]), initial=max(1.0, abs(one.record.value))))
            apart = np.where(silent, 0.0, np.abs(jax - one.entries))
        if (apart > BLIND * scale).any():
            if _agrees(one, heard):
                verdict.reasons[Reason.LOST] += 1
                return verdict
            what = f"{one.name}: JAX has another convention"
            verdict.unexplained.append(Difference(what, one.entries.tolist(), jax.tolist()))
        elif silent.any():
            verdict.reasons[Reason.KINK] += 1
    return verdict


def _explained(
    one: _Order, heard: _Jax, differs: Any, known: Any, scale: float, unexplained: list[Difference]
) -> list[Reason]:
    """Why JAX differs in these entries; what nobody can say goes to `unexplained`."""
    reasons = []
    jax = heard.entries
    silent = differs & ~np.isfinite(jax)
    if (silent & known).any():
        reasons.append(Reason.NAN)
    if (silent & ~known).any():
        reasons.append(Reason.EDGE)
    with np.errstate(invalid="ignore"):
        apart = np.where(silent, 0.0, np.abs(jax - one.entries))
    blind = (differs & ~silent & ~known & (apart > BLIND * scale)).any()
    if (blind or (apart > LOST * scale).any()) and _agrees(one, heard):
        reasons.append(Reason.LOST)
    elif blind:
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


def shrunk(root: Node, jax: bool, court: bool = False, rounds: int = 60) -> Node:
    """The smallest tree found that still has an unexplained difference of the same sort."""

    def fails(tree: Node) -> str | None:
        try:
            unexplained = judge(tree, jax, court).unexplained
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


def report(root: Node, jax: bool, court: bool = False) -> str:
    """The smallest failing expression, as a spec, with what differs."""
    small = shrunk(root, jax, court)
    lines = [f"{d.what}\n    tape  {d.tape}\n    other {d.other}" for d in judge(small, jax, court).unexplained]
    return "\n".join([str(written(small)), *lines])
