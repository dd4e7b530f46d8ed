"""The examples in docstrings of the reports and the command line hold."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = ("descent", "entries", "grid", "csv_text", "latex", "markdown")


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(import_module(f"gradcli.report.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
