"""Libraries that take a recordable value for a plain array: which function it was, and what to write instead."""

from __future__ import annotations

import sys
from types import FrameType

from gradcli.recording.errors import NotRecordedError
from gradcli.recording.known_functions import is_function

_WHOLE = ".numpy() takes one off the record on purpose"


def lost_gradient() -> NotRecordedError:
    """The error for a recorded value that a library is turning into a plain array.

    SciPy's plain functions (`logsumexp`, `softmax`, `linalg.solve`) hand nothing over as NumPy's do,
    so the stack of calls is what tells which of them it was.
    """
    asked = _scipy_function()
    if asked is None:
        return NotRecordedError(
            "a recorded value would become a plain array here, and its gradient would be lost",
            hint=f"np.stack joins values, np.broadcast_to spreads one; {_WHOLE}",
        )
    home, name = asked
    instead = f"gradcli.{name} is" if is_function(name) else "write it with functions that are"
    return NotRecordedError(
        f"{home}.{name} is not recorded: it makes a plain array of a recorded value, and its gradient would be lost",
        hint=f"{instead}; {_WHOLE}",
    )


def _scipy_function() -> tuple[str, str] | None:
    """Public home and name of the function of SciPy's that was called last from outside of it."""
    found = None
    frame: FrameType | None = sys._getframe(3)  # whoever called __array__
    while frame is not None and _library(frame.f_globals.get("__name__")) in ("scipy", "numpy"):
        module = frame.f_globals["__name__"]
        if _library(module) == "scipy":
            found = module.partition("._")[0], frame.f_code.co_name
        frame = frame.f_back
    return found


def _library(module: object) -> str:
    return str(module).partition(".")[0]
