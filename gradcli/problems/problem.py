"""One frozen Problem: what every reader (spec file, command line, Python) makes and `solve` takes.

Values are float64 arrays; expressions are parsed but not lowered, because shapes belong to
the values they meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gradcli.errors import NOWHERE, Origin
from gradcli.language.syntax import Expression

FloatArray = Any  #: numpy.ndarray of float64; numpy itself is imported where values are made

_NOTHING: Mapping[Any, Any] = {}  #: the default of every table; never written to

TASKS = ("grad", "hessian", "jacobian")
WITNESSES = ("symbolic", "finite_difference", "certificate")


class Variable(NamedTuple):
    """A variable's value (None when a person gave none: formulas are asked for) and whether it is trainable."""

    value: FloatArray | None
    trainable: bool = True


class Item(NamedTuple):
    """A value given beside an expression or a spec: `label` is the item as typed, with which messages begin."""

    label: str
    value: FloatArray


class UserFunction(NamedTuple):
    """`name(parameters) = body`; the body sees its parameters, then constants and variables."""

    name: str
    parameters: tuple[str, ...]
    body: Expression


class Claims(NamedTuple):
    """Hand-derived formulas: `gradient[(output or None, x)]`, `hessian[(output or None, x, y)]`.

    x and y are variables, entries such as `W[0,1]`, or `EVERYTHING`; the output may be an entry (`f[0]`). Of an
    array output `gradient` holds Jacobians.
    """

    gradient: Mapping[tuple[str | None, str], Expression] = _NOTHING
    hessian: Mapping[tuple[str | None, str, str], Expression] = _NOTHING

    def __bool__(self) -> bool:
        return bool(self.gradient or self.hessian)


class Expect(NamedTuple):
    """Numbers the result must equal within `rtol`."""

    value: FloatArray | None = None
    gradient: Mapping[str, FloatArray] = _NOTHING
    hessian: FloatArray | None = None
    rtol: float = 1e-9

    def __bool__(self) -> bool:
        return self.value is not None or bool(self.gradient) or self.hessian is not None


class CheckOptions(NamedTuple):
    """Which witnesses are heard, for how long, and how close an entry must be."""

    enabled: bool = True
    symbolic: bool = True
    finite_difference: bool = True
    certificate: bool = True
    budget_seconds: float = 10.0
    rtol: float = 1e-9
    seed: int = 0


class Problem(NamedTuple):
    """Everything `solve` needs, whatever it was read from.

    Attributes:
        source: the expression or file as given (`FILE:LINE` for a line of a .jsonl).
        constants, variables, functions, lets, outputs: the spec's tables, in order.
        points: for every variable named, an array with a leading axis of N points; None for one point.
        tasks: of `TASKS`.
        wrt: the variables to differentiate by; None for all trainable ones in order.
        description: a note for readers.
    """

    source: str
    outputs: Mapping[str, Expression]
    title: str | None = None
    tasks: tuple[str, ...] = ("grad",)
    constants: Mapping[str, FloatArray] = _NOTHING
    variables: Mapping[str, Variable] = _NOTHING
    functions: Mapping[str, UserFunction] = _NOTHING
    lets: Mapping[str, Expression] = _NOTHING
    points: Mapping[str, FloatArray] | None = None
    claims: Claims = Claims()
    expect: Expect = Expect()
    check: CheckOptions = CheckOptions()
    wrt: tuple[str, ...] | None = None
    origin: Origin = NOWHERE
    description: str | None = None

    def with_(self, **changes: Any) -> Problem:
        """A copy with some fields replaced."""
        return self._replace(**changes)
