"""What a record is made of: the frozen findings that several rooms share, with their fields as JSON names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gradcli.result.record import Values


def optional(default: Any = None) -> Any:
    """A field that is written only where there is something to say."""
    return field(default=default, metadata={"optional": True})


#: A slope, or slopes by the labels of variables' entries; not finite ones as texts.
Slope = float | str | Mapping[str, float | str | None] | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result: an error of the input, as data.

    `line`, `column` and `key` belong to the spec; `cell` is the `file`, `row` and `column` of a data file.
    """

    kind: str
    message: str
    line: int | None = None
    column: int | None = None
    key: str | None = optional()
    hint: str | None = optional()
    cell: Mapping[str, str | int] | None = optional()


@dataclass(frozen=True, slots=True)
class Formula:
    """One derivative as a formula, in the language and in LaTeX, or the reason why there is none to show."""

    text: str | None
    latex: str | None
    reason: str | None = optional()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The line of an expression around a place: `width` characters from offset `start` on are meant."""

    text: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Operand:
    """What a subexpression was applied to, as typed, and its value."""

    text: str
    value: float


@dataclass(frozen=True, slots=True)
class UndefinedProduct:
    """Where a NaN came to be out of numbers that were none: `0 × inf`, and where its two parts come from.

    `sweep` is `value`, or `derivative` where only the derivative has the NaN.
    """

    text: str
    sweep: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Nonfinite:
    """A subexpression that made a NaN or an infinity, and why."""

    text: str
    line: int | None
    column: int | None
    why: str
    excerpt: Excerpt | None = optional()
    operands: tuple[Operand, ...] = optional(())
    product: UndefinedProduct | None = optional()


@dataclass(frozen=True, slots=True)
class Kink:
    """A point of a function where it has no derivative, the one-sided ones, and the convention used.

    `left` and `right` are the slopes of the function named; of a comparison, or of arguments that tie, those of the
    output by the only variable that leaves the kink. Where several variables do, they are objects: the slopes of the
    output along each of them, the others held. A slope that is infinite or not known is null.
    """

    text: str
    line: int | None
    column: int | None
    function: str
    left: Slope
    right: Slope
    convention: str
    excerpt: Excerpt | None = optional()


@dataclass(frozen=True, slots=True)
class Zero:
    """Why entries are not connected, or 0: the place where their path is cut.

    `entries` are labels (`x`, `W[0,1]`; of a Jacobian `f[0],x`), the first of `count`. `kind` is `absent` (no
    operation leads there), `cut` (a path without a derivative: `stop_gradient`, a comparison), `branch` (not
    taken here), `constant` (piecewise), `zero` (a slope or factor is 0 here), `cancels` or `underflow`;
    only with `absent` and `cut` may the derivative be null.
    """

    entries: tuple[str, ...]
    count: int
    connected: bool
    kind: str
    why: str
    text: str
    line: int | None
    column: int | None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Another spelling of a subexpression that has a finite, confirmed result here.

    `replacement` is the subexpression's, `expression` that of the whole text it stands in; `why` says what was checked.
    """

    text: str
    line: int | None
    column: int | None
    replacement: str
    expression: str
    why: str


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
    derivative: str | None = optional()
    difference: str | None = optional()
    decided_by: str | None = optional()
    counterexample: Mapping[str, Values] | None = optional()
    claimed: Values = optional()
    actual: Values = optional()
    entry: str | None = optional()
    remark: str | None = optional()
    index: tuple[int, ...] | None = optional()
    slip: str | None = optional()
    symbolic: str | None = optional()
