"""What one claim is about: a scalar or array output, by one selection of the variables' entries or by two.

A selection is a variable, one of its entries or rows (`W[0,1]`), or all trainable variables, flat. The claim has
the output's axes, then those of each selection.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, product
from typing import NamedTuple

import numpy as np

from gradcli.assembly import Assembly
from gradcli.autodiff.lowering import lower
from gradcli.derivative import Programs, labels
from gradcli.errors import NOWHERE, ShapeError
from gradcli.language.labels import EVERYTHING, base_of, index_of
from gradcli.language.parser import parse
from gradcli.language.syntax import Expression
from gradcli.problems.claimed import Key
from gradcli.problems.problem import Problem

_LISTED = 10_000  #: derivatives up to which it is said which ones nobody claims


class Axis(NamedTuple):
    """Entries of the variables: their positions among all of them, their labels, and the shape they have."""

    positions: tuple[int, ...]
    labels: tuple[str, ...]
    shape: tuple[int, ...]


class Subject(NamedTuple):
    """A derivative that is claimed.

    Attributes:
        name: how the record names it.
        output: what is differentiated, a label.
        programs: of that output (its entry, if the claim names one).
        axes: by what.
        rows: labels of the output's entries, and `output_shape` their shape.
    """

    name: str
    output: str
    programs: Programs
    axes: tuple[Axis, ...]
    rows: tuple[str, ...]
    output_shape: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the claim should have."""
        return self.output_shape + tuple(n for axis in self.axes for n in axis.shape)

    @property
    def places(self) -> list[tuple[int, tuple[int, ...]]]:
        """Per entry of the claim, the output's entry and the positions it is differentiated by."""
        return [
            (row, directions)
            for row in range(len(self.rows))
            for directions in product(*(axis.positions for axis in self.axes))
        ]

    def label(self, k: int) -> str | None:
        """The k-th entry by name; None if there is only one."""
        if not self.shape:
            return None
        sizes = [len(self.rows), *(len(axis.positions) for axis in self.axes)]
        row, *at = (int(i) for i in np.unravel_index(k, sizes))
        names = [axis.labels[i] for axis, i in zip(self.axes, at, strict=True)]
        return ",".join([self.rows[row], *names] if self.output_shape else names)


class Subjects:
    """What the claims of a problem are about, with the programs of every output made once.

    Args:
        assembly: with a value for every variable; its `wrt` are all variables.
        problem: as stated; its `wrt` or trainable variables are what `EVERYTHING` stands for.
    """

    def __init__(self, assembly: Assembly, problem: Problem) -> None:
        self.assembly = assembly
        self.trainable = problem.wrt or tuple(n for n, v in problem.variables.items() if v.trainable)
        self._programs: dict[str, Programs] = {}

    def programs(self, output: str) -> Programs:
        """The derivative programs of an output, or of an entry of one."""
        if output not in self._programs:
            base, tape = base_of(output), self.assembly.tape
            index = self.assembly.outputs[base]
            if output != base:
                index = lower(tape, parse(output), {base: index}, {}, {base: index})
            self._programs[output] = Programs(self.assembly, index, "zero")
        return self._programs[output]

    def of(self, key: Key, output: str, said: Expression) -> Subject:
        """What a claim is about.

        Args:
            key: as read; `output` is its output where it names none.
            said: the claim, for messages.

        Raises:
            ShapeError: an index out of range, or second derivatives of an array output.
        """
        output = key[0] or output
        programs = self.programs(output)
        shape = self.assembly.tape.shape(programs.output)
        if len(key) > 2 and shape:
            first = f"{output}[{','.join('0' * len(shape))}]:{','.join(key[1:])}"
            raise ShapeError(
                f"output '{output}' has shape {shape}; second derivatives are claimed of one of its entries",
                hint=f"as in {first.replace(EVERYTHING + ',' + EVERYTHING, 'hessian')}",
                origin=said.origin,
            )
        name = ",".join(key[1:])
        if EVERYTHING in key:
            name = "hessian" if len(key) > 2 else "jacobian" if shape else "gradient"
        prefix = f"{output}:" if output != base_of(output) else ""
        axes = tuple(self._axis(label, said) for label in key[1:])
        return Subject(prefix + name, output, programs, axes, labels([output], [shape]), shape)

    def unclaimed(self, claimed: Sequence[Subject]) -> tuple[str, ...]:
        """Derivatives by trainable variables, of an output and an order that is claimed, that nobody claims."""
        missing: list[str] = []
        if len(self.everything().positions) ** max(len(one.axes) for one in claimed) > _LISTED:
            return ()
        for output in dict.fromkeys(one.output for one in claimed):
            for order in (1, 2):
                mine = [one for one in claimed if one.output == output and len(one.axes) == order]
                if mine:
                    missing += self._missing(mine, order, output != base_of(output))
        return tuple(missing)

    def _missing(self, claimed: Sequence[Subject], order: int, named: bool) -> Iterator[str]:
        """Labels of what is not claimed: whole variables where nothing of them is, else entries."""
        rows = range(len(claimed[0].rows))
        known = {(row, *sorted(by)) for one in claimed for row, by in one.places}
        axes = {name: self._axis(name, None) for name in self.trainable}
        prefix = f"{claimed[0].output}:" if named else ""
        for names in combinations_with_replacement(self.trainable, order):
            places = [
                (row, by)
                for row in rows
                for by in product(*(range(len(axes[name].positions)) for name in names))
                if order == 1 or names[0] != names[1] or by[0] <= by[1]
            ]
            open_places = [
                (row, by)
                for row, by in places
                if (row, *sorted(axes[n].positions[k] for n, k in zip(names, by, strict=True))) not in known
            ]
            if len(open_places) == len(places):
                yield prefix + ",".join(names)
                continue
            for row, by in open_places:
                entries = ",".join(axes[n].labels[k] for n, k in zip(names, by, strict=True))
                yield (f"{claimed[0].rows[row]}:" if len(rows) > 1 else prefix) + entries

    def everything(self) -> Axis:
        """All trainable variables' entries."""
        return self._axis(EVERYTHING, None)

    def entry(self, subject: Subject, k: int) -> Subject:
        """The k-th entry of a subject as a subject of its own."""
        row, by = subject.places[k]
        output = subject.rows[row]
        labels_ = [axis.labels[axis.positions.index(p)] for axis, p in zip(subject.axes, by, strict=True)]
        axes = tuple(Axis((p,), (label,), ()) for p, label in zip(by, labels_, strict=True))
        return Subject(subject.label(k) or subject.name, output, self.programs(output), axes, (output,), ())

    def _axis(self, label: str, said: Expression | None) -> Axis:
        if label == EVERYTHING:
            parts = [self._axis(name, said) for name in self.trainable]
            positions = tuple(p for part in parts for p in part.positions)
            return Axis(positions, tuple(n for part in parts for n in part.labels), (len(positions),))
        base, index = base_of(label), index_of(label)
        shape, start = self._start(base)
        every = np.arange(start, start + math.prod(shape)).reshape(shape)
        try:
            chosen = np.asarray(every[index])
        except IndexError:
            raise ShapeError(
                f"{label} is claimed, but {base} has shape {shape}",
                hint=f"its last entry is {base}[{','.join(str(n - 1) for n in shape)}]" if shape else f"write {base}",
                origin=NOWHERE if said is None else said.origin,
            ) from None
        names = labels([base], [shape])
        positions = tuple(int(p) for p in chosen.ravel())
        return Axis(positions, tuple(names[p - start] for p in positions), chosen.shape)

    def _start(self, name: str) -> tuple[tuple[int, ...], int]:
        """A variable's shape, and the position of its first entry among all variables' entries."""
        tape, start = self.assembly.tape, 0
        for one in self.assembly.wrt:
            shape = tape.shape(self.assembly.names[one])
            if one == name:
                return shape, start
            start += math.prod(shape)
        raise AssertionError(name)
