"""Errors of the recorder: gradcli's own, and at the same time the built-in ones that Python code expects."""

from __future__ import annotations

from gradcli.errors import GradcliError


class RecordingError(GradcliError):
    """An error whose advice is part of its text, because it is read in a traceback."""

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class TapeValueError(RecordingError, ValueError):
    """An argument a tape or a variable cannot use."""

    kind = "value"


class TapeStateError(RecordingError, RuntimeError):
    """A tape asked for what it no longer holds."""

    kind = "usage"


class TapeTypeError(RecordingError, TypeError):
    """An argument of a type that a tape, a variable or a custom gradient cannot use."""

    kind = "usage"


class NotRecordedError(TapeTypeError):
    """An operation no gradient passes through, met where it would silently lose one."""
