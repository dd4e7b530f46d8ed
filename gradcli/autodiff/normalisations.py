"""Builders of softmax and its logarithms over axes: along the last one, and back."""

from __future__ import annotations

from collections.abc import Callable

from gradcli.autodiff import ruled
from gradcli.autodiff.array_arguments import reduction_axes, to_last
from gradcli.autodiff.array_call import Build, Use
from gradcli.autodiff.structural import permute, reshape
from gradcli.autodiff.tape import Tape
from gradcli.errors import ShapeError


def _last(use: Use, axes: tuple[int, ...]) -> int:
    """The argument with these axes as its last one (of length 1 where there are none)."""
    (x,) = use.values
    shape = use.tape.shape(x)
    last = to_last(use.tape, x, axes) if axes else reshape(use.tape, x, (*shape, 1))
    if use.tape.shape(last)[-1] == 0:
        raise ShapeError(f"{use.node.function} of no entries, in shape {shape}", span=use.node.span)
    return last


def build_logsumexp(use: Use) -> int:
    """Logarithm of the sum of exponentials over axes."""
    axes, keep = reduction_axes(use)
    return keep(ruled.log_sum_exp(use.tape, _last(use, axes)))


def _keeping(along: Callable[[Tape, int], int]) -> Build:
    """A builder of what gives every entry along some axes a value, by what does so along the last axis."""

    def build(use: Use) -> int:
        tape = use.tape
        shape = tape.shape(use.values[0])
        axes, _ = reduction_axes(use)
        found = along(tape, _last(use, axes))
        if not axes:
            return reshape(tape, found, shape)
        chosen = [k + len(shape) for k in axes]
        order = [*(k for k in range(len(shape)) if k not in chosen), *chosen]
        moved = reshape(tape, found, tuple(shape[k] for k in order))
        return permute(tape, moved, tuple(order.index(k) for k in range(len(shape))))

    return build


build_softmax = _keeping(ruled.softmax)
build_log_softmax = _keeping(ruled.log_softmax)
