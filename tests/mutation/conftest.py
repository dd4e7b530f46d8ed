"""The counts of all mutations that a run has planted, at its end."""

from __future__ import annotations

import pytest
from trials import COUNTS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COUNTS:
        terminalreporter.write_line("mutations: " + ", ".join(f"{n} {what}" for what, n in COUNTS.items()))
