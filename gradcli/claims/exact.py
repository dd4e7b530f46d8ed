"""A hand-derived formula against the derivative itself, in balls with literals, pi and e kept exact.

The derivative comes from Taylor balls of the primal, so no rule of ours is involved: where the two enclosures
are apart the formula is proved wrong, and where they agree to many more digits than float64 has it is taken
as right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from flint import arb

from gradcli.autodiff.tape import Tape
from gradcli.targets.balls import BallWalk, OutOfTimeError, ball_precision
from gradcli.targets.balls.series import KinkError, UnknownError

PRECISIONS = (128, 512, 2048)  #: bits tried until two enclosures are apart or surely one
DEEP = (4096,)  #: bits that tell apart what any two products of a few float64 literals make different
_EQUAL_BITS = 80  #: bits that two enclosures share before they count as one number; float64 has 53
_NOTHING = arb(1) / arb(2) ** 1076  #: what is surely less than this counts as 0

EQUAL, DIFFERENT, TIED, UNKNOWN = "equal", "different", "tied", "unknown"


class Finding(NamedTuple):
    """What is proved of one entry.

    Attributes:
        verdict: `EQUAL`, `DIFFERENT`, `TIED` (a kink or a jump: the derivative there is a convention) or
            `UNKNOWN`.
        claimed, actual: the two numbers, rounded to float64.
        relative: |claimed - actual| / |actual|, or |claimed| where the derivative is 0.
    """

    verdict: str
    claimed: float = math.nan
    actual: float = math.nan
    relative: float = math.nan


def compare(
    tape: Tape,
    claim: int,
    output: int,
    sources: Sequence[int],
    inputs: Mapping[str, Any],
    entries: Sequence[tuple[int, int, tuple[int, ...]]],
    deadline: float,
    precisions: Sequence[int] = PRECISIONS,
) -> list[Finding]:
    """Compare the entries of a claim with derivatives of an output at one point.

    Args:
        tape: the primal and the claim.
        claim: the claim's instruction.
        output: the instruction differentiated.
        sources: the inputs differentiated by, with n entries in all.
        inputs: values of all inputs: floats, taken as they are, or balls.
        entries: what is compared: the flat index of an entry of the claim, that of the output's entry, and the
            positions among the n that this is differentiated by: one, or two for a second derivative.
        deadline: `time.monotonic()` at which the walks stop; what is left is unknown.
        precisions: bits that are tried one after the other.
    """
    findings = [Finding(UNKNOWN)] * len(entries)
    waiting = list(range(len(entries)))
    try:
        for bits in precisions:
            with ball_precision(bits):
                said = BallWalk(
                    tape, claim, (), inputs, {}, deadline, exact=True
                ).at_rest()  # it has no kinks: a number
                derivatives = _Derivatives(BallWalk(tape, output, sources, inputs, {}, deadline, exact=True))
                for k in waiting:
                    index, row, direction = entries[k]
                    try:
                        findings[k] = _finding(said[index], derivatives.entry(row, direction), bits == precisions[-1])
                    except KinkError:
                        findings[k] = Finding(TIED)
            waiting = [k for k in waiting if findings[k].verdict == UNKNOWN]
            if not waiting:
                break
    except (OutOfTimeError, UnknownError):
        pass
    return findings


def as_given(value: Any) -> Any:
    """Numbers of a spec as what they may stand for: a decimal that float64 rounds is a ball of half a unit.

    So that `c = 0.1` is a tenth for a claim that says so, and `c = "pi/2"` is that half.
    """
    entries = np.empty(np.shape(value), dtype=object)
    for at in np.ndindex(entries.shape):
        number = float(np.asarray(value)[at])
        whole = math.isfinite(number) and Fraction(repr(number)) == Fraction(number)
        entries[at] = arb(number) if whole else arb(number, math.ulp(number))
    return entries


def _finding(claimed: Any, actual: Any, last: bool) -> Finding:
    if actual is None:
        return Finding(UNKNOWN)
    if not claimed.is_finite():
        return Finding(UNKNOWN, math.nan, float(actual.mid()))
    gap, size = claimed - actual, abs(float(actual.mid()))
    apart = float(abs(gap).mid())
    relative = apart / size if size else apart
    if not math.isfinite(relative):  # beyond float64, not beyond balls
        relative = float((abs(gap) / abs(actual)).mid())
    numbers = float(claimed.mid()), float(actual.mid()), relative
    if not gap.contains(0):
        return Finding(DIFFERENT, *numbers)
    wide = gap.abs_upper()
    if wide <= _NOTHING or wide <= actual.abs_lower() / 2**_EQUAL_BITS or (claimed.is_exact() and actual.is_exact()):
        return Finding(EQUAL, *numbers)
    return Finding(EQUAL if last and wide <= arb(2) ** -PRECISIONS[0] else UNKNOWN, *numbers)


class _Derivatives:
    """Derivatives of an output's entries along sources' entries, each direction walked once."""

    def __init__(self, walk: BallWalk) -> None:
        self._walk = walk
        self._curves: dict[tuple[int, ...], list[Any]] = {}
        self._ties: dict[tuple[int, ...], KinkError | None] = {}

    def entry(self, row: int, direction: tuple[int, ...]) -> Any | None:
        """A first derivative, or a second one by polarisation; None if there is no finite enclosure."""
        if not all(self._walk.support[row] >> j & 1 for j in direction):
            return arb(0)
        if len(direction) == 1:
            return self._coefficient(row, direction, 1)
        i, j = direction
        if i == j:
            curvature = self._coefficient(row, (i,), 2)
            return None if curvature is None else 2 * curvature
        first, second, both = (self._coefficient(row, one, 2) for one in ((i,), (j,), (i, j)))
        return None if first is None or second is None or both is None else both - first - second

    def _coefficient(self, row: int, direction: tuple[int, ...], k: int) -> Any | None:
        if direction not in self._curves:
            self._curves[direction] = self._walk.along(direction, k + 1)
            self._ties[direction] = next((r for r in self._walk.reasons if isinstance(r, KinkError)), None)
        curve, tie = self._curves[direction][row], self._ties[direction]
        if tie is not None and not curve[k].is_finite():
            raise tie
        return curve[k] if all(curve[n].is_finite() for n in range(k + 1)) else None
