"""The chain rule by itself: SymPy's derivatives of single operations, joined without the tape's sweeps.

The primal is walked once in enclosures, and SymPy differentiates every kind of elementwise operation on it.
Adjoints accumulated backwards then enclose a gradient, adjoints along tangents the columns of a Hessian.
SymPy never sees the whole expression, so the size of a model and its nesting do not matter.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.primitive import CONSTANT, INPUT, Attributes, Primitive, Row, Ruled, Shape
from gradcli.autodiff.structural import CUMSUM, EINSUM, NORM, ORDER_STATISTIC, STOP, SUM
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import active_from
from gradcli.limits import WALK_BYTES
from gradcli.targets.enclosures import Enclosure
from gradcli.targets.symbols.primitives import Operand, OutOfTimeError, differentiate
from gradcli.verify.steps import MOVES, Elementwise, Move, Product, RunningSum, Step, Sum, maps_of

A = Any
_ARRAYS = 8  #: arrays that one entry takes while directions are walked: tangents, adjoints, what is being computed


class _Node(NamedTuple):
    """An instruction on a path from the sources: what it does, and to which nodes."""

    step: Step
    arguments: tuple[int, ...]


class Chain:
    """The derivatives of one output by all entries of the sources, enclosed.

    Args:
        tape: the primal; derivative instructions on it are not read.
        output: the instruction differentiated.
        sources: inputs differentiated by.
        values: float64 values of all primal instructions at the point; they decide choices.
        order: 1, or 2 for second derivatives.
        deadline: `time.monotonic()` at which work ends.
        memory: expressions known from earlier hearings, added to.

    Attributes:
        places: at how many entries of elementwise operations SymPy's `partials` were evaluated.

    Raises:
        NotImplementedError: for an operation that has no symbolic form.
        OutOfTimeError: at the deadline.
    """

    def __init__(
        self,
        tape: Tape,
        output: int,
        sources: Sequence[int],
        values: Mapping[int, Any],
        order: int,
        deadline: float,
        memory: dict[Any, Any],
    ) -> None:
        self._kinds: set[Any] = set()
        self.places = 0
        self._tape, self._numbers, self._order = tape, values, order
        self._deadline, self._memory = deadline, memory
        self._sources = list(sources)
        self._shapes = [tape.shape(s) for s in sources]
        self.size = sum(math.prod(shape) for shape in self._shapes)
        self._output = output
        self._nodes: dict[int, _Node] = {}
        self._values: dict[int, Enclosure] = {}
        active = active_from(tape, self._sources, max([output, *sources]))
        self._moving = {i for i in range(len(active)) if active[i]}
        with np.errstate(all="ignore"):
            for i in tape.needed([output]):
                self._values[i] = self._value(i)
            self._reach = self._reaching()
        self._widest = sum(math.prod(self._values[i].shape) for i in self._nodes) + self.size
        self._values.clear()

    @property
    def partials(self) -> int:
        """How many distinct partials there are: one per operation and argument."""
        return len(self._kinds)

    def gradient(self) -> Iterator[tuple[slice, Enclosure]]:
        """First derivatives, (rows, n), in blocks of the output's entries."""
        shape = self._tape.shape(self._output)
        for rows, seeds in self._blocks(math.prod(shape)):
            adjoints = self._pull(Enclosure(seeds.reshape((len(seeds), *shape))))
            yield rows, self._joined(adjoints, len(seeds))

    def hessian(self) -> Iterator[tuple[slice, Enclosure]]:
        """Second derivatives of a scalar, (rows, n), in blocks of directions."""
        with np.errstate(all="ignore"):
            base = self._pull(Enclosure(np.ones(1)))
        for rows, seeds in self._blocks(self.size):
            with np.errstate(all="ignore"):
                yield rows, self._joined(self._bend(base, self._push(seeds)), len(seeds))

    def _blocks(self, count: int) -> Iterator[tuple[slice, A]]:
        """Unit seeds, so many at a time as the limit of bytes allows."""
        step = max(1, WALK_BYTES // (8 * _ARRAYS * max(1, self._widest)))
        for start in range(0, count, step):
            stop = min(start + step, count)
            yield slice(start, stop), np.eye(stop - start, count, start)

    def _joined(self, adjoints: Mapping[int, Enclosure], lanes: int) -> Enclosure:
        parts = [
            adjoints.get(s, Enclosure(np.zeros((lanes, *shape))))
            for s, shape in zip(self._sources, self._shapes, strict=True)
        ]
        flat = [(p.mid.reshape(lanes, -1), p.radius.reshape(lanes, -1)) for p in parts]
        return Enclosure(*(np.concatenate(columns, axis=1) for columns in zip(*flat, strict=True)))

    def _clock(self) -> None:
        if time.monotonic() > self._deadline:
            raise OutOfTimeError

    def _push(self, seeds: A) -> dict[int, Enclosure]:
        """Tangents of everything that moves, for directions (k, n)."""
        tangents: dict[int, Enclosure] = {}
        at = 0
        for s, shape in zip(self._sources, self._shapes, strict=True):
            size = math.prod(shape)
            tangents[s] = Enclosure(seeds[:, at : at + size].reshape((len(seeds), *shape)))
            at += size
        for i, node in self._nodes.items():
            self._clock()
            found = node.step.push([tangents.get(a) for a in node.arguments])
            if found is not None:
                tangents[i] = found
        return tangents

    def _pull(self, seeds: Enclosure) -> dict[int, Enclosure]:
        """Adjoints of everything, for seeds of the output."""
        adjoints = {self._output: seeds}
        with np.errstate(all="ignore"):
            for i, node in reversed(self._nodes.items()):
                if i not in adjoints:
                    continue
                self._clock()
                for k, a in enumerate(node.arguments):
                    if a in self._moving:
                        _add(adjoints, a, node.step.pull(k, adjoints[i], self._reach[i]))
        return adjoints

    def _bend(self, base: Mapping[int, Enclosure], tangents: Mapping[int, Enclosure]) -> dict[int, Enclosure]:
        """How the adjoints `base` of one seed change along tangents."""
        bent: dict[int, Enclosure] = {}
        for i, node in reversed(self._nodes.items()):
            if i not in base:
                continue
            self._clock()
            known = [tangents.get(a) for a in node.arguments]
            for k, a in enumerate(node.arguments):
                if a not in self._moving:
                    continue
                if i in bent:
                    _add(bent, a, node.step.pull(k, bent[i], self._reach[i]))
                _add(bent, a, node.step.bend(k, base[i], known, self._reach[i]))
        return bent

    def _value(self, i: int) -> Enclosure:
        """An instruction's value; what moves becomes a node."""
        self._clock()
        instruction = self._tape.instructions[i]
        primitive, attributes, arguments = instruction.primitive, instruction.attributes, instruction.arguments
        held = primitive in (CONSTANT, INPUT, STOP)
        if held or (isinstance(primitive, Row) and not any(p is not None for p in primitive.partials)):
            given = attributes[0] if primitive is CONSTANT else self._numbers[i]
            return Enclosure(np.asarray(given, dtype=np.float64))
        if isinstance(primitive, Row):
            numbers = np.asarray(self._numbers[i])
            return self._row(i, primitive, attributes, arguments, numbers, instruction.shape)
        if primitive is NORM:
            return self._norm(i, arguments[0], instruction.shape)
        if isinstance(primitive, Ruled):  # the value as it is written; the rule is not a witness's to know
            arguments = arguments[:1]
        step, value = self._structural(primitive, attributes, arguments, instruction.shape)
        self._note(i, step, arguments)
        return value

    def _note(self, i: int, step: Step, arguments: tuple[int, ...]) -> None:
        if any(a in self._moving for a in arguments):
            self._moving.add(i)
            self._nodes[i] = _Node(step, arguments)

    def _row(
        self, i: int, row: Row, orders: Attributes, arguments: tuple[int, ...], numbers: A, shape: Shape
    ) -> Enclosure:
        operands = [self._operand(a, partial is not None) for a, partial in zip(arguments, row.partials, strict=True)]
        found = differentiate(row, orders, operands, numbers, shape, self._order, self._deadline, self._memory)
        if found.first:
            self._kinds |= {(row, tuple(orders), k) for k in found.first}
            self.places += math.prod(shape) * len(found.first)
            self._note(i, Elementwise(found, [o.enclosure.shape for o in operands], shape), arguments)
        return found.value

    def _operand(self, a: int, path: bool) -> Operand:
        value = self._values[a]
        literal = a >= 0 and self._tape.instructions[a].primitive is CONSTANT
        numbers = value.mid if a < 0 else np.asarray(self._numbers.get(a, value.mid))
        return Operand(value, numbers, path and a in self._moving, literal)

    def _norm(self, i: int, argument: int, shape: Shape) -> Enclosure:
        """The square root of a sum of squares."""
        squares, total = -1 - 2 * i, -2 - 2 * i
        given = self._values[argument]
        numbers = np.asarray(given.mid)
        self._values[squares] = self._row(
            squares, BY_NAME["multiply"], (), (argument, argument), numbers * numbers, given.shape
        )
        step = Sum((-1,), given.shape)
        self._values[total] = step.value(self._values[squares])
        self._note(total, step, (squares,))
        return self._row(i, BY_NAME["sqrt"], (), (total,), np.sqrt(self._values[total].mid), shape)

    def _structural(
        self, primitive: Primitive, attributes: Attributes, arguments: tuple[int, ...], shape: Shape
    ) -> tuple[Step, Enclosure]:
        given = [self._values[a] for a in arguments]
        shapes = [self._tape.shape(a) for a in arguments]
        if primitive is SUM:
            total = Sum(attributes[0], shapes[0])
            return total, total.value(given[0])
        if primitive is CUMSUM:
            running = RunningSum(attributes[0], attributes[1], shapes[0])
            return running, running.value(given[0])
        if primitive is EINSUM:
            product = Product(attributes, (given[0], given[1]))
            return product, product.value()
        if primitive is ORDER_STATISTIC:
            picked = np.argsort(self._numbers[arguments[0]], axis=-1, kind="stable")[..., attributes[0]]
            rows = np.arange(picked.size).reshape(picked.shape) * shapes[0][-1]
            chosen = Move([rows + picked + 1], shapes, shape)
            return chosen, chosen.value(given)
        if primitive not in MOVES and not isinstance(primitive, Ruled):
            raise NotImplementedError(primitive.name)
        move = Move(maps_of(primitive, attributes, shapes), shapes, shape)
        return move, move.value(given)

    def _reaching(self) -> dict[int, A]:
        """Which entries of every node reach the output: behind a branch not taken there may be no derivative."""
        reach: dict[int, A] = {self._output: np.ones(self._tape.shape(self._output), dtype=bool)}
        for i, node in reversed(self._nodes.items()):
            mask = reach.get(i)
            if mask is None:
                continue
            for k, a in enumerate(node.arguments):
                if a in self._moving:
                    found = node.step.reach(k, mask)
                    reach[a] = found if a not in reach else reach[a] | found
        return reach


def _add(adjoints: dict[int, Enclosure], a: int, contribution: Enclosure | None) -> None:
    if contribution is not None:
        adjoints[a] = contribution if a not in adjoints else adjoints[a] + contribution
