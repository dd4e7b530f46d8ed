"""The frozen Result of a run and its parts: plain data that every report is a function of.

The parts are imported when they are first asked for: making their classes takes longer than a gradient.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gradcli.result.record import SCHEMA, VERDICTS, Record, Result, Values, plain

if TYPE_CHECKING:
    from gradcli.result.court import Check, Docket, ExplainedSteps, Fault, StepTable, StepTried
    from gradcli.result.derivatives import Cancellation, Condition, Hessian, HessianAudit, Jacobian, VectorProduct
    from gradcli.result.parts import (
        Claim,
        Excerpt,
        Failure,
        Formula,
        Kink,
        Nonfinite,
        Operand,
        Rewrite,
        UndefinedProduct,
        Zero,
    )

__all__ = [
    "Cancellation",
    "Check",
    "Claim",
    "Condition",
    "Docket",
    "Excerpt",
    "ExplainedSteps",
    "Failure",
    "Fault",
    "Formula",
    "Hessian",
    "HessianAudit",
    "VectorProduct",
    "Jacobian",
    "Kink",
    "Nonfinite",
    "Operand",
    "UndefinedProduct",
    "Record",
    "Result",
    "Rewrite",
    "SCHEMA",
    "StepTable",
    "StepTried",
    "VERDICTS",
    "Values",
    "Zero",
    "plain",
]

_PARTS = {
    "court": ("Check", "Docket", "ExplainedSteps", "Fault", "StepTable", "StepTried"),
    "derivatives": ("Cancellation", "Condition", "Hessian", "HessianAudit", "Jacobian", "VectorProduct"),
    "parts": (
        "Claim",
        "Excerpt",
        "Failure",
        "Formula",
        "Kink",
        "Nonfinite",
        "Operand",
        "Rewrite",
        "UndefinedProduct",
        "Values",
        "Zero",
    ),
}


def __getattr__(name: str) -> Any:
    for module, names in _PARTS.items():
        if name in names:
            return getattr(import_module(f"gradcli.result.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
