"""What is said of the steps of finite differences, in the same words in every format."""

from __future__ import annotations

from gradcli.report.entries import rounded
from gradcli.result import ExplainedSteps, StepTable, StepTried

HEADS = ("step h", "quotient", "extrapolated", "truncation", "noise", "error bar")
CHOSEN = "chosen"
_DIGITS = 10  #: significant digits of a quotient that are shown


def summary(one: StepTable, sign: str = "±") -> str:
    """`x: 12 ± 3e-11 by the central quotient at h = 0.0078`."""
    if one.step is None or one.value is None or one.error is None:
        return f"{one.entry}: inconclusive: {one.why or 'no step settles'}"
    told = f"{rounded(one.value, _DIGITS)} {sign} {rounded(one.error, 2)}"
    return f"{one.entry}: {told} by the {one.formula} quotient, h = {rounded(one.step, 3)}"


def notes(one: StepTable) -> list[str]:
    """The lines below a table: the order of convergence, the noise, why one side only, the steps not shown."""
    if not one.tried:
        return ["there is no usable step: f has no value around this point"]
    expected = f"expected h^{one.expected_order}"
    if one.observed_order is None:
        lines = [f"order: {expected}; not seen: the quotients do not change by more than their noise"]
    elif one.observed_order <= 0:
        lines = [f"order: the quotients grow as h^{rounded(one.observed_order, 3)}, {expected}: they have no limit"]
    else:
        lines = [f"order: the quotient's error falls as h^{rounded(one.observed_order, 3)}, {expected}"]
    if one.noise_floor is not None:
        lines.append(f"noise floor: rounding moves a value of f by up to {rounded(one.noise_floor, 2)}")
    if one.why is not None and one.step is not None:
        lines.append(one.why if one.formula == "central" else f"why {one.formula}: {one.why}")
    lines.append(f"{len(one.tried)} of {one.steps} steps shown")
    return lines


def row(tried: StepTried) -> tuple[str, ...]:
    """The cells of a step; empty where there is no number."""
    numbers = (tried.quotient, tried.extrapolated), (tried.truncation, tried.noise, tried.error)
    return (
        rounded(tried.step, 3),
        *("" if v is None else rounded(v, _DIGITS) for v in numbers[0]),
        *("" if v is None else rounded(v, 2) for v in numbers[1]),
    )


def left_out(steps: ExplainedSteps) -> str:
    """How many entries have no table."""
    many = f"{steps.left_out} more entries have" if steps.left_out != 1 else "1 more entry has"
    return f"{many} no table: the first {len(steps.tables)}, doubtful ones before others, are shown"
