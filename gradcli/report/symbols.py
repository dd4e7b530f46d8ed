"""The few signs and styles of the table, with plain ones for a terminal that cannot show them."""

from __future__ import annotations

from typing import NamedTuple


class Symbols(NamedTuple):
    """Signs that a terminal's encoding can carry."""

    good: str
    bad: str
    open: str
    partial: str
    more: str
    times: str
    element: str
    within: str
    wide: bool


UNICODE = Symbols("✓", "✗", "–", "∂", "…", "×", "∈", "±", True)
ASCII = Symbols("+", "x", "-", "d", "...", "x", "in", "+-", False)

VERDICT_STYLES = {
    "verified": "bold green",
    "unchecked": "bold",
    "unverified": "bold yellow",
    "kink": "bold yellow",
    "nonfinite": "bold magenta",
    "mismatch": "bold red",
    "error": "bold red",
}
CHECK_STYLES = {"agree": "green", "disagree": "bold red", "inconclusive": "yellow", "skipped": "dim"}
CLAIM_STYLES = {"right": "green", "wrong": "bold red"}


def symbols_for(encoding: str) -> Symbols:
    """The signs that text of this encoding can hold."""
    return UNICODE if encoding.lower().replace("_", "-").startswith("utf") else ASCII


def check_sign(verdict: str, symbols: Symbols) -> str:
    """The sign before a witness's or claim's line."""
    if verdict in ("agree", "right", "verified"):
        return symbols.good
    return symbols.bad if verdict in ("disagree", "wrong", "mismatch", "error") else symbols.open
