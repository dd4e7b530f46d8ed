"""The source target: instructions written as formulas, in the language and in LaTeX."""

from gradcli.targets.source.errors import NotExpressible
from gradcli.targets.source.formulas import Formulas, to_latex, to_text

__all__ = ["Formulas", "NotExpressible", "to_latex", "to_text"]
