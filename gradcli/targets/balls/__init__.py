"""The ball target: the primal in FLINT's ball arithmetic on truncated power series, rigorous and rule-free."""

from gradcli.targets.balls.program import OutOfTimeError
from gradcli.targets.balls.walk import BallWalk, ball_precision

__all__ = ["BallWalk", "OutOfTimeError", "ball_precision"]
