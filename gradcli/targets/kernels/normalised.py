"""Softmax, its logarithms and 1 - 2p along the last axis, from the arguments themselves: each to its last digits.

With the largest entry m in front, exp(m - m) = 1 is left out of the sum of the others, which it would swallow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff import ruled
from gradcli.autodiff.primitive import Attributes, Primitive, Shape
from gradcli.targets.kernels.exact import difference

A = Any  #: a float64 array


def others(x: A) -> A:
    """For each entry the sum of all the others: of those before it and of those after it."""
    total = np.zeros_like(x)
    total[..., 1:] = np.cumsum(x[..., :-1], axis=-1)
    total[..., :-1] += np.cumsum(x[..., :0:-1], axis=-1)[..., ::-1]
    return total


def _powers(x: A) -> tuple[A, A]:
    """exp(x - m) of the exact differences, and m."""
    largest = x.max(axis=-1, keepdims=True)
    gap, lacking = difference(x, np.where(np.isfinite(largest), largest, 0.0))
    return np.exp(gap) * (1 + lacking), largest


def _without(x: A, at: A) -> A:
    """A copy of x with 0 where one entry of each row stands."""
    kept = x.copy()
    np.put_along_axis(kept, at, 0.0, axis=-1)
    return kept


def _log_total(x: A) -> tuple[A, A]:
    """log(sum(exp(x - m))), and m."""
    powers, largest = _powers(x)
    first = np.expand_dims(np.argmax(x, axis=-1), -1)
    return np.log1p(_without(powers, first).sum(axis=-1, keepdims=True)), largest


def softmax(x: A) -> A:
    """exp(x)/sum(exp(x))"""
    powers, _ = _powers(x)
    return powers / powers.sum(axis=-1, keepdims=True)


def log_softmax(x: A) -> A:
    """log(softmax(x))"""
    log, largest = _log_total(x)
    return (x - largest) - log


def logsumexp(x: A) -> A:
    """log(sum(exp(x)))"""
    log, largest = _log_total(x)
    return (largest + log)[..., 0]


def margin(x: A) -> A:
    """1 - 2*softmax(x).

    Times the sum that is the others' powers less the own one. Of the largest and the second one the difference
    is expm1's; for all further ones it is 1 - power and what else there is, all of it positive.
    """
    n = x.shape[-1]
    powers, largest = _powers(x)
    total = powers.sum(axis=-1, keepdims=True)
    if n == 1:
        return -np.ones_like(x)
    first = np.expand_dims(np.argmax(x, axis=-1), -1)
    second = np.expand_dims(np.argmax(np.where(np.arange(n) == first, -np.inf, x), axis=-1), -1)
    fallen = np.expm1(np.take_along_axis(x, second, axis=-1) - largest)
    further = _without(_without(powers, first), second)
    found = (1 - powers) + (np.take_along_axis(powers, second, axis=-1) + others(further))
    rest = further.sum(axis=-1, keepdims=True)
    np.put_along_axis(found, second, rest - fallen, axis=-1)
    np.put_along_axis(found, first, rest + fallen, axis=-1)
    return found / total


def _of(function: Callable[[A], A]) -> Callable[[Attributes, Sequence[Shape], Sequence[A]], A]:
    return lambda attributes, shapes, values: function(values[-1])


#: Instructions whose value is computed from the last argument alone, not by their definition.
KERNELS: dict[Primitive, Callable[[Attributes, Sequence[Shape], Sequence[A]], A]] = {
    ruled.SOFTMAX: _of(softmax),
    ruled.LOG_SOFTMAX: _of(log_softmax),
    ruled.LOG_SUM_EXP: _of(logsumexp),
    ruled.MARGIN: _of(margin),
}
