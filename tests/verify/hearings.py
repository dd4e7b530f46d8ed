"""A text at a point, ready for one witness alone to be heard on its derivative."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.targets.arrays import Plan
from gradcli.targets.derivative_values import GradientProgram, HessianProgram, JacobianProgram
from gradcli.verify import finite_difference, symbolic
from gradcli.verify.testimony import Testimony


class Case:
    """A text over arrays, its values, and the tape's derivatives of it.

    Attributes:
        first: the Jacobian, (m, n).
        second: the Hessian, (n, n); None if the text is an array.
    """

    def __init__(self, text: str, **arrays: Any) -> None:
        self.tape = Tape()
        self.inputs = {name: np.asarray(a, dtype=float) for name, a in arrays.items()}
        names = {name: self.tape.input(name, a.shape) for name, a in self.inputs.items()}
        self.sources = list(names.values())
        self.output = lower(self.tape, parse(text), names)
        plan = Plan(self.tape, self.tape.needed([self.output, *self.sources]))
        self.values = dict(zip(plan.outputs, plan.run(self.inputs), strict=True))
        self.first = JacobianProgram(self.tape, self.output, self.sources).run(self.inputs)
        self.second: Any = None
        if self.tape.shape(self.output) == ():
            adjoints = GradientProgram(self.tape, self.output, self.sources).adjoints
            self.second = HessianProgram(self.tape, self.output, adjoints, self.sources).run(self.inputs)

    def entries(self, order: int) -> Any:
        """The tape's numbers."""
        return self.first if order == 1 else self.second

    def symbolic(self, order: int, entries: Any = None, seconds: float = 60.0, memory: Any = None) -> Testimony:
        """What SymPy says of the tape's entries, or of others."""
        numbers = self.entries(order) if entries is None else np.asarray(entries)
        deadline = time.monotonic() + seconds
        at = (self.tape, self.output, self.sources, self.values)
        return symbolic.hear(*at, numbers, order, deadline, memory)

    def differences(self, order: int, entries: Any = None, seconds: float = 60.0) -> Testimony:
        """What differences say of the tape's entries, or of others."""
        numbers = self.entries(order) if entries is None else np.asarray(entries)
        deadline = time.monotonic() + seconds
        at = (self.tape, self.output, self.sources, self.inputs, self.values)
        return finite_difference.hear(*at, numbers, order, deadline)
