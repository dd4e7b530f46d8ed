"""One non-finite number in words: the operation that made it, its operands as typed, and why it is not finite.

Whether an infinity is an overflow or a pole is seen from the operation's values beside the operands: beyond the
largest float one of them is infinite too, around a pole none is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Row, Structural
from gradcli.autodiff.rows_arithmetic import ADD, DIVIDE, MULTIPLY, SUBTRACT
from gradcli.autodiff.structural import EINSUM, SUM
from gradcli.autodiff.tape import Place, Tape
from gradcli.language.parser import parse
from gradcli.language.patterns import filled
from gradcli.language.printer import to_text
from gradcli.language.syntax import Call, Name, Node, walk
from gradcli.result import Nonfinite, Operand, UndefinedProduct
from gradcli.targets.template_values import template_value
from gradcli.verify.poles import beside
from gradcli.verify.spots import entry_label, operand_nodes, spot_of

OVERFLOW = "overflow: the largest float is 1.8e308"
_SIGNS = {MULTIPLY: "×", DIVIDE: "/", ADD: "+", SUBTRACT: "-"}
_LONGEST = 60  #: characters of an operand's text


def told_origin(tape: Tape, i: int, values: Mapping[int, Any], derivative: bool, typed: bool = True) -> Nonfinite:
    """The record of an instruction whose operands are finite and whose value is not.

    Args:
        tape: the tape.
        i: the instruction.
        values: of it and of its arguments.
        derivative: it belongs to a derivative, not to the function itself.
        typed: whether its operands are looked up in the text, and the reason is sought.
    """
    instruction = tape.instructions[i]
    primitive = instruction.primitive
    at, result = _first(values[i])
    spot = spot_of(tape.places.get(i))
    if isinstance(primitive, Structural):
        undefined = primitive.undefined if np.isnan(result) else None
        size = 0 if primitive.whole else np.size(values[i])
        shown = [_operand(values[a], at, size) for a in instruction.arguments]
        why = undefined or f"{primitive.name}({', '.join(shown)}) is {result:g}"
        why = why if undefined or np.isnan(result) else f"{why} ({OVERFLOW})"
        return Nonfinite(spot.text, spot.line, spot.column, _prefixed(why, derivative, spot.text), spot.excerpt)
    row = primitive
    assert isinstance(row, Row)
    operands = [float(np.broadcast_to(values[a], instruction.shape).ravel()[at]) for a in instruction.arguments]
    nodes = operand_nodes(tape, i) if typed and not derivative else None
    named: list[Operand] = []
    if nodes is not None:
        for node, value, a in zip(nodes, operands, instruction.arguments, strict=True):
            if not _constant(node):
                entry = entry_label(tape.shape(a), instruction.shape, at)
                text = (
                    f"({_short(node)}){entry}" if entry and not isinstance(node, Name | Call) else _short(node) + entry
                )
                named.append(Operand(text, value))
    reason = _reason(row, operands, result, instruction.attributes, nodes) if typed else None
    taken = derivative and any(instruction.attributes)  # a row that is its own derivative, of an order
    why = _said(row, operands, result, instruction.attributes, spot.text if nodes is not None else "", named)
    why = f"at {why.replace(' is ', ' it is ')}" if taken else why
    why = f"{why} ({reason})" if reason and not derivative else why
    why = _prefixed(why, derivative, spot.text)
    return Nonfinite(spot.text, spot.line, spot.column, why, spot.excerpt, tuple(dict.fromkeys(named)))


def product_of(tape: Tape, j: int, values: Mapping[int, Any], primal: int) -> UndefinedProduct | None:
    """How an instruction made a NaN of numbers that were none; None for operations without a short word for it."""
    instruction = tape.instructions[j]
    primitive, arguments = instruction.primitive, instruction.arguments
    at = int(np.flatnonzero(np.isnan(np.ravel(values[j])))[0])
    sweep = "derivative" if j > primal else "value"
    if primitive is SUM or primitive is EINSUM or len(arguments) != 2:
        return _summed(tape, j, values, sweep)
    if primitive not in _SIGNS:
        return None
    pair = [float(np.broadcast_to(values[a], instruction.shape).ravel()[at]) + 0.0 for a in arguments]  # no -0
    first, second = (f"({v:g})" if v < 0 and k else f"{v:g}" for k, v in enumerate(pair))
    text = f"{first} {_SIGNS[primitive]} {second}"
    place = tape.places.get(j)
    if j <= primal:
        nodes = operand_nodes(tape, j)
        if nodes is None:
            return UndefinedProduct(text, sweep, *(_source(tape, a, primal) for a in arguments))
        return UndefinedProduct(text, sweep, *(_short(node) for node in nodes))
    if primitive is not MULTIPLY or place is None:
        return UndefinedProduct(text, sweep, *(_source(tape, a, primal) for a in arguments))
    handed = _users(tape, j, primal)
    here = elided(place.text)
    below = tape.places.get(arguments[0])
    if arguments[0] > primal and below is not None and below != place and _inside(below, place):  # a forward sweep
        return UndefinedProduct(text, sweep, f"the derivative of {elided(below.text)}", f"the slope of {here}")
    above = f"what {handed} hands to {here}" if handed else f"the adjoint of {here}"
    return UndefinedProduct(text, sweep, above, f"the slope of {here}")


def _inside(inner: Place, outer: Place) -> bool:
    same = inner.expression is outer.expression
    return same and outer.span.start <= inner.span.start and inner.span.end <= outer.span.end


def _summed(tape: Tape, j: int, values: Mapping[int, Any], sweep: str) -> UndefinedProduct | None:
    """A NaN that a sum (of products) made: of infinities of both signs, or of 0 × inf."""
    every = [np.ravel(values[a]) for a in tape.instructions[j].arguments]
    bad = [flat[~np.isfinite(flat)] for flat in every]
    if len(every) == 1 and np.any(bad[0] > 0) and np.any(bad[0] < 0):
        return UndefinedProduct("inf - inf", sweep, "an entry that is inf", "an entry that is -inf")
    if len(every) == 2 and any(len(b) and np.any(other == 0) for b, other in zip(bad, every[::-1], strict=True)):
        return UndefinedProduct("0 × inf", sweep, "an entry that is 0", "an entry that is not finite")
    return None


def _users(tape: Tape, j: int, primal: int) -> str | None:
    """The one operation of the function that uses what `j` differentiates, as typed; None where there are several."""
    place = tape.places[j]
    here = {i for i, p in tape.places.items() if i <= primal and p == place}
    above = {
        tape.places[u].text
        for u in range(primal + 1)
        if u in tape.places and u not in here and here.intersection(tape.instructions[u].arguments)
    }
    return elided(above.pop()) if len(above) == 1 else None


def _source(tape: Tape, a: int, primal: int) -> str:
    """What an operand is, as far as the text tells: a value of the function, or something of its derivative."""
    place = tape.places.get(a)
    if place is None:
        instruction = tape.instructions[a]
        return str(instruction.attributes[0]) if instruction.attributes else "a number"
    return elided(place.text) if a <= primal else f"the derivative through {elided(place.text)}"


def _first(value: Any) -> tuple[int, float]:
    """Position and value of the first entry that is not finite."""
    flat = np.ravel(value)
    at = int(np.flatnonzero(~np.isfinite(flat))[0])
    return at, float(flat[at])


def _prefixed(why: str, derivative: bool, text: str) -> str:
    return f"the derivative of this: {why}" if derivative and text else why


def _said(
    row: Row, operands: Sequence[float], result: float, orders: Sequence[Any], text: str, named: Sequence[Operand]
) -> str:
    """`exp(x) at x = 800 is inf`; `1 / 0 is inf, where x - 2 = 0`."""
    numbers = [f"{v:g}" for v in operands]
    where = ", ".join(dict.fromkeys(f"{one.text} = {one.value:g}" for one in named))
    if row.operator is not None:
        if len(numbers) == 1:
            return f"{row.operator}{numbers[0]} is {result:g}"
        shown = f" {row.operator} ".join(f"({n})" if n.startswith("-") else n for n in numbers)
        return f"{shown} is {result:g}" + (f", where {where}" if where else "")
    if where and text:
        return f"{elided(text)} at {where} is {result:g}"
    if row.private and row.definition:  # whose own x is not the person's
        given = [parse(n).tree for n in numbers]
        return f"{filled(parse(row.definition).tree, dict(zip(row.arguments, given, strict=True)))} is {result:g}"
    return f"{row.name}({', '.join([*map(str, orders), *numbers])}) is {result:g}"


def _reason(
    row: Row, operands: Sequence[float], result: float, orders: Sequence[Any], nodes: Sequence[Node] | None
) -> str | None:
    """Why a row has no finite value at finite operands: off the domain, a pole, or overflow."""
    arrays = [np.asarray(v) for v in operands]
    if row.defined is not None and not template_value(row, row.defined, [*arrays, np.asarray(result)]):
        if row.operator is not None and operands[-1] == 0:
            return "division by 0"
        own: list[Node] = [Name(a, (0, 0)) for a in row.arguments]
        typed = list(nodes or own)
        numbers = [_constant(node) for node in typed]  # of which a condition says nothing
        if row.operator is None or all(numbers):
            typed = [name if number else node for node, name, number in zip(typed, own, numbers, strict=True)]
        condition = filled(parse(row.defined).tree, dict(zip(row.arguments, typed, strict=True)))
        what = "that"
        if not row.private and (row.operator is None or all(numbers)):
            what = row.name if row.operator is None else f" {row.operator} ".join(row.arguments)
        return f"{what} is defined where {condition}"
    if not np.isinf(result):
        return None
    return OVERFLOW if np.any(np.isinf(beside(row, operands, orders))) else "a pole"


def _constant(node: Node) -> bool:
    return not any(isinstance(one, Name | Call) for one in walk(node))


def elided(text: str) -> str:
    """A subexpression's text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _short(node: Node) -> str:
    return elided(to_text(node))


def _operand(value: Any, at: int, size: int) -> str:
    flat = np.asarray(value).ravel()
    return f"{float(flat[at] if flat.size == size else flat[0]):g}" if flat.size in (1, size) and size else "an array"
