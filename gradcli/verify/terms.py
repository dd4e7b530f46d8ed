"""How much of a derivative entry the formula itself takes away: what rounding does to terms of it that cancel.

The Taylor balls of the primal at float64's own precision are as wide as that cancellation makes them, and they share
no rule with the sweeps: a partial that cancels by itself (1 - tanh^2 for sech^2) is not excused by their width.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from gradcli.autodiff.tape import Tape

BITS = 50  #: of the balls: three fewer than float64, for functions that err by 4 units in the last place
SECONDS = 0.2  #: that the three walks of an entry may take


def own_rounding(
    tape: Tape,
    output: int,
    sources: Sequence[int],
    inputs: Mapping[str, Any],
    held: Mapping[int, Any],
    order: int,
    position: tuple[int, ...],
) -> float:
    """The width that float64's precision leaves to one entry of a first or second derivative of the primal.

    Args:
        tape, output, sources, inputs, held, order: as for `certificate.certify`.
        position: (row of the output, column) for order 1, (i, j) for order 2.

    Returns:
        The radius of its enclosure; 0 where there is none, so that nothing is excused.
    """
    from gradcli.targets.balls import BallWalk, OutOfTimeError, ball_precision
    from gradcli.targets.balls.series import UnknownError

    i, j = position
    try:
        with ball_precision(BITS):
            walk = BallWalk(tape, output, sources, inputs, held, time.monotonic() + SECONDS, curved=False)
            if order == 1:
                found = walk.along((j,), 2)[i][1]
            elif i == j:
                found = walk.along((i,), 3)[0][2] * 2
            else:
                both, one, other = (walk.along(moving, 3)[0][2] for moving in ((i, j), (i,), (j,)))
                found = both - one - other
    except (OutOfTimeError, UnknownError):
        return 0.0
    return float(found.rad()) if found.is_finite() else 0.0
