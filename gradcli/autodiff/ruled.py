"""Rows of an array normalised by their size: softmax, its logarithms and the unit vector, with derivatives of their own.

Their values are made of ordinary instructions, which is what witnesses differentiate. Differentiated by the
chain rule these lose what a small entry decides: 1 - p of a probability near 1 is rounded away. The rules here form
it as the sum of the other entries, `p*(t*others(p) - others(p*t))`, in their own terms, so that they hold at any order.
"""

from __future__ import annotations

from gradcli.autodiff.elementwise import BY_NAME as ROWS
from gradcli.autodiff.primitive import Attributes, Ruled, Shape, Structural
from gradcli.autodiff.rows_arithmetic import LESS, NOT_EQUAL
from gradcli.autodiff.structural import NORM, ORDER_STATISTIC, STOP, SUM, stretch
from gradcli.autodiff.tape import Instruction, Tape

_LAST = (-1,)


class _Others(Structural):
    """For each entry along the last axis the sum of all the others, with no subtraction; its own transpose."""

    name = "others"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0]

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return tape.append(OTHERS, (cotangent,))


class _Softmax(Ruled):
    """exp(x)/sum(exp(x)) along the last axis. Its Jacobian p_i*(1 - p_i), -p_i*p_j is symmetric."""

    name = "softmax"

    def along(self, tape: Tape, instruction: Instruction, x: int, moved: int) -> int:
        p = softmax(tape, x)
        return tape.multiply(p, _centred(tape, p, moved))

    back = along


class _LogSoftmax(Ruled):
    """x - logsumexp(x) along the last axis."""

    name = "log_softmax"

    def along(self, tape: Tape, instruction: Instruction, x: int, moved: int) -> int:
        return _centred(tape, softmax(tape, x), moved)

    def back(self, tape: Tape, instruction: Instruction, x: int, moved: int) -> int:
        p = softmax(tape, x)
        rest = tape.multiply(p, tape.append(OTHERS, (moved,)))
        return tape.subtract(tape.multiply(moved, tape.append(OTHERS, (p,))), rest)


class _LogSumExp(Ruled):
    """log(sum(exp(x))) along the last axis, without it."""

    name = "logsumexp"

    def along(self, tape: Tape, instruction: Instruction, x: int, moved: int) -> int:
        return tape.append(SUM, (tape.multiply(softmax(tape, x), moved),), (_LAST,))

    def back(self, tape: Tape, instruction: Instruction, x: int, moved: int) -> int:
        return tape.multiply(stretch(tape, moved, tape.shape(x), _LAST), softmax(tape, x))


class _Unit(Ruled):
    """u = x/|x| along the last axis, 0 at 0. Its Jacobian (1 - u_i^2)/|x|, -u_i*u_j/|x| is symmetric."""

    name = "unit"

    def along(self, tape: Tape, instruction: Instruction, x: int, moved: int) -> int:
        u = unit(tape, x)
        length = _length(tape, x)
        exists = tape.append(NOT_EQUAL, (length, tape.constant(0.0)))
        over = tape.divide(u, length)  # u^2 alone may underflow
        own = tape.multiply(moved, tape.append(OTHERS, (tape.multiply(u, over),)))
        rest = tape.multiply(u, tape.append(OTHERS, (tape.multiply(over, moved),)))
        return tape.select(exists, tape.subtract(own, rest), tape.constant(0.0))

    back = along


OTHERS = _Others()
SOFTMAX = _Softmax()
LOG_SOFTMAX = _LogSoftmax()
LOG_SUM_EXP = _LogSumExp()
UNIT = _Unit()

ALL: tuple[Ruled, ...] = (SOFTMAX, LOG_SOFTMAX, LOG_SUM_EXP, UNIT)


def softmax(tape: Tape, x: int) -> int:
    """Exponentials divided by their sum along the last axis, without overflow."""
    powers, _ = _powers(tape, x)
    total = stretch(tape, tape.append(SUM, (powers,), (_LAST,)), tape.shape(x), _LAST)
    return tape.append(SOFTMAX, (tape.divide(powers, total), x))


def log_softmax(tape: Tape, x: int) -> int:
    """Logarithm of `softmax`, exact to the last digits also where that is nearly 1."""
    largest = _largest(tape, x)
    less = stretch(tape, _log_rest(tape, x), tape.shape(x), _LAST)
    return tape.append(LOG_SOFTMAX, (tape.subtract(tape.subtract(x, largest), less), x))


def log_sum_exp(tape: Tape, x: int) -> int:
    """Logarithm of the sum of exponentials along the last axis, without overflow."""
    largest = tape.append(STOP, (_maximum(tape, x),))
    return tape.append(LOG_SUM_EXP, (tape.add(largest, _log_rest(tape, x)), x))


def unit(tape: Tape, x: int) -> int:
    """x/|x| along the last axis."""
    return tape.append(UNIT, (tape.divide(x, _length(tape, x)), x))


def _centred(tape: Tape, p: int, t: int) -> int:
    """t less its mean under the probabilities p."""
    own = tape.multiply(t, tape.append(OTHERS, (p,)))
    return tape.subtract(own, tape.append(OTHERS, (tape.multiply(p, t),)))


def _length(tape: Tape, x: int) -> int:
    return stretch(tape, tape.append(NORM, (x,)), tape.shape(x), _LAST)


def _maximum(tape: Tape, x: int) -> int:
    return tape.append(ORDER_STATISTIC, (x,), (tape.shape(x)[-1] - 1,))


def _largest(tape: Tape, x: int) -> int:
    """The largest entry, held, in the shape of x."""
    return stretch(tape, tape.append(STOP, (_maximum(tape, x),)), tape.shape(x), _LAST)


def _powers(tape: Tape, x: int) -> tuple[int, int]:
    """exp(x - max(x)), and where x is below that."""
    largest = _largest(tape, x)
    below = tape.append(LESS, (tape.append(STOP, (x,)), largest))
    return tape.append(ROWS["exp_gap"], (x, largest)), below


def _log_rest(tape: Tape, x: int) -> int:
    """log(sum(exp(x - max(x)))): the 1 of a largest entry is left out of the sum, so that it swallows nothing."""
    powers, below = _powers(tape, x)
    small = tape.append(SUM, (tape.select(below, powers, tape.constant(0.0)),), (_LAST,))
    # The other entries that tie for the largest count 1 each, and move as much.
    ties = tape.append(SUM, (tape.select(below, tape.constant(0.0), powers),), (_LAST,))
    rest = tape.add(small, tape.subtract(ties, tape.constant(1.0)))
    return tape.append(ROWS["log1p"], (rest,))
