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
class Check:
    """What one witness found over all entries of one record.

    `verdict` is agree, disagree, inconclusive or skipped; `max_error` the largest
    |difference| / |value| over the `compared` entries (|difference| where the value is 0);
    `of` the number of entries there are. `digits` belongs to the certificate: how many
    decimal digits of every entry are proved right. `method` says how entries were compared
    (`entries` one by one, `direction` all at once along a random direction, `operations` one by
    one with derivatives of single operations that the chain rule joins).
    """

    verdict: str
    max_error: float | None = None
    compared: int = 0
    of: int = 0
    reason: str | None = None
    digits: float | None = None
    method: str | None = None


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
class Product:
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
    excerpt: Excerpt | None = None
    operands: tuple[Operand, ...] = ()
    product: Product | None = None


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
    excerpt: Excerpt | None = None


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
    """One derivative as a formula: in the language, and in LaTeX."""

    text: str
    latex: str


@dataclass(frozen=True, slots=True)
class Hessian:
    """Second derivatives over the flattened variables, with their audit."""

    labels: tuple[str, ...]
    matrix: Values
    eigenvalues: tuple[float, ...] | None = None
    definiteness: str | None = None


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
    entry that shows it. `remark` is the likely slip, or that it is a near miss; `decided_by` says at
    how many points a right one was compared.
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


@dataclass(frozen=True, slots=True)
class Record:
    """The answer for one source, task, output and point."""

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
    kinks: Sequence[Kink] = ()
    nonfinite: Sequence[Nonfinite] = ()
    rewrites: Sequence[Rewrite] = ()
    zeros: Sequence[Zero] = ()
    formula: Mapping[str, Formula] | None = None
    enclosures: Mapping[str, Values] | None = None
    claims: Sequence[Claim] = ()
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
        optional = ("digits", "method")
        return {n: plain(getattr(value, n)) for n in names if n not in optional or getattr(value, n) is not None}
    if isinstance(value, Hessian | Jacobian | Formula | Excerpt | Operand | Product | Zero | Rewrite):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Kink | Nonfinite):
        extra = ("excerpt", "operands", "product")
        found = {f.name: getattr(value, f.name) for f in fields(value)}
        return {n: plain(v) for n, v in found.items() if v or n not in extra}
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
