"""What a person said the result is: hand-derived formulas ([claims]) and expected numbers ([expect])."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from gradcli.errors import ShapeError
from gradcli.language.labels import EVERYTHING, base_of, index_of
from gradcli.result import Check
from gradcli.targets.arrays import evaluate
from gradcli.verify.rounding import rounding_bound
from gradcli.verify.testimony import Array

CLAIM_RTOL = 1e-9  #: relative difference that a claim's value may have where it is evaluated in float64


class Stated(Protocol):
    """What of an assembly the statements need."""

    problem: Any
    tape: Any
    wrt: tuple[str, ...]

    def lower(self, expression: Any) -> int: ...


def check_statements(
    stated: Stated, output: str, gradient: Mapping[str, Any] | None, hessian: Any, value: Any, inputs: Mapping[str, Any]
) -> dict[str, Check]:
    """Compare a record's numbers with the problem's claims and expectations.

    Args:
        stated: the assembled problem.
        output: the output the record is about.
        gradient: the record's gradient by variable, or None.
        hessian: the record's `Hessian`, or None.
        value: the output's value.
        inputs: values of all inputs at the point.

    Returns:
        Checks named `claims` and `expect`, where there is something to check.
    """
    checks: dict[str, Check] = {}
    claims = _claims(stated, output, gradient, hessian, inputs)
    if claims is not None:
        checks["claims"] = claims
    elif stated.problem.claims:
        checks["claims"] = Check("skipped", reason="nothing of what is claimed is in this record")
    expect = stated.problem.expect
    if expect:
        found = _expect(stated, expect, gradient, hessian, value)
        checks["expect"] = found or Check("skipped", reason="nothing of what is expected is in this record")
    return checks


def _claims(
    stated: Stated, output: str, gradient: Mapping[str, Any] | None, hessian: Any, inputs: Mapping[str, Any]
) -> Check | None:
    problem = stated.problem
    pairs: list[_Pair] = []
    if gradient is not None:
        for (named, x), expression in problem.claims.gradient.items():
            if named in (None, output) and (x == EVERYTHING or base_of(x) in gradient):
                index = stated.lower(expression)
                said = evaluate(stated.tape, [index], inputs)[0]
                label = "gradient" if x == EVERYTHING else x
                pairs.append((label, said, _selected(x, gradient, inputs), _Slack(stated.tape, index, inputs)))
    if hessian is not None:
        matrix = np.asarray(hessian.matrix)
        for (named, x, y), expression in problem.claims.hessian.items():
            if named in (None, output) and all(n == EVERYTHING or base_of(n) in stated.wrt for n in (x, y)):
                index = stated.lower(expression)
                said = evaluate(stated.tape, [index], inputs)[0]
                block = matrix[np.ix_(_places(hessian.labels, x), _places(hessian.labels, y))]
                found = block.reshape(np.shape(said)) if block.size == said.size else block
                label = "hessian" if x == EVERYTHING else f"{x},{y}"
                pairs.append((label, said, found, _Slack(stated.tape, index, inputs)))
    return _compared(pairs, CLAIM_RTOL, "the claim for") if pairs else None


def _expect(stated: Stated, expect: Any, gradient: Mapping[str, Any] | None, hessian: Any, value: Any) -> Check | None:
    pairs: list[_Pair] = []
    if expect.value is not None:
        pairs.append(("value", np.asarray(expect.value), np.asarray(value), None))
    if gradient is not None:
        for x, said in expect.gradient.items():
            if x in gradient:
                pairs.append((x, np.asarray(said), np.asarray(gradient[x] if gradient[x] is not None else 0.0), None))
    if hessian is not None and expect.hessian is not None:
        pairs.append(("hessian", np.asarray(expect.hessian), np.asarray(hessian.matrix), None))
    return _compared(pairs, expect.rtol, "expected") if pairs else None


def _selected(label: str, gradient: Mapping[str, Any], inputs: Mapping[str, Any]) -> Array:
    """What a claim's label names in a gradient: a variable, an entry or row of one, or all, flat."""
    if label == EVERYTHING:
        return np.concatenate([np.ravel(_selected(name, gradient, inputs)) for name in gradient])
    name = base_of(label)
    whole = np.broadcast_to(np.asarray(0.0 if gradient[name] is None else gradient[name]), np.shape(inputs[name]))
    try:
        return np.asarray(whole[index_of(label)])
    except IndexError:
        raise ShapeError(f"{label} is claimed, but {name} has shape {whole.shape}") from None


def _places(labels: tuple[str, ...], name: str) -> list[int]:
    """The positions of a variable, of an entry or row of one, or all."""
    row = name.removesuffix("]") + ("," if name.endswith("]") else "[")
    return [k for k, label in enumerate(labels) if label == name or label.startswith(row) or name == EVERYTHING]


class _Slack:
    """How far float64 rounding can have moved the entries of a claim's value; worked out where it is asked for."""

    def __init__(self, tape: Any, index: int, inputs: Mapping[str, Any]) -> None:
        self._tape, self._index, self._inputs = tape, index, inputs
        self.shape: tuple[int, ...] = tape.shape(index)

    def __call__(self, at: tuple[int, ...]) -> float:
        return 2 * rounding_bound(self._tape, self._index, tuple(int(k) for k in at), self._inputs)[0]


_Pair = tuple[str, Array, Array, "_Slack | None"]


def _same(said: Array, found: Array) -> Array:
    """Equal, infinities and NaN included."""
    return np.asarray((said == found) | (np.isnan(said) & np.isnan(found)))


def _compared(pairs: list[_Pair], rtol: float, what: str) -> Check:
    """A check over all pairs (said, found); the reason names the first that is wrong, with both numbers."""
    wrong: str | None = None
    worst, compared = 0.0, 0
    for name, said, found, slack in pairs:
        said, found = np.asarray(said, dtype=float), np.asarray(found, dtype=float)
        if said.shape != found.shape:
            if said.size != 1 or slack is None:  # a claim such as `2` may stand for every entry, a number may not
                wrong = wrong or f"{what} {name} has shape {said.shape}, the number it is about {found.shape}"
                continue
            said = np.broadcast_to(said.ravel(), found.shape) if found.shape else said.reshape(())
        compared += found.size
        size = np.abs(found)
        with np.errstate(invalid="ignore"):
            difference = np.where(_same(said, found), 0.0, np.abs(said - found))
            relative = np.where(size > 0, difference / np.where(size > 0, size, 1.0), difference)
            bad = np.array(~(difference <= rtol * size))
        if slack is not None:
            for at in map(tuple, np.argwhere(bad)):  # what rounding of the claim itself explains is no mistake
                place = at if bad.shape == slack.shape else (0,) * len(slack.shape)
                bad[at] = not difference[at] <= rtol * size[at] + slack(place)
        worst = max(worst, float(np.nanmax(relative, initial=0.0)))
        if bad.any() and wrong is None:
            at = tuple(int(k) for k in np.argwhere(bad)[0])
            where = f"{name}[{','.join(map(str, at))}]" if at else name
            wrong = f"{what} {where} is {float(said[at])!r}, but it is {float(found[at])!r}"
    return Check("disagree" if wrong else "agree", worst, compared, compared, wrong)
