"""What a primitive is: a row of data for the elementwise ones, an operation with its transpose for the structural.

Sweeps, targets, documentation and tests read everything they know about an operation from
here; nothing else in the tree branches on an operation's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcli.autodiff.tape import Instruction, Tape

Shape = tuple[int, ...]
Attributes = tuple[Any, ...]


class Primitive:
    """An operation that an instruction can name."""

    name: str
    #: True if the order of the two arguments does not matter for the value, to the last bit.
    commutative: bool = False

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        """Shape of the result for arguments of these shapes."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, eq=False)
class RowKink:
    """Where a row has no derivative.

    `condition` is an expression over the arguments and `out` that is true exactly there;
    `left` and `right` are the one-sided derivatives in the argument that crosses (None where
    there is no single one), `convention` says in words which number is used instead. `across`
    are the values the row jumps to on the other sides; it is empty where the value is continuous.
    `order` is the lowest derivative that jumps there.
    """

    condition: str
    convention: str
    left: str | None = None
    right: str | None = None
    across: tuple[str, ...] = ()
    order: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Row(Primitive):
    """An elementwise primitive, all of it.

    Attributes:
        name: how a person calls it; operators have their function's name (`add`).
        arguments: argument names, as used in `partials`, `edges`, `kinks`, `definition`.
        meaning: one line for people.
        partials: one expression per argument over the arguments and `out`, in gradcli's own
            language; None where the edge is not a path (comparisons), "0" where it is a path
            along which nothing changes (floor).
        numpy: the NumPy evaluation as `function` of numpy or `module:function`.
        math: a function of Python's `math` or `operator` with the same value, for scalars.
        sympy: SymPy's function of that name; None if `definition` is used instead.
        ball: method of FLINT's power series (`arb_series`); None if `definition` is used.
        definition: the function in terms of other rows, written without any derivative rule
            in mind: what witnesses use where they lack the function, and how a private row
            is printed.
        orders: names of constants that belong to the function (`power`'s two orders, a Bessel function's n).
        parameters: the first of these orders that a person types, before the arguments, each with its default
            (None: it must be given).
        whole: whether these are whole numbers, not any numbers.
        typical: values of these in examples and tests; 0 where not stated.
        spelled: the function at order 1, 2, ... as people write it, where an order counts derivatives.
        domain: per argument, the interval that tests sample.
        defined: a condition over the arguments under which there is a finite value; None for everywhere, or where it
            has no short form.
        kinks: where there is no derivative.
        jump: an expression over the arguments and `out` that changes where a row that has a slope
            jumps; None for rows that do not, and for those that are flat between their jumps.
        edges: per argument, the condition under which the result depends on it at all.
        operator: the infix or prefix sign it is printed with.
        aliases: further names people type.
        private: not callable by people; exists so that a derivative keeps its digits.
        boolean: the value is always 0.0 or 1.0.
        latex: format string over the arguments; None for an upright name with parentheses.
        group: heading in the function list.
        example: a call and its point (`sind(x) at x=30`); empty for plain numbers inside the domain.
    """

    name: str
    arguments: tuple[str, ...]
    meaning: str
    partials: tuple[str | None, ...]
    numpy: str
    math: str | None = None
    sympy: str | None = None
    ball: str | None = None
    definition: str | None = None
    orders: tuple[str, ...] = ()
    parameters: tuple[int | None, ...] = ()
    whole: bool = False
    typical: tuple[float, ...] = ()
    spelled: tuple[str, ...] = ()
    domain: tuple[tuple[float, float], ...] = ()
    defined: str | None = None
    kinks: tuple[RowKink, ...] = ()
    jump: str | None = None
    edges: tuple[str | None, ...] = ()
    commutative: bool = False
    operator: str | None = None
    aliases: tuple[str, ...] = ()
    private: bool = False
    boolean: bool = False
    latex: str | None = None
    group: str = "elementary"
    example: str = ""
    #: Partials compiled to templates on first use, keyed by text; see `templates`.
    compiled: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def usual(self) -> tuple[float, ...]:
        """Its orders where it is shown or measured: those a person types as is typical, those of derivatives 0."""
        return (*self.typical, *(0,) * (len(self.orders) - len(self.typical)))

    @property
    def signature(self) -> str:
        """How it is called: `besselj(n, x)`."""
        return f"{self.name}({', '.join((*self.orders[: len(self.parameters)], *self.arguments))})"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        """Broadcast shape of arguments of equal rank; scalars of shape () fit any rank."""
        result = shapes[0]
        for shape in shapes[1:]:
            if shape == result or not shape:
                continue
            if not result:
                result = shape
                continue
            if len(shape) != len(result):
                raise AssertionError(f"{self.name}: ranks differ: {result}, {shape}")
            result = tuple(b if a == 1 else a for a, b in zip(result, shape, strict=True))
        return result


class Structural(Primitive):
    """An operation on the shape of arrays, linear (or multilinear) in its arguments.

    Kernels act on trailing axes and broadcast over leading ones; attributes therefore count
    axes from the end.

    Attributes:
        whole: every entry of the result depends on every entry of each argument, so its reach is all or nothing.
        spared: how many rows each product leaves out, of a function of matrices that sums products with one entry
            from each row; None for all others.
        undefined: why a result is not finite although its arguments are, for messages.
    """

    name: str
    whole: bool = False
    spared: int | None = None
    undefined: str | None = None

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        """The transposed operation: the contribution of `cotangent` to that argument's adjoint."""
        raise NotImplementedError

    def tangent(self, tape: Tape, instruction: Instruction, tangents: list[int | None]) -> int | None:
        """The jvp: the operation applied to each known tangent with the other arguments held, summed."""
        total: int | None = None
        for k, t in enumerate(tangents):
            if t is not None:
                arguments = list(instruction.arguments)
                arguments[k] = t
                term = tape.append(self, arguments, instruction.attributes)
                total = term if total is None else tape.add(total, term)
        return total

    def paths(self, instruction: Instruction) -> tuple[bool, ...]:
        """Per argument, whether the edge is a differentiable path."""
        return (True,) * len(instruction.arguments)


class Ruled(Structural):
    """A value that other instructions define, differentiated by a rule of its own; arguments: (definition, x, ...).

    The paths are those from x and what follows. Each of their rows along the last axis is for itself, and all its
    entries meet. Witnesses differentiate the definition, and do not know the rule.
    """

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0]

    def paths(self, instruction: Instruction) -> tuple[bool, ...]:
        return (False, *(True for _ in instruction.arguments[1:]))

    def along(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        """The result's tangent where argument `k` alone has the tangent `moved`."""
        raise NotImplementedError

    def back(self, tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
        """What the cotangent `moved` of the result gives to the adjoint of argument `k`."""
        raise NotImplementedError

    def tangent(self, tape: Tape, instruction: Instruction, tangents: list[int | None]) -> int | None:
        total: int | None = None
        for k, moved in enumerate(tangents):
            if k and moved is not None:
                term = self.along(tape, instruction, k, moved)
                total = term if total is None else tape.add(total, term)
        return total

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return self.back(tape, instruction, argument, cotangent)


class Opaque(Primitive):
    """An operation whose derivative is code that runs: known only while a sweep computes what it appends."""

    def contribution(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int | None:
        """What `cotangent` gives to the adjoint of that argument; None where the code says: not connected."""
        raise NotImplementedError


class Leaf(Primitive):
    """An instruction without arguments: an input (attributes: name, shape) or a constant (bits, label)."""

    def __init__(self, name: str) -> None:
        self.name = name


INPUT = Leaf("input")
CONSTANT = Leaf("constant")
