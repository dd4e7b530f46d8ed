"""How right each entry is: its proved digits, its condition, and the operations that lose digits of it.

Digits that the rounding of the inputs takes by itself are nobody's fault; where an entry has lost more than that, or
where no witness confirms it, the operation is named.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcli.autodiff.tape import Tape
from gradcli.result import Cancellation
from gradcli.verify.rounding import Sensitivity
from gradcli.verify.testimony import Array

if TYPE_CHECKING:
    from gradcli.verify.certificate import Certificate

_MOST_SUSPECTS = 4  #: entries whose lost digits are looked into, the worst ones

Place = tuple[int, tuple[int, ...], Mapping[str, Any]]  #: instruction, position in it, seeds to feed


class Case(NamedTuple):
    """What there is to look into.

    Attributes:
        tape, output: the primal.
        inputs: values of all inputs.
        entries: the derivative's numbers.
        proved: what the certificate encloses.
        covered: which entries a conclusive witness confirms.
        place: where an entry is computed, by its position.
        label: an entry's label.
    """

    tape: Tape
    output: int
    inputs: Mapping[str, Any]
    entries: Array
    proved: Certificate
    covered: Any
    place: Callable[[tuple[int, ...]], Place | None]
    label: Callable[[tuple[int, ...]], str]


class Accuracy(NamedTuple):
    """Per entry the proved digits and both conditions (NaN where not known), and the operations that lose digits."""

    digits: Array
    inputs: Array
    operations: Array
    cancellations: tuple[Cancellation, ...]


def accuracy(case: Case, thorough: bool, doubted: bool, deadline: float, value: str | None = None) -> Accuracy:
    """Look into the digits of a derivative.

    Args:
        case: the derivative and what is proved of it.
        thorough: whether the condition of every entry is worked out, and what loses digits that the inputs do not.
        doubted: whether what loses digits of entries that nobody confirms is looked for.
        deadline: `time.monotonic()` at which to stop.
        value: the output's name, if its value is to be looked into too.
    """
    from gradcli.verify.cancellation import LOST, cancellations
    from gradcli.verify.certificate import MOST_DIGITS, entry_digits
    from gradcli.verify.condition import Conditions

    known: dict[int, Sensitivity] = {}

    def sensitivity(instruction: int) -> Sensitivity:
        if instruction not in known:
            known[instruction] = Sensitivity(case.tape, instruction)
        return known[instruction]

    digits = entry_digits(case.proved, case.entries)
    inputs, operations = np.full(digits.shape, np.nan), np.full(digits.shape, np.nan)
    lost = np.where(case.covered | ~np.bool_(doubted), 0.0, MOST_DIGITS - digits)
    conditions: dict[int, Conditions] = {}
    if thorough:
        for position in np.ndindex(digits.shape):
            place = case.place(position)
            if place is None or time.monotonic() > deadline:
                continue
            instruction, at, seeds = place
            truth = _truth(case, position)
            if instruction not in conditions:
                conditions[instruction] = Conditions(sensitivity(instruction), case.inputs.keys())
            found = conditions[instruction].of(at, case.inputs, seeds, truth, deadline)
            inputs[position], operations[position] = found
        with np.errstate(all="ignore"):
            lost = np.fmax(lost, MOST_DIGITS - digits - np.fmax(np.log10(inputs), 0.0))
    named: dict[tuple[str, str], Cancellation] = {}
    suspects = [tuple(p) for p in np.argwhere(lost > LOST).tolist()]
    places = [(case.place(p), case.label(p)) for p in sorted(suspects, key=lambda p: -lost[p])[:_MOST_SUSPECTS]]
    if value is not None:
        places.append(((case.output, (), {}), value))
    for place, label in places:
        if place is None or time.monotonic() > deadline:
            continue
        instruction, at, seeds = place
        given = {**case.inputs, **seeds}
        for one in cancellations(sensitivity(instruction), at, given, label, case.output, deadline):
            named.setdefault((one.text, one.why), one)
    return Accuracy(digits, inputs, operations, tuple(named.values()))


def _truth(case: Case, position: tuple[int, ...]) -> float:
    """The entry itself where it is proved, else as it was computed."""
    lower, upper = float(case.proved.lower[position]), float(case.proved.upper[position])
    middle = lower / 2 + upper / 2
    return middle if math.isfinite(middle) and np.sign(lower) * np.sign(upper) > 0 else float(case.entries[position])


def nulls(numbers: Array) -> Any:
    """Nested lists of numbers, None in place of NaN."""
    return _nested([None if math.isnan(x) else x for x in numbers.ravel().tolist()], numbers.shape)


def pairs(lower: Array, upper: Array) -> Any:
    """Nested lists of enclosures `[lower, upper]`; `[None, None]`, which keeps the shape, where a bound is NaN."""
    bounds = zip(lower.ravel().tolist(), upper.ravel().tolist(), strict=True)
    proved = [[None, None] if math.isnan(low) or math.isnan(high) else [low, high] for low, high in bounds]
    return _nested(proved, lower.shape)


def _nested(flat: list[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return flat[0]
    for size in reversed(shape[1:]):
        flat = [flat[k : k + size] for k in range(0, len(flat), size)] if size else []
    return flat
