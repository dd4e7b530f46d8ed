"""What the witnesses found: a check of each, the dockets of entries in dispute, and the steps of differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradcli.result.parts import optional


@dataclass(frozen=True, slots=True)
class StepTried:
    """One step h of a difference: the plain quotient, the value extrapolated from there, and its error bar.

    The bar is the sum of an estimated truncation error and a bound on the noise; None where there is no number.
    """

    step: float
    quotient: float | None
    extrapolated: float | None
    truncation: float | None
    noise: float | None
    error: float | None


@dataclass(frozen=True, slots=True)
class StepTable:
    """How differences found one entry: error against step, and which step was chosen (None: none of them).

    `formula` is the quotient used (central, forward, ...), `why` the reason if it is one-sided or nothing
    settled; `expected_order` the power of h by which its error falls for a smooth function, `observed_order`
    the one seen (None: no truncation error rises above the noise); `noise_floor` how much the value of f may
    be off near the point; `tried` the steps shown, of `steps` that there are.
    """

    entry: str
    formula: str
    why: str | None
    step: float | None
    value: float | None
    error: float | None
    expected_order: int
    observed_order: float | None
    noise_floor: float | None
    steps: int
    tried: Sequence[StepTried]


@dataclass(frozen=True, slots=True)
class ExplainedSteps:
    """The steps behind the differences of some entries; `left_out` counts the entries without a table."""

    tables: Sequence[StepTable]
    left_out: int


@dataclass(frozen=True, slots=True)
class Check:
    """What one witness found over all entries of one record.

    `verdict` is agree, disagree, inconclusive or skipped; `max_error` the largest
    |difference| / |value| over the `compared` entries (|difference| where the value is 0);
    `of` the number of entries there are. `digits` belongs to the certificate: how many
    decimal digits of every entry are proved right. `method` says how entries were compared
    (`entries` one by one, `direction` all at once along a random direction, `operations` one by
    one with derivatives of single operations that the chain rule joins), and `how` with what
    numbers, directions and seed. `steps` belongs to the differences, where they are asked to
    explain themselves.
    """

    verdict: str
    max_error: float | None = None
    compared: int = 0
    of: int = 0
    reason: str | None = None
    digits: float | None = optional()
    method: str | None = optional()
    how: str | None = optional()
    steps: ExplainedSteps | None = optional()


@dataclass(frozen=True, slots=True)
class Docket:
    """One entry before the court: every voice's number and error bar, the outcome, and who is suspected.

    Voices are `tape` (the printed number), `forward` (the tape's other sweep) and the witnesses; a number
    or an error bar that a voice does not have is null. `suspect` is `tape`, a witness, or null: nobody, or
    it cannot be told; `why` is the reasoning. `reasons` say why a witness is not conclusive on the entry.
    """

    entry: str
    values: Mapping[str, float | None]
    errors: Mapping[str, float | None]
    outcomes: Mapping[str, str]
    suspect: str | None
    why: str
    reasons: Mapping[str, str] | None = optional()


@dataclass(frozen=True, slots=True)
class Fault:
    """A local partial of the tape that contradicts SymPy's derivative of that operation.

    The derivative of `operation` by its `argument`, with its operands `at` these numbers: `tape` says one number,
    `symbolic` another; `text`, `line` and `column` say where the operation stands.
    """

    operation: str
    argument: str
    at: Mapping[str, float]
    tape: float
    symbolic: float
    text: str | None = None
    line: int | None = None
    column: int | None = None
