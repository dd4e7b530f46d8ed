"""The court: what each witness's testimony means for each entry, and for the record as a whole.

A witness agrees on an entry if |difference| <= rtol*|value| + its own error bound + a bound on
the rounding of the entry itself. Being small is no excuse, and neither is rounding that leaves
no digits: it only explains a difference while it takes few of them, or where terms of the person's
own formula cancel to nothing: to a truth of 0, or to what the rounding of the inputs alone could make of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from gradcli.result import Check
from gradcli.verify.decision import CERTIFICATE, SYMBOLIC, contradicted
from gradcli.verify.testimony import Array, Testimony

#: A witness whose own relative error bound is larger than this confirms nothing.
CONCLUSIVE_ERROR = 1e-4
#: Rounding excuses a difference only while it takes no more than this part of the entry,
ROUNDING_EXCUSE = 1e-6
#: or while the entry and the truth are both 0 beside an entry that would matter to the output, and the
#: terms that cancel are the formula's own, not those of a partial.
NOISE = 1e-13
#: Such a truth may differ from 0 if so many units of rounding in each input move the entry as far as it is off: a
#: gradient at a minimum is as good as the coordinates are, but nobody may read a sigmoid's slope off its rounding.
INPUT_UNITS = 8.0
#: A 0 is confirmed by an enclosure of 0 that is no more than this part of the entry's natural size,
ZERO = 1e-30
#: and any entry by an enclosure within the spacing of the smallest floats, where none is nearer.
SPACING = 5e-324
#: Differences that are estimates accuse only when this many of their error bars away.
ESTIMATE_MARGIN = 10.0

AGREE, DISAGREE, INCONCLUSIVE, SILENT = 1, 2, 3, 0

#: Why no witness has anything to say where no path leads from a variable to the output.
NOTHING_CONNECTED = "nothing is connected: there is no entry to compare"

Rounding = Callable[[tuple[int, ...]], tuple[float, float]]
Terms = Callable[[tuple[int, ...]], float]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Judgement(NamedTuple):
    """The court's findings on one derivative: a check per witness, which entries are covered, which contradicted.

    `outcomes` holds what each witness says of each entry, before a proof overrules a single objection; `rounding`
    what rounding can have moved the entries by about which that had to be asked.
    """

    checks: dict[str, Check]
    covered: Mask
    disputed: Mask
    outcomes: dict[str, np.ndarray[Any, Any]]
    rounding: dict[tuple[int, ...], float]


def judge(
    testimonies: Iterable[Testimony],
    entries: Array,
    rtol: float,
    rounding: Rounding,
    terms: Terms | None = None,
    label: Callable[[tuple[int, ...]], str] = lambda position: str(list(position)),
    moved: Terms | None = None,
) -> Judgement:
    """Weigh all testimonies on the tape's `entries`.

    Args:
        testimonies: one per witness heard.
        entries: the tape's numbers; entries that are not finite are not judged.
        rtol: relative difference that agrees.
        rounding: bound on the rounding of the entry at a position, and its scale
            (`rounding.rounding_bound`); asked only where it matters.
        terms: what rounding takes from the terms of the formula itself (`terms.own_rounding`); None where
            the entries are made by no other operations than the formula's.
        label: the name of the entry at a position.
        moved: how far the entry moves if every input is off by one unit of rounding; asked after `rounding` only.
            None where the inputs are as uncertain as the entry.
    """
    checks: dict[str, Check] = {}
    covered = np.zeros(entries.shape, dtype=bool)
    disputed = np.zeros(entries.shape, dtype=bool)
    doubted = np.zeros(entries.shape, dtype=bool)
    bounds: dict[tuple[int, ...], tuple[float, float]] = {}

    def bound(position: tuple[int, ...]) -> tuple[float, float]:
        if position not in bounds:
            bounds[position] = rounding(position)
        return bounds[position]

    said = list(testimonies)
    company = np.zeros(entries.shape, dtype=int)
    for testimony in said:
        company += testimony.compared
    excuses = _Excuses(bound, terms, moved)
    heard = [(testimony, _findings(testimony, entries, rtol, excuses, company)) for testimony in said]
    outcomes = {testimony.witness: findings.copy() for testimony, findings in heard}
    for testimony, findings in heard:
        if testimony.witness == CERTIFICATE:  # a rigorous bound that contradicts leaves nothing to the others
            with np.errstate(invalid="ignore"):
                beyond = testimony.difference > rtol * np.abs(entries) + testimony.error
            doubted |= (findings == INCONCLUSIVE) & testimony.compared & beyond
    upheld = contradicted({name: _signs(found) for name, found in outcomes.items()}, entries.shape)
    for testimony, findings in heard:
        overruled = (findings == DISAGREE) & ~upheld
        findings[overruled] = INCONCLUSIVE
        covered |= findings == AGREE
        disputed |= findings == DISAGREE
        check = _check(testimony, entries, findings, rtol, label)
        if overruled.any() and check.verdict != "disagree":
            who = "SymPy's values" if testimony.witness == SYMBOLIC else "the differences"
            count = f"{int(overruled.sum())} of {entries.size} {'entry' if entries.size == 1 else 'entries'}"
            reason = f"{who} are off in {count} that the certificate confirms"
            check = replace(check, verdict="inconclusive", reason=reason)
        checks[testimony.witness] = check
    lost = {tuple(map(int, position)): moved for position, (moved, _) in bounds.items()}
    return Judgement(checks, covered & ~doubted, disputed, outcomes, lost)


class _Excuses(NamedTuple):
    """What may explain a difference of the entry at a position; see `judge`."""

    rounding: Rounding
    terms: Terms | None
    moved: Terms | None

    def of_nothing(self, position: tuple[int, ...], difference: float, error: float, zero: bool) -> bool:
        """Whether terms of the formula that cancel explain the whole of an entry that is nothing beside its scale."""
        own = self.terms is None or difference <= self.terms(position) + error
        return own and (zero or self.moved is None or difference <= INPUT_UNITS * self.moved(position) + error)


def _signs(findings: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """1 where a witness confirms, 2 where it contradicts, else 0."""
    return np.where(findings == AGREE, 1, np.where(findings == DISAGREE, 2, 0))


def _findings(
    testimony: Testimony,
    entries: Array,
    rtol: float,
    excuses: _Excuses,
    company: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any]:
    """What one witness says of every entry; `company` counts the witnesses that have looked at it.

    Rounding is bounded for so many entries only: first for those on which the most witnesses can be compared.
    """
    findings = np.full(entries.shape, SILENT)
    heard = testimony.compared & np.isfinite(entries)
    size = np.abs(entries)
    with np.errstate(invalid="ignore"):
        close = heard & (testimony.difference <= rtol * size + testimony.error)
        sharp = testimony.error <= CONCLUSIVE_ERROR * size
        smallest = float(np.min(size[size > 0], initial=np.inf))
        sharp |= (entries == 0) & (testimony.error == 0)
        if testimony.witness != "finite_difference":  # a rigorous ball around 0 confirms a 0, an estimate does not
            sharp |= (entries == 0) & (testimony.error <= rtol * (smallest if np.isfinite(smallest) else 0.0))
            sharp |= (entries == 0) & (testimony.error <= ZERO * float(np.max(size, initial=0.0)))
            nearest = heard & (testimony.difference + testimony.error <= SPACING)
            close |= nearest
            sharp |= nearest
    findings[close] = np.where(sharp, AGREE, INCONCLUSIVE)[close]
    if testimony.witness != "finite_difference":
        for position in map(tuple, np.argwhere(close & ~sharp & (entries == 0)).tolist()):
            if _is_zero(testimony, position, excuses.rounding):
                findings[position] = AGREE
    far = np.argwhere(heard & ~close)
    for position in map(tuple, far[np.argsort(-company[tuple(far.T)], kind="stable")].tolist()):
        findings[position] = _explained(testimony, entries, position, rtol, excuses)
    return findings


def _is_zero(testimony: Testimony, position: tuple[int, ...], rounding: Rounding) -> bool:
    """Whether an enclosure of 0 reaches no farther than the entry's rounding, and nowhere beside its natural size."""
    lost, scale = rounding(position)
    farthest = float(testimony.difference[position] + testimony.error[position])
    return bool(np.isfinite(lost) and farthest <= min(lost, ZERO * scale))


def _explained(
    testimony: Testimony,
    entries: Array,
    position: tuple[int, ...],
    rtol: float,
    excuses: _Excuses,
) -> int:
    """A difference beyond tolerance and error bar: rounding, or a contradiction."""
    size, difference = abs(float(entries[position])), float(testimony.difference[position])
    error = float(testimony.error[position])
    if not np.isfinite(error):
        return INCONCLUSIVE
    lost, scale = excuses.rounding(position)
    if difference <= rtol * size + error + lost:
        nothing = size + difference <= NOISE * scale  # both numbers are 0 beside what would matter;
        zero = abs(difference - size) <= rtol * size + error  # but a truth that is not 0 and would be read as
        nothing = nothing and (zero or size + difference <= NOISE)  # a number has been lost, however tiny the point
        sharp = error <= CONCLUSIVE_ERROR * max(size, NOISE * scale)
        if not np.isfinite(lost) or not sharp:
            return INCONCLUSIVE
        if lost <= ROUNDING_EXCUSE * size:
            return AGREE
        return AGREE if nothing and excuses.of_nothing(position, difference, error, zero) else INCONCLUSIVE
    margin = ESTIMATE_MARGIN if testimony.witness == "finite_difference" else 2.0
    return DISAGREE if difference > rtol * size + margin * error + lost else INCONCLUSIVE


def _check(
    testimony: Testimony,
    entries: Array,
    findings: np.ndarray[Any, Any],
    rtol: float,
    label: Callable[[tuple[int, ...]], str],
) -> Check:
    of = int(entries.size)
    if of == 0:
        return Check("skipped", None, 0, 0, NOTHING_CONNECTED)
    weighed = (findings == AGREE) | (findings == DISAGREE)
    compared = int(weighed.sum())
    heard = testimony.method is not None  # a witness that looked and saw nothing is inconclusive, not skipped
    disagree = findings == DISAGREE
    verdict = "disagree" if disagree.any() else "agree" if compared else "inconclusive" if heard else "skipped"
    error = None
    if compared:
        size = np.abs(entries[weighed])
        relative = testimony.difference[weighed] / np.where(size > 0, size, 1.0)
        error = float(np.max(relative))
    reason = testimony.reason
    doubtful = int((findings == INCONCLUSIVE).sum())
    if disagree.any():
        position = tuple(int(k) for k in np.argwhere(disagree)[0])
        reason = f"{int(disagree.sum())} of {of} entries disagree, the first at {label(position)}"
    elif doubtful and reason is None:
        reason = f"{doubtful} {'entry is' if doubtful == 1 else 'entries are'} beyond what this witness resolves"
    elif reason is None:
        reason = _only_by_rounding(testimony, entries, weighed, rtol)
    digits = testimony.digits if compared else None
    return Check(verdict, error, compared, of, reason, digits, testimony.method, testimony.how)


def _only_by_rounding(testimony: Testimony, entries: Array, weighed: Mask, rtol: float) -> str | None:
    """Which entries agree because rounding explains their difference, and whether they are nothing but rounding."""
    size = np.abs(entries)
    excused = weighed & ~(testimony.difference <= rtol * size + testimony.error)
    count, of = int(excused.sum()), int(entries.size)
    if not count:
        return None
    said = "entry agrees only within its own rounding" if of == 1 else "entries agree only within their own rounding"
    if not (testimony.difference[excused] > ROUNDING_EXCUSE * size[excused]).all():
        return f"{count} of {of} {said}"
    return f"{count} of {of} {said}: {'it is' if of == 1 else 'they are'} 0 up to cancellation"
