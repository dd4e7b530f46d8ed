"""A claim minus the derivative as SymPy sees it: 0 is a proof, and what is left of a wrong one is worth printing.

SymPy differentiates the function as it was typed, with literals, pi and e exact. Functions of several pieces are
left to the points: an expression that holds at one point only would prove nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import CONSTANT, INPUT, Row
from gradcli.autodiff.structural import ORDER_STATISTIC, STOP
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.claims.pair import Pair
from gradcli.targets.symbols import matrices
from gradcli.targets.symbols.kernels import ASKS
from gradcli.targets.symbols.line import Line
from gradcli.targets.symbols.rows import RowExpressions
from gradcli.verify.deadline import OutOfTimeError, interrupted_at

ZERO, OPEN = "zero", "open"

_OPERATIONS = 400  #: scalar operations of function and claim together that SymPy is asked about
_ENTRIES = 16  #: entries of a claim that it is asked about
_SECONDS = 2.0  #: that it may take for one claim
_LONGEST = 160  #: characters of a difference that is shown

Expr = Any


class Finding(NamedTuple):
    """`ZERO`, `OPEN`, or why SymPy was not asked; of an open one the entry that is left, and what is left of it."""

    verdict: str
    difference: str | None = None
    entry: int = 0


def proof(pair: Pair, deadline: float) -> Finding:
    """Whether SymPy reduces every entry of claim minus derivative to 0."""
    return _asked(pair, range(len(pair.places)), deadline)


def difference(pair: Pair, k: int, deadline: float) -> Finding:
    """The k-th entry of claim minus derivative, as short as SymPy makes it."""
    return _asked(pair, [k], deadline)


def _asked(pair: Pair, entries: Sequence[int], deadline: float) -> Finding:
    tape = pair.tape
    needed = tape.needed([pair.claim, pair.programs.output])
    if len(entries) > _ENTRIES or sum(math.prod(tape.shape(i)) for i in needed) > _OPERATIONS:
        return Finding("too large for SymPy")
    import sympy  # which may take a second by itself

    end = min(deadline, time.monotonic() + _SECONDS)
    left: Expr = None
    k = 0
    try:
        with interrupted_at(end):
            spelled = Spelled(tape, [pair.claim, pair.programs.output], pair.shapes, pair.constants)
            claimed, output = (array.ravel() for array in spelled.outputs)
            for k in entries:
                at, row, by = pair.entries[k]
                derivative = output[row]
                for position in by:
                    derivative = sympy.diff(derivative, spelled.symbols[position])
                left = claimed[at] - derivative
                if left.has(sympy.zoo, sympy.oo, -sympy.oo, sympy.nan):
                    return Finding("SymPy meets an infinity")
                for form in forms(left):
                    left = form
                if left != 0:
                    return Finding(OPEN, _text(left), k)
    except NotImplementedError:
        return Finding("a function of several pieces, or one that SymPy lacks")
    except RecursionError:
        return Finding("nested deeper than SymPy can walk")
    except OutOfTimeError:
        return Finding(OPEN, None if left is None else _text(left), k)
    return Finding(ZERO, "0")


def forms(expression: Expr) -> Iterator[Expr]:
    """The expression, and every shorter way to write it that a few of SymPy's ways find; the last is the shortest."""
    import sympy

    best = expression
    yield best
    for way in (sympy.expand, sympy.factor, sympy.simplify, lambda e: sympy.simplify(sympy.expand(e, func=True))):
        try:
            found = way(expression)
        except (NotImplementedError, ValueError, TypeError, ArithmeticError, AttributeError, sympy.PolynomialError):
            continue
        if found == 0:
            yield found
            return
        if (len(str(found)), found.count_ops()) < (len(str(best)), best.count_ops()):
            best = found
            yield best


def _text(expression: Expr) -> str | None:
    from sympy.printing.str import StrPrinter

    class Printer(StrPrinter):  # type: ignore[misc]
        """SymPy's own, with the language's spelling of e."""

        def _print_Exp1(self, expr: Expr) -> str:  # noqa: N802
            return "e"

    text = str(Printer().doprint(expression)).replace("**", "^")
    return text if len(text) <= _LONGEST else None


class Spelled(Line):
    """Instructions as SymPy expressions of the variables' entries, with every number as it is spelled.

    Args:
        tape, outputs: what is wanted.
        shapes: of the variables, by name; their symbols print as the language writes them.
        constants: values of the other inputs.

    Raises:
        NotImplementedError: a choice between pieces, or what SymPy has no function for.
    """

    def __init__(
        self, tape: Tape, outputs: Sequence[int], shapes: Mapping[str, tuple[int, ...]], constants: Mapping[str, Any]
    ) -> None:
        import sympy

        RowExpressions.__init__(self)
        self.tape = tape
        self.moving = False
        self.symbols: list[Expr] = []
        self._built: dict[int, Any] = {}
        self._numbers = _Nowhere(tape)
        for i in tape.needed(outputs):
            instruction = tape.instructions[i]
            if instruction.primitive is CONSTANT:
                value, label = instruction.attributes
                exact = {"pi": sympy.pi, "e": sympy.E}.get(label or "")
                self._built[i] = _boxed(self.constant(value) if exact is None else exact)
            elif instruction.primitive is INPUT and instruction.attributes[0] in constants:
                values = np.asarray(constants[instruction.attributes[0]])
                self._built[i] = _each(values.shape, lambda at, values=values: self.constant(float(values[at])))
            elif instruction.primitive is not INPUT:
                continue
        for name, shape in shapes.items():
            entries = _each(shape, lambda at, name=name: sympy.Symbol(_label(name, at), real=True))
            self.symbols += list(entries.ravel())
            self._built[tape.input(name, shape)] = entries
        for i in tape.needed(outputs):
            if i not in self._built:
                self._built[i] = self._step(i)
        self.outputs = [self._built[i] for i in outputs]

    def constant(self, value: float) -> Expr:
        """A float64 as the decimal that it was typed as."""
        import sympy

        if not math.isfinite(value):
            raise NotImplementedError("a number that is not finite")
        return sympy.Rational(repr(float(value)))

    def apply(self, row: Row, orders: tuple[float, ...], operands: list[Expr], known: list[float]) -> Expr:
        """The row's value, unless it is one that chooses."""
        if row.boolean or (row.sympy or "").removeprefix("gradcli:") in ASKS:
            raise NotImplementedError(row.name)
        return super().apply(row, orders, operands, known)

    def _step(self, i: int) -> Any:
        instruction: Instruction = self.tape.instructions[i]
        primitive = instruction.primitive
        if primitive is STOP or primitive is ORDER_STATISTIC or primitive in matrices.KERNELS:
            raise NotImplementedError(primitive.name)
        if isinstance(primitive, Row) and any(partial is None for partial in primitive.partials):
            raise NotImplementedError(primitive.name)
        return super()._step(i)


class _Nowhere(dict[int, Any]):
    """Values at no point: whatever asks for one gets NaN."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def __missing__(self, i: int) -> Any:
        return np.full(self._tape.shape(i), math.nan)


def _label(name: str, at: tuple[int, ...]) -> str:
    return name + (f"[{','.join(map(str, at))}]" if at else "")


def _each(shape: tuple[int, ...], entry: Any) -> Any:
    found = np.empty(shape, dtype=object)
    for at in np.ndindex(shape):
        found[at] = entry(at)
    return found


def _boxed(value: Any) -> Any:
    return _each((), lambda _: value)
