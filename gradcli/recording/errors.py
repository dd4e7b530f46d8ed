"""Errors of the recorder: gradcli's own, and at the same time the built-in ones that Python code expects."""

from __future__ import annotations

from gradcli.errors import GradcliError


class TapeValueError(GradcliError, ValueError):
    """An argument a tape or a variable cannot use."""

    kind = "value"


class TapeStateError(GradcliError, RuntimeError):
    """A tape asked for what it no longer holds."""

    kind = "usage"


class NotRecordedError(GradcliError, TypeError):
    """An operation no gradient passes through, met where it would silently lose one."""

    kind = "usage"
