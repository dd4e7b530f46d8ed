"""The tape's other sweep: the same derivative by the mode that did not make it.

A gradient made in reverse is made again forward, a Jacobian made forward in reverse, a Hessian (forward over
reverse) forward over forward. The sweeps share the partials, so their agreement confirms no entry; but what they
disagree on is an error of a sweep or of a transposed operation. Small models are compared entry by entry, large
ones along random directions, and halving the direction that objects finds an entry that is off.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradcli.autodiff.jvp import jvp
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.result import Check
from gradcli.targets.arrays import Plan
from gradcli.targets.blocks import run_in_blocks
from gradcli.verify.testimony import Array
from gradcli.verify.verdict import AGREE, DISAGREE, INCONCLUSIVE, Rounding

MOST_INSTRUCTIONS = 20_000  #: of the primal, beyond which no second sweep is made
DIRECTIONS = 3
_WORK = 20_000_000  #: numbers computed, up to which every entry is compared by itself
_QUESTIONS = 5  #: entries whose rounding is bounded
_FAR = 1e-6  #: relative difference of further entries that is an error where those all were
_TOLD_EACH = 1000  #: entries up to which each one's number is kept though the sweeps agree
_NOT_MADE = "the program is too long for a second sweep"


class OtherSweep:
    """A derivative's other program, ready to be asked for single entries or for sums of them.

    Args:
        tape: appended to.
        output, sources: what is differentiated by what.
        order: 1 or 2.
        forward: whether the derivative at hand was made forward (order 1 only): then this one goes in reverse.
    """

    def __init__(self, tape: Tape, output: int, sources: Sequence[int], order: int, forward: bool) -> None:
        self.tape, self.order, self.reverse = tape, order, forward and order == 1
        self._source_shapes = [tape.shape(s) for s in sources]
        self._output_shape = tape.shape(output)
        self._seeds: list[list[str]] = []
        if self.reverse:
            seed = tape.fresh_input("cotangent", self._output_shape)
            self._seeds.append([str(tape[seed].attributes[0])])
            results = vjp(tape, output, seed, sources)
        else:
            results = [output]
            for _ in range(order):
                tangents = {s: tape.fresh_input("tangent", tape.shape(s)) for s in sources}
                self._seeds.append([str(tape[t].attributes[0]) for t in tangents.values()])
                results = jvp(tape, [results[0]], tangents) if results[0] is not None else [None]
        self.results = results
        self._plan = Plan(tape, [r for r in results if r is not None])

    @property
    def work(self) -> int:
        """Numbers that one direction takes to compute."""
        return sum(math.prod(self.tape.shape(i)) for i in self._plan.order)

    def along(self, inputs: Mapping[str, Any], *directions: Array) -> Array:
        """The derivative along directions, each (k, size of its seeds): (k, size of the result).

        The seeds of a forward sweep are the sources' entries, those of a reverse one the output's.
        """
        lanes = len(directions[0])
        fed: dict[str, Array] = {}
        shapes = [self._output_shape] if self.reverse else self._source_shapes
        for names, direction in zip(self._seeds, directions, strict=True):
            at = 0
            for name, shape in zip(names, shapes, strict=True):
                size = math.prod(shape)
                fed[name] = direction[:, at : at + size].reshape((lanes, *shape))
                at += size
        with np.errstate(all="ignore"):
            found = iter(run_in_blocks(self._plan, inputs, fed))
        targets = self._source_shapes if self.reverse else [self._output_shape]
        parts = [
            np.zeros((lanes, math.prod(shape))) if r is None else next(found).reshape(lanes, math.prod(shape))
            for r, shape in zip(self.results, targets, strict=True)
        ]
        return np.concatenate(parts, axis=1) if parts else np.zeros((lanes, 0))

    def entries(self, inputs: Mapping[str, Any], positions: Sequence[tuple[int, ...]], shape: tuple[int, ...]) -> Array:
        """The derivative's numbers at positions (row, column), each from a sweep of its own."""
        rows = np.array([p[0] for p in positions], dtype=np.intp)
        columns = np.array([p[1] for p in positions], dtype=np.intp)
        if self.order == 2:
            return self.along(inputs, _units(rows, shape[0]), _units(columns, shape[1]))[:, 0]
        seeds, picked = (rows, columns) if self.reverse else (columns, rows)
        found = self.along(inputs, _units(seeds, shape[0] if self.reverse else shape[1]))
        return np.asarray(found[np.arange(len(picked)), picked])

    def rounding(self, inputs: Mapping[str, Any], position: tuple[int, ...], shape: tuple[int, ...]) -> float:
        """How far rounding can have moved this sweep's number at a position."""
        from gradcli.verify.rounding import rounding_bound

        row, column = position
        fed: dict[str, Any] = {}
        chosen = [row, column] if self.order == 2 else [row if self.reverse else column]
        shapes = [self._output_shape] if self.reverse else self._source_shapes
        for names, index in zip(self._seeds, chosen, strict=True):
            for name, (at, where) in zip(names, _split(index, shapes), strict=True):
                seed = np.zeros(where)
                if at is not None:
                    seed[at] = 1.0
                fed[name] = seed
        targets = self._source_shapes if self.reverse else [self._output_shape]
        other = 0 if self.order == 2 else column if self.reverse else row
        for result, (at, _) in zip(self.results, _split(other, targets), strict=True):
            if at is not None:
                return 0.0 if result is None else rounding_bound(self.tape, result, at, {**inputs, **fed})[0]
        return 0.0


class Comparison:
    """What comparing the two sweeps gave: a check, and the outcomes of the entries that were looked at one by one."""

    def __init__(self, sweep: OtherSweep | None, check: Check) -> None:
        self.sweep, self.check = sweep, check
        self.values: dict[tuple[int, ...], float] = {}
        self.outcomes: dict[tuple[int, ...], int] = {}

    @property
    def disputed(self) -> list[tuple[int, ...]]:
        """Where the sweeps disagree."""
        return [p for p, outcome in self.outcomes.items() if outcome == DISAGREE]


def compare(
    tape: Tape,
    output: int,
    sources: Sequence[int],
    inputs: Mapping[str, Any],
    entries: Array,
    order: int,
    forward: bool,
    rtol: float,
    rounding: Rounding,
    deadline: float,
    seed: int,
    memory: dict[Any, Any],
) -> Comparison:
    """Make the derivative again by the other sweep and compare (arguments as for `examine.Hearing`)."""
    of = int(entries.size)
    finite = np.isfinite(entries)
    if not finite.any():
        return Comparison(None, Check("skipped", None, 0, of, "there is no finite entry to compare"))
    if time.monotonic() > deadline:
        return Comparison(None, Check("skipped", None, 0, of, "the budget ended before"))
    if len(tape.needed([output])) > MOST_INSTRUCTIONS:
        return Comparison(None, Check("skipped", None, 0, of, _NOT_MADE))
    key = ("other sweep", order, forward)
    if key not in memory:
        memory[key] = OtherSweep(tape, output, sources, order, forward)
    sweep: OtherSweep = memory[key]
    bench = _Bench(sweep, inputs, entries, rtol, rounding)
    lanes = of if order == 2 else entries.shape[0 if sweep.reverse else 1]
    if lanes * sweep.work <= _WORK:
        return bench.one_by_one()
    return bench.along_directions(seed)


class _Bench:
    """The entries beside the other sweep's numbers."""

    def __init__(self, sweep: OtherSweep, inputs: Mapping[str, Any], entries: Array, rtol: float, rounding: Rounding):
        self.sweep, self.inputs, self.entries = sweep, inputs, entries
        self.rtol, self.rounding = rtol, rounding
        self.asked = 0
        self.excused = False

    def one_by_one(self) -> Comparison:
        """Every entry by itself."""
        m, n = self.entries.shape
        if self.sweep.order == 2:
            rows, columns = (a.ravel() for a in np.indices((m, n)))
            told = self.sweep.along(self.inputs, _units(rows, m), _units(columns, n)).reshape(m, n)
        elif self.sweep.reverse:
            told = self.sweep.along(self.inputs, np.eye(m))
        else:
            told = self.sweep.along(self.inputs, np.eye(n)).T
        with np.errstate(invalid="ignore"):
            gap = np.abs(self.entries - told)
            looked = np.isfinite(gap)
            outcomes = np.where(gap <= self.rtol * np.abs(self.entries), AGREE, INCONCLUSIVE)
        for position in map(tuple, np.argwhere(looked & (outcomes != AGREE)).tolist()):
            outcomes[position] = self._outcome(position, float(told[position]))
        weighed = looked & (outcomes != INCONCLUSIVE)
        compared = int(weighed.sum())
        verdict = "disagree" if (looked & (outcomes == DISAGREE)).any() else "agree" if compared else "inconclusive"
        size = np.abs(self.entries[weighed])
        worst = float(np.max(gap[weighed] / np.where(size > 0, size, 1.0))) if compared else None
        left = self.entries.size - compared
        which = "1 entry is" if self.entries.size == 1 else f"{self.entries.size} entries are"
        reason = f"{left} of {which} beyond what rounding lets the sweeps tell" if left else None
        found = Comparison(self.sweep, Check(verdict, worst, compared, int(self.entries.size), reason, None, "entries"))
        told_each = verdict == "disagree" or self.entries.size <= _TOLD_EACH
        for position in map(tuple, np.argwhere(looked & told_each).tolist()):
            found.values[position], found.outcomes[position] = float(told[position]), int(outcomes[position])
        return found

    def along_directions(self, seed: int) -> Comparison:
        """Sums of all entries with random weights; where they differ, halves of the weights, down to an entry."""
        of = int(self.entries.size)
        generator = np.random.default_rng(seed)
        how = f"{DIRECTIONS} random directions, seed {seed}"
        if not np.isfinite(self.entries).all():
            return Comparison(self.sweep, Check("skipped", None, 0, of, "a direction needs every entry to be finite"))
        worst = 0.0
        for _ in range(DIRECTIONS):
            weights = [generator.uniform(0.5, 1.5, k) * generator.choice((-1.0, 1.0), k) for k in self.entries.shape]
            gap, size = self._gap(*weights)
            if not math.isfinite(gap):
                why = "the other sweep is not finite along a random direction"
                return Comparison(self.sweep, Check("inconclusive", None, 0, of, why, None, "direction", how))
            worst = max(worst, gap / size if size else gap)
            if gap > self.rtol * size:
                return self._found(self._halved(*weights), worst, how)
        return Comparison(self.sweep, Check("agree", worst, of, of, None, None, "direction", how))

    def _gap(self, left: Array, right: Array) -> tuple[float, float]:
        """|sum over entries of left * entry * right, less the same by the other sweep|, and the sum's terms' size."""
        shares = left[:, None] * self.entries * right
        if self.sweep.order == 2:
            told = float(self.sweep.along(self.inputs, left[None], right[None])[0, 0])
        elif self.sweep.reverse:
            told = float(self.sweep.along(self.inputs, left[None])[0] @ right)
        else:
            told = float(self.sweep.along(self.inputs, right[None])[0] @ left)
        return abs(float(shares.sum()) - told), float(np.abs(shares).sum())

    def _halved(self, left: Array, right: Array) -> tuple[int, int]:
        """The entry that is left when the weights are halved again and again, keeping the half with the larger gap."""
        found = []
        for side in (0, 1):
            chosen = np.flatnonzero((left, right)[side])
            while len(chosen) > 1:
                halves = chosen[: len(chosen) // 2], chosen[len(chosen) // 2 :]
                gaps = []
                for half in halves:
                    only = np.zeros_like((left, right)[side])
                    only[half] = (left, right)[side][half]
                    gaps.append(self._gap(*((only, right) if side == 0 else (left, only)))[0])
                chosen = halves[0] if gaps[0] >= gaps[1] else halves[1]
            only = np.zeros_like((left, right)[side])
            only[chosen] = (left, right)[side][chosen]
            left, right = (only, right) if side == 0 else (left, only)
            found.append(int(chosen[0]))
        return found[0], found[1]

    def _found(self, position: tuple[int, int], worst: float, how: str) -> Comparison:
        """A direction objects: what the entry says that halving it has led to."""
        of = int(self.entries.size)
        told = float(self.sweep.entries(self.inputs, [position], self.entries.shape)[0])
        outcome = self._outcome(position, told)
        verdict = "disagree" if outcome == DISAGREE else "inconclusive"
        reason = "a random direction differs; halving it has led to one entry, there may be more"
        if verdict != "disagree":
            reason = "a random direction differs, which no single entry explains"
        found = Comparison(self.sweep, Check(verdict, worst, of, of, reason, None, "direction", how))
        found.values[position], found.outcomes[position] = told, outcome
        return found

    def _outcome(self, position: tuple[int, ...], told: float) -> int:
        """One entry that is beyond the tolerance, or not: rounding, or a contradiction."""
        entry = float(self.entries[position])
        gap = abs(entry - told)
        if gap <= self.rtol * abs(entry):
            return AGREE
        if not math.isfinite(gap):
            return INCONCLUSIVE
        self.asked += 1
        if self.asked > _QUESTIONS:
            return INCONCLUSIVE if self.excused or gap <= _FAR * abs(entry) else DISAGREE
        lost = self.rounding(position)[0] + self.sweep.rounding(self.inputs, position, self.entries.shape)
        if gap > self.rtol * abs(entry) + lost:
            return DISAGREE
        self.excused = True
        return INCONCLUSIVE


def _units(indices: NDArray[np.intp], size: int) -> Array:
    found = np.zeros((len(indices), size))
    found[np.arange(len(indices)), indices] = 1.0
    return found


def _split(index: int, shapes: Sequence[tuple[int, ...]]) -> list[tuple[tuple[int, ...] | None, tuple[int, ...]]]:
    """Where a flat index over several arrays falls in each of them (None: not there), with their shapes."""
    found: list[tuple[tuple[int, ...] | None, tuple[int, ...]]] = []
    for shape in shapes:
        size = math.prod(shape)
        inside = 0 <= index < size
        at = tuple(int(k) for k in np.unravel_index(index, shape)) if inside and shape else ()
        found.append((at if inside else None, shape))
        index -= size
    return found
