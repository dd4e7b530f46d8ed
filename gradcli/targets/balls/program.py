"""The program of a ball walk before any ball: which instructions it takes, how much work they are, what feeds what."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from gradcli.autodiff.primitive import Structural
from gradcli.autodiff.structural import EINSUM
from gradcli.autodiff.tape import Tape

A = Any


class OutOfTimeError(Exception):
    """The deadline came before the walk's end."""


class Step(NamedTuple):
    """One instruction: the variables that move it, its kernel, its slot and those of its arguments."""

    mask: int
    kernel: Callable[..., A]
    slot: int
    arguments: tuple[int, ...]


def needed(tape: Tape, output: int, cuts: set[int]) -> list[int]:
    """Instructions the output depends on, not looking behind those that are given; the output is last."""
    marked, pending = {output}, [output]
    while pending:
        i = pending.pop()
        if i in cuts:
            continue
        for a in tape.instructions[i].arguments:
            if a not in marked:
                marked.add(a)
                pending.append(a)
    return sorted(marked)


def entries(tape: Tape, i: int) -> int:
    """How many operations on balls an instruction takes."""
    instruction = tape.instructions[i]
    shapes = [instruction.shape, *(tape.shape(a) for a in instruction.arguments)]
    if instruction.primitive is EINSUM:
        left, right, _ = instruction.attributes
        sizes = dict(zip(left, shapes[1], strict=True)) | dict(zip(right, shapes[2], strict=True))
        shapes = [tuple(sizes.values())]
    most = max(math.prod(shape) for shape in shapes)
    whole = isinstance(instruction.primitive, Structural) and instruction.primitive.whole
    return most * max(shapes[1][-2:]) if whole else most  # elimination


def feeding(steps: Sequence[Step], slots: set[int]) -> list[Step]:
    """The steps that compute these slots, and what they need, in order."""
    wanted = set(slots)
    chosen = []
    for step in reversed(steps):
        if step.slot in wanted:
            chosen.append(step)
            wanted.update(step.arguments)
    return chosen[::-1]
