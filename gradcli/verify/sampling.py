"""An output as a function of points, as differences see it: its values, and how far rounding moves them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row
from gradcli.autodiff.structural import STOP
from gradcli.autodiff.tape import Tape
from gradcli.targets.arrays import Apply, Plan
from gradcli.verify.noise import SAMPLES, Moved
from gradcli.verify.testimony import Array


class Sampler:
    """Values of an output at points near one point, on the piece of the function that the point is on.

    Beyond a step (a comparison decides otherwise, a `floor` has another value) there is another function: no
    value there says anything about the point, and it counts as having none.

    Args:
        tape, output: the primal.
        sources: inputs that move, n entries in all.
        inputs: values of all inputs at the point.
        values: values of all instructions there; what is stopped is held at its own.

    Attributes:
        x: (n,) the point.
        steps: instructions that are piecewise constant.
    """

    def __init__(
        self, tape: Tape, output: int, sources: Sequence[int], inputs: Mapping[str, Any], values: Mapping[int, Any]
    ) -> None:
        self.tape, self.output, self._inputs = tape, output, inputs
        needed = tape.needed([output])
        self.steps = [i for i in needed if _flat(tape, i)]
        self._held = {i: values[i] for i in needed if tape.instructions[i].primitive is STOP}
        self._plan = Plan(tape, [output, *self.steps])
        self._names = [str(tape[s].attributes[0]) for s in sources]
        self._shapes = [tape.shape(s) for s in sources]
        self.x = np.concatenate([np.zeros(0), *(np.ravel(values[s]) for s in sources)])  # there may be no source
        self._piece = [np.asarray(v) for v in self._run(self.x[None, :])[1:]] if self.steps else []
        self._remembered: dict[str, tuple[bytes, Array]] = {}

    def values(self, points: Array) -> Array:
        """(N, n) points to (N, m) values, NaN beyond a step. The last batch is remembered."""
        return self._last("values", points, self._values)

    def noise(self, points: Array) -> Array:
        """(N, n) points to (N, m): how far rounding inside the function moves its values, compared with the point."""
        return self._last("noise", points, self._noise)

    def _values(self, points: Array) -> Array:
        output, *steps = self._run(points)
        result = self._flattened(output, len(points))
        if steps:
            beyond = np.zeros(len(points), dtype=bool)
            for found, here in zip(steps, self._piece, strict=True):
                other = np.broadcast_to(found != here, (len(points), *np.shape(here)[1:]))
                beyond |= other.reshape(len(points), -1).any(axis=1)
            result = np.where(beyond[:, None], np.nan, result)
        return result

    def _noise(self, points: Array) -> Array:
        both = np.concatenate([points, self.x[None, :]])
        plain = self._flattened(self._run(both)[0], len(both))
        noise = np.zeros((len(points), plain.shape[1]))
        for sample in range(SAMPLES):
            with np.errstate(invalid="ignore"):
                moved = self._flattened(self._run(both, Moved(self.tape, sample))[0], len(both)) - plain
            noise = np.fmax(noise, np.abs(moved[:-1] - np.nan_to_num(moved[-1], nan=0.0)))
        return noise

    def _run(self, points: Array, apply: Apply | None = None) -> list[Array]:
        given = dict(self._inputs)
        at = 0
        for name, shape in zip(self._names, self._shapes, strict=True):
            size = math.prod(shape)
            given[name] = points[:, at : at + size].reshape((len(points), *shape))
            at += size
        with np.errstate(all="ignore"):
            return self._plan.run(given, self._held, apply)

    def _flattened(self, found: Array, count: int) -> Array:
        shape = self.tape.shape(self.output)
        return np.broadcast_to(found, (count, *shape)).reshape(count, math.prod(shape))

    def _last(self, kind: str, points: Array, compute: Any) -> Array:
        if math.prod(self.tape.shape(self.output)) == 1:
            return compute(points)  # type: ignore[no-any-return]
        key = points.tobytes()
        known = self._remembered.get(kind)
        if known is None or known[0] != key:
            known = self._remembered[kind] = key, compute(points)
        return known[1]


def _flat(tape: Tape, i: int) -> bool:
    """Whether the instruction is a row that jumps or compares."""
    primitive = tape.instructions[i].primitive
    return isinstance(primitive, Row) and all(p in (None, "0") for p in primitive.partials)
