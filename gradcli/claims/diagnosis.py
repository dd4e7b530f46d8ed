"""The likely slip of a wrong claim: many ways to mend it are tried in numbers, and what fits is decided like a claim.

Nothing is said of a slip whose mended claim is not found to be the derivative.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from gradcli.autodiff.rows_arithmetic import GREATER, LESS
from gradcli.autodiff.structural import INDEX
from gradcli.claims import array_slips, edits, slips
from gradcli.claims.pair import Pair
from gradcli.claims.rules import Rules, Slip, named_constants
from gradcli.claims.subject import Subject, Subjects
from gradcli.claims.trial_points import Point
from gradcli.language.labels import base_of
from gradcli.language.syntax import Expression
from gradcli.targets.arrays import Array, Plan

_POINTS = 40  #: at which numbers are compared
_FEWEST = 6  #: points that make a pattern
_CLOSE = 1e-9  #: relative difference of numbers that fit
_AT_ONCE = 64  #: ways that are computed together
_SECONDS = 4.0  #: spent on one claim
_SIDES = 8  #: numbers of which it is asked whether a claim is right for one sign of them
_DERIVATIVES = 60  #: other derivatives that a claim is compared with

#: Whether an instruction is the derivative that a subject names: the decision about claims.
Confirm = Callable[[Subject, int], bool]


class Diagnosis:
    """Looks for the slip of one wrong claim.

    Args:
        subjects: of the problem.
        pair: the claim and the derivative.
        said: the claim as typed.
        confirm: decides a mended claim.
        deadline: `time.monotonic()` at which it is given up.
    """

    def __init__(self, subjects: Subjects, pair: Pair, said: Expression, confirm: Confirm, deadline: float) -> None:
        self.subjects, self.pair, self.said, self.confirm = subjects, pair, said, confirm
        self._end = min(deadline, time.monotonic() + _SECONDS)

    def slip(self, points: Sequence[Point], claimed: Array, actual: Array, k: int) -> tuple[str, str] | None:
        """Kind and words of the likely slip.

        Args:
            points: where both have values, easiest first.
            claimed, actual: (points, *shape).
            k: the entry that is wrong at the counterexample.
        """
        if len(points) < _FEWEST:
            return None
        points, claimed, actual = points[:_POINTS], claimed[:_POINTS], actual[:_POINTS]
        if len(self.pair.places) == 1:
            return self._of_one(self.pair, points, claimed.reshape(-1), actual.reshape(-1), None)
        for ways in (
            self._constant(self.pair, self.pair.claim, claimed, actual),
            edits.slips(self.pair, self.said, None),
            array_slips.slips(self.pair),
        ):
            found = self._first(self.pair, points, claimed, actual, ways)
            if found is not None:
                return found
        subject = self.subjects.entry(self.pair.subject, k)
        single = Pair(self.pair.assembly, subject, self.pair.entry(k))
        count = len(points)
        found = self._of_one(
            single, points, claimed.reshape(count, -1)[:, k], actual.reshape(count, -1)[:, k], self.pair.entries[k][0]
        )
        return None if found is None else (found[0], f"{subject.name}: {found[1]}")

    def _of_one(
        self, pair: Pair, points: Sequence[Point], claimed: Array, actual: Array, entry: int | None
    ) -> tuple[str, str] | None:
        """The slip of a claim about one number."""
        constant = [*self._constant(pair, pair.claim, claimed, actual)]
        is_sign = bool(constant) and constant[0].kind == "sign"
        causes: list[Iterable[Slip]] = [constant] if is_sign else []
        rules = [Rules(pair, function, position) for function, position in _last_steps(pair)]
        causes += [one.slips() for one in rules]
        causes.append(constant)
        causes += [self._factors(pair, one) for one in rules]
        causes.append(self._added(pair, claimed, actual))
        if pair.tape.constant_value(pair.claim) == 0.0:
            return "constant", "0 is the derivative of a constant"
        for ways in (*causes, edits.slips(pair, self.said, entry)):
            found = self._first(pair, points, claimed, actual, ways)
            if found is not None:
                if constant and not is_sign and found[1].partition(":")[0] != constant[0].words.partition(":")[0]:
                    return found[0], f"{constant[0].words.partition(':')[0]}: {found[1]}"
                return found
        return self._another(pair) or self._first(
            pair, points, claimed, actual, _one_sided(pair, points, claimed, actual)
        )

    def _first(
        self, pair: Pair, points: Sequence[Point], claimed: Array, actual: Array, ways: Iterable[Slip]
    ) -> tuple[str, str] | None:
        """The first way to mend the claim that gives the derivative."""
        inputs = pair.stacked(points)
        waiting = iter(ways)
        while some := tuple(islice(waiting, _AT_ONCE)):
            if time.monotonic() > self._end:
                return None
            fits = self._fit(pair, [slip.mended for slip in some], inputs, claimed, actual)
            for slip, fit in zip(some, fits, strict=True):
                if fit and time.monotonic() <= self._end and self.confirm(pair.subject, slip.mended):
                    return slip.kind, slip.words
        return None

    def _fit(self, pair: Pair, mended: Sequence[int], inputs: Any, claimed: Array, actual: Array) -> list[bool]:
        """Which instructions may be the derivative, as far as float64 tells: what cancels is given the benefit."""
        found = []
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(actual), np.abs(claimed))
            for value, index in zip(Plan(pair.tape, mended).run(inputs), mended, strict=True):
                single = pair.tape.shape(index) != pair.shape and value.size in (1, len(actual))
                shaped = value.reshape((-1, *(1,) * len(pair.shape))) if single else value
                gap = np.abs(shaped - actual)
                close = gap <= _CLOSE * (size + _CLOSE)  # not where there is no number
                found.append(float(close.mean()) >= slips.MOST)
        return found

    def _constant(self, pair: Pair, claim: int, claimed: Array, actual: Array) -> Iterator[Slip]:
        """A constant that the claim is too large by: its sign, a named constant, a fraction, a number of entries."""
        number, tape = slips.ratio(claimed, actual), pair.tape
        if number is None:
            return
        words = f"it is {slips.multiple(number)}"
        near = slips.as_fraction(number)
        if near is not None:
            divisor = tape.divide(tape.constant(float(near.numerator)), tape.constant(float(near.denominator)))
            if near.denominator == 1:
                divisor = tape.constant(float(near.numerator))
            count = next((n for n, size in self._sizes() if size in (near, 1 / near)), None)
            common = abs(near) in (1, 2, 0.5)  # a sign or a square's 2, whatever the arrays' sizes
            words += "" if count is None or common else f"; {count}"
            yield Slip("sign" if near == -1 else "factor", words, tape.divide(claim, divisor))
            return
        for kind, name, instruction in named_constants(tape):
            yield Slip(kind, f"{words}: {name} is missing", tape.multiply(claim, instruction))
            yield Slip(kind, f"{words}: {name} is too much", tape.divide(claim, instruction))

    def _sizes(self) -> Iterator[tuple[str, int]]:
        """How many entries the arrays of the problem have."""
        names = {**self.pair.shapes, **{n: np.shape(v) for n, v in self.pair.constants.items()}}
        for name, shape in names.items():
            if shape:
                yield f"{int(np.prod(shape))} is the number of entries of {name}", int(np.prod(shape))

    def _factors(self, pair: Pair, rules: Rules) -> Iterator[Slip]:
        tape = pair.tape
        for one in rules.factors():
            yield Slip(one.kind, f"{one.words} is missing", tape.multiply(pair.claim, one.instruction))
            yield Slip(one.kind, f"{one.words} is too much", tape.divide(pair.claim, one.instruction))

    def _added(self, pair: Pair, claimed: Array, actual: Array) -> Iterator[Slip]:
        number = slips.added(claimed, actual)
        if number is not None:
            near = slips.as_fraction(number)
            tape = pair.tape
            words = f"it is the derivative {'plus' if number > 0 else 'minus'} {abs(number):.6g}"
            value = tape.constant(number)
            if near is not None:
                value = tape.divide(tape.constant(float(near.numerator)), tape.constant(float(near.denominator)))
            yield Slip("term", words, tape.subtract(pair.claim, value))

    def _another(self, pair: Pair) -> tuple[str, str] | None:
        """Whether the claim is right about something else: another variable, output or order, or the function."""
        for count, (kind, words, subject) in enumerate(self._others(pair.subject)):
            if count >= _DERIVATIVES or time.monotonic() > self._end:
                break
            if self.confirm(subject, pair.claim):
                return kind, words
        tape = pair.tape
        back = tape.add(tape.subtract(pair.claim, pair.output_entry(0)), pair.derivative(0))
        return ("function", "it is the function itself") if self.confirm(pair.subject, back) else None

    def _others(self, subject: Subject) -> Iterator[tuple[str, str, Subject]]:
        names = [axis.labels[0] for axis in subject.axes]
        every = self.subjects.everything().labels
        assembly, output = self.subjects.assembly, subject.output
        scalar = dict.fromkeys(assembly.outputs, ())
        for other in every:
            if names != [other]:
                yield (
                    "variable",
                    f"it is the derivative by {other}",
                    self.subjects.of((output, other), output, self.said),
                )
        for first in names:
            for second in every:
                if sorted((first, second)) != sorted(names):
                    key = (output, first, second)
                    yield (
                        "order",
                        f"it is the second derivative by {first},{second}",
                        self.subjects.of(key, output, self.said),
                    )
        for other in scalar:
            if other != base_of(output) and not assembly.tape.shape(assembly.outputs[other]):
                yield "output", f"it is the derivative of {other}", self.subjects.of((other, *names), other, self.said)
        shape = assembly.tape.shape(assembly.outputs[base_of(output)])
        for at in np.ndindex(shape):
            other = f"{base_of(output)}[{','.join(map(str, at))}]"
            if shape and other != output:
                yield "output", f"it is the derivative of {other}", self.subjects.of((other, *names), other, self.said)


def _last_steps(pair: Pair) -> Iterator[tuple[int, int]]:
    """What is differentiated last for a claim about one number, and by which position: of a second derivative, both."""
    row, by = pair.places[0]
    if len(by) == 1:
        yield pair.output_entry(row), by[0]
        return
    for first, last in dict.fromkeys((by, by[::-1])):
        yield pair.derivative_of(row, (first,)), last


def _one_sided(pair: Pair, points: Sequence[Point], claimed: Array, actual: Array) -> Iterator[Slip]:
    """That the claim is right for one sign of a variable, and as a rule wrong for the other."""
    tape = pair.tape
    with np.errstate(all="ignore"):
        apart = ~(np.abs(claimed - actual) <= _CLOSE * np.maximum(np.abs(claimed), np.abs(actual)))
    for position, label in islice(enumerate(pair.labels()), _SIDES):
        name, at = pair.variable(position)
        signs = np.sign([float(np.asarray(point[name])[at]) for point in points])
        for sign, row, side in ((1, GREATER, ">"), (-1, LESS, "<")):
            beyond = apart[signs == -sign]
            if len(beyond) >= _FEWEST and beyond.mean() >= slips.MOST and not apart[signs == sign].any():
                x = pair.assembly.names[name]
                within = tape.append(row, (tape.append(INDEX, (x,), (at,)) if at else x, tape.constant(0.0)))
                mended = tape.select(within, pair.claim, pair.derivative(0))
                yield Slip("side", f"it is right where {label} {side} 0 only", mended)
