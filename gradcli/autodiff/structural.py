"""Structural primitives: the linear operations on shapes, each with its transposed operation.

Attributes count axes from the end, because kernels broadcast over any leading axes: one tape
serves one point, many points, many directions.
"""

from __future__ import annotations

from gradcli.autodiff.primitive import Attributes, Shape, Structural
from gradcli.autodiff.rows_arithmetic import EQUAL, NOT_EQUAL, OR
from gradcli.autodiff.tape import Instruction, Tape


class _Sum(Structural):
    """Sum over `axes` (negative, sorted); attributes: (axes,)."""

    name = "sum"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        rank = len(shapes[0])
        return tuple(n for k, n in enumerate(shapes[0]) if k - rank not in attributes[0])

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        shape = tape.shape(instruction.arguments[0])
        return stretch(tape, cotangent, shape, instruction.attributes[0])


class _Broadcast(Structural):
    """Stretch axes of size 1 to `shape`; attributes: (shape,)."""

    name = "broadcast"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return attributes[0]  # type: ignore[no-any-return]

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return unbroadcast(tape, cotangent, tape.shape(instruction.arguments[0]))


class _Reshape(Structural):
    """The same elements in row-major order under another shape; attributes: (shape,)."""

    name = "reshape"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return attributes[0]  # type: ignore[no-any-return]

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return reshape(tape, cotangent, tape.shape(instruction.arguments[0]))


class _Transpose(Structural):
    """Axes in another order; attributes: (permutation of range(rank),)."""

    name = "transpose"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return tuple(shapes[0][k] for k in attributes[0])

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        permutation = instruction.attributes[0]
        return permute(tape, cotangent, tuple(permutation.index(k) for k in range(len(permutation))))


class _Index(Structural):
    """Basic indexing; attributes: (parts,), for each axis an int or a (start, stop, step) that fits `range`."""

    name = "index"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return tuple(len(range(*part)) for part in attributes[0] if isinstance(part, tuple))

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return tape.append(SCATTER, (cotangent,), (instruction.attributes[0], tape.shape(instruction.arguments[0])))


class _Scatter(Structural):
    """Zeros of `shape` with the argument at `parts`; attributes: (parts, shape)."""

    name = "scatter"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return attributes[1]  # type: ignore[no-any-return]

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return tape.append(INDEX, (cotangent,), (instruction.attributes[0],))


class _Concat(Structural):
    """Arrays joined along `axis` (negative); attributes: (axis,)."""

    name = "concat"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        axis = len(shapes[0]) + attributes[0]
        return (*shapes[0][:axis], sum(s[axis] for s in shapes), *shapes[0][axis + 1 :])

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        axis = len(instruction.shape) + instruction.attributes[0]
        sizes = [tape.shape(a)[axis] for a in instruction.arguments]
        start = sum(sizes[:argument])
        parts = [(0, n, 1) for n in instruction.shape]
        parts[axis] = (start, start + sizes[argument], 1)
        return tape.append(INDEX, (cotangent,), (tuple(parts),))

    def tangent(self, tape: Tape, instruction: Instruction, tangents: list[int | None]) -> int | None:
        if all(t is None for t in tangents):
            return None
        parts = [
            zeros(tape, tape.shape(a)) if t is None else t for a, t in zip(instruction.arguments, tangents, strict=True)
        ]
        return tape.append(self, parts, instruction.attributes)


class _Einsum(Structural):
    """Product of two arrays over shared letters; attributes: (letters, letters, result letters).

    No letter repeats within an operand, and each stands in at least two of the three places,
    so that the transposed operation is an einsum with letters exchanged.
    """

    name = "einsum"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        sizes = dict(zip(attributes[0], shapes[0], strict=True)) | dict(zip(attributes[1], shapes[1], strict=True))
        return tuple(sizes[letter] for letter in attributes[2])

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        left, right, result = instruction.attributes
        if argument == 0:
            return tape.append(EINSUM, (cotangent, instruction.arguments[1]), (result, right, left))
        return tape.append(EINSUM, (instruction.arguments[0], cotangent), (left, result, right))


class _Diagonal(Structural):
    """Diagonal of the last two axes, which are equally long."""

    name = "diagonal"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0][:-1]

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return tape.append(DIAGONAL_MATRIX, (cotangent,))


class _DiagonalMatrix(Structural):
    """Square matrices with the last axis on their diagonal, zeros elsewhere."""

    name = "diagonal_matrix"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return (*shapes[0], shapes[0][-1])

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return tape.append(DIAGONAL, (cotangent,))


class _Triangle(Structural):
    """The last two axes on and below (or above) their `offset`-th diagonal, else 0; attributes: (offset, lower)."""

    name = "triangle"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0]

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return tape.append(TRIANGLE, (cotangent,), instruction.attributes)


class _Cumsum(Structural):
    """Running sum along `axis` (negative), from the end if `backward`; attributes: (axis, backward)."""

    name = "cumsum"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0]

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        axis, backward = instruction.attributes
        return tape.append(CUMSUM, (cotangent,), (axis, not backward))


class _OrderStatistic(Structural):
    """The k-th smallest entry along the last axis; entries that tie with it share the derivative equally.

    Attributes: (k,). Not linear: the rule is the mean of the tangents of the tied entries.
    """

    name = "order_statistic"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0][:-1]

    def chosen(self, tape: Tape, instruction: Instruction) -> tuple[int, int]:
        """Which entries tie with the result (0/1, in the argument's shape), and how many; NaN where that is."""
        (x,) = instruction.arguments
        out = tape.append(self, (x,), instruction.attributes)
        spread = stretch(tape, out, tape.shape(x), (-1,))
        undefined = tape.append(NOT_EQUAL, (spread, spread))  # a NaN among the entries makes the result NaN
        mask = tape.append(OR, (tape.append(EQUAL, (x, spread)), undefined))
        count = tape.append(SUM, (mask,), ((-1,),))
        return mask, tape.select(tape.append(NOT_EQUAL, (out, out)), out, count)

    def tangent(self, tape: Tape, instruction: Instruction, tangents: list[int | None]) -> int | None:
        (t,) = tangents
        if t is None:
            return None
        mask, count = self.chosen(tape, instruction)
        kept = tape.select(mask, t, zeros(tape, tape.shape(t)))
        return tape.divide(tape.append(SUM, (kept,), ((-1,),)), count)

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        mask, count = self.chosen(tape, instruction)
        shape = tape.shape(mask)
        share = stretch(tape, tape.divide(cotangent, count), shape, (-1,))
        return tape.select(mask, share, zeros(tape, shape))


class _Norm(Structural):
    """Euclidean norm along the last axis, without overflow; at 0 its derivative is taken as 0.

    Not linear: the rule is the product with the unit vector x/|x|.
    """

    name = "norm"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0][:-1]

    def unit(self, tape: Tape, instruction: Instruction) -> tuple[int, int]:
        """x/|x| in the argument's shape, and where it exists (|x| != 0)."""
        from gradcli.autodiff.ruled import unit  # made of a norm, and the norm's derivative

        (x,) = instruction.arguments
        length = stretch(tape, tape.append(self, (x,)), tape.shape(x), (-1,))
        return unit(tape, x), tape.append(NOT_EQUAL, (length, tape.constant(0.0)))

    def tangent(self, tape: Tape, instruction: Instruction, tangents: list[int | None]) -> int | None:
        (t,) = tangents
        if t is None:
            return None
        unit, exists = self.unit(tape, instruction)
        return tape.append(SUM, (tape.select(exists, tape.multiply(unit, t), tape.constant(0.0)),), ((-1,),))

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        unit, exists = self.unit(tape, instruction)
        along = stretch(tape, cotangent, tape.shape(unit), (-1,))
        return tape.select(exists, tape.multiply(along, unit), tape.constant(0.0))


class _Stop(Structural):
    """The same value, with the path cut: a derivative sees a constant."""

    name = "stop_gradient"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0]

    def paths(self, instruction: Instruction) -> tuple[bool, ...]:
        return (False,)


SUM = _Sum()
BROADCAST = _Broadcast()
RESHAPE = _Reshape()
TRANSPOSE = _Transpose()
INDEX = _Index()
SCATTER = _Scatter()
CONCAT = _Concat()
EINSUM = _Einsum()
DIAGONAL = _Diagonal()
DIAGONAL_MATRIX = _DiagonalMatrix()
TRIANGLE = _Triangle()
CUMSUM = _Cumsum()
ORDER_STATISTIC = _OrderStatistic()
NORM = _Norm()
STOP = _Stop()
#: Operations each of whose entries is an entry of one of their arguments, or 0.
MOVES_ENTRIES = (INDEX, TRIANGLE, RESHAPE, TRANSPOSE, BROADCAST, SCATTER, CONCAT, DIAGONAL, DIAGONAL_MATRIX)

ALL: tuple[Structural, ...] = (
    SUM, BROADCAST, RESHAPE, TRANSPOSE, INDEX, SCATTER, CONCAT, EINSUM, DIAGONAL, DIAGONAL_MATRIX, TRIANGLE,
    CUMSUM, ORDER_STATISTIC, NORM, STOP,
)  # fmt: skip


def reshape(tape: Tape, x: int, shape: Shape) -> int:
    """`x` under another shape of as many elements (nothing is appended if it has it already)."""
    return x if tape.shape(x) == shape else tape.append(RESHAPE, (x,), (shape,))


def permute(tape: Tape, x: int, permutation: tuple[int, ...]) -> int:
    """`x` with its axes in the order of `permutation`."""
    return x if permutation == tuple(range(len(permutation))) else tape.append(TRANSPOSE, (x,), (permutation,))


def broadcast(tape: Tape, x: int, shape: Shape) -> int:
    """`x` stretched to `shape`, of the same rank or a scalar constant."""
    return x if tape.shape(x) == shape else tape.append(BROADCAST, (x,), (shape,))


def stretch(tape: Tape, x: int, shape: Shape, axes: tuple[int, ...]) -> int:
    """The transposed operation of a sum over `axes`: put them back and repeat along them."""
    rank = len(shape)
    kept = tuple(1 if k - rank in axes else n for k, n in enumerate(shape))
    return broadcast(tape, reshape(tape, x, kept), shape)


def unbroadcast(tape: Tape, x: int, shape: Shape) -> int:
    """The transposed operation of a broadcast from `shape`: sum over the axes that were stretched."""
    given = tape.shape(x)
    if given == shape:
        return x
    if not shape:
        return total(tape, x)
    if not given or any(n == 1 < m for n, m in zip(given, shape, strict=True)):  # it did not need all axes
        return broadcast(tape, x, shape)
    axes = tuple(k - len(given) for k, (n, m) in enumerate(zip(given, shape, strict=True)) if n != m)
    return reshape(tape, tape.append(SUM, (x,), (axes,)), shape)


def total(tape: Tape, x: int) -> int:
    """Sum over all axes."""
    rank = len(tape.shape(x))
    return x if rank == 0 else tape.append(SUM, (x,), (tuple(range(-rank, 0)),))


def zeros(tape: Tape, shape: Shape) -> int:
    """An array of zeros that no path leads to."""
    return broadcast(tape, tape.constant(0.0), shape)
