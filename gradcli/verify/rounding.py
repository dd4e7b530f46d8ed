"""How much of a derivative entry float64 rounding can have eaten: a first-order running error bound.

Each instruction i of the derivative program errs by at most a few units in the last place of its
own value v_i; the entry moves by |d entry / d v_i| as much. Summed over the program that is the
standard first-order bound (Higham, Accuracy and Stability of Numerical Algorithms, ch. 3), with
the sensitivities from one more reverse sweep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import CONSTANT, INPUT, Row, Structural
from gradcli.autodiff.structural import CUMSUM, EINSUM, NORM, SUM, broadcast
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import all_adjoints
from gradcli.targets.arrays import Plan

UNIT = 2.0**-53
#: Units in the last place that one elementwise operation may err by: arithmetic rounds once,
#: NumPy's functions promise 4.
ARITHMETIC_ULPS = 1.0
FUNCTION_ULPS = 8.0


def rounding_bound(tape: Tape, entry: int, position: tuple[int, ...], inputs: Mapping[str, Any]) -> tuple[float, float]:
    """Bound the rounding error of one entry of a derivative instruction.

    Args:
        tape: appended to (one reverse sweep from the entry).
        entry: the derivative instruction.
        position: which of its entries.
        inputs: values of all inputs, the direction's seeds included.

    Returns:
        The bound, and how far the entry moves if every input moves by its own size:
        `sum |d entry / d x| |x|`, the scale against which a rounding error is small or not.
    """
    leaves = [i for i in tape.needed([entry]) if tape.instructions[i].primitive in (INPUT, CONSTANT)]
    one_hot = tape.fresh_input("entry", tape.shape(entry))
    adjoints = all_adjoints(tape, entry, broadcast(tape, one_hot, tape.shape(entry)), leaves)
    seed = np.zeros(tape.shape(entry))
    seed[position] = 1.0
    indices = [i for i in adjoints if i <= entry]
    plan = Plan(tape, [*indices, *(adjoints[i] for i in indices)])
    found = plan.run({**inputs, str(tape[one_hot].attributes[0]): seed})
    values = dict(zip(indices, found[: len(indices)], strict=True))
    slopes = dict(zip(indices, found[len(indices) :], strict=True))
    with np.errstate(all="ignore"):  # 0 times infinity counts as nothing
        shares = {i: float(np.nansum(np.abs(values[i] * slopes[i]))) for i in indices}
    bound = scale = 0.0
    for i, moved in shares.items():
        primitive = tape.instructions[i].primitive
        if primitive is INPUT:
            scale += moved
        elif isinstance(primitive, Row):
            bound += moved * UNIT * (ARITHMETIC_ULPS if primitive.group == "operators" else FUNCTION_ULPS)
        elif isinstance(primitive, Structural) and primitive.whole:
            bound += _backward(tape, i, values, slopes)
        elif primitive in (SUM, EINSUM, CUMSUM, NORM):
            added = max(shares.get(a, 0.0) for a in tape.instructions[i].arguments)
            bound += max(moved, added) * UNIT * _terms(tape, i)
    return bound, scale


def _backward(tape: Tape, i: int, values: Mapping[int, Any], slopes: Mapping[int, Any]) -> float:
    """What a function of matrices errs by: its result is right for a matrix n roundings away (Higham, ch. 9, 10)."""
    bound = 0.0
    for a in tape.instructions[i].arguments:
        if a in slopes:
            rows = max(values[a].shape, default=1)
            with np.errstate(all="ignore"):
                bound += rows * UNIT * float(np.nansum(np.abs(slopes[a])) * np.max(np.abs(values[a]), initial=0.0))
    return bound


def _terms(tape: Tape, i: int) -> float:
    """How many numbers each entry of a sum adds up."""
    instruction = tape.instructions[i]
    given = max(int(np.prod(tape.shape(a))) for a in instruction.arguments)
    return max(1.0, given / max(1, int(np.prod(instruction.shape))))
