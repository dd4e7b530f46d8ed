"""The symbol target: the primal as SymPy expressions, and their values in ball arithmetic."""

from gradcli.targets.symbols.line import Line
from gradcli.targets.symbols.values import Evaluator

__all__ = ["Evaluator", "Line"]
