"""A Problem on a tape: its constants and variables as inputs, its lets and outputs as instructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.errors import ShapeError, UsageError
from gradcli.problems.problem import Problem
from gradcli.targets.arrays import Plan


class Assembly:
    """The tape of a problem, and the instruction of each of its names.

    Attributes:
        tape: holds the primal; derivatives are appended to it.
        names: constants, variables and lets by name.
        outputs: outputs by name.
        wrt: names of the variables to differentiate by.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tape = Tape()
        self.names: dict[str, int] = {}
        for name, value in problem.constants.items():
            self.names[name] = self.tape.input(name, np.shape(value))
        for name, variable in problem.variables.items():
            self.names[name] = self.tape.input(name, self._shape(name, variable.value))
        self.visible = dict(self.names)
        for name, expression in problem.lets.items():
            self.names[name] = lower(self.tape, expression, self.names, problem.functions, self.visible)
        try:
            self.outputs = {name: self.lower(expression) for name, expression in problem.outputs.items()}
        except ShapeError as error:
            open_names = [name for name, variable in problem.variables.items() if variable.value is None]
            if open_names and problem.points is None:
                error.hint = _arrays_hint(open_names)
            raise
        self.wrt = problem.wrt or tuple(n for n, v in problem.variables.items() if v.trainable)
        self._plans: dict[int, Plan] = {}

    def _shape(self, name: str, value: Any) -> tuple[int, ...]:
        points = self.problem.points
        if points is not None and name in points:
            return tuple(np.shape(points[name])[1:])
        return () if value is None else tuple(np.shape(value))

    def lower(self, expression: Any) -> int:
        """Append an expression over the problem's names."""
        return lower(self.tape, expression, self.names, self.problem.functions, self.visible)

    @property
    def sources(self) -> list[int]:
        """Instructions of the variables differentiated by."""
        return [self.names[name] for name in self.wrt]

    @property
    def has_values(self) -> bool:
        """Whether there is a point to evaluate at (an expression without names has one too)."""
        problem = self.problem
        given = set(problem.points or ()) | {n for n, v in problem.variables.items() if v.value is not None}
        return bool(given) or not problem.variables

    def points(self) -> Sequence[Mapping[str, Any]]:
        """Values of all inputs, once per point."""
        problem = self.problem
        fixed = dict(problem.constants) | {n: v.value for n, v in problem.variables.items() if v.value is not None}
        if problem.points is None:
            return [fixed]
        count = len(next(iter(problem.points.values())))
        return [fixed | {name: values[k] for name, values in problem.points.items()} for k in range(count)]

    def require_scalar(self, name: str, task: str) -> None:
        """Refuse `grad` and `hessian` of an array output, and say what to do instead.

        Raises:
            ShapeError: naming the output and its shape.
        """
        shape = self.tape.shape(self.outputs[name])
        if shape == ():
            return
        first = f"{name}[{', '.join('0' * len(shape))}]"
        raise ShapeError(
            f"output '{name}' has shape {shape}; {task} needs a scalar",
            hint=f"gradcli jacobian differentiates arrays; or take one entry such as {first}, or another --output",
            origin=self.problem.outputs[name].origin,
        )

    def primal_values(self, output: int, inputs: Mapping[str, Any]) -> dict[int, Any]:
        """Values of every instruction the output depends on, and of all sources."""
        if output not in self._plans:
            needed = self.tape.needed([output, *self.sources])
            self._plans[output] = Plan(self.tape, needed)
        plan = self._plans[output]
        return dict(zip(plan.outputs, plan.run(inputs), strict=True))


def _arrays_hint(names: Sequence[str]) -> str:
    """What to do where a formula is asked for whose variables are arrays."""
    return f"without a value {names[0]} is a scalar: give arrays, as in {names[0]}=[1,2,3], and --formula for formulas"


def choose_outputs(problem: Problem, output: str | None) -> tuple[str, ...]:
    """The outputs asked for: one by name, or all.

    Raises:
        UsageError: if there is no output of that name.
    """
    if output is None:
        return tuple(problem.outputs)
    if output not in problem.outputs:
        raise UsageError(f"no output '{output}'", hint=f"outputs are {', '.join(problem.outputs)}")
    return (output,)
