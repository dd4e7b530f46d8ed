"""An end to work that cannot look at the clock itself, such as SymPy's differentiation of a nested model."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_LONGEST_TIMER = 1e8  #: seconds; systems refuse a timer of a float's range


class OutOfTimeError(BaseException):
    """The deadline came; not an `Exception`, so that no handler on the way mistakes it for a failure."""


@contextmanager
def interrupted_at(deadline: float) -> Iterator[None]:
    """Raise `OutOfTimeError` inside the block when `time.monotonic()` reaches the deadline.

    It needs the main thread and a system with interval timers, and leaves a timer that somebody
    else has set alone; elsewhere, and where the deadline is years away, the block runs to its end.
    """
    remaining = deadline - time.monotonic()
    possible = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not possible or remaining > _LONGEST_TIMER or signal.getitimer(signal.ITIMER_REAL)[0] > 0:
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, max(0.001, remaining))
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
