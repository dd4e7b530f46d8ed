"""Every error planted in an operation on arrays: its transpose, its tangent, its kernel, its axes and its paths.

Linear algebra states its tangents only; there the errors are those of a formula: a forgotten term, a transposition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
from trials import Mutation, Trial

from gradcli.autodiff import linear_algebra as la
from gradcli.autodiff import ruled
from gradcli.autodiff import structural as s
from gradcli.autodiff.primitive import Ruled, Structural
from gradcli.autodiff.structural import permute
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.targets import arrays

Rule = Callable[..., Any]

V, W = "v=[0.4, 1.3, -0.7]", "v=[1.1, -0.6, 0.8]"
A, B = "A=[[0.4, 1.3], [-0.7, 0.9]]", "A=[[1.7, -0.3], [0.2, 1.4]]"
R, T = "R=[[0.4, 1.3, -0.2], [-0.7, 0.9, 1.1]]", "R=[[1.4, -0.3, 0.6], [0.7, 0.9, -1.2]]"

#: A number made with an operation, whose gradient uses the transposed operation and whose Hessian its tangent, and an
#: array made with it, with as many entries as its argument, whose Jacobian goes forward.
MODELS: dict[Structural, tuple[str, str, tuple[str, str]]] = {
    s.SUM: ("(sum(A, axis=0) @ [1, 2])^3", "[[1, 2], [3, 4]]*sum(A, axis=1, keepdims=1)^2", (A, B)),
    s.BROADCAST: ("sum(v)^3", "sum(v)^2*v", (V, W)),
    s.RESHAPE: ("sum((reshape(R, [3, 2]) @ [2, 5])^3)", "reshape(R, [3, 2])^2", (R, T)),
    s.TRANSPOSE: ("sum((A' @ [1, 2])^3)", "(A')^2", (A, B)),
    s.INDEX: ("v[1]^3*v[0]", "[v[1], v[0], v[1]*v[2]]", (V, W)),
    s.SCATTER: ("v[1]^3*v[0]", "[v[1], v[0], v[1]*v[2]]", (V, W)),
    s.CONCAT: ("sum(concat(v, sin(v))^3*[1, 2, 3, 4, 5, 6])", "concat(v, sin(v))", (V, W)),
    s.EINSUM: ("sum((A @ A[0])^3)", "A @ [[1, 2], [3, 5]] @ A", (A, B)),
    s.DIAGONAL: ("sum(diag(A)^3*[1, 2])", "concat(diag(A), diag(A)^2)", (A, B)),
    s.DIAGONAL_MATRIX: ("sum((diag(v) @ [1, 2, 3])^3)", "diag(v)", (V, W)),
    s.TRIANGLE: ("sum((tril(A) @ [1, 2])^3)", "triu(A^2)", (A, B)),
    s.CUMSUM: ("sum(cumsum(v)^3)", "cumsum(v)", (V, W)),
    s.ORDER_STATISTIC: ("max(v)^3*min(v)", "max(v)*[1, 2, 3]", (V, W)),
    s.NORM: ("norm(v)^3", "norm(v)*[1, 2, 3]", (V, W)),
    la.INVERSE: ("sum((inv(A) @ [1, 2])^3)", "inv(A)", (A, B)),
    la.SOLVE: ("sum(solve(A, A[0]^2)^3)", "solve(A, A^2)", (A, B)),
    la.DETERMINANT: ("det(A)^3", "det(A)*[[1, 2], [3, 4]]", (A, B)),
    la.COFACTORS: ("det(A)^3", "adj(A)", (A, B)),
    la.LOG_DETERMINANT: ("logdet(A)^3", "logdet(A)*[[1, 2], [3, 4]]", (A, B)),
    la.CHOLESKY: ("sum((cholesky(A' @ A) @ [1, 2])^3)", "cholesky(A' @ A)", (A, B)),
    la.PSEUDOINVERSE: ("sum((pinv(R) @ [1, 2])^3)", "pinv(R)", (R,)),
    ruled.OTHERS: ("log_softmax(v)[0]*v[1]^2", "log_softmax(v)", (V, W)),
    ruled.SOFTMAX: ("softmax(v)[0]^3", "softmax(v)", (V, W)),
    ruled.REST: ("log_softmax(v)[0]*v[1]^2", "log_softmax(v)", (V, W)),
    ruled.MARGIN: ("softmax(v)[0]*v[1]", "softmax(v)", (V, W)),
    ruled.SLOPE: ("softmax(v)[0]*v[1]", "softmax(v)^2", (V, W)),
    ruled.LOG_SOFTMAX: ("sum(log_softmax(v)^3)", "log_softmax(v)", (V, W)),
    ruled.LOG_SUM_EXP: ("logsumexp(v)^3", "logsumexp(v)*[1, 2, 3]", (V, W)),
    ruled.UNIT: ("norm(v)^3", "norm(v)*[1, 2, 3]", (V, W)),
}
#: What occurs in first derivatives only, whose Hessian needs the tangent,
IN_DERIVATIVES = (s.BROADCAST, s.SCATTER, ruled.OTHERS, ruled.REST, ruled.SLOPE, ruled.UNIT)
#: and in second ones only: its rule makes third derivatives, which nobody prints.
IN_SECOND_DERIVATIVES = (ruled.MARGIN,)


def trials(primitive: Structural) -> tuple[Trial, ...]:
    """Gradient, Hessian and Jacobian of its models, at two points."""
    number, array, items = MODELS[primitive]
    found = []
    for item in items:
        found += [Trial(number, (item,), "grad"), Trial(number, (item,), "hessian"), Trial(array, (item,), "jacobian")]
    return tuple(found)


def mutations(primitive: Structural) -> list[Mutation]:
    """All errors planted in an operation."""
    where = trials(primitive)

    def planting(kind: str, **rules: Rule) -> Mutation:
        return Mutation(primitive.name, kind, lambda: replaced(primitive, **rules), where)

    def of_kernel(kind: str, error: Callable[[Any], Any]) -> Mutation:
        return Mutation(primitive.name, f"kernel {kind}", lambda: other_kernel(primitive, error), where)

    found = []
    for name in stated(primitive):
        for kind, error in GENERAL.items():
            found.append(planting(f"{name} {kind}", **{name: _after(getattr(primitive, name), error)}))
    found += [of_kernel(*one) for one in KERNELS.items()]
    found += [planting(kind, **rules) for kind, rules in SPECIAL.get(primitive, {}).items()]
    return found


def stated(primitive: Structural) -> tuple[str, ...]:
    """The rules of an operation that printed derivatives are made by."""
    if isinstance(primitive, la.MatrixFunction):
        return ("pushed",)
    back, along = ("back", "along") if isinstance(primitive, Ruled) else ("transpose", "tangent")
    if primitive in IN_SECOND_DERIVATIVES:
        return ()
    return (along,) if primitive in IN_DERIVATIVES else (back, along)


@contextmanager
def replaced(primitive: Structural, **rules: Rule) -> Iterator[None]:
    """An operation with other rules for a while."""
    for name, rule in rules.items():
        setattr(primitive, name, rule)
    try:
        yield
    finally:
        for name in rules:
            delattr(primitive, name)


@contextmanager
def other_kernel(primitive: Structural, error: Callable[[Any], Any]) -> Iterator[None]:
    """An operation whose values have an error, on the arrays of the tape only, for a while."""
    right = arrays.KERNELS[primitive]
    arrays.KERNELS[primitive] = lambda *given: error(right(*given))
    try:
        yield
    finally:
        arrays.KERNELS[primitive] = right


#: Errors in the values of an operation.
KERNELS: dict[str, Callable[[Any], Any]] = {
    "off by 0.1 %": lambda found: found * 1.001,
    "too large by 1e-6": lambda found: found * (1 + 1e-6),
    "with axes exchanged": lambda found: np.flip(found, -1) if np.ndim(found) else found,
}


def _after(rule: Rule, error: Rule) -> Rule:
    """A rule with an error in what it appends."""

    def wrong(tape: Tape, *arguments: Any) -> Any:
        found = rule(tape, *arguments)
        return found if found is None else error(tape, found)

    return wrong


def _times(factor: float) -> Rule:
    return lambda tape, i: tape.multiply(i, tape.constant(factor))


def _turned(tape: Tape, i: int) -> int:
    """The last two axes exchanged where they are equally long, else the last one backwards."""
    shape = tape.shape(i)
    if len(shape) > 1 and shape[-1] == shape[-2]:
        return permute(tape, i, (*range(len(shape) - 2), len(shape) - 1, len(shape) - 2))
    if not shape:
        return i
    parts = (*((0, n, 1) for n in shape[:-1]), (shape[-1] - 1, -1, -1))
    return tape.append(s.INDEX, (i,), (parts,))


GENERAL: dict[str, Rule] = {
    "off by 0.1 %": _times(1.001),
    "too large by 1e-6": _times(1 + 1e-6),
    "sign": _times(-1.0),
    "0": _times(0.0),
    "with axes exchanged": _turned,
}


def _column_major(tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
    shape = tape.shape(instruction.arguments[0])
    given = tape.shape(cotangent)
    flipped = permute(tape, cotangent, tuple(reversed(range(len(given)))))
    return permute(tape, s.reshape(tape, flipped, shape[::-1]), tuple(reversed(range(len(shape)))))


def _next_place(tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
    shape = tape.shape(instruction.arguments[0])
    parts = tuple(
        (p + 1) % n if isinstance(p, int) else p for p, n in zip(instruction.attributes[0], shape, strict=True)
    )
    return tape.append(s.SCATTER, (cotangent,), (parts, shape))


def _first_piece(tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
    return type(s.CONCAT).transpose(s.CONCAT, tape, instruction, 0, cotangent)


def _first_only(instruction: Instruction) -> tuple[bool, ...]:
    return (True, *(False,) * (len(instruction.arguments) - 1))


def _other_triangle(tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
    offset, lower = instruction.attributes
    return tape.append(s.TRIANGLE, (cotangent,), (offset, not lower))


def _same_direction(tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
    return tape.append(s.CUMSUM, (cotangent,), instruction.attributes)


def _all_entries(tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
    return s.stretch(tape, cotangent, tape.shape(instruction.arguments[0]), (-1,))


def _other_axis(tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
    shape = tape.shape(instruction.arguments[0])
    axes = instruction.attributes[0]
    other = tuple(-1 if a == -2 else -2 for a in axes) if len(shape) == 2 and len(axes) == 1 else axes
    return s.stretch(tape, cotangent, shape, other)


def _letters_exchanged(tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
    found = type(s.EINSUM).transpose(s.EINSUM, tape, instruction, argument, cotangent)
    return _turned(tape, found)


def _only_first_product(tape: Tape, instruction: Instruction, tangents: list[int | None]) -> int | None:
    kept = [t if k == 0 else None for k, t in enumerate(tangents)]
    return type(s.EINSUM).tangent(s.EINSUM, tape, instruction, kept if tangents[0] is not None else tangents)


def _not_divided(tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
    (x,) = instruction.arguments
    return tape.multiply(s.stretch(tape, cotangent, tape.shape(x), (-1,)), x)


def _one_side(tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
    """d(A^-1) without the second A^-1."""
    return tape.negate(la._times(tape, la.INVERSE.result(tape, instruction), tangent))


def _sides_exchanged(tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
    out = la.INVERSE.result(tape, instruction)
    return tape.negate(la._times(tape, la._times(tape, out, permute(tape, tangent, (1, 0))), out))


def _solved_without_sign(tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
    found = type(la.SOLVE).pushed(la.SOLVE, tape, instruction, k, tangent)
    return found if k else tape.negate(found)


def _solved_untransposed(tape: Tape, instruction: Instruction, argument: int, cotangent: int) -> int:
    if argument == 1:
        return tape.append(la.SOLVE, (instruction.arguments[0], cotangent))
    return type(la.SOLVE).transpose(la.SOLVE, tape, instruction, argument, cotangent)


def _inverse_untransposed(tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
    inverse = tape.append(la.INVERSE, instruction.arguments, ())
    return s.total(tape, tape.multiply(inverse, tangent))


def _adjugate(tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
    cofactors = tape.append(la.COFACTORS, instruction.arguments)
    return s.total(tape, tape.multiply(permute(tape, cofactors, (1, 0)), tangent))


def _diagonal_not_halved(tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
    out = la.CHOLESKY.result(tape, instruction)
    symmetric = tape.add(la._lower(tape, tangent, 0), permute(tape, la._lower(tape, tangent, -1), (1, 0)))
    inner = tape.append(la.SOLVE, (out, permute(tape, tape.append(la.SOLVE, (out, symmetric)), (1, 0))))
    return la._times(tape, out, la._lower(tape, inner, 0))


def _square_only(tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
    """The pseudoinverse's first term, which is all there is for square matrices."""
    p = la.PSEUDOINVERSE.result(tape, instruction)
    return tape.negate(la._times(tape, la._times(tape, p, tangent), p))


def _no_projection(tape: Tape, instruction: Instruction, k: int, tangent: int) -> int:
    """The pseudoinverse's tangent plus a term that a projection should have removed."""
    right = type(la.PSEUDOINVERSE).pushed(la.PSEUDOINVERSE, tape, instruction, k, tangent)
    p = la.PSEUDOINVERSE.result(tape, instruction)
    pt, turned = permute(tape, p, (1, 0)), permute(tape, tangent, (1, 0))
    return tape.add(right, la._times(tape, la._times(tape, p, pt), turned))


def _mean_forgotten(tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
    return tape.multiply(ruled.softmax(tape, instruction.arguments[1]), moved)


def _not_centred(tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
    return tape.multiply(moved, ruled._rest(tape, instruction.arguments[1]))


def _logarithm_untransposed(tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
    return ruled.LOG_SOFTMAX.along(tape, instruction, k, moved)


def _not_weighted(tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
    return s.stretch(tape, moved, tape.shape(instruction.arguments[1]), (-1,))


def _held(tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
    """The slope of softmax as if its probabilities did not move."""
    right = type(ruled.SLOPE).along(ruled.SLOPE, tape, instruction, k, moved)
    return right if k == 2 else tape.multiply(right, tape.constant(0.0))


def _all_of_them(tape: Tape, instruction: Instruction, tangents: list[int | None]) -> int | None:
    (moved,) = tangents
    if moved is None:
        return None
    return tape.add(tape.append(ruled.OTHERS, (moved,)), moved)


def _not_projected(tape: Tape, instruction: Instruction, k: int, moved: int) -> int:
    return tape.divide(moved, ruled._length(tape, instruction.arguments[1]))


#: Mistakes of one operation's own.
SPECIAL: dict[Structural, dict[str, dict[str, Rule]]] = {
    s.SUM: {"repeated along the other axis": {"transpose": _other_axis}},
    s.RESHAPE: {"column by column": {"transpose": _column_major}},
    s.INDEX: {"the next place": {"transpose": _next_place}},
    s.CONCAT: {
        "the first piece for all": {"transpose": _first_piece},
        "only the first path": {"paths": _first_only},
    },
    s.EINSUM: {
        "letters exchanged": {"transpose": _letters_exchanged},
        "only the first product": {"tangent": _only_first_product},
    },
    s.TRIANGLE: {"the other triangle": {"transpose": _other_triangle}},
    s.CUMSUM: {"in the same direction": {"transpose": _same_direction}},
    s.ORDER_STATISTIC: {"every entry": {"transpose": _all_entries}},
    s.NORM: {"not divided by the length": {"transpose": _not_divided}},
    la.INVERSE: {"one factor forgotten": {"pushed": _one_side}, "transposed": {"pushed": _sides_exchanged}},
    la.SOLVE: {
        "without the sign": {"pushed": _solved_without_sign},
        "by the matrix, not its transpose": {"transpose": _solved_untransposed},
    },
    la.DETERMINANT: {"the adjugate": {"pushed": _adjugate}},
    la.LOG_DETERMINANT: {"the inverse untransposed": {"pushed": _inverse_untransposed}},
    la.CHOLESKY: {"the diagonal not halved": {"pushed": _diagonal_not_halved}},
    la.PSEUDOINVERSE: {
        "one term of three": {"pushed": _square_only},
        "a term not projected": {"pushed": _no_projection},
    },
    ruled.OTHERS: {"all instead of the others": {"tangent": _all_of_them}},
    ruled.SOFTMAX: {"the mean forgotten": {"along": _mean_forgotten}},
    ruled.SLOPE: {"probabilities held": {"along": _held}},
    ruled.LOG_SOFTMAX: {
        "not transposed": {"back": _logarithm_untransposed},
        "not centred": {"along": _not_centred},
    },
    ruled.LOG_SUM_EXP: {"without weights": {"back": _not_weighted}},
    ruled.UNIT: {"not projected": {"along": _not_projected}},
}


def _stopped() -> Mutation:
    rules: dict[str, Rule] = {
        "paths": lambda instruction: (True,),
        "transpose": lambda tape, instruction, argument, cotangent: cotangent,
    }
    where = tuple(Trial("x*stop_gradient(x^2)", (f"x={x}",), task) for x in (1.5, -0.4) for task in ("grad", "hessian"))
    plant: Callable[[], AbstractContextManager[None]] = lambda: replaced(s.STOP, **rules)  # noqa: E731
    return Mutation(s.STOP.name, "does not stop", plant, where)


STOPPED = _stopped()
