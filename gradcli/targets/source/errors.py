"""The error of formulas that the language has no words for."""

from __future__ import annotations

from gradcli.errors import GradcliError


class NotExpressible(GradcliError):
    """An instruction that has no spelling in gradcli's own language: there is no formula of it."""

    kind = "formula"
