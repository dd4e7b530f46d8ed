"""Gradient descent: the trainable variables follow their gradient downhill, step by step.

A plain step is v - rate*g to the last bit, as `assign_sub(rate*g)` does it; with momentum the velocity
u = momentum*u - rate*g is added, as Keras' SGD documents it (Polyak 1964).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from gradcli.assembly import Assembly, choose_outputs
from gradcli.derivative import Programs
from gradcli.errors import UsageError
from gradcli.problems.commandline import require_values
from gradcli.problems.problem import Expect, Problem, Variable

#: What may end a descent from outside, and the word for it; what was reached is kept.
INTERRUPTS: Mapping[type[BaseException], str] = {KeyboardInterrupt: "interrupted"}
_KEPT = 1_000_000  #: states that are remembered; of more steps every 2nd, 4th, 8th, ...


class Step(NamedTuple):
    """Where the descent stands before its step of that number: the output's value and its gradient's norm."""

    number: int
    value: float
    norm: float


class Start(NamedTuple):
    """What a descent starts from.

    Attributes:
        problem: at its values.
        output: what is to go down, by name.
        unconnected: variables on which it does not depend; they stay where they are.
    """

    problem: Problem
    output: str
    unconnected: tuple[str, ...]
    assembly: Assembly
    programs: Programs


class Descent(NamedTuple):
    """What a descent came to.

    Attributes:
        output: what went down.
        steps: its finite states, the start first; the last is the final state. Empty if the start is not finite;
            of more than a million, evenly chosen ones.
        problem: the problem with the final values of its variables.
        stopped: why it ended early, else None.
    """

    output: str
    steps: tuple[Step, ...]
    problem: Problem
    stopped: str | None

    @property
    def taken(self) -> int:
        """How many steps were taken."""
        return self.steps[-1].number if self.steps else 0


def start_of(problem: Problem, output: str | None = None) -> Start:
    """See that a descent can start.

    Args:
        problem: at its values; what is trainable (or in `wrt`) moves.
        output: which output; may be None if there is one only.

    Raises:
        UsageError: no values, several points, several outputs and none chosen, or nothing that would move.
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
    programs = Programs(assembly, assembly.outputs[names[0]], "zero")
    unconnected = tuple(programs.unconnected_names())
    if len(unconnected) == len(assembly.wrt):
        raise UsageError(
            f"nothing would move: {names[0]} is not connected to {', '.join(unconnected)}",
            hint="gradcli grad tells why, for each of them",
        )
    return Start(problem, names[0], unconnected, assembly, programs)


def descend(
    problem: Problem,
    rate: float,
    steps: int,
    *,
    momentum: float = 0.0,
    output: str | None = None,
    watch: Callable[[Step], None] | None = None,
) -> Descent:
    """Take steps down the gradient of one scalar output: `start_of` and `follow` in one."""
    return follow(start_of(problem, output), rate, steps, momentum=momentum, watch=watch)


def follow(
    start: Start,
    rate: float,
    steps: int,
    *,
    momentum: float = 0.0,
    watch: Callable[[Step], None] | None = None,
    interrupts: Mapping[type[BaseException], str] = INTERRUPTS,
) -> Descent:
    """Take steps down the gradient.

    Args:
        start: where from.
        rate: factor of the gradient.
        steps: how many.
        momentum: how much of the last step is taken again; 0 is plain descent.
        watch: called with every state as it is reached.
        interrupts: exceptions that end it early, and what to call that.

    Returns:
        The states and the final values. It ends early at a state that is not finite (the values are then
        those before it), or at an interrupt.
    """
    problem, output, names = start.problem, start.output, start.assembly.wrt
    program = start.programs.gradient
    inputs: dict[str, Any] = dict(start.assembly.points()[0])
    velocity: dict[str, Any] = dict.fromkeys(names, 0.0)
    reached = _States()
    at: tuple[Step | None, dict[str, Any]] = (None, inputs)  # one name, so that an interrupt finds both or neither
    stopped = None
    try:
        with np.errstate(all="ignore"):
            for number in range(steps + 1):
                value, gradients = program.run(inputs)
                found = {name: g for name, g in zip(names, gradients, strict=True) if g is not None}
                step = Step(number, float(value), _norm(found))
                if not (np.isfinite(step.value) and np.isfinite(step.norm)):
                    where = f"step {number}" if number else "the start"
                    stopped = f"{where}: {output} is {step.value!r}, its gradient's norm {step.norm!r}"
                    break
                at = step, dict(inputs)
                reached.add(step)
                if watch is not None:
                    watch(step)
                if number < steps:
                    for name, g in found.items():
                        move = -(rate * g) if not momentum else momentum * velocity[name] - rate * g
                        velocity[name] = move
                        inputs[name] = inputs[name] + move
    except tuple(interrupts) as stop:
        stopped = interrupts[type(stop)]
    last, values = at
    variables = {n: Variable(np.asarray(values[n]), v.trainable) for n, v in problem.variables.items()}
    return Descent(output, reached.up_to(last), problem.with_(variables=variables, expect=Expect()), stopped)


class _States:
    """The states reached, in bounded memory: when there are too many, every other one is forgotten."""

    def __init__(self) -> None:
        self._kept: list[Step] = []
        self._stride = 1

    def add(self, step: Step) -> None:
        if step.number % self._stride == 0:
            self._kept.append(step)
            if len(self._kept) > _KEPT:
                del self._kept[1::2]
                self._stride *= 2

    def up_to(self, last: Step | None) -> tuple[Step, ...]:
        """Those kept, and the last."""
        kept = tuple(self._kept)
        return kept if last is None or kept[-1:] == (last,) else (*kept, last)


def _norm(gradients: dict[str, Any]) -> float:
    """Euclidean norm over all variables, without overflow."""
    parts = [float(np.max(np.abs(g), initial=0.0)) for g in gradients.values()]
    largest = max(parts)
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(sum(float(np.sum((g / largest) ** 2)) for g in gradients.values())))
