"""The examples in the language's docstrings hold, and its modules import nothing heavy."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys

import pytest

MODULES = ["grammar", "lexer", "mistakes", "names", "parser", "printer", "spelling", "stacks", "suggest", "syntax"]


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module):
    assert doctest.testmod(importlib.import_module(f"gradcli.language.{module}")).failed == 0


def test_the_language_needs_neither_numpy_nor_sympy():
    heavy = ["numpy", "sympy", "scipy", "rich", "msgspec", "yaml", "flint", "difflib"]
    imports = "import sys, gradcli.language.parser, gradcli.language.suggest"
    code = f"{imports}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
