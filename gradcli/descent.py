"""Gradient descent: the trainable variables follow their gradient downhill, step by step.

A plain step is v - rate*g to the last bit, as `assign_sub(rate*g)` does it; with momentum the velocity
u = momentum*u - rate*g is added (Polyak 1964).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly, choose_outputs
from gradcli.derivative import Programs
from gradcli.errors import UsageError
from gradcli.problems.commandline import require_values
from gradcli.problems.problem import Expect, Problem, Variable


class Step(NamedTuple):
    """Where the descent stands before its step of that number: the output's value and its gradient's norm."""

    number: int
    value: float
    norm: float


class Descent(NamedTuple):
    """What a descent came to.

    Attributes:
        output: what went down.
        steps: one for every finite state, the start first; the last is the final state. Empty if the start is not
            finite.
        problem: the problem with the final values of its variables.
        stopped: why it ended early, else None.
    """

    output: str
    steps: tuple[Step, ...]
    problem: Problem
    stopped: str | None


def descend(
    problem: Problem,
    rate: float,
    steps: int,
    *,
    momentum: float = 0.0,
    output: str | None = None,
    watch: Callable[[Step], None] | None = None,
) -> Descent:
    """Take steps down the gradient of one scalar output.

    Args:
        problem: at its values; what is trainable (or in `wrt`) moves.
        rate: factor of the gradient.
        steps: how many.
        momentum: how much of the last step is taken again; 0 is plain descent.
        output: which output; may be None if there is one only.
        watch: called with every state as it is reached.

    Returns:
        The states and the final values. It ends early at a state that is not finite (the values are then
        those before it), or at an interrupt.

    Raises:
        UsageError: no values, several points, or several outputs and none chosen.
        ShapeError: the output is not a scalar.
    """
    names = choose_outputs(problem, output)
    if len(names) > 1:
        raise UsageError("which output is to go down?", hint=f"--output {names[0]}; there are {', '.join(names)}")
    if problem.points is not None:
        raise UsageError("a descent starts at one point", hint="leave [points] away")
    require_values(problem)
    assembly = Assembly(problem)
    if not assembly.wrt:
        raise UsageError("nothing is trainable")
    assembly.require_scalar(names[0], "descend")
    return _run(problem, assembly, names[0], rate, steps, momentum, watch)


def _run(
    problem: Problem,
    assembly: Assembly,
    output: str,
    rate: float,
    steps: int,
    momentum: float,
    watch: Callable[[Step], None] | None,
) -> Descent:
    program = Programs(assembly, assembly.outputs[output], "zero").gradient
    inputs: dict[str, Any] = dict(assembly.points()[0])
    velocity = {name: np.zeros(np.shape(inputs[name])) for name in assembly.wrt}
    reached: list[Step] = []
    kept = dict(inputs)
    stopped = None
    try:
        with np.errstate(all="ignore"):
            for number in range(steps + 1):
                value, gradients = program.run(inputs)
                found = {
                    n: np.zeros(np.shape(inputs[n])) if g is None else g
                    for n, g in zip(assembly.wrt, gradients, strict=True)
                }
                step = Step(number, float(value), _norm(found))
                if not (np.isfinite(step.value) and np.isfinite(step.norm)):
                    where = f"step {number}" if number else "the start"
                    stopped = f"{where}: {output} is {step.value!r}, its gradient's norm {step.norm!r}"
                    break
                kept = dict(inputs)
                reached.append(step)
                if watch is not None:
                    watch(step)
                if number < steps:
                    for name, g in found.items():
                        move = -(rate * g) if not momentum else momentum * velocity[name] - rate * g
                        velocity[name] = move
                        inputs[name] = inputs[name] + move
    except KeyboardInterrupt:
        stopped = "interrupted"
    variables = {n: Variable(np.asarray(kept[n]), v.trainable) for n, v in problem.variables.items()}
    return Descent(output, tuple(reached), problem.with_(variables=variables, expect=Expect()), stopped)


def _norm(gradients: dict[str, Any]) -> float:
    """Euclidean norm over all variables, without overflow."""
    parts = [float(np.max(np.abs(g), initial=0.0)) for g in gradients.values()]
    largest = max(parts)
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(sum(float(np.sum((g / largest) ** 2)) for g in gradients.values())))
