"""The condition of a derivative entry: how much of it the rounding of inputs, and of operations, can take.

Of the inputs: the componentwise relative condition number, sum over all inputs x of |x dg/dx| / |g| (Gohberg and
Koltracht, Mixed, componentwise, and structured condition numbers, 1993; Higham, Accuracy and Stability of Numerical
Algorithms, ch. 1 and 7), evaluated in balls, because the terms of a slope may cancel as those of the entry do. Of
the operations: the running error bound of `rounding`. Both in units of rounding of the entry, 2^-53 of |g|.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping
from typing import Any

from flint import arb

from gradcli.autodiff.primitive import INPUT
from gradcli.autodiff.structural import CONCAT, broadcast, reshape
from gradcli.targets.balls import BallWalk, OutOfTimeError, ball_precision
from gradcli.targets.balls.series import UnknownError
from gradcli.verify.certificate import HIGHEST_PRECISION, PRECISION
from gradcli.verify.rounding import UNIT, Sensitivity

_ACCURATE = 10  #: bits of a condition number that are enough
_NOTHING = 1e-6  #: what is less is shown as 0


class Conditions:
    """The conditions of the entries of one instruction.

    Args:
        sensitivity: of the instruction that holds the entries.
        names: of the inputs that a person gives, constants included; all others are exact.
    """

    def __init__(self, sensitivity: Sensitivity, names: Collection[str]) -> None:
        self._sensitivity = sensitivity
        tape = sensitivity.tape
        found = [(i, adjoint) for i, adjoint in sensitivity.adjoints.items() if tape.instructions[i].primitive is INPUT]
        moved = {str(tape.instructions[i].attributes[0]): (i, adjoint) for i, adjoint in found}
        self._names = [name for name in moved if name in names]
        flat = [
            reshape(tape, broadcast(tape, adjoint, tape.shape(i)), (math.prod(tape.shape(i)),))
            for i, adjoint in map(moved.__getitem__, self._names)
        ]
        self._slopes = tape.append(CONCAT, flat, (-1,)) if len(flat) > 1 else flat[0] if flat else None
        self._walk: BallWalk | None = None

    def of(
        self,
        position: tuple[int, ...],
        inputs: Mapping[str, Any],
        seeds: Mapping[str, Any],
        truth: float,
        deadline: float,
    ) -> tuple[float, float]:
        """The condition of one entry with respect to inputs and to operations.

        Args:
            position: which of the instruction's entries.
            inputs: values of all inputs that a person gives, constants included.
            seeds: values of the seeds that choose the derivative; they are exact.
            truth: the entry.
            deadline: `time.monotonic()` at which to stop.

        Returns:
            Both, in units of rounding; NaN where it is not known, or the entry is 0.
        """
        if truth == 0 or not math.isfinite(truth) or time.monotonic() > deadline:
            return math.nan, math.nan
        given = {**inputs, **seeds}
        lost, _ = self._sensitivity.bound(position, given)
        return self._moved(position, given, abs(truth), deadline), lost / UNIT / abs(truth)

    def _moved(self, position: tuple[int, ...], given: Mapping[str, Any], size: float, deadline: float) -> float:
        """Sum of |x dg/dx| / size over the inputs, at a precision at which it is accurate."""
        if self._slopes is None:
            return 0.0
        numbers = [float(x) for name in self._names for x in _flattened(given[name])]
        fed = {**given, **self._sensitivity.chosen(position)}
        try:
            if self._walk is None:
                self._walk = BallWalk(self._sensitivity.tape, self._slopes, (), fed, {}, deadline, curved=False)
            else:
                self._walk.feed(fed)
            precision = PRECISION
            while precision <= HIGHEST_PRECISION:
                with ball_precision(precision):
                    slopes = self._walk.at_rest()
                    total = sum((abs(arb(x) * slope) for x, slope in zip(numbers, slopes, strict=True) if x), arb(0))
                    total = total / arb(size)
                    if total.is_finite() and total < _NOTHING:
                        return 0.0
                    if total.rel_accuracy_bits() >= _ACCURATE:
                        return float(total.mid())
                precision *= 2
        except (OutOfTimeError, UnknownError):
            pass
        return math.nan


def _flattened(value: Any) -> Any:
    import numpy as np

    return np.ravel(np.asarray(value, dtype=np.float64))
