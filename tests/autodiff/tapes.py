"""Texts lowered and differentiated on a tape of their own, for tests: arrays in, arrays out."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autodiff.derivatives import gradient, hessian_products, jacobian_products
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.targets.arrays import evaluate


class Program:
    """A text over inputs of the given arrays' shapes.

    Attributes:
        tape, output: where it is.
        sources: the inputs' instructions by name.
        inputs: their values.
    """

    def __init__(self, text: str, **arrays: Any) -> None:
        self.tape = Tape()
        self.inputs = {name: np.asarray(value, dtype=np.float64) for name, value in arrays.items()}
        self.sources = {name: self.tape.input(name, value.shape) for name, value in self.inputs.items()}
        self.output = lower(self.tape, parse(text), self.sources)

    def value(self) -> Any:
        """The output's value."""
        return evaluate(self.tape, [self.output], self.inputs)[0]

    def adjoints(self) -> dict[str, int | None]:
        """The gradient's instructions by name."""
        return dict(zip(self.sources, gradient(self.tape, self.output, list(self.sources.values())), strict=True))

    def gradient(self) -> dict[str, Any]:
        """The gradient by name, None where not connected."""
        adjoints = self.adjoints()
        known = {name: g for name, g in adjoints.items() if g is not None}
        found = dict(zip(known, evaluate(self.tape, list(known.values()), self.inputs), strict=True))
        return {n: np.broadcast_to(found[n], self.inputs[n].shape) if n in found else None for n in adjoints}

    def hessian(self) -> Any:
        """The dense Hessian over all inputs flattened, column by column of forward over reverse."""
        sources = list(self.sources.values())
        program = hessian_products(self.tape, list(self.adjoints().values()), sources)
        return self._columns(program, [a.shape for a in self.inputs.values()])

    def jacobian(self) -> Any:
        """The dense Jacobian of the output flattened, over all inputs flattened, whichever mode it takes."""
        program = jacobian_products(self.tape, self.output, list(self.sources.values()))
        shape = self.tape.shape(self.output)
        if program.forward:
            return self._columns(program, [shape])
        rows = []
        for seed in np.eye(int(np.prod(shape))):
            rows.append(self._results(program, [seed.reshape(shape)], [a.shape for a in self.inputs.values()]))
        return np.array(rows)

    def _columns(self, program: Any, shapes: list[Any]) -> Any:
        given = [a.shape for a in self.inputs.values()]
        sizes = [int(np.prod(s)) for s in given]
        columns = []
        for seed in np.eye(sum(sizes)):
            parts = np.split(seed, np.cumsum(sizes)[:-1])
            columns.append(self._results(program, [p.reshape(s) for p, s in zip(parts, given, strict=True)], shapes))
        return np.array(columns).T

    def _results(self, program: Any, seeds: list[Any], shapes: list[Any]) -> Any:
        fed = {**self.inputs, **dict(zip(program.seeds, seeds, strict=True))}
        known = [r for r in program.results if r is not None]
        found = iter(evaluate(self.tape, known, fed))
        return np.concatenate(
            [
                np.zeros(shape).ravel() if r is None else np.broadcast_to(next(found), shape).ravel()
                for r, shape in zip(program.results, shapes, strict=True)
            ]
        )


def value(text: str, **arrays: Any) -> Any:
    """The value of a text at these arrays."""
    return Program(text, **arrays).value()


def derivatives(text: str, x: float, most: int) -> list[float]:
    """Value and derivatives of a text in x up to an order, by repeated reverse sweeps (None: not connected)."""
    program = Program(text, x=x)
    found = [program.output]
    for _ in range(most):
        (g,) = gradient(program.tape, found[-1], [program.sources["x"]])
        assert g is not None
        found.append(g)
    return [float(v) for v in evaluate(program.tape, found, program.inputs)]
