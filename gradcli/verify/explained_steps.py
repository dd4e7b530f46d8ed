"""How finite differences came to their numbers: a table per entry of error against step, to be read by a person.

The differences are taken once more, of one entry at a time, and keep their ladders; nothing here decides anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradcli.result import ExplainedSteps, StepTable, StepTried
from gradcli.verify import differences
from gradcli.verify.differences import Ladder
from gradcli.verify.extrapolation import WARM_UP, rungs
from gradcli.verify.finite_difference import MOST_PAIRS, MOST_VARIABLES, direction
from gradcli.verify.sampling import Sampler
from gradcli.verify.testimony import Array

if TYPE_CHECKING:
    from gradcli.verify.examine import Hearing

MOST_ENTRIES = 6  #: entries that get a table
_AROUND = (-21, -16, -12, -9, -6, -4, -2, -1, 0, 1, 2, 4, 7)  #: rungs shown, counted from the chosen one
_VISIBLE = 8.0  #: times the noise of a quotient from which on a change of it is truncation
_WIDER = 2.0  #: times the bar of the chosen step from which on the wider one is explained
_BESIDE = 12  #: rungs below the chosen one in which an order is looked for
_ORDERS = 3  #: observed orders whose median is told
_AXIS = ("central", "forward", "backward")
_MIXED = ("central", "forward in both", "forward and backward", "backward and forward", "backward in both")
#: What a quotient does with errors of f's values, in errors per step^power.
_GAIN = {(1, True): 1.0, (1, False): 2.0, (2, True): 4.0, (2, False): 4.0}


class _Line(NamedTuple):
    """An entry to explain: its label, its ladder, and the points that one step away means (None: mixed)."""

    label: str
    ladder: Ladder
    toward: Array | None
    unit: float


def explain_steps(hearing: Hearing, output: str, seed: int) -> ExplainedSteps:
    """Tables for the entries of a derivative, for those first that the differences do not confirm.

    Args:
        hearing: the derivative and its point.
        output: what rows of a Jacobian are called.
        seed: of the random directions that stand for the entries of large models.

    Returns:
        At most `MOST_ENTRIES` tables, in the order of the entries, and how many entries have none.
    """
    sampler = Sampler(hearing.tape, hearing.output, hearing.sources, hearing.inputs, hearing.values)
    n, order, entries = sampler.x.size, hearing.order, hearing.entries
    if n > MOST_VARIABLES or (order == 2 and n * (n + 1) // 2 > MOST_PAIRS):
        return ExplainedSteps((_table(sampler, 0, _direction(sampler, order, seed)),), 0)
    columns = [label for s in hearing.sources for label in _labels(hearing, s, str(hearing.tape[s].attributes[0]))]
    if order == 2:
        rows = columns
        places = [(i, j) for i in range(n) for j in range(i, n)]
    else:
        rows = _labels(hearing, hearing.output, output)
        places = [(i, j) for i in range(len(entries)) for j in range(n)]
    tables = []
    for i, j in _chosen(sampler, entries, order, places):
        label = columns[j] if order == 1 and len(entries) == 1 else f"{rows[i]},{columns[j]}"
        tables.append(_table(sampler, i if order == 1 else 0, _entry(sampler, label, order, i, j)))
    return ExplainedSteps(tuple(tables), len(places) - len(tables))


def _labels(hearing: Hearing, instruction: int, name: str) -> list[str]:
    """`x`, or `W[0,1]` for the entries of an array."""
    shape = hearing.tape.shape(instruction)
    return [name + (f"[{','.join(map(str, at))}]" if shape else "") for at in np.ndindex(shape)]


def _chosen(sampler: Sampler, entries: Array, order: int, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """As many places as get a table; what the differences contradict or leave open comes before what they confirm."""
    if len(places) <= MOST_ENTRIES:
        return list(places)
    off: list[tuple[int, int]] = []
    stepped = bool(sampler.steps)
    for row in range(len(entries) if order == 1 else 1):
        primal, noise = sampler.row(row)
        if order == 1:
            found = differences.gradient(primal, sampler.x, stepped=stepped, noise=noise)
            here = [(row, k) for k in range(sampler.x.size)]
        else:
            found = differences.hessian(primal, sampler.x, pairs=places, stepped=stepped, noise=noise)
            here = list(places)
        told = np.array([entries[place] for place in here])
        with np.errstate(invalid="ignore"):
            open_ = ~(np.abs(told - found.value) <= found.error + 1e-9 * np.abs(told)) | np.isinf(found.error)
        off += [place for place, odd in zip(here, open_, strict=True) if odd]
        if len(off) >= MOST_ENTRIES:
            break
    first = off[:MOST_ENTRIES]
    return sorted([*first, *[p for p in places if p not in set(first)][: MOST_ENTRIES - len(first)]])


def _entry(sampler: Sampler, label: str, order: int, i: int, j: int) -> _Line:
    primal, noise = sampler.row(i if order == 1 else 0)
    stepped, trace = bool(sampler.steps), differences.Trace()
    toward = np.zeros(sampler.x.size)
    toward[j] = 1.0
    if order == 1:
        estimate = differences.gradient(primal, sampler.x, entries=[j], stepped=stepped, noise=noise, trace=trace)
    else:
        estimate = differences.hessian(primal, sampler.x, pairs=[(i, j)], stepped=stepped, noise=noise, trace=trace)
    ladder = trace[0]._replace(value=float(estimate.value[0]), error=float(estimate.error[0]))
    if i == j or order == 1:
        return _Line(label, ladder, toward, 1.0)
    sizes = [abs(v) if v else 1.0 for v in sampler.x[[i, j]].tolist()]
    return _Line(label, ladder, None, math.sqrt(sizes[0]) * math.sqrt(sizes[1]))


def _direction(sampler: Sampler, order: int, seed: int) -> _Line:
    """The first of the random directions that the witness takes."""
    v = direction(sampler.x, np.random.default_rng(seed))
    primal, noise = sampler.row(0)
    trace = differences.Trace()
    stepped = bool(sampler.steps)
    estimate = differences.directional(primal, sampler.x, v, order, stepped=stepped, noise=noise, trace=trace)
    ladder = trace[0]._replace(value=float(estimate.value), error=float(estimate.error))
    return _Line(f"along the first random direction, seed {seed}", ladder, v, 1.0)


def _table(sampler: Sampler, row: int, line: _Line) -> StepTable:
    ladder, unit = line.ladder, line.unit
    quotients, power = ladder.quotients, ladder.quotients.power
    settled = math.isfinite(ladder.error)
    count = np.logical_and.accumulate(~np.isnan(quotients.value[:, 0]), axis=1).sum(axis=1)
    variant = ladder.variant if settled else 0 if count[0] > WARM_UP else int(np.argmax(count))
    values, bounds = quotients.value[variant], quotients.rounding[variant]
    base = quotients.base[variant]
    found = [part[0] for part in rungs(values, bounds, np.array([float(power)]), np.array([base]))]
    value, error, _, _, truncation, noise = found
    usable = int(count[variant])
    middle = ladder.column if settled else usable // 2
    even = [k * (usable - 1) // (len(_AROUND) - 1) for k in range(len(_AROUND))]
    shown = {middle + away for away in _AROUND} if settled else set(even)
    tried = []
    for k in sorted(k for k in shown if (WARM_UP - 1 if settled else 0) <= k < usable):
        known = k < len(error) and math.isfinite(error[k])
        tried.append(
            StepTried(
                float(ladder.steps[k] * unit),
                float(values[0, k]),
                *(float(part[k]) if known else None for part in (value, truncation, noise, error)),
            )
        )
    names = _MIXED if len(quotients.base) > len(_AXIS) else _AXIS
    chosen = float(ladder.steps[ladder.column] * unit) if settled else None
    expected = 2 if variant == 0 else 1
    near = slice(max(0, middle - _BESIDE), middle + 3) if settled else slice(0, usable)
    observed = _order(values[0, near], bounds[0, near])
    floor = float(bounds[0, middle] * (ladder.steps[middle] * unit) ** power / _GAIN[power, variant == 0])
    return StepTable(
        line.label,
        names[variant],
        _why(sampler, row, line, settled, variant, names),
        chosen,
        ladder.value if settled else None,
        ladder.error if settled else None,
        expected,
        observed,
        floor if math.isfinite(floor) else None,
        usable,
        tuple(tried),
    )


def _order(values: Array, bounds: Array) -> float | None:
    """The power of h by which plain quotients approach their limit, where their changes stand out of the noise."""
    change = np.abs(np.diff(values))
    with np.errstate(all="ignore"):
        visible = change > _VISIBLE * (bounds[1:] + bounds[:-1])
        ratios = np.log2(change[1:] / change[:-1])
    seen = ratios[visible[1:] & visible[:-1] & np.isfinite(ratios)]
    return float(np.median(seen[:_ORDERS])) if seen.size else None


def _why(sampler: Sampler, row: int, line: _Line, settled: bool, variant: int, names: Sequence[str]) -> str | None:
    """Why the quotient is one-sided, or nothing settled."""
    ladder = line.ladder
    if not settled and ladder.contradiction:
        left, right = (_limit(ladder, k) for k in (2, 1))
        told = f" ({left:.6g} from the left, {right:.6g} from the right)" if None not in (left, right) else ""
        return f"the quotients of the two sides contradict one another{told}: a kink or a jump, here or very near"
    side = _missing(sampler, row, line)
    if not settled:
        return side or "no step is both small enough for f and large enough for the rounding of f"
    if variant == 0:
        return _wider(ladder)
    return side or f"the {names[variant]} quotient is known better than the central one: f bends more on the other side"


def _wider(ladder: Ladder) -> str | None:
    """Why the error bar told is wider than that of the chosen step, if it is."""
    q = ladder.quotients
    _, error, *_ = rungs(q.value[0], q.rounding[0], np.array([float(q.power)]), q.base[:1])
    if ladder.error <= _WIDER * error[0, ladder.column]:
        return None
    if abs(ladder.value) <= _VISIBLE * ladder.error:
        return "nothing but 0 is seen; the bar is that of a small step, as larger ones average over what may hide there"
    return "rounding that all points share, which no step can see, widens the bar beyond that of the step"


def _limit(ladder: Ladder, variant: int) -> float | None:
    """What one side alone says; None where it does not settle."""
    q = ladder.quotients
    if variant >= len(q.base) or len(q.base) > len(_AXIS):
        return None
    value, error, *_ = rungs(
        q.value[variant], q.rounding[variant], np.array([float(q.power)]), q.base[variant : variant + 1]
    )
    best = int(np.argmin(error[0]))
    return float(value[0, best]) if math.isfinite(error[0, best]) else None


def _missing(sampler: Sampler, row: int, line: _Line) -> str | None:
    """Which side of the point has no values from which step on, and whether f ends there or only changes its piece."""
    if line.toward is None:
        return None
    steps = line.ladder.steps[~np.isnan(line.ladder.steps)]
    column = min(line.ladder.column + 2, len(steps) - 1)
    for sign, name in ((-1.0, "x - h"), (1.0, "x + h")):
        points = sampler.x + sign * steps[:, None] * line.toward
        lost = ~np.isfinite(sampler.values(points)[:, row])
        if not lost[: column + 1].any():
            continue
        first = int(np.argmax(lost))
        if sampler.beyond(points[first : first + 1])[0]:
            return f"beyond a step at {name} from h = {steps[first]:.2g} on, where f is another function"
        return f"f has no finite value at {name} from h = {steps[first]:.2g} on: the edge of its domain"
    return None
