"""SymPy's derivatives of one elementwise operation, evaluated at every entry of its operands.

SymPy differentiates the operation once for each way its choices fall. What is rational is evaluated on whole
arrays of enclosures, everything else entry by entry in ball arithmetic, so that a derivative that SymPy
writes as `1 - tanh(x)**2` keeps its digits.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.primitive import Attributes, Row, Shape
from gradcli.autodiff.templates import template
from gradcli.targets.enclosures import Enclosure
from gradcli.targets.symbols.kernels import ASKS, number
from gradcli.targets.symbols.rows import RowExpressions
from gradcli.targets.symbols.values import Evaluator

A = Any
PRECISION = 256  #: bits of the balls in which an operation's derivatives are evaluated
_CHUNK = 256  #: entries between two looks at the clock


class OutOfTimeError(Exception):
    """The deadline came before the end."""


class Partial(NamedTuple):
    """A derivative at every entry, and where it is not identically 0: elsewhere no path leads through."""

    value: Enclosure
    live: A


class Operand(NamedTuple):
    """An argument of the operation: its enclosure, its float64 values, whether it moves, whether it is a literal."""

    enclosure: Enclosure
    numbers: A
    moving: bool
    literal: bool


class Operation(NamedTuple):
    """An operation's value, its first derivatives by argument and its second ones by pairs of arguments (a <= b)."""

    value: Enclosure
    first: dict[int, Partial]
    second: dict[tuple[int, int], Partial]


def differentiate(
    row: Row,
    orders: Attributes,
    operands: Sequence[Operand],
    numbers: A,
    shape: Shape,
    order: int,
    deadline: float,
    memory: dict[Any, Any],
) -> Operation:
    """Value and derivatives of a row at all its entries.

    Args:
        row, orders: the operation and its integer attributes.
        operands: its arguments, of shapes that broadcast to `shape`.
        numbers: float64 values of the result.
        shape: of the result.
        order: 1 for first derivatives, 2 for second ones too.
        deadline: `time.monotonic()` at which evaluation stops.
        memory: expressions known from earlier calls, added to.

    Raises:
        NotImplementedError: if SymPy or ball arithmetic lacks a function.
        OutOfTimeError: at the deadline.
    """
    moving = [k for k, operand in enumerate(operands) if operand.moving]
    pairs = list(combinations_with_replacement(moving, 2)) if order == 2 else []
    given = [_flat(v, shape) for v in (*(operand.numbers for operand in operands), numbers)]
    fixed = tuple(
        float(operand.numbers) if operand.literal and number(float(operand.numbers)) is not None else None
        for operand in operands
    )
    count = 1 + len(moving) + len(pairs)
    size = given[-1].size
    mids, radii = np.empty((count, size)), np.zeros((count, size))
    live = np.ones((count, size), dtype=bool)
    spread = [operand.enclosure.map(lambda v: _flat(v, shape)) for operand in operands]
    for answers, entries in _alike(row, orders, given):
        key = (row, orders, fixed, tuple(moving), order, answers)
        if key not in memory:
            at = [float(v[entries[0]]) for v in given]
            memory[key] = _compiled(*_expressions(row, orders, fixed, at, moving, pairs))
        compiled = memory[key]
        chosen = [spread[k].take(entries) for k in range(len(operands)) if fixed[k] is None]
        for k, (one, is_live) in enumerate(zip(_evaluated(compiled, chosen, deadline), compiled.live, strict=True)):
            mids[k, entries], radii[k, entries] = one.mid, one.radius
            live[k, entries] = is_live
    results = [Enclosure(m.reshape(shape), r.reshape(shape)) for m, r in zip(mids, radii, strict=True)]
    partials = [Partial(e, mask.reshape(shape)) for e, mask in zip(results, live, strict=True)]
    first = dict(zip(moving, partials[1:], strict=False))
    return Operation(results[0], first, dict(zip(pairs, partials[1 + len(moving) :], strict=True)))


class _Compiled(NamedTuple):
    """Expressions ready to be evaluated, their leaves, which are not identically 0, and whether all are rational."""

    evaluator: Evaluator
    leaves: list[Any]
    live: list[bool]
    rational: bool


def _flat(values: A, shape: Shape) -> A:
    return np.broadcast_to(values, shape).ravel()


def _alike(row: Row, orders: Attributes, given: Sequence[A]) -> list[tuple[bytes, A]]:
    """Groups of entries whose choices fall alike, each with what was answered there."""
    answers = _answers(row, orders, given)
    size = given[-1].size
    if not answers or not size:
        return [(b"", np.arange(size))] if size else []
    table = np.stack([np.broadcast_to(np.asarray(a, dtype=float), (size,)) for a in answers], axis=1)
    _, group = np.unique(table, axis=0, return_inverse=True)
    group = group.ravel()
    order = np.argsort(group, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    return [(table[entries[0]].tobytes(), entries) for entries in groups]


def _answers(row: Row, orders: Attributes, given: Sequence[A]) -> list[A]:
    """What the kernels of a row, or of the rows of its definition, ask of the values."""
    from gradcli.targets.arrays import numpy_kernel

    if row.sympy is not None or row.definition is None:
        asked = ASKS.get((row.sympy or "").removeprefix("gradcli:"))
        return asked(list(given)) if asked is not None else []
    compiled = template(row, row.definition)
    answers: list[A] = []
    made: list[A] = []
    for step in compiled.steps:
        if step.row is None:
            made.append(np.float64(step.constant(orders)))
            continue
        values = [made[a] if a >= 0 else given[-1 - a] for a in step.arguments]
        steps = step.given(orders)
        with np.errstate(all="ignore"):
            made.append(np.asarray(numpy_kernel(step.row)(*values, *steps), dtype=np.float64))
        answers += _answers(step.row, steps, [*values, made[-1]])
    return answers


def _expressions(
    row: Row,
    orders: Attributes,
    fixed: Sequence[float | None],
    at: Sequence[float],
    moving: Sequence[int],
    pairs: Sequence[tuple[int, int]],
) -> tuple[list[Any], list[Any], dict[Any, float]]:
    """Value and derivatives as SymPy expressions, the symbols of the operands, and values of other symbols."""
    import sympy

    builder = RowExpressions()
    symbols = {k: sympy.Symbol(f"x{k}", real=True) for k, value in enumerate(fixed) if value is None}
    operands = [symbols[k] if value is None else builder.constant(value) for k, value in enumerate(fixed)]
    value = sympy.sympify(builder.apply(row, tuple(orders), operands, list(at)))
    first = {k: value.diff(symbols[k]) for k in moving}
    expressions = [value, *first.values(), *(first[a].diff(symbols[b]) for a, b in pairs)]
    for expression in expressions:
        if expression.has(sympy.zoo, sympy.oo, -sympy.oo, sympy.nan):
            raise NotImplementedError("SymPy's infinity")
    return expressions, list(symbols.values()), builder.values


def _rational(expressions: Sequence[Any]) -> bool:
    import sympy

    return all(
        node.is_Add or node.is_Mul or node.is_Symbol or node.is_Rational or (node.is_Pow and node.exp.is_Integer)
        for expression in expressions
        for node in sympy.preorder_traversal(expression)
    )


def _compiled(expressions: list[Any], symbols: list[Any], values: dict[Any, float]) -> _Compiled:
    from flint import ctx

    evaluator = Evaluator(expressions, values, symbols)
    rational = _rational(expressions)
    saved = ctx.prec
    try:
        ctx.prec = PRECISION
        leaves = evaluator.prepare()
    finally:
        ctx.prec = saved
    if rational:
        leaves = [None if ball is None else _enclosed([ball]) for ball in leaves]
    return _Compiled(evaluator, leaves, [expression != 0 for expression in expressions], rational)


def _evaluated(compiled: _Compiled, operands: Sequence[Enclosure], deadline: float) -> list[Enclosure]:
    """Values of all expressions for columns of operands."""
    from flint import arb, ctx

    if compiled.rational:
        return compiled.evaluator.run(compiled.leaves, operands)
    results: list[list[Any]] = [[] for _ in compiled.live]
    saved = ctx.prec
    try:
        ctx.prec = PRECISION
        columns = [zip(e.mid.tolist(), e.radius.tolist(), strict=True) for e in operands]
        for k, entry in enumerate(zip(*columns, strict=True) if columns else [()]):
            if k % _CHUNK == 0 and time.monotonic() > deadline:
                raise OutOfTimeError
            balls = compiled.evaluator.run(compiled.leaves, [arb(mid, rad) for mid, rad in entry])
            for column, ball in zip(results, balls, strict=True):
                column.append(ball)
        return [_enclosed(column) for column in results]
    finally:
        ctx.prec = saved


def _enclosed(balls: Sequence[Any]) -> Enclosure:
    """Balls as midpoints and radii in float64, rounded up; NaN where a ball says nothing."""
    mids = np.array([float(ball.mid()) for ball in balls])
    radii = np.array([float(ball.rad()) for ball in balls]) * (1 + 2.0**-40)
    exact = np.array([ball.is_exact() and float(ball) == ball for ball in balls])
    bound = radii + np.where(exact, 0.0, np.abs(mids) * 2.0**-52 + 2.0**-1074)
    mids[~np.isfinite(bound)] = np.nan
    return Enclosure(mids, bound)
