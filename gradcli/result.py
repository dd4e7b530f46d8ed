"""The frozen Result: what a run found, as plain data that every report is a function of.

Numbers are floats in nested lists of the variables' shapes; `None` as a gradient means
not connected. `Result.to_dict` is the versioned JSON envelope of the interface.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

Values = Any  #: a float, a nested list of floats, or None; JSON's own shape of an array

SCHEMA = "gradcli/result/1"

#: Verdicts of a record from worst to best; the verdict of the whole is the worst of its records.
VERDICTS = ("error", "mismatch", "nonfinite", "kink", "unverified", "verified", "unchecked")


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
    digits: float | None = None
    method: str | None = None
    how: str | None = None
    steps: ExplainedSteps | None = None


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
    reasons: Mapping[str, str] | None = None


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


@dataclass(frozen=True, slots=True)
class Nonfinite:
    """A subexpression that made a NaN or an infinity, and why."""

    text: str
    line: int | None
    column: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Kink:
    """A point of a function where it has no derivative, the one-sided ones, and the convention used."""

    text: str
    line: int | None
    column: int | None
    function: str
    left: float | str | None
    right: float | str | None
    convention: str


@dataclass(frozen=True, slots=True)
class Cancellation:
    """An operation that takes digits of an entry: its operands cancel, or it magnifies what is lost already.

    `entry` is the label of the entry that suffers (of the value: the output's name), `digits` how many decimal
    digits the operation loses, `operands` the float64 numbers it is given (of arrays, those of the entry meant).
    """

    text: str
    line: int | None
    column: int | None
    entry: str
    digits: float
    operands: tuple[float, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Condition:
    """How much of each entry rounding can take, in units of rounding (2^-53) of the entry, in the derivative's shape.

    `inputs`: if every input is off by one unit, the componentwise relative condition number sum |x dg/dx| / |g|.
    `operations`: the running error bound of the operations. The logarithm is the number of digits; null: not known.
    """

    inputs: Mapping[str, Values]
    operations: Mapping[str, Values]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result: an error of the input, as data.

    `line`, `column` and `key` belong to the spec; `cell` is the `file`, `row` and `column` of a data file.
    """

    kind: str
    message: str
    line: int | None = None
    column: int | None = None
    key: str | None = None
    hint: str | None = None
    cell: Mapping[str, str | int] | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """One derivative as a formula, in the language and in LaTeX, or the reason why there is none to show."""

    text: str | None
    latex: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """The product of a Hessian and a random vector, computed three ways.

    `verdict` is agree, disagree, inconclusive or skipped. `matrix_error` is the largest difference between the
    tape's own product (one sweep along the vector) and the printed matrix times the vector, `witness_error` that
    between the tape's and `witness`; both relative to the sums of |H||v|. `seed` makes the vector again.
    """

    verdict: str
    seed: int
    witness: str
    matrix_error: float | None = None
    witness_error: float | None = None
    compared: int = 0
    of: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class HessianAudit:
    """What is known of a Hessian beyond its entries; what is null has a reason in `skipped`, or an entry is not finite.

    Attributes:
        symmetry_residual: max |H - H'| of entries that come from different sweeps (nothing is symmetrised).
        rank: how many singular values are above `rank_tolerance` times the largest one, of the matrix with rows and
            columns scaled to a diagonal of ones, which has the same rank.
        rank_tolerance: 8 n units of rounding, or the proved errors of the entries where they are more.
        degree: constant, linear, quadratic or nonlinear: of the function, as a polynomial in the variables;
            `at most linear` and `at most quadratic` where terms may cancel and nothing proves that they do not.
        critical_point: minimum, maximum, saddle, degenerate (second derivatives do not decide) or not critical.
        gradient_norm: the Euclidean norm of the gradient, which is 0 at a critical point up to `gradient_bound`.
        structural_zeros: how many entries are 0 at every point, because the two variables never meet.
        accidental_zeros: how many others are 0 at this one; `accidental` names the first of them.
        hvp: the Hessian's product with a random vector, cross-checked.
        skipped: what was left out, and why.
    """

    symmetry_residual: float | None = None
    rank: int | None = None
    rank_tolerance: float | None = None
    degree: str | None = None
    critical_point: str | None = None
    gradient_norm: float | None = None
    gradient_bound: float | None = None
    structural_zeros: int | None = None
    accidental_zeros: int | None = None
    accidental: tuple[str, ...] = ()
    hvp: Product | None = None
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hessian:
    """Second derivatives over the flattened variables, with their audit."""

    labels: tuple[str, ...]
    matrix: Values
    eigenvalues: tuple[float, ...] | None = None
    definiteness: str | None = None
    audit: HessianAudit | None = None


@dataclass(frozen=True, slots=True)
class Jacobian:
    """First derivatives of every entry of an output (rows) by every entry of the variables (columns)."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    matrix: Values


@dataclass(frozen=True, slots=True)
class Claim:
    """The verdict (right, wrong, undecided) on one hand-derived formula.

    A wrong one comes with a counterexample: values of the variables, and there what the claim
    gives (`claimed`) and what the derivative is (`actual`); of arrays, `entry` is the label of the
    entry that shows it and `index` its place in `claimed` and `actual`. `difference` is claim minus derivative,
    simplified (of that entry), where it is short; `remark` says the likely slip in words and `slip` its kind, or that
    it is a near miss. `decided_by` says how a right one was decided: `symbolic` is `zero` where SymPy reduced the
    difference to 0, which is a proof; `open` where it did not; else why it was not asked.
    """

    name: str
    claim: str
    verdict: str
    derivative: str | None = None
    difference: str | None = None
    decided_by: str | None = None
    counterexample: Mapping[str, Values] | None = None
    claimed: Values = None
    actual: Values = None
    entry: str | None = None
    remark: str | None = None
    index: tuple[int, ...] | None = None
    slip: str | None = None
    symbolic: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The answer for one source, task, output and point.

    `forward` compares the tape's two sweeps: no witness, for they share the partials. `disputes` are the first of
    the `disputed` entries that a voice contradicts; `entries` the first of all, where they were asked for. `faults` are
    the tape's rules that made the error, as far as they are known.
    """

    source: str
    verdict: str
    task: str | None = None
    title: str | None = None
    output: str | None = None
    point: int | None = None
    at: Mapping[str, Values] | None = None
    value: Values = None
    gradient: Mapping[str, Values] | None = None
    hessian: Hessian | None = None
    jacobian: Jacobian | None = None
    checks: Mapping[str, Check] | None = None
    forward: Check | None = None
    disputed: int | None = None
    disputes: Sequence[Docket] = ()
    entries: Sequence[Docket] = ()
    faults: Sequence[Fault] = ()
    kinks: Sequence[Kink] = ()
    nonfinite: Sequence[Nonfinite] = ()
    cancellations: Sequence[Cancellation] = ()
    formula: Mapping[str, Formula] | None = None
    enclosures: Mapping[str, Values] | None = None
    digits: Mapping[str, Values] | None = None
    condition: Condition | None = None
    claims: Sequence[Claim] = ()
    unclaimed: Sequence[str] = ()
    error: Failure | None = None

    def to_dict(self, *, sparse: bool = False) -> dict[str, Any]:
        """The record as JSON's own types; absent parts are left out, `None` gradients stay."""
        out: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if (value is None or value == ()) and f.name != "value":
                continue
            if f.name == "value" and self.at is None:
                continue
            out[f.name] = plain(value)
        if sparse:
            for name in ("hessian", "jacobian"):
                if name in out:
                    out[name] = _sparse(out[name])
        return out


@dataclass(frozen=True, slots=True)
class Result:
    """All records of one run, in the order of sources, tasks, outputs and points."""

    results: Sequence[Record] = field(default_factory=tuple)

    @property
    def verdict(self) -> str:
        """The worst verdict of the records (`verified` for none)."""
        return min((r.verdict for r in self.results), key=VERDICTS.index, default="verified")

    @property
    def exit_code(self) -> int:
        """0 if everything is verified, or unchecked on request; else 1 (a batch's bad specs too)."""
        return 0 if self.verdict in ("verified", "unchecked") else 1

    def to_dict(self, *, sparse: bool = False) -> dict[str, Any]:
        """The versioned envelope of the interface, as JSON's own types."""
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "results": [r.to_dict(sparse=sparse) for r in self.results],
        }


def plain(value: Any) -> Any:
    """`value` as strict JSON's types: dataclasses to objects, non-finite numbers to strings.

    >>> plain([1.0, float("nan"), float("-inf")])
    [1.0, 'nan', '-inf']
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, Check):
        names = [f.name for f in fields(Check)]
        optional = ("digits", "method", "how", "steps")
        return {n: plain(getattr(value, n)) for n in names if n not in optional or getattr(value, n) is not None}
    if isinstance(value, Formula):
        shown = ("text", "latex") if value.reason is None else ("text", "latex", "reason")
        return {n: getattr(value, n) for n in shown}
    if isinstance(value, Hessian) and value.audit is None:
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.name != "audit"}
    if isinstance(
        value,
        Hessian
        | HessianAudit
        | Product
        | Jacobian
        | Kink
        | Nonfinite
        | Cancellation
        | Condition
        | Fault
        | ExplainedSteps
        | StepTable
        | StepTried,
    ):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Docket):
        found = {f.name: plain(getattr(value, f.name)) for f in fields(value)}
        return found if value.reasons else {n: v for n, v in found.items() if n != "reasons"}
    if isinstance(value, Failure | Claim):
        required = ("kind", "message", "line", "column", "name", "claim", "verdict")
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        return {n: plain(v) for n, v in pairs if v is not None or n in required}
    raise TypeError(f"not plain data: {type(value).__name__}")


def _sparse(matrix: dict[str, Any]) -> dict[str, Any]:
    """The same object with `matrix` replaced by the coordinates and values of what is not 0."""
    dense = matrix.pop("matrix")
    entries = [(i, j, v) for i, row in enumerate(dense) for j, v in enumerate(row) if v != 0]
    return matrix | {
        "shape": [len(dense), len(dense[0]) if dense else 0],
        "row": [i for i, _, _ in entries],
        "col": [j for _, j, _ in entries],
        "value": [v for _, _, v in entries],
    }
