"""The frozen Result: what a run found, as plain data that every report is a function of.

Numbers are floats in nested lists of the variables' shapes; `None` as a gradient means
not connected. `Result.to_dict` is the versioned JSON envelope of the interface.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcli.result.court import Check, Docket, Fault
    from gradcli.result.derivatives import Cancellation, Condition, Hessian, Jacobian
    from gradcli.result.parts import Claim, Failure, Formula, Kink, Nonfinite, Rewrite, Zero

Values = Any  #: a float, a nested list of floats, or None; JSON's own shape of an array

SCHEMA = "gradcli/result/1"

#: Verdicts of a record from worst to best; the verdict of the whole is the worst of its records.
VERDICTS = ("error", "mismatch", "nonfinite", "kink", "unverified", "verified", "unchecked")


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
    rewrites: Sequence[Rewrite] = ()
    zeros: Sequence[Zero] = ()
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
    if is_dataclass(value):
        pairs = [(f, getattr(value, f.name)) for f in fields(value)]
        return {f.name: plain(v) for f, v in pairs if not (f.metadata.get("optional") and v in (None, ()))}
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
