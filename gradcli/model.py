"""The Python API: a model made from text or a spec file, asked for values and derivatives."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gradcli.assembly import Assembly
from gradcli.derivative import Programs
from gradcli.errors import UnknownNameError, UsageError, ValueProblem
from gradcli.language.suggest import hint_for
from gradcli.problems.problem import Problem, Variable
from gradcli.result import Result
from gradcli.solve import SolveOptions, solve
from gradcli.targets.arrays import Array, Plan

Point = Mapping[str, Any]


class Model:
    """A problem that can be evaluated and differentiated at points given as keywords or as a mapping.

    Names that are not given keep the value of the spec; a bare expression needs all of them.
    Results are dictionaries by output name, and by variable below that.

    >>> model = Model.from_text("x^2*y")
    >>> model.gradient(x=3.0, y=2.0)["f"]["x"]
    array(12.)
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._assemblies: dict[Any, Assembly] = {}
        self._programs: dict[Any, Programs] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # As plain data: what was compiled so far is made anew, and holds what cannot be pickled.
        return type(self), (self.problem,)

    @classmethod
    def from_text(cls, text: str) -> Model:
        """A model of one expression; its output is called `f`."""
        from gradcli.problems.commandline import problem_from_expression

        if not isinstance(text, str):
            raise UsageError(f"{reprlib.repr(text)}: not an expression", hint='write it as a text, such as "sin(x)*y"')
        return cls(problem_from_expression(text, ()))

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables, trainable or not, in order."""
        return tuple(self.problem.variables)

    def value(self, point: Point | None = None, /, **given: Any) -> dict[str, Array]:
        """Values of all outputs.

        Args:
            point: values by name; the same as keywords, for names that are no Python names.
            given: values by name: numbers or arrays.

        Returns:
            A float64 array of the output's shape, by output name.

        Raises:
            GradcliError: for unknown or missing names and shapes that do not fit.
        """
        problem, assembly, inputs = self._at(point, given)
        found = Plan(assembly.tape, list(assembly.outputs.values())).run(inputs)
        return dict(zip(problem.outputs, found, strict=True))

    def gradient(self, point: Point | None = None, /, **given: Any) -> dict[str, dict[str, Array | None]]:
        """Gradients of all (scalar) outputs by every trainable variable, in the variables' shapes.

        Arguments as for `value`; None stands for a variable that is not connected to the output.
        """
        _, assembly, inputs = self._at(point, given)
        out: dict[str, dict[str, Array | None]] = {}
        for name in assembly.outputs:
            assembly.require_scalar(name, "gradient")
            programs = self._program(assembly, name)
            _, gradients = programs.gradient.run(inputs)
            out[name] = {n: None if g is None else g.copy() for n, g in zip(assembly.wrt, gradients, strict=True)}
        return out

    def hessian(self, point: Point | None = None, /, **given: Any) -> dict[str, Array]:
        """Hessians of all (scalar) outputs over the flattened trainable variables, (n, n)."""
        _, assembly, inputs = self._at(point, given)
        for name in assembly.outputs:
            assembly.require_scalar(name, "hessian")
        return {name: self._program(assembly, name).hessian.run(inputs) for name in assembly.outputs}

    def jacobian(self, point: Point | None = None, /, **given: Any) -> dict[str, Array]:
        """Jacobians of all outputs: (entries of the output, entries of the trainable variables)."""
        _, assembly, inputs = self._at(point, given)
        return {name: self._program(assembly, name).jacobian.run(inputs) for name in assembly.outputs}

    def solve(
        self, point: Point | None = None, /, *, task: str | None = None, check: bool = True, **given: Any
    ) -> Result:
        """The full result object with its checks and verdicts, as the command line prints it.

        At the point given; without any, at the spec's own point or points.

        Args:
            task: `grad`, `hessian` or `jacobian`; the spec's own by default.
            check: whether the witnesses are heard.
        """
        problem = self.problem if not point and not given else self._at(point, given)[0]
        return solve(problem, SolveOptions(task=task, check=check))

    def compile(self, what: str = "gradient") -> Callable[..., dict[str, Any]]:
        """A function of many points at once.

        Args:
            what: `value`, `gradient`, `hessian` or `jacobian`.

        Returns:
            A function of the variables by keyword (or a mapping), each with a leading axis of n
            points (or without one, if it is the same at all points); it returns what the method
            of that name returns, with that axis in front of every array.

        Raises:
            UsageError: for any other `what`.
        """
        if what not in ("value", "gradient", "hessian", "jacobian"):
            raise UsageError(f"cannot compile {what!r}", hint="value, gradient, hessian or jacobian")

        def compiled(point: Point | None = None, /, **given: Any) -> dict[str, Any]:
            return self._many(what, _values(point, given))

        return compiled

    def _many(self, what: str, given: Mapping[str, Any]) -> dict[str, Any]:
        arrays = {name: self._number(name, value) for name, value in given.items()}
        many = {n for n, a in arrays.items() if a.ndim > self._rank(n)}
        first = {n: _first(a) if n in many else a for n, a in arrays.items()}
        counts = {len(arrays[n]) for n in many}
        if len(counts) > 1:
            raise ValueProblem(f"leading axes of {sorted(counts)} points do not fit together")
        _, assembly, fixed = self._at(first, {})
        inputs = {**fixed, **arrays}
        n = counts.pop() if counts else None
        front = () if n is None else (n,)
        out: dict[str, Any] = {}
        for name, index in assembly.outputs.items():
            shape = assembly.tape.shape(index)
            if what == "value":
                out[name] = np.broadcast_to(Plan(assembly.tape, [index]).run(inputs)[0], (*front, *shape))
                continue
            programs = self._program(assembly, name)
            if what == "jacobian":
                out[name] = programs.jacobian.run(inputs)
                continue
            assembly.require_scalar(name, what)
            if what == "hessian":
                out[name] = programs.hessian.run(inputs)
                continue
            shapes = [assembly.tape.shape(s) for s in assembly.sources]
            found = zip(assembly.wrt, programs.gradient.run(inputs)[1], shapes, strict=True)
            out[name] = {v: None if g is None else np.broadcast_to(g, (*front, *s)) for v, g, s in found}
        return out

    def _rank(self, name: str) -> int:
        variable = self.problem.variables.get(name)
        if variable is None:
            return np.ndim(self.problem.constants.get(name, 0.0))
        return 0 if variable.value is None else np.ndim(variable.value)

    def _number(self, name: str, value: Any) -> Array:
        try:
            array = np.asarray(value)
            if array.dtype.kind in "biuf" or (array.dtype.kind == "O" and not any(v is None for v in array.flat)):
                return array.astype(np.float64)
        except (TypeError, ValueError, OverflowError):  # a ragged list, an object without a number, 10**400
            pass
        raise ValueProblem(f"{name}={reprlib.repr(value)}: not a number or an array of numbers")

    def _at(self, point: Point | None, given: Mapping[str, Any]) -> tuple[Problem, Assembly, Mapping[str, Any]]:
        """The problem with these values, its assembly (kept per list of shapes) and the values of all inputs."""
        problem = self.problem
        variables, constants = dict(problem.variables), dict(problem.constants)
        for name, value in _values(point, given).items():
            array = self._number(name, value)
            if name in variables:
                variables[name] = Variable(array, variables[name].trainable)
            elif name in constants:
                constants[name] = array
            else:
                raise UnknownNameError(f"no variable '{name}'", hint=hint_for(name, [*variables, *constants]))
        missing = [n for n, v in variables.items() if v.value is None]
        if missing:
            raise ValueProblem(f"no value for {', '.join(missing)}")
        problem = problem.with_(variables=variables, constants=constants, points=None)
        inputs = {**constants, **{n: v.value for n, v in variables.items()}}
        shapes = tuple((n, np.shape(v)) for n, v in inputs.items())
        if shapes not in self._assemblies:
            self._assemblies[shapes] = Assembly(problem)
        return problem, self._assemblies[shapes], inputs

    def _program(self, assembly: Assembly, output: str) -> Programs:
        key = (id(assembly), output)
        if key not in self._programs:
            self._programs[key] = Programs(assembly, assembly.outputs[output], "none")
        return self._programs[key]


def _values(point: Point | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name, of a mapping and of keywords."""
    if point is None:
        return dict(given)
    if not isinstance(point, Mapping) or not all(isinstance(name, str) for name in point):
        raise UsageError(
            f"{reprlib.repr(point)}: not a mapping of names to values", hint="a point is given as x=1.0, or {'x': 1.0}"
        )
    return {**point, **given}


def _first(points: Array) -> Array:
    """The first of many points, for its shape; of none, a point that is never used."""
    return points[0] if len(points) else np.zeros(points.shape[1:])


def parse(text: str) -> Model:
    """A model of one expression.

    >>> parse("sin(x)*y").value(x=0.0, y=2.0)["f"]
    array(0.)

    Raises:
        GradcliError: if the text is not an expression of the language.
    """
    return Model.from_text(text)


def load(path: str | Path) -> Model:
    """A model from a spec file (.toml, .json, .yaml, .yml).

    Raises:
        GradcliError: if there is no such file, or it does not say a problem.
    """
    from gradcli.problems.reading import spec_from_file

    return Model(spec_from_file(str(path)))
