"""The certificate: rigorous enclosures of derivatives, and proved bounds of how far given numbers are from them.

Every entry is enclosed by Taylor balls of the primal, which share no rule with the sweeps. The precision is
doubled where an enclosure is still wide, until it settles or the time is up; what is not certified says why.
Second derivatives come by polarisation: H_ij is the t^2 coefficient along e_i + e_j less those along e_i and e_j.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from gradcli.autodiff.tape import Tape
from gradcli.targets.balls import BallWalk, OutOfTimeError, ball_precision
from gradcli.targets.balls.series import KinkError, UndecidedError, UnknownError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

PRECISION = 128  #: bits of the first walk
HIGHEST_PRECISION = 4096  #: bits of the last one
MOST_DIGITS = 15.95  #: decimal digits of a float64
MOST_REASONS = 10_000  #: entries whose reason is named

_SETTLED_BITS = 60  #: accurate bits of an enclosure that is narrow enough
_USABLE_BITS = 40  #: accurate bits of one that still counts when precision or time has run out
_NOTHING = arb(1) / arb(2) ** 1076  #: what is surely less than this rounds to 0
_ZERO = arb(0)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is proved about an array of derivatives.

    Attributes:
        lower, upper: enclosure of each true entry, rounded outwards; NaN where not certified.
        least, most: bounds of |value - true|, rounded outwards; NaN where not certified.
        reasons: why an entry is not certified, by flat index (the first `MOST_REASONS` of them).
        compared: which entries are certified.
    """

    lower: FloatArray
    upper: FloatArray
    least: FloatArray
    most: FloatArray
    reasons: Mapping[int, str]
    compared: BoolArray


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
    seed: int | None = None,
) -> Certificate:
    """Enclose the first or second derivatives of an instruction, and compare numbers with them.

    Args:
        tape: the program; only the primal of `output` is read.
        output: the instruction that is differentiated; a scalar for second derivatives.
        sources: inputs to differentiate by, with n entries in all.
        inputs: a float64 array for every input.
        values: the derivatives to be judged: (m, n) for an output of m entries, or (n, n) for second ones.
        order: 1 or 2.
        held: float64 values of instructions whose path is cut, by index; they are held, not computed.
        deadline: `time.monotonic()` at which the walks stop.
        precision: bits to begin with.
        budget: the seconds that the deadline stands for, to be named in a reason.
        seed: of the order in which variables are walked; None for their own order.

    Returns:
        A certificate in the shape of `values`.

    Raises:
        ValueError: for another order, or a shape of `values` that does not fit.
    """
    claimed = np.asarray(values, dtype=np.float64)
    n = sum(math.prod(tape.shape(s)) for s in sources)
    m = math.prod(tape.shape(output)) if order == 1 else n
    if order not in (1, 2) or claimed.shape != (m, n) or (order == 2 and tape.shape(output) != ()):
        raise ValueError(f"order {order} of shape {tape.shape(output)} by {n} entries does not fit {claimed.shape}")
    collect = _first_derivatives if order == 1 else _second_derivatives
    make = partial(BallWalk, tape, output, sources, inputs, held, deadline, curved=order == 2)
    return _certified(_Findings(claimed, seed), make, collect, precision, budget)


def certify_value(
    tape: Tape,
    output: int,
    inputs: Mapping[str, Any],
    value: Any,
    held: Mapping[int, Any],
    deadline: float,
    budget: float | None = None,
) -> Certificate:
    """Enclose the value of an instruction, and compare the numbers given for it (arguments as for `certify`).

    Returns:
        A certificate of m rows and one column, for an instruction of m entries.
    """
    claimed = np.asarray(value, dtype=np.float64).reshape(-1, 1)
    make = partial(BallWalk, tape, output, (), inputs, held, deadline, curved=False)
    return _certified(_Findings(claimed), make, _values, PRECISION, budget)


def _certified(
    found: _Findings,
    make: Callable[[], BallWalk],
    collect: Callable[[BallWalk, _Findings, int], None],
    precision: int,
    budget: float | None,
) -> Certificate:
    """Walk at higher and higher precision until everything has settled, or the time or the precision ends."""
    reason = "the enclosure stays too wide at the highest precision"
    try:
        with ball_precision(precision):
            walk = make()
        while found.open.any() and precision <= HIGHEST_PRECISION:
            with ball_precision(precision):
                collect(walk, found, precision)
            precision *= 2
    except OutOfTimeError:
        reason = "the time budget ended" if budget is None else f"budget of {budget:g} s ended"
        reason += "" if found.seed is None else f" (variables in random order, seed {found.seed})"
    except UnknownError as error:
        reason = str(error)
    with ball_precision(HIGHEST_PRECISION):
        return found.close(reason)


def digits(certificate: Certificate, values: Any) -> float:
    """How many decimal digits of every certified value are proved; 0 if none is certified.

    -log10(most/|value|), at most 15.95: an entry that is exact, or 0 where the truth rounds to 0, has all of them.
    """
    proved = entry_digits(certificate, values)[certificate.compared]
    return float(proved.min()) if proved.size else 0.0


def entry_digits(certificate: Certificate, values: Any) -> FloatArray:
    """How many decimal digits of each value are proved, as for `digits`; NaN where it is not certified."""
    size, most = np.abs(np.asarray(values, dtype=np.float64)), certificate.most
    with np.errstate(divide="ignore", invalid="ignore"):
        proved = np.where(most == 0, MOST_DIGITS, np.log10(size) - np.log10(most))
    proved[(size == 0) & (most <= 5e-324)] = MOST_DIGITS
    return np.where(certificate.compared, np.clip(proved, 0.0, MOST_DIGITS), np.nan)


class _Findings:
    """Entries that have settled, those still open, and why some never will; everything by (row, column)."""

    def __init__(self, claimed: FloatArray, seed: int | None = None) -> None:
        self.claimed = claimed
        self.seed = seed
        self.open: BoolArray = np.isfinite(claimed)
        self._bounds = [np.full(claimed.shape, np.nan) for _ in range(4)]
        self._wide: dict[tuple[int, int], Any] = {}
        self._doubts: dict[tuple[int, int], str] = {}
        self._reasons: dict[int, str] = {}
        for k in np.flatnonzero(~self.open)[:MOST_REASONS].tolist():
            self._reasons[k] = "the number is not finite"

    def vanish(self, entries: BoolArray) -> None:
        """These entries, as far as they are open, are exactly 0: nothing leads there."""
        self._zero(self.open & entries)

    def _zero(self, chosen: Any) -> None:
        lower, upper, least, most = self._bounds
        lower[chosen] = upper[chosen] = 0.0
        least[chosen] = most[chosen] = np.abs(self.claimed[chosen])
        self.open[chosen] = False

    def vanish_between(self, others: NDArray[np.intp], j: int) -> None:
        """The same for the entries of row and column j at `others`."""
        for rows, columns in ((others, np.full(others.shape, j)), (np.full(others.shape, j), others)):
            chosen = self.open[rows, columns]
            self._zero((rows[chosen], columns[chosen]))

    def order(self, variables: NDArray[np.intp]) -> list[int]:
        """The order in which variables are walked: random with a seed, so that a part of them is a fair sample."""
        shuffled = variables if self.seed is None else np.random.default_rng(self.seed).permutation(variables)
        found: list[int] = shuffled.tolist()
        return found

    def settle(self, entry: tuple[int, int], ball: Any, accuracy: int = _SETTLED_BITS) -> bool:
        """Take an enclosure for good if it is narrow, else keep it in case that no better one comes."""
        if not self.open[entry]:
            return True
        value = float(self.claimed[entry])
        if not _narrow(ball, value, accuracy):
            self._wide[entry] = ball
            return False
        error = arb(value) - ball
        sides = (_down(ball.lower()), _up(ball.upper()), _down(error.abs_lower()), _up(error.abs_upper()))
        for bound, number in zip(self._bounds, sides, strict=True):
            bound[entry] = number
        self.open[entry] = False
        return True

    def refuse(self, entries: Sequence[tuple[int, int]], reasons: Sequence[UnknownError], precision: int) -> None:
        """Note why entries have no enclosure: for good, unless more precision may decide."""
        undecided = next((r for r in reasons if isinstance(r, UndecidedError)), None)
        first = next(iter(reasons), None)
        for entry in entries:
            if not self.open[entry]:
                continue
            if first is None:
                self._doubts[entry] = f"not finite at precision {precision}"
            elif undecided is not None:
                self._doubts[entry] = f"undecided at precision {precision}: {undecided}"
            else:
                self._give_up(entry, f"kink: {first}" if isinstance(first, KinkError) else str(first))

    def close(self, reason: str) -> Certificate:
        """No walk comes any more: what is open keeps a usable enclosure, or the reason why it has none."""
        for entry, ball in self._wide.items():
            self.settle(entry, ball, _USABLE_BITS)
        for i, j in np.argwhere(self.open)[:MOST_REASONS].tolist():
            self._give_up((i, j), self._doubts.get((i, j), reason))
        lower, upper, least, most = self._bounds
        return Certificate(lower, upper, least, most, dict(sorted(self._reasons.items())), ~np.isnan(lower))

    def _give_up(self, entry: tuple[int, int], reason: str) -> None:
        self._reasons[entry[0] * self.claimed.shape[1] + entry[1]] = reason
        self.open[entry] = False


def _values(walk: BallWalk, found: _Findings, precision: int) -> None:
    """Walk to the point itself."""
    balls = walk.at_rest()
    lost = []
    for i in np.flatnonzero(found.open[:, 0]).tolist():
        if balls[i].is_finite():
            found.settle((i, 0), balls[i])
        else:
            lost.append((i, 0))
    if lost:
        found.refuse(lost, walk.reasons, precision)


def _first_derivatives(walk: BallWalk, found: _Findings, precision: int) -> None:
    """Walk every direction in which an entry is open, once."""
    found.vanish(~_bit_matrix(walk.support, found.claimed.shape[1]))
    for j in found.order(np.flatnonzero(found.open.any(axis=0))):
        curves = walk.along((j,), 2)
        lost = []
        for i in np.flatnonzero(found.open[:, j]).tolist():
            slope = curves[i][1]
            if slope.is_finite() and curves[i][0].is_finite():
                found.settle((i, j), slope)
            else:
                lost.append((i, j))
        if lost:
            found.refuse(lost, walk.reasons, precision)


def _second_derivatives(walk: BallWalk, found: _Findings, precision: int) -> None:
    """Walk every pair of directions in which an entry is open, once; an entry needs both its single directions.

    Variable by variable, each with all before it: so a part of the time gives the whole Hessian of some of them.
    """
    n = len(found.claimed)
    (connected,) = _bit_matrix(walk.support, n)
    found.vanish(~np.logical_and.outer(connected, connected))
    meeting = _bit_matrix([walk.partners.get(i, 0) for i in range(n)], n)
    singles: dict[int, Any] = {}
    for j in found.order(np.flatnonzero(found.open.any(axis=0) | found.open.any(axis=1))):
        curve = _curvature(walk, (j,))
        if curve is None:
            found.refuse([entry for i in range(n) for entry in ((i, j), (j, i))], walk.reasons, precision)
            continue
        singles[j] = curve
        walked = np.array(list(singles))
        found.vanish_between(walked[~meeting[walked, j]], j)
        for i in walked[found.open[walked, j] | found.open[j, walked]].tolist():
            curve = singles[j] * 2 if i == j else _curvature(walk, (i, j))
            if curve is None:
                found.refuse([(i, j), (j, i)], walk.reasons, precision)
                continue
            ball = curve if i == j else curve - singles[i] - singles[j]
            found.settle((i, j), ball)
            found.settle((j, i), ball)


def _curvature(walk: BallWalk, direction: tuple[int, ...]) -> Any | None:
    """The t^2 coefficient of the scalar output along a direction, None if it is not finite."""
    (curve,) = walk.along(direction, 3)
    return curve[2] if all(curve[k].is_finite() for k in range(3)) else None


def _bit_matrix(masks: Sequence[int], n: int) -> BoolArray:
    """Bit masks as rows of n booleans."""
    width = (n + 7) // 8
    packed = np.frombuffer(b"".join(mask.to_bytes(width, "little") for mask in masks), dtype=np.uint8)
    return np.unpackbits(packed.reshape(len(masks), width), axis=1, count=n, bitorder="little").astype(np.bool_)


def _narrow(ball: Any, value: float, accuracy: int) -> bool:
    """Whether an enclosure is exact, or accurate to so many bits of itself or of the value, or rounds to 0."""
    if ball.rel_accuracy_bits() >= accuracy:
        return bool(ball.is_finite())
    if ball.abs_upper() < _NOTHING:
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
