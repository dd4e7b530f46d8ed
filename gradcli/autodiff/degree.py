"""Polynomial degree by structure: what degree an instruction cannot exceed, as a polynomial in some sources.

The degrees of the operands bound that of a result: the larger one for a sum, both together for a product. Terms may
still cancel, so that this is a bound and not the degree: `(x + 1)^2 - x^2` has 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.linear_algebra import SOLVE
from gradcli.autodiff.primitive import CONSTANT, INPUT, Row, Structural
from gradcli.autodiff.rows_arithmetic import DIVIDE, MULTIPLY, POWER, WHERE
from gradcli.autodiff.structural import CUMSUM, EINSUM, MOVES_ENTRIES, STOP, SUM
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.templates import template

NOT_POLYNOMIAL = math.inf
_PRODUCTS = (MULTIPLY, EINSUM)
_SUMS = (*MOVES_ENTRIES, SUM, CUMSUM)  #: each of their entries is a sum of entries of their arguments, or 0


def degree_bound(tape: Tape, output: int, sources: Sequence[int], values: Mapping[int, Any]) -> float:
    """A degree that an instruction does not exceed as a polynomial in the sources; infinite where it may be none.

    Args:
        tape: the program; only the primal of `output` is read.
        output: the instruction, of any shape; the bound holds for each of its entries.
        sources: instructions that are the polynomial's variables; all other inputs are its coefficients.
        values: values of the instructions, for exponents that are no literals (`x^n` with n = 2).

    Returns:
        0, 1, 2, ... or infinity. Conditions and exponents that depend on a source give infinity.
    """
    moving = set(sources)
    degrees: dict[int, float] = {}
    for i in tape.needed([output]):
        instruction = tape.instructions[i]
        if i in moving:
            degrees[i] = 1
        elif instruction.primitive in (INPUT, CONSTANT, STOP):
            degrees[i] = 0
        else:
            degrees[i] = _of(tape, instruction, [degrees[a] for a in instruction.arguments], values)
    return degrees[output]


def _of(tape: Tape, instruction: Instruction, given: list[float], values: Mapping[int, Any]) -> float:
    primitive, highest = instruction.primitive, max(given, default=0)
    if highest == 0:
        return 0
    if primitive in _PRODUCTS:
        return sum(given)
    if primitive is DIVIDE:
        return given[0] if given[1] == 0 else NOT_POLYNOMIAL
    if primitive is WHERE:
        if given[0] != 0:
            return NOT_POLYNOMIAL
        taken = np.asarray(values[instruction.arguments[0]]) != 0
        return max((bound for bound, some in zip(given[1:], (taken, ~taken), strict=True) if some.any()), default=0)
    if primitive is POWER and not any(instruction.attributes) and given[1] == 0:
        exponent = np.asarray(values[instruction.arguments[1]])
        whole = bool(np.all((exponent >= 0) & (exponent == np.floor(exponent))))  # false of nan too
        most = float(exponent.max(initial=0)) if whole else NOT_POLYNOMIAL
        return given[0] * most if most else 0
    if primitive is SOLVE:
        return given[1] if given[0] == 0 else NOT_POLYNOMIAL
    if isinstance(primitive, Structural) and primitive.spared is not None:  # every term has a factor from each row
        return highest * (tape.shape(instruction.arguments[0])[-1] - primitive.spared)
    return highest if primitive in _SUMS or _affine(primitive) else NOT_POLYNOMIAL


def _affine(primitive: Any) -> bool:
    """Whether a row is a sum of its arguments with constant factors, everywhere."""
    if not isinstance(primitive, Row) or primitive.kinks or primitive.edges or primitive.jump or primitive.boolean:
        return False
    return all(text is not None and not _reads_operands(primitive, text) for text in primitive.partials)


def _reads_operands(row: Row, text: str) -> bool:
    """Whether one of the row's expressions depends on its arguments."""
    compiled = template(row, text)
    return compiled.result < 0 or any(a < 0 for step in compiled.steps for a in step.arguments)
