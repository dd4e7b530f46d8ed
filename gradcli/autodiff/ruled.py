"""Rows of an array made comparable: softmax, its logarithms and the unit vector, with derivatives of their own.

By the chain rule, derivatives of these lose what a small entry decides: 1 - p of a probability near 1 is rounded away.
The rules here form it as the sum of the other entries, and the factor 1 - 2p of second derivatives without a
difference of what is nearly equal, so that they keep their digits and can be differentiated again.
"""

from __future__ import annotations

from gradcli.autodiff.elementwise import BY_NAME as ROWS
from gradcli.autodiff.primitive import Attributes, Ruled, Shape, Structural
from gradcli.autodiff.rows_arithmetic import NOT_EQUAL
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


class _Symmetric(Ruled):
    """A rule that is its own transpose."""

    def back(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        return self.along(tape, instruction, k, moved)


class _Softmax(_Symmetric):
    """p = exp(x)/sum(exp(x)) along the last axis."""

    name = "softmax"

    def along(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        return _slope(tape, instruction.arguments[1], moved)


class _Rest(_Symmetric):
    """1 - p"""

    name = "rest"

    def along(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        return tape.negate(_slope(tape, instruction.arguments[1], moved))


class _Margin(_Symmetric):
    """1 - 2p: how much more the others hold."""

    name = "margin"

    def along(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        return tape.multiply(tape.constant(-2.0), _slope(tape, instruction.arguments[1], moved))


class _Slope(_Symmetric):
    """p*(t - sum(p*t)), the derivative of softmax along t, of arguments x and t.

    Softmax is the gradient of logsumexp, so this and its derivative along s are symmetric in all directions. That
    derivative is p_i*q_i*w_i for t = s = e_i, -p_i*p_j*w_i for e_i and e_j, -p_i*p_j*w_j for e_j twice, and
    2*p_i*p_j*p_k for e_j and e_k, with q = 1 - p and w = 1 - 2p; bilinear, which is what is built here.
    """

    name = "softmax_slope"

    def along(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        _, x, t = instruction.arguments
        if k == 2:
            return _slope(tape, x, moved)
        p, w = softmax(tape, x), _margin(tape, x)
        pt, ps = tape.multiply(p, t), tape.multiply(p, moved)
        a, b = tape.append(OTHERS, (pt,)), tape.append(OTHERS, (ps,))
        mixed = tape.add(tape.multiply(t, b), tape.multiply(moved, a))
        own = tape.multiply(w, tape.subtract(tape.multiply(tape.multiply(t, moved), _rest(tape, x)), mixed))
        same = tape.append(OTHERS, (tape.multiply(tape.multiply(pt, w), moved),))
        pairs = tape.subtract(tape.multiply(a, b), tape.append(OTHERS, (tape.multiply(pt, ps),)))
        twice = tape.multiply(tape.constant(2.0), pairs)
        return tape.multiply(p, tape.add(tape.subtract(own, same), twice))


class _LogSoftmax(Ruled):
    """x - logsumexp(x) along the last axis."""

    name = "log_softmax"

    def along(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        return _centred(tape, instruction.arguments[1], moved)

    def back(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        x = instruction.arguments[1]
        others = tape.multiply(softmax(tape, x), tape.append(OTHERS, (moved,)))
        return tape.subtract(tape.multiply(moved, _rest(tape, x)), others)


class _LogSumExp(Ruled):
    """log(sum(exp(x))) along the last axis, without it."""

    name = "logsumexp"

    def along(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        return tape.append(SUM, (tape.multiply(softmax(tape, instruction.arguments[1]), moved),), (_LAST,))

    def back(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        x = instruction.arguments[1]
        return tape.multiply(stretch(tape, moved, tape.shape(x), _LAST), softmax(tape, x))


class _Unit(_Symmetric):
    """u = x/|x| along the last axis. Its Jacobian (1 - u_i^2)/|x|, -u_i*u_j/|x| is symmetric; at 0 it is taken as 0."""

    name = "unit"

    def along(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        x = instruction.arguments[1]
        u, length = unit(tape, x), _length(tape, x)
        exists = tape.append(NOT_EQUAL, (length, tape.constant(0.0)))
        over = tape.divide(u, length)  # u^2 alone may underflow
        own = tape.multiply(moved, tape.append(OTHERS, (tape.multiply(u, over),)))
        rest = tape.multiply(u, tape.append(OTHERS, (tape.multiply(over, moved),)))
        return tape.select(exists, tape.subtract(own, rest), tape.constant(0.0))


OTHERS = _Others()
SOFTMAX = _Softmax()
REST = _Rest()
MARGIN = _Margin()
SLOPE = _Slope()
LOG_SOFTMAX = _LogSoftmax()
LOG_SUM_EXP = _LogSumExp()
UNIT = _Unit()

ALL: tuple[Ruled, ...] = (SOFTMAX, REST, MARGIN, SLOPE, LOG_SOFTMAX, LOG_SUM_EXP, UNIT)


def softmax(tape: Tape, x: int) -> int:
    """Exponentials divided by their sum along the last axis, without overflow."""
    powers = _powers(tape, x)
    total = stretch(tape, tape.append(SUM, (powers,), (_LAST,)), tape.shape(x), _LAST)
    return tape.append(SOFTMAX, (tape.divide(powers, total), x))


def log_softmax(tape: Tape, x: int) -> int:
    """Logarithm of `softmax`."""
    less = stretch(tape, _shifted(tape, x), tape.shape(x), _LAST)
    return tape.append(LOG_SOFTMAX, (tape.subtract(x, less), x))


def log_sum_exp(tape: Tape, x: int) -> int:
    """Logarithm of the sum of exponentials along the last axis, without overflow."""
    return tape.append(LOG_SUM_EXP, (_shifted(tape, x), x))


def unit(tape: Tape, x: int) -> int:
    """x/|x| along the last axis."""
    return tape.append(UNIT, (tape.divide(x, _length(tape, x)), x))


def _rest(tape: Tape, x: int) -> int:
    return tape.append(REST, (tape.append(OTHERS, (softmax(tape, x),)), x))


def _margin(tape: Tape, x: int) -> int:
    return tape.append(MARGIN, (tape.subtract(_rest(tape, x), softmax(tape, x)), x))


def _slope(tape: Tape, x: int, t: int) -> int:
    return tape.append(SLOPE, (tape.multiply(softmax(tape, x), _centred(tape, x, t)), x, t))


def _centred(tape: Tape, x: int, t: int) -> int:
    """t less its mean under the probabilities softmax(x)."""
    mean = tape.append(OTHERS, (tape.multiply(softmax(tape, x), t),))
    return tape.subtract(tape.multiply(t, _rest(tape, x)), mean)


def _length(tape: Tape, x: int) -> int:
    return stretch(tape, tape.append(NORM, (x,)), tape.shape(x), _LAST)


def _largest(tape: Tape, x: int) -> int:
    """The largest entry, held."""
    return tape.append(STOP, (tape.append(ORDER_STATISTIC, (x,), (tape.shape(x)[-1] - 1,)),))


def _powers(tape: Tape, x: int) -> int:
    gap = tape.subtract(x, stretch(tape, _largest(tape, x), tape.shape(x), _LAST))
    return tape.append(ROWS["exp"], (gap,))


def _shifted(tape: Tape, x: int) -> int:
    """Logarithm of a sum of exponentials, about the largest."""
    total = tape.append(SUM, (_powers(tape, x),), (_LAST,))
    return tape.add(_largest(tape, x), tape.append(ROWS["log"], (total,)))
