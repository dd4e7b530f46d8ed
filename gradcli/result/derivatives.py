"""Matrices of derivatives with their labels, and what is known of their entries beyond the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradcli.result.parts import optional
from gradcli.result.record import Values


@dataclass(frozen=True, slots=True)
class VectorProduct:
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
        structural_zeros: how many entries are 0 at every point, because the two variables (on the diagonal: the
            variable and itself) meet in no product and no curved function.
        accidental_zeros: how many others are 0 at this one; `accidental` names the first of those on or above the
            diagonal.
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
    hvp: VectorProduct | None = None
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hessian:
    """Second derivatives over the flattened variables, with their audit."""

    labels: tuple[str, ...]
    matrix: Values
    eigenvalues: tuple[float, ...] | None = None
    definiteness: str | None = None
    audit: HessianAudit | None = optional()


@dataclass(frozen=True, slots=True)
class Jacobian:
    """First derivatives of every entry of an output (rows) by every entry of the variables (columns)."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    matrix: Values


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
