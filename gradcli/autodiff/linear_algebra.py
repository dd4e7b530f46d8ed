"""Linear algebra as primitives: inverse, solve, determinant, Cholesky factor and pseudoinverse of matrices.

Each states one rule, the tangent; the reverse is that rule on a fresh tangent input, transposed
by the reverse sweep itself. Kernels act on the last two axes and broadcast over leading ones.
The rules are those of Giles, Collected matrix derivative results for forward and reverse mode
algorithmic differentiation (2008), unless a row says otherwise.
"""

from __future__ import annotations

from gradcli.autodiff.einsum import product
from gradcli.autodiff.primitive import Attributes, Shape, Structural
from gradcli.autodiff.structural import TRIANGLE, permute, total, zeros
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.vjp import vjp


class MatrixFunction(Structural):
    """A smooth function of matrices, all of whose entries meet."""

    whole = True

    def pushed(self, tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
        """The result's tangent when argument `k` alone moves by `tangent`."""
        raise NotImplementedError

    def tangent(self, tape: Tape, instruction: Instruction, tangents: list[int | None]) -> int | None:
        result: int | None = None
        for k, t in enumerate(tangents):
            if t is not None:
                term = self.pushed(tape, instruction, k, t)
                result = term if result is None else tape.add(result, term)
        return result

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        shape = tape.shape(instruction.arguments[argument])
        fresh = tape.fresh_input("tangent", shape)
        (adjoint,) = vjp(tape, self.pushed(tape, instruction, argument, fresh), cotangent, [fresh], linear=True)
        return zeros(tape, shape) if adjoint is None else adjoint

    def result(self, tape: Tape, instruction: Instruction) -> int:
        """The instruction itself, which its tape has already."""
        return tape.append(self, instruction.arguments, instruction.attributes)


class _Inverse(MatrixFunction):
    """Inverse of square matrices; attributes: () or ("positive",), which is NaN unless the determinant is positive."""

    name = "inv"
    undefined = "the matrix is singular"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0]

    def pushed(self, tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
        out = self.result(tape, instruction)
        return tape.negate(_times(tape, _times(tape, out, tangent), out))


class _Solve(MatrixFunction):
    """A^-1 b for square A and a vector or matrix b; linear in b, whose transposed operation solves with A'."""

    name = "solve"
    undefined = "the matrix is singular"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[1]

    def pushed(self, tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
        matrix = instruction.arguments[0]
        if k == 1:
            return tape.append(SOLVE, (matrix, tangent))
        moved = _times(tape, tangent, self.result(tape, instruction))
        return tape.negate(tape.append(SOLVE, (matrix, moved)))

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        if argument == 1:
            return tape.append(SOLVE, (_transposed(tape, instruction.arguments[0]), cotangent))
        return super().transpose(tape, instruction, argument, cotangent)


class _Determinant(MatrixFunction):
    """Determinant; its derivative is the matrix of cofactors, which singular matrices have too."""

    name = "det"
    spared = 0

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0][:-2]

    def pushed(self, tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
        return total(tape, tape.multiply(tape.append(COFACTORS, instruction.arguments), tangent))


class _Cofactors(MatrixFunction):
    """Gradient of D^k det(A)[H1, ..., Hk] by A, of arguments A, H1, ..., Hk; for k = 0 the matrix of cofactors.

    The determinant is a polynomial, so its derivatives are symmetric multilinear forms: moving A
    along dA appends dA to the directions, and every argument's transposed operation puts the
    cotangent in its place. Nothing divides by the determinant.
    """

    name = "cofactors"
    spared = 1

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0]

    def pushed(self, tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
        matrix, *directions = instruction.arguments
        if k == 0:
            directions.append(tangent)
        else:
            directions[k - 1] = tangent
        return tape.append(COFACTORS, (matrix, *directions))

    def transpose(self, tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
        return self.pushed(tape, instruction, argument, cotangent)


class _LogDeterminant(MatrixFunction):
    """log det(A), NaN where the determinant is negative; attributes: (absolute,), log |det(A)| if it is true."""

    name = "logdet"
    undefined = "the determinant is not positive"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0][:-2]

    def pushed(self, tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
        domain = () if instruction.attributes[0] else ("positive",)
        inverse = tape.append(INVERSE, instruction.arguments, domain)
        return total(tape, tape.multiply(_transposed(tape, inverse), tangent))


class _Cholesky(MatrixFunction):
    """Lower factor L of A = L L'; reads the lower triangle only, so the upper one has derivative 0.

    dL = L P with P the lower triangle of L^-1 dA L^-T, its diagonal halved (Murray, Differentiation
    of the Cholesky decomposition, 2016).
    """

    name = "cholesky"
    undefined = "the matrix is not positive definite"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return shapes[0]

    def pushed(self, tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
        out = self.result(tape, instruction)
        symmetric = tape.add(_lower(tape, tangent, 0), _transposed(tape, _lower(tape, tangent, -1)))
        inner = tape.append(SOLVE, (out, _transposed(tape, tape.append(SOLVE, (out, symmetric)))))
        twice = tape.add(_lower(tape, inner, 0), _lower(tape, inner, -1))
        return _times(tape, out, tape.multiply(tape.constant(0.5), twice))


class _Pseudoinverse(MatrixFunction):
    """Moore-Penrose inverse P of A, smooth where A has full rank.

    dP = -P dA P + P P' dA' (I - A P) + (I - P A) dA' P' P (Golub & Pereyra, The differentiation of
    pseudo-inverses and nonlinear least squares problems whose variables separate, 1973), true
    among matrices of the same rank.
    """

    name = "pinv"

    def shape(self, attributes: Attributes, shapes: list[Shape]) -> Shape:
        return (*shapes[0][:-2], shapes[0][-1], shapes[0][-2])

    def pushed(self, tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
        (a,) = instruction.arguments
        p = self.result(tape, instruction)
        pt, turned = _transposed(tape, p), _transposed(tape, tangent)
        left = _times(tape, _times(tape, p, pt), tape.subtract(turned, _times(tape, turned, _times(tape, a, p))))
        right = _times(tape, tape.subtract(turned, _times(tape, _times(tape, p, a), turned)), _times(tape, pt, p))
        return tape.add(tape.subtract(left, _times(tape, _times(tape, p, tangent), p)), right)


INVERSE = _Inverse()
SOLVE = _Solve()
DETERMINANT = _Determinant()
COFACTORS = _Cofactors()
LOG_DETERMINANT = _LogDeterminant()
CHOLESKY = _Cholesky()
PSEUDOINVERSE = _Pseudoinverse()

ALL: tuple[MatrixFunction, ...] = (
    INVERSE, SOLVE, DETERMINANT, COFACTORS, LOG_DETERMINANT, CHOLESKY, PSEUDOINVERSE,
)  # fmt: skip


def _times(tape: Tape, a: int, b: int) -> int:
    """Product of two matrices, or of a matrix and a vector."""
    columns = "k"[: len(tape.shape(b)) - 1]
    return product(tape, a, b, "ij", f"j{columns}", f"i{columns}")


def _transposed(tape: Tape, a: int) -> int:
    return permute(tape, a, (1, 0))


def _lower(tape: Tape, a: int, offset: int) -> int:
    """The part on and below a diagonal."""
    return tape.append(TRIANGLE, (a,), (offset, True))
