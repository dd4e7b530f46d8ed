"""What a person said the result is: hand-derived formulas ([claims]) and expected numbers ([expect])."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from gradcli.errors import ShapeError
from gradcli.language.labels import EVERYTHING, base_of, index_of
from gradcli.result import Check, Record
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


class Proved(NamedTuple):
    """Enclosures of a record's numbers: lower and upper bounds in their shapes, NaN where there are none.

    Attributes:
        value: of the output, None where it was not enclosed.
        entries: of each variable's gradient by its name, or of the Hessian by the name `matrix`.
    """

    value: tuple[Array, Array] | None
    entries: Mapping[str, tuple[Array, Array]]


UNPROVED = Proved(None, {})


def check_statements(
    stated: Stated, output: str, record: Record, inputs: Mapping[str, Any], proved: Proved = UNPROVED
) -> dict[str, Check]:
    """Compare a record's numbers with the problem's claims and expectations.

    What is expected has to equal both the number printed and the one proved: the enclosure is the judge of which of
    the two is off.

    Args:
        stated: the assembled problem.
        output: the output the record is about.
        record: its value and its gradient, Hessian or Jacobian.
        inputs: values of all inputs at the point.
        proved: enclosures of these numbers, where there are any.

    Returns:
        Checks named `claims` and `expect`, where there is something to check.
    """
    checks: dict[str, Check] = {}
    claimed = [*_claimed_slopes(stated, output, record, inputs), *_claimed_curvatures(stated, output, record, inputs)]
    if claimed:
        checks["claims"] = _compared(claimed)
    elif stated.problem.claims:
        checks["claims"] = Check("skipped", reason="nothing of what is claimed is in this record")
    expect = stated.problem.expect
    if expect:
        found = _expect(expect, record, proved)
        checks["expect"] = found or Check("skipped", reason="nothing of what is expected is in this record")
    return checks


def _claimed_slopes(stated: Stated, output: str, record: Record, inputs: Mapping[str, Any]) -> Iterator[_Pair]:
    """Claims of first derivatives, beside the gradient or Jacobian of the record."""
    for (named, x), expression in stated.problem.claims.gradient.items():
        if (
            record.gradient is not None
            and named in (None, output)
            and (x == EVERYTHING or base_of(x) in record.gradient)
        ):
            said, slack = _value(stated, expression, inputs)
            yield "gradient" if x == EVERYTHING else x, said, _selected(x, record.gradient, inputs), slack
        if record.jacobian is None or base_of(named or output) != output:
            continue
        if x == EVERYTHING or base_of(x) in stated.wrt:
            said, slack = _value(stated, expression, inputs)
            rows, columns = record.jacobian.rows, record.jacobian.columns
            found = _block(record.jacobian.matrix, _chosen(rows, named or output), _chosen(columns, x))
            label = "jacobian" if x == EVERYTHING else x
            yield label if named in (None, output) else f"{named}:{label}", said, found, slack


def _claimed_curvatures(stated: Stated, output: str, record: Record, inputs: Mapping[str, Any]) -> Iterator[_Pair]:
    """Claims of second derivatives, beside the Hessian of the record."""
    if record.hessian is None:
        return
    for (named, x, y), expression in stated.problem.claims.hessian.items():
        if named in (None, output) and all(n == EVERYTHING or base_of(n) in stated.wrt for n in (x, y)):
            said, slack = _value(stated, expression, inputs)
            labels = record.hessian.labels
            found = _block(record.hessian.matrix, _chosen(labels, x), _chosen(labels, y))
            yield "hessian" if x == EVERYTHING else f"{x},{y}", said, found, slack


def _value(stated: Stated, expression: Any, inputs: Mapping[str, Any]) -> tuple[Array, _Slack]:
    """What a claim gives at the point, and how far rounding can have moved that."""
    index = stated.lower(expression)
    return evaluate(stated.tape, [index], inputs)[0], _Slack(stated.tape, index, inputs)


def _block(matrix: Any, rows: _Chosen, columns: _Chosen) -> Array:
    """Entries of a matrix by their positions, in the shapes of what was chosen."""
    return np.asarray(matrix)[np.ix_(rows.positions, columns.positions)].reshape((*rows.shape, *columns.shape))


def _expect(expect: Any, record: Record, proved: Proved) -> Check | None:
    """Compare what is expected with the printed numbers and with their enclosures."""
    stated: list[_Expected] = []
    if expect.value is not None:
        stated.append(_Expected("value", expect.value, record.value, proved.value))
    given = record.gradient or {}
    for x, said in expect.gradient.items():
        if x in given:
            found = np.zeros(np.shape(said)) if given[x] is None else given[x]  # not connected: 0 throughout
            stated.append(_Expected(x, said, found, proved.entries.get(x)))
    if record.hessian is not None and expect.hessian is not None:
        stated.append(_Expected("hessian", expect.hessian, record.hessian.matrix, proved.entries.get("matrix")))
    wrong: str | None = None
    worst, compared, of = 0.0, 0, 0
    for one in stated:
        said, found = np.asarray(one.said, dtype=float), np.asarray(one.found, dtype=float)
        of += found.size
        if said.shape != found.shape:
            message = f"expected {one.name} has shape {said.shape}, the number it is about {found.shape}"
            wrong = wrong or message
            continue
        compared += found.size
        relative, bad = _off(said, found, expect.rtol)
        lower, upper = one.bounds or (np.full(found.shape, np.nan),) * 2
        with np.errstate(invalid="ignore"):
            beyond = np.fmax(np.fmax(lower - said, said - upper), 0.0)
            disproved = beyond > expect.rtol * np.fmax(np.abs(lower), np.abs(upper))
        worst = max(worst, float(np.nanmax(relative, initial=0.0)))
        if (bad | disproved).any() and wrong is None:
            at = tuple(int(k) for k in np.argwhere(bad | disproved)[0])
            where = f"{one.name}[{','.join(map(str, at))}]" if at else one.name
            wrong = f"expected {where} is {_number(said[at])}, but it is {_number(found[at])}"
            if np.isfinite(lower[at]) and np.isfinite(upper[at]):
                bounds = f"proved to lie in [{_number(lower[at])}, {_number(upper[at])}]"
                wrong += f", {bounds}" if disproved[at] and bad[at] else f"; {bounds}"
                wrong += "" if disproved[at] else ": the number printed is off, not the one expected"
                wrong += "" if bad[at] else ": both are off"
    return Check("disagree" if wrong else "agree", worst, compared, of, wrong) if stated else None


class _Expected(NamedTuple):
    """A number or an array as it is expected, as it was found, and its enclosure."""

    name: str
    said: Any
    found: Any
    bounds: tuple[Array, Array] | None


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


class _Chosen(NamedTuple):
    """Positions of entries along a matrix's side, and the shape that they have together."""

    positions: list[int]
    shape: tuple[int, ...]


def _chosen(labels: Sequence[str], name: str) -> _Chosen:
    """The positions that a variable, an entry or row of one, or all of them have among labels, and their shape.

    Raises:
        ShapeError: an index out of range.
    """
    if name == EVERYTHING:
        return _Chosen(list(range(len(labels))), (len(labels),))
    every = [k for k, label in enumerate(labels) if base_of(label) == base_of(name)]
    shape = tuple(last + 1 for last in index_of(labels[every[-1]]))
    try:
        chosen = np.asarray(np.reshape(every, shape)[index_of(name)])
    except IndexError:
        raise ShapeError(f"{name} is claimed, but {base_of(name)} has shape {shape}") from None
    return _Chosen(chosen.ravel().tolist(), chosen.shape)


class _Slack:
    """How far float64 rounding can have moved the entries of a claim's value; worked out where it is asked for."""

    def __init__(self, tape: Any, index: int, inputs: Mapping[str, Any]) -> None:
        self._tape, self._index, self._inputs = tape, index, inputs
        self.shape: tuple[int, ...] = tape.shape(index)

    def __call__(self, at: tuple[int, ...]) -> float:
        return 2 * rounding_bound(self._tape, self._index, tuple(int(k) for k in at), self._inputs)[0]


def _number(value: Any) -> str:
    """All digits of a number, as a person writes it: 9, not 9.0."""
    return repr(float(value)).removesuffix(".0")


_Pair = tuple[str, Array, Array, _Slack]


def _off(said: Array, found: Array, rtol: float) -> tuple[Array, Array]:
    """Relative differences (0 where both are the same infinity or NaN), and where they are beyond `rtol`."""
    size = np.abs(found)
    with np.errstate(invalid="ignore"):
        same = (said == found) | (np.isnan(said) & np.isnan(found))
        difference = np.where(same, 0.0, np.abs(said - found))
        relative = np.where(size > 0, difference / np.where(size > 0, size, 1.0), difference)
        return relative, np.asarray(~(difference <= rtol * size))


def _compared(pairs: list[_Pair]) -> Check:
    """A check over all claims (said, found); the reason names the first that is wrong, with both numbers."""
    wrong: str | None = None
    worst, compared = 0.0, 0
    for name, said, found, slack in pairs:
        said, found = np.asarray(said, dtype=float), np.asarray(found, dtype=float)
        if said.shape != found.shape:
            if said.size != 1:  # a claim such as `2` may stand for every entry
                wrong = wrong or f"the claim for {name} has shape {said.shape}, the number it is about {found.shape}"
                continue
            said = np.broadcast_to(said.ravel(), found.shape) if found.shape else said.reshape(())
        compared += found.size
        relative, bad = _off(said, found, CLAIM_RTOL)
        for at in map(tuple, np.argwhere(bad)):  # what rounding of the claim itself explains is no mistake
            place = at if bad.shape == slack.shape else (0,) * len(slack.shape)
            bad[at] = not abs(said[at] - found[at]) <= CLAIM_RTOL * abs(found[at]) + slack(place)
        worst = max(worst, float(np.nanmax(relative, initial=0.0)))
        if bad.any() and wrong is None:
            at = tuple(int(k) for k in np.argwhere(bad)[0])
            where = f"{name}[{','.join(map(str, at))}]" if at else name
            wrong = f"the claim for {where} is {_number(said[at])}, but it is {_number(found[at])}"
    return Check("disagree" if wrong else "agree", worst, compared, compared, wrong)
