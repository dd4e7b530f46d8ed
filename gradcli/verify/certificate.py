"""The certificate: rigorous enclosures of derivatives, and proved bounds of how far given numbers are from them.

Every entry is enclosed by Taylor balls of the primal, which share no rule with the sweeps. The precision is
doubled where an enclosure is still wide, until it settles or the time is up; what is not certified says why.
Second derivatives come from their polarisation: H_ij is the t^2 coefficient along e_i + e_j less those along
e_i and e_j.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from gradcli.autodiff.tape import Tape
from gradcli.targets.ball_series import KinkError, UndecidedError, UnknownError
from gradcli.targets.ball_support import bits
from gradcli.targets.balls import BallWalk, OutOfTimeError, ball_precision

FloatArray = NDArray[np.float64]

PRECISION = 128  #: bits of the first walk
HIGHEST_PRECISION = 4096  #: bits of the last one
MOST_DIGITS = 15.95  #: decimal digits of a float64

_SETTLED_BITS = 60  #: accurate bits of an enclosure that is narrow enough
_USABLE_BITS = 40  #: accurate bits of one that still counts when precision or time has run out
_NOTHING = arb(1) / arb(2) ** 1076  #: what is surely less than this rounds to 0


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is proved about an array of derivatives.

    Attributes:
        lower, upper: enclosure of each true entry, rounded outwards; NaN where not certified.
        least, most: bounds of |value - true|, rounded outwards; NaN where not certified.
        reasons: for every entry that is not certified (its flat index), why.
        compared: which entries are certified.
    """

    lower: FloatArray
    upper: FloatArray
    least: FloatArray
    most: FloatArray
    reasons: Mapping[int, str]
    compared: NDArray[np.bool_]


def certify(
    tape: Tape,
    output: int,
    sources: Sequence[int],
    inputs: Mapping[str, Any],
    values: Any,
    order: int,
    held: Mapping[int, Any],
    deadline: float,
    precision: int = PRECISION,
    budget: float | None = None,
) -> Certificate:
    """Enclose the first or second derivatives of an instruction, and compare numbers with them.

    Args:
        tape: the program; only the primal of `output` is read.
        output: the instruction that is differentiated; a scalar for second derivatives.
        sources: inputs to differentiate by, with n entries in all.
        inputs: a float64 array for every input.
        values: the derivatives to be judged: (m, n) for an output of m entries, or (n, n) for second ones.
        order: 1 or 2.
        held: float64 values of instructions whose path is cut (by index); they are held, not computed.
        deadline: `time.monotonic()` at which the walks stop.
        precision: bits to begin with.
        budget: the seconds that the deadline stands for, to be named in a reason.

    Returns:
        A certificate in the shape of `values`.

    Raises:
        ValueError: for another order, or a shape of `values` that does not fit.
    """
    claimed = np.asarray(values, dtype=np.float64)
    n = sum(math.prod(tape.shape(s)) for s in sources)
    m = math.prod(tape.shape(output)) if order == 1 else n
    if order not in (1, 2) or claimed.shape != (m, n) or (order == 2 and tape.shape(output) != ()):
        raise ValueError(f"order {order} of shape {tape.shape(output)} by {n} entries does not fit values {claimed.shape}")
    found = _Findings(claimed)
    try:
        with ball_precision(precision):
            walk = BallWalk(tape, output, sources, inputs, held, deadline)
        collect = _first_derivatives if order == 1 else _second_derivatives
        bits_now = precision
        while not collect(walk, found, n, bits_now) and bits_now < HIGHEST_PRECISION:
            bits_now *= 2
    except OutOfTimeError:
        found.close("the time budget ended" if budget is None else f"budget of {budget:g} s ended")
    except UnknownError as error:
        found.close(str(error))
    else:
        found.close("the enclosure stays too wide at the highest precision")
    return found.certificate()


def digits(certificate: Certificate, values: Any) -> float:
    """How many decimal digits of every certified value are proved; 0 if none is certified.

    -log10(most/|value|), at most 15.95: an entry that is exact, or 0 where the truth rounds to 0, has all of them.
    """
    claimed = np.asarray(values, dtype=np.float64)[certificate.compared]
    most = certificate.most[certificate.compared]
    if not claimed.size:
        return 0.0
    size = np.abs(claimed)
    with np.errstate(divide="ignore", invalid="ignore"):
        proved = np.where(most == 0, MOST_DIGITS, np.log10(size) - np.log10(most))
    proved[(size == 0) & (most <= 5e-324)] = MOST_DIGITS
    return float(np.clip(proved.min(), 0.0, MOST_DIGITS))


class _Findings:
    """Enclosures that have settled, those that are still wide, and why entries have none; all by (row, column)."""

    def __init__(self, claimed: FloatArray) -> None:
        self.claimed = claimed
        self.balls: dict[tuple[int, int], Any] = {}
        self.wide: dict[tuple[int, int], Any] = {}
        self.doubts: dict[tuple[int, int], str] = {}
        self.reasons: dict[tuple[int, int], str] = {}
        rows, columns = np.nonzero(np.isfinite(claimed))
        self.open: set[tuple[int, int]] = set(zip(rows.tolist(), columns.tolist(), strict=True))

    def settle(self, entry: tuple[int, int], ball: Any) -> None:
        """Take an enclosure: final if narrow, else kept in case that no better one comes."""
        if entry not in self.open:
            return
        value = float(self.claimed[entry])
        if _narrow(ball, value, _SETTLED_BITS):
            self.balls[entry] = ball
            self.open.discard(entry)
        elif ball.is_finite():
            self.wide[entry] = ball

    def refuse(self, entries: Iterable[tuple[int, int]], reasons: Sequence[UnknownError], bits_now: int) -> None:
        """Note why entries have no enclosure; for good, unless more precision may decide."""
        undecided = next((r for r in reasons if isinstance(r, UndecidedError)), None)
        first = undecided or next(iter(reasons), None)
        for entry in entries:
            if entry not in self.open:
                continue
            if first is None:
                self.doubts[entry] = f"not finite at precision {bits_now}"
            elif undecided is not None:
                self.doubts[entry] = f"undecided at precision {bits_now}: {undecided}"
            else:
                self.reasons[entry] = f"kink: {first}" if isinstance(first, KinkError) else str(first)
                self.open.discard(entry)

    def close(self, reason: str) -> None:
        """No walk will come any more: what is open keeps a usable enclosure, or the reason why it has none."""
        for entry in self.open:
            ball = self.wide.get(entry)
            if ball is not None and _narrow(ball, float(self.claimed[entry]), _USABLE_BITS):
                self.balls[entry] = ball
            else:
                self.reasons[entry] = self.doubts.get(entry, reason)
        self.open.clear()

    def certificate(self) -> Certificate:
        """Everything as arrays, rounded outwards."""
        shape = self.claimed.shape
        lower, upper, least, most = (np.full(shape, np.nan) for _ in range(4))
        compared = np.zeros(shape, dtype=np.bool_)
        with ball_precision(HIGHEST_PRECISION):  # differences lose nothing
            for entry, ball in self.balls.items():
                error = abs(arb(float(self.claimed[entry])) - ball)
                lower[entry], upper[entry] = _down(ball.lower()), _up(ball.upper())
                least[entry], most[entry] = _down(error.abs_lower()), _up(error.abs_upper())
                compared[entry] = True
        reasons = dict.fromkeys(map(int, np.flatnonzero(~np.isfinite(self.claimed))), "the value is not finite")
        reasons |= {i * shape[1] + j: reason for (i, j), reason in self.reasons.items()}
        return Certificate(lower, upper, least, most, dict(sorted(reasons.items())), compared)


def _first_derivatives(walk: BallWalk, found: _Findings, n: int, bits_now: int) -> bool:
    """Walk every open direction once at this precision; whether nothing is left open."""
    columns: dict[int, list[int]] = {}
    for i, j in sorted(found.open):
        if walk.support[i] >> j & 1:
            columns.setdefault(j, []).append(i)
        else:
            found.settle((i, j), _ZERO)
    for j, rows in columns.items():
        with ball_precision(bits_now):
            curves = walk.along((j,), 2)
        lost = []
        for i in rows:
            if curves[i][0].is_finite() and curves[i][1].is_finite():
                found.settle((i, j), curves[i][1])
            else:
                lost.append((i, j))
        found.refuse(lost, walk.reasons, bits_now)
    return not found.open


def _second_derivatives(walk: BallWalk, found: _Findings, n: int, bits_now: int) -> bool:
    """The same for pairs of directions; an entry stands only if its two single directions do."""
    (support,) = walk.support
    connected = {j for j in bits(support)}
    for i, j in sorted(found.open):
        if i not in connected or j not in connected:
            found.settle((i, j), _ZERO)
    singles: dict[int, Any] = {}
    for j in sorted({k for entry in found.open for k in entry}):
        around = [entry for entry in found.open if j in entry]
        if around:
            curve = _curvature(walk, (j,), bits_now)
            if curve is None:
                found.refuse(around, walk.reasons, bits_now)
            else:
                singles[j] = curve
    for i, j in sorted({(min(entry), max(entry)) for entry in found.open}):
        if i not in singles or j not in singles:
            continue
        both = [(i, j), (j, i)]
        if not walk.partners.get(i, 0) >> j & 1:
            ball = _ZERO
        elif i == j:
            ball = singles[i] * 2
        else:
            curve = _curvature(walk, (i, j), bits_now)
            if curve is None:
                found.refuse(both, walk.reasons, bits_now)
                continue
            with ball_precision(bits_now):
                ball = curve - singles[i] - singles[j]
        for entry in both:
            found.settle(entry, ball)
    return not found.open


def _curvature(walk: BallWalk, direction: tuple[int, ...], bits_now: int) -> Any | None:
    """The t^2 coefficient of the scalar output along a direction, None if it is not finite."""
    with ball_precision(bits_now):
        (curve,) = walk.along(direction, 3)
    return curve[2] if all(curve[k].is_finite() for k in range(3)) else None


def _narrow(ball: Any, value: float, accuracy: int) -> bool:
    """Whether an enclosure is exact, or accurate to so many bits of itself or of the value, or rounds to 0."""
    if not ball.is_finite():
        return False
    if ball.rel_accuracy_bits() >= accuracy or ball.abs_upper() < _NOTHING:
        return True
    return bool(value and ball.contains(0) and ball.rad() <= arb(abs(value)) * 2.0**-accuracy)


def _down(bound: Any) -> float:
    """The largest float64 that is not above an exact ball."""
    number = float(bound)
    return number if arb(number) <= bound else math.nextafter(number, -math.inf)


def _up(bound: Any) -> float:
    """The smallest float64 that is not below an exact ball."""
    number = float(bound)
    return number if arb(number) >= bound else math.nextafter(number, math.inf)


_ZERO = arb(0)
