"""The frozen Result of a run and its parts: plain data that every report is a function of."""

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
    Values,
    Zero,
)
from gradcli.result.record import SCHEMA, VERDICTS, Record, Result, plain

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
