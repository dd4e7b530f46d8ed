"""The steps of the chain rule: what each kind of operation does to tangents and to adjoints.

Structural operations are described here anew, from what they compute: where each entry of a result comes
from, or which letters a product sums over. Nothing here reads a rule of the tape's sweeps. Tangents and
adjoints have one axis of directions in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Attributes, Primitive, Shape
from gradcli.autodiff.structural import (
    BROADCAST,
    CONCAT,
    DIAGONAL,
    DIAGONAL_MATRIX,
    INDEX,
    RESHAPE,
    SCATTER,
    TRANSPOSE,
)
from gradcli.targets.array_shapes import KERNELS
from gradcli.targets.enclosures import Enclosure, contract, fold
from gradcli.targets.symbols.primitives import Operation

A = Any
Maybe = Enclosure | None

#: Operations whose entries are entries of their arguments, or 0.
MOVES: frozenset[Primitive] = frozenset(
    (BROADCAST, RESHAPE, TRANSPOSE, INDEX, SCATTER, CONCAT, DIAGONAL, DIAGONAL_MATRIX)
)


class Step:
    """One operation; the arguments it is asked about are numbered from 0."""

    def push(self, tangents: Sequence[Maybe]) -> Maybe:
        """The result's tangents for those of the arguments (None: 0)."""
        raise NotImplementedError

    def pull(self, k: int, adjoint: Enclosure, reach: A) -> Maybe:
        """What the result's adjoints, nonzero only where it `reach`es the output, give to argument k's."""
        raise NotImplementedError

    def reach(self, k: int, reach: A) -> A:
        """Which entries of argument k reach the output, if these of the result do."""
        raise NotImplementedError

    def bend(self, k: int, adjoint: Enclosure, tangents: Sequence[Maybe], reach: A) -> Maybe:
        """How what one adjoint (its directions' axis of length 1) gives to argument k changes along tangents."""
        return None


@dataclass(frozen=True, slots=True)
class Elementwise(Step):
    """A row: the sums of products with SymPy's partials."""

    operation: Operation
    shapes: Sequence[Shape]
    shape: Shape

    def push(self, tangents: Sequence[Maybe]) -> Maybe:
        total: Maybe = None
        for k, partial in self.operation.first.items():
            tangent = tangents[k]
            if tangent is None or not partial.live.any():
                continue
            term = (self._stretched(tangent) * partial.value).where(partial.live)
            total = term if total is None else total + term
        return total

    def pull(self, k: int, adjoint: Enclosure, reach: A) -> Maybe:
        partial = self.operation.first.get(k)
        if partial is None or not partial.live.any():
            return None
        return fold((adjoint * partial.value).where(partial.live & reach), self.shapes[k], 1)

    def reach(self, k: int, reach: A) -> A:
        partial = self.operation.first.get(k)
        live = np.zeros(self.shape, dtype=bool) if partial is None else partial.live & reach
        return fold(Enclosure(live.astype(float)), self.shapes[k], 0).mid > 0

    def bend(self, k: int, adjoint: Enclosure, tangents: Sequence[Maybe], reach: A) -> Maybe:
        total: Maybe = None
        for (a, b), partial in self.operation.second.items():
            if k not in (a, b) or not partial.live.any():
                continue
            tangent = tangents[b if k == a else a]
            if tangent is not None:
                term = (self._stretched(tangent) * partial.value).where(partial.live)
                total = term if total is None else total + term
        if total is None:
            return None
        live = np.broadcast_to(reach, self.shape)
        return fold((total * adjoint).where(live), self.shapes[k], 1)

    def _stretched(self, tangent: Enclosure) -> Enclosure:
        """The tangents of a scalar argument, so that they broadcast to the result's rank."""
        missing = len(self.shape) + 1 - len(tangent.shape)
        return tangent.map(lambda v: v.reshape((v.shape[0], *(1,) * missing, *v.shape[1:]))) if missing else tangent


@dataclass(frozen=True, slots=True)
class Move(Step):
    """Entries taken from arguments: per argument, one more than the flat position taken, 0 for none."""

    maps: Sequence[A]
    shapes: Sequence[Shape]
    shape: Shape

    def value(self, arguments: Sequence[Enclosure]) -> Enclosure:
        """The result of the operation itself."""
        moved = self.push([a.map(lambda v: np.asarray(v)[None]) for a in arguments])
        assert moved is not None
        return moved.map(lambda v: v[0])

    def push(self, tangents: Sequence[Maybe]) -> Maybe:
        total: Maybe = None
        for places, tangent in zip(self.maps, tangents, strict=True):
            if tangent is None:
                continue
            term = tangent.map(lambda v, p=places: _gather(v, p))  # type: ignore[misc]
            # every entry comes from one argument: all others are exactly 0 there
            total = term if total is None else Enclosure(total.mid + term.mid, total.radius + term.radius)
        return total

    def pull(self, k: int, adjoint: Enclosure, reach: A) -> Maybe:
        places, shape = self.maps[k].ravel(), self.shapes[k]
        taken = np.flatnonzero(places)
        order = taken[np.argsort(places[taken], kind="stable")]
        targets, starts, counts = np.unique(places[order] - 1, return_index=True, return_counts=True)
        lanes, size = adjoint.shape[0], int(np.prod(shape))

        def scatter(v: A) -> A:
            found = np.zeros((lanes, size))
            if len(targets):
                picked = v.reshape(lanes, -1)[:, order]
                found[:, targets] = picked if len(order) == len(targets) else np.add.reduceat(picked, starts, axis=1)
            return found.reshape((lanes, *shape))

        most = int(counts.max(initial=1))
        return adjoint.map(scatter) if most == 1 else adjoint.total(scatter, most)

    def reach(self, k: int, reach: A) -> A:
        reached = np.zeros(int(np.prod(self.shapes[k])) + 1, dtype=bool)
        reached[self.maps[k][reach]] = True
        return reached[1:].reshape(self.shapes[k])


@dataclass(frozen=True, slots=True)
class Sum(Step):
    """A sum over axes, counted from the end."""

    axes: tuple[int, ...]
    given: Shape

    def value(self, argument: Enclosure, careful: bool = True) -> Enclosure:
        """The result of the operation itself."""
        terms = int(np.prod([self.given[a] for a in self.axes], initial=1))
        return argument.total(lambda v: v.sum(axis=self.axes), terms, careful)

    def push(self, tangents: Sequence[Maybe]) -> Maybe:
        return None if tangents[0] is None else self.value(tangents[0], careful=False)

    def pull(self, k: int, adjoint: Enclosure, reach: A) -> Maybe:
        return adjoint.map(lambda v: self._spread(v, (v.shape[0], *self.given)))

    def reach(self, k: int, reach: A) -> A:
        return self._spread(reach, self.given)

    def _spread(self, v: A, shape: Shape) -> A:
        return np.broadcast_to(np.expand_dims(v, self.axes), shape)


@dataclass(frozen=True, slots=True)
class RunningSum(Step):
    """Running sums along an axis, counted from the end; from the end if `backward`."""

    axis: int
    backward: bool
    given: Shape

    def value(self, argument: Enclosure, backward: bool | None = None) -> Enclosure:
        """The result of the operation itself."""
        flip = self.backward if backward is None else backward

        def run(v: A) -> A:
            return np.flip(np.cumsum(np.flip(v, self.axis), self.axis), self.axis) if flip else np.cumsum(v, self.axis)

        return argument.total(run, self.given[self.axis])

    def push(self, tangents: Sequence[Maybe]) -> Maybe:
        return None if tangents[0] is None else self.value(tangents[0])

    def pull(self, k: int, adjoint: Enclosure, reach: A) -> Maybe:
        return self.value(adjoint, not self.backward)

    def reach(self, k: int, reach: A) -> A:
        return np.full(self.given, bool(reach.any()))


@dataclass(frozen=True, slots=True)
class Product(Step):
    """A product of two arrays over letters; it bends, because each factor's adjoint holds the other one."""

    letters: tuple[str, str, str]
    factors: tuple[Enclosure, Enclosure]

    def value(self) -> Enclosure:
        """The result of the operation itself."""
        left, right, result = self.letters
        return contract(left, self.factors[0], right, self.factors[1], result, careful=True)

    def push(self, tangents: Sequence[Maybe]) -> Maybe:
        left, right, result = self.letters
        a, b = tangents
        first = None if a is None else contract(left, a, right, self.factors[1], result)
        second = None if b is None else contract(left, self.factors[0], right, b, result)
        return second if first is None else first if second is None else first + second

    def pull(self, k: int, adjoint: Enclosure, reach: A) -> Maybe:
        return self._with(k, adjoint, self.factors[1 - k])

    def reach(self, k: int, reach: A) -> A:
        return np.full(self.factors[k].shape, bool(reach.any()))

    def bend(self, k: int, adjoint: Enclosure, tangents: Sequence[Maybe], reach: A) -> Maybe:
        tangent = tangents[1 - k]
        return None if tangent is None else self._with(k, adjoint.map(lambda v: v[0]), tangent)

    def _with(self, k: int, adjoint: Enclosure, other: Enclosure) -> Enclosure:
        mine, theirs = self.letters[k], self.letters[1 - k]
        return contract(self.letters[2], adjoint, theirs, other, mine)


def maps_of(primitive: Primitive, attributes: Attributes, shapes: Sequence[Shape]) -> list[A]:
    """Where the entries of a move come from: the operation itself, done on positions."""
    kernel = KERNELS[primitive]
    zeros = [np.zeros(shape, dtype=np.intp) for shape in shapes]
    maps = []
    for k, shape in enumerate(shapes):
        numbered = np.arange(1, int(np.prod(shape)) + 1, dtype=np.intp).reshape(shape)
        maps.append(np.asarray(kernel(attributes, shapes, [*zeros[:k], numbered, *zeros[k + 1 :]])))
    return maps


def _gather(v: A, places: A) -> A:
    padded = np.concatenate([np.zeros((v.shape[0], 1)), v.reshape(v.shape[0], -1)], axis=1)
    return padded[:, places]
