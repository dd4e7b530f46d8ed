"""Where a wrong rule is tried: derivatives of expressions at points, right ones to measure it by, and what came of it.

What changes a number by more than the tolerance has to end as a mismatch, and the tape has to be the one that is
blamed; what changes none has to leave the verdict alone.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, TypeVar

import numpy as np
from planting import solved

from gradcli.problems.problem import WITNESSES
from gradcli.result import Record

#: `all` plants everything at every point; a whole number chooses another part of it than the usual 0.
CHOSEN = os.environ.get("GRADCLI_MUTATIONS", "0")
COMPLETE = CHOSEN == "all"
RTOL = 1e-9  #: the tolerance of a check, unless a problem says otherwise
OUTCOMES = ("caught", "not finite", "in doubt", "missed", "unchanged", "false alarm")
#: How many trials of all mutations tried came to which of these; shown at the end of a run.
COUNTS: Counter[str] = Counter()

T = TypeVar("T")


class Trial(NamedTuple):
    """One derivative at one point: an expression, the values of its names as typed, a task."""

    text: str
    items: tuple[str, ...]
    task: str


class Mutation(NamedTuple):
    """A wrong rule: where it is, of what kind, how it is planted for a while, and where it is tried."""

    where: str
    kind: str
    plant: Callable[[], AbstractContextManager[Any]]
    trials: tuple[Trial, ...]

    @property
    def name(self) -> str:
        return f"{self.where}: {self.kind}"


class Right(NamedTuple):
    """What a trial gives with all rules right; `sharp` if its own digits reach as far as the tolerance."""

    entries: Any
    verdict: str
    sharp: bool


class Outcome(NamedTuple):
    """What came of one trial of a mutation; `record` is None where no number changed and nobody was asked."""

    trial: Trial
    what: str
    record: Record | None


_right: dict[Trial, Right] = {}


def entries(record: Record) -> Any:
    """All numbers of a record's derivative, one after another; what is not connected is 0."""
    if record.hessian is not None:
        return np.ravel(np.asarray(record.hessian.matrix, dtype=float))
    if record.jacobian is not None:
        return np.ravel(np.asarray(record.jacobian.matrix, dtype=float))
    assert record.gradient is not None
    found: list[Any] = []
    for name, numbers in record.gradient.items():
        shape = np.shape((record.at or {})[name])
        found.append(np.ravel(np.zeros(shape) if numbers is None else np.asarray(numbers, dtype=float)))
    return np.concatenate(found)


def right(trial: Trial) -> Right:
    """The numbers and the verdict before anything is planted."""
    if trial not in _right:
        record = solved(*trial)
        certificate = (record.checks or {}).get("certificate")
        digits = certificate.digits if certificate is not None else None
        sharp = digits is None or 10.0**-digits <= RTOL  # what cancels to nothing is changed by any rounding
        _right[trial] = Right(entries(record), record.verdict, sharp)
    return _right[trial]


def differs(found: Any, truth: Any) -> bool:
    """Whether an entry is off by more than the tolerance; an infinity or a NaN that stays one is not."""
    with np.errstate(invalid="ignore"):
        same = (found == truth) | (np.isnan(found) & np.isnan(truth)) | (np.abs(found - truth) <= RTOL * np.abs(found))
    return not bool(np.all(same))


def tried(mutation: Mutation, most: int | None = None, unchanged: bool = False) -> list[Outcome]:
    """Plant a mutation and look at its trials.

    Args:
        mutation: what is planted.
        most: how many trials of each task are checked where the numbers change; None for all.
        unchanged: whether those are checked too whose numbers stay.
    """
    COUNTS["planted"] += 1
    found: list[Outcome] = []
    checked: Counter[str] = Counter()
    for trial in mutation.trials:
        if most is not None and checked[trial.task] >= most:
            continue
        truth = right(trial)
        if not truth.sharp or truth.verdict not in ("verified", "nonfinite"):
            continue
        with mutation.plant():
            plain = entries(solved(*trial, **dict.fromkeys(WITNESSES, False)))
            changed = differs(plain, truth.entries)
            if not changed and not unchanged:
                continue
            record = solved(*trial)
        checked[trial.task] += changed
        found.append(Outcome(trial, outcome(record, changed, plain, truth), record))
    COUNTS["changed a number"] += any(one.what not in ("unchanged", "false alarm") for one in found)
    COUNTS.update(one.what for one in found)
    return found


def outcome(record: Record, changed: bool, numbers: Any, truth: Right) -> str:
    """The outcome of a trial, see `OUTCOMES`.

    `not finite` is a number that became NaN or infinite, which a record says in a verdict of its own; `in doubt` is
    one that is not called wrong, but not verified either, where no certificate speaks, as where no derivative exists.
    """
    if not changed:
        return "false alarm" if record.verdict == "mismatch" else "unchanged"
    if record.verdict == "mismatch":
        return "caught"
    if record.verdict == "nonfinite" and not np.isfinite(numbers).all():
        return "not finite"
    certificate = (record.checks or {}).get("certificate")
    silent = certificate is None or certificate.verdict == "skipped" or truth.verdict == "nonfinite"
    return "in doubt" if silent and record.verdict == "unverified" else "missed"


def blames(record: Record, allowed: Collection[str | None]) -> bool:
    """Whether the record lays the contradiction at an allowed door: each entry in dispute, or else the value."""
    if record.disputes:
        return {dispute.suspect for dispute in record.disputes} <= {*allowed}
    certificate = (record.checks or {}).get("certificate")
    return certificate is not None and "lies outside" in (certificate.reason or "")


def verdicts(record: Record) -> dict[str, str]:
    """What each witness says."""
    return {name: check.verdict for name, check in (record.checks or {}).items()}


def wrong(outcomes: Iterable[Outcome], allowed: Collection[str | None] = ("tape",)) -> list[str]:
    """What the checker did wrong: errors it missed, alarms without one, the blame laid elsewhere than allowed."""
    found = []
    for one in outcomes:
        said = verdicts(one.record) if one.record else {}
        at = f"{one.trial.task} of {one.trial.text} at {' '.join(one.trial.items)}: {said}"
        if one.what in ("missed", "false alarm"):
            found.append(f"{one.what} ({one.record.verdict if one.record else ''}): {at}")
        elif one.what == "caught" and one.record is not None and not blames(one.record, allowed):
            found.append(f"{[dispute.suspect for dispute in one.record.disputes]} blamed: {at}")
    return found


def part(everything: Sequence[T], turn: int, stride: int) -> Sequence[T]:
    """Every so manyth from a turn on; all in the complete run."""
    return everything if COMPLETE else everything[(turn + int(CHOSEN)) % stride :: stride]
