"""The source target: instructions as formulas, in gradcli's own language and in LaTeX.

One walk gives every instruction a form (`source_forms`), sums and products of many operands
at once; a form becomes a syntax tree (`source_nodes`), which the language's printer and
`latex` write. What is printed, read and lowered again is the same function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradcli.autodiff.primitive import CONSTANT, INPUT, Row
from gradcli.autodiff.rows_arithmetic import ADD, DIVIDE, MULTIPLY, NEGATE, POWER, SUBTRACT
from gradcli.autodiff.tape import Tape
from gradcli.errors import LimitError
from gradcli.language import printer
from gradcli.language.names import is_name
from gradcli.language.syntax import Binary, Expression, Node, children
from gradcli.limits import LIMITS
from gradcli.targets.source.arrays import Arrays
from gradcli.targets.source.errors import NotExpressible
from gradcli.targets.source.forms import NAME, too_long
from gradcli.targets.source.latex import latex
from gradcli.targets.source.nodes import Nodes
from gradcli.targets.source.numbers import Exact
from gradcli.targets.source.others import Parts, cancelling, total
from gradcli.targets.source.rows import Rows
from gradcli.targets.source.simplify import Algebra
from gradcli.targets.source.structural import apply
from gradcli.targets.source.values import Explicit, Value, as_form, entrywise

__all__ = ["Formulas", "NotExpressible", "to_latex", "to_text"]

_SUMS = frozenset({ADD, SUBTRACT, NEGATE})
_PRODUCTS = frozenset({MULTIPLY, DIVIDE, NEGATE})
_ONE = 1


def to_text(tape: Tape, index: int) -> str:
    """An instruction as an expression over the tape's inputs, simplified as a person would on paper.

    Raises:
        LimitError: if the formula is longer than `LIMITS.formula_characters`.
        NotExpressible: if the language has no words for it.
    """
    return Formulas(tape, [index]).text(index)


def to_latex(tape: Tape, index: int) -> str:
    """The same formula as a LaTeX fragment for math mode (see `to_text` for what is raised)."""
    return Formulas(tape, [index]).latex(index)


class Formulas:
    """The formulas of several instructions, made in one walk.

    Args:
        tape: the program; its inputs keep their names.
        outputs: the instructions to be written.
    """

    def __init__(self, tape: Tape, outputs: Sequence[int]) -> None:
        self._tape = tape
        self._outputs = frozenset(outputs)
        self._order = tape.needed(outputs)
        self._algebra = Algebra()
        self._rows = Rows(self._algebra, list(tape.inputs))
        self._arrays = Arrays(self._algebra)
        self._nodes = Nodes(self._decimals())
        self._typed = self._typed_sums()
        self._values: dict[int, Value | LimitError | NotExpressible] = {}
        inside = self._chained()
        for i in self._order:
            if i not in inside:
                try:
                    self._values[i] = self._value(i, inside)
                except (LimitError, NotExpressible) as error:
                    self._values[i] = error

    def text(self, index: int) -> str:
        """The formula of one of the outputs (see `to_text`)."""
        text = printer.to_text(self._tree(index))
        if len(text) > LIMITS.formula_characters:
            raise too_long()
        return text

    def latex(self, index: int) -> str:
        """The formula of one of the outputs in LaTeX (see `to_latex`)."""
        return latex(self._tree(index), self._tape.inputs)

    def _tree(self, index: int) -> Node:
        value = self._read(index)
        return self._nodes.node(self._arrays.full(value, self._tape.shape(index)))

    def _read(self, index: int) -> Value:
        value = self._values[index]
        if isinstance(value, LimitError | NotExpressible):
            raise value
        return value

    def _value(self, i: int, inside: set[int]) -> Value:
        tape = self._tape
        primitive, arguments, attributes, shape = tape.instructions[i]
        if primitive is INPUT:
            (name,) = attributes
            if not is_name(name):
                raise NotExpressible("the formula would show an inner quantity that has no name")
            return self._algebra.atom("name", (name,), shape, NAME, i)
        if primitive is CONSTANT:
            return self._rows.constant(*attributes)
        if primitive in _SUMS:
            return self._sum(i, inside)
        if primitive in _PRODUCTS:
            return self._product(i, inside)
        values = [self._read(a) for a in arguments]
        if isinstance(primitive, Row):
            row = primitive
            return entrywise(self._algebra, lambda forms: self._rows.apply(row, attributes, forms), values, shape)
        return apply(self._arrays, tape, i, values)

    def _sum(self, i: int, inside: set[int]) -> Value:
        """All terms of a chain of sums at once.

        Reverse mode collects contributions last one first; the places in the text tell a person's order.
        """
        tape = self._tape
        terms: list[tuple[Exact, int]] = []
        pending = [(_ONE, i)]
        typed = collected = False
        while pending:
            c, k = pending.pop()
            primitive, arguments, _, _ = tape.instructions[k]
            if k != i and k not in inside:
                terms.append((c, k))
            elif primitive is NEGATE:
                pending.append((-c, arguments[0]))
            else:
                made = primitive is ADD and k in tape.places and k not in self._typed
                typed, collected = typed or not made, collected or made
                pair = [(c, arguments[0]), (-c if primitive is SUBTRACT else c, arguments[1])]
                pending += pair if made and self._backwards(k) else reversed(pair)
        whole: dict[int, Value] = {}
        for cancelled in cancelling(tape, terms):
            whole |= self._summed(cancelled)
        values = [whole[k] if k in whole else self._read(k) for _, k in terms]
        signs = [c for c, _ in terms]
        add = self._algebra.collected if collected and not typed else self._algebra.add
        return entrywise(self._algebra, lambda forms: add(zip(signs, forms, strict=True)), values, tape.shape(i))

    def _summed(self, pair: Mapping[int, Parts]) -> dict[int, Value]:
        """Two products with sums over the others as products with whole sums, unless entries are spelled out."""
        read = {k: [self._read(j) for j in (*parts.outside, parts.inside)] for k, parts in pair.items()}
        if all(isinstance(v, Explicit) or not v.shape for values in read.values() for v in values):
            return {}
        found: dict[int, Value] = {}
        for k, values in read.items():
            *factors, inner = (as_form(self._algebra, v) for v in values)
            found[k] = self._arrays.times(*factors, total(self._arrays, self._tape.shape(pair[k].inside), inner))
        return found

    def _product(self, i: int, inside: set[int]) -> Value:
        """All factors of a chain of products and quotients at once."""
        tape = self._tape
        factors: list[tuple[int, Exact]] = []
        sign = _ONE
        pending = [(i, _ONE)]
        while pending:
            k, e = pending.pop()
            primitive, arguments, _, _ = tape.instructions[k]
            if k != i and k not in inside:
                factors.append((k, e))
            elif primitive is NEGATE:
                sign = -sign
                pending.append((arguments[0], e))
            else:
                pending.append((arguments[1], -e if primitive is DIVIDE else e))
                pending.append((arguments[0], e))
        values = [self._read(k) for k, _ in factors]
        exponents = [e for _, e in factors]
        return entrywise(
            self._algebra,
            lambda forms: self._algebra.multiply(zip(forms, exponents, strict=True), sign),
            values,
            tape.shape(i),
        )

    def _chained(self) -> set[int]:
        """Instructions that are only a step of one sum or one product and need no form of their own."""
        tape = self._tape
        uses: dict[int, int] = {}
        for i in self._order:
            for a in tape.instructions[i].arguments:
                uses[a] = uses.get(a, 0) + 1
        inside: dict[int, frozenset[object]] = {}
        for i in reversed(self._order):
            primitive, arguments, _, _ = tape.instructions[i]
            family = inside.get(i) or (_SUMS if primitive in _SUMS else _PRODUCTS if primitive in _PRODUCTS else None)
            if family is None:
                continue
            for a in arguments:
                if uses[a] == 1 and a not in self._outputs and tape.instructions[a].primitive in family:
                    inside[a] = family
        return set(inside)

    def _typed_sums(self) -> set[int]:
        """The additions that a person typed: the first one at the place of each `+`; the sweeps make all others."""
        tape = self._tape
        signs: dict[int, set[tuple[int, int]]] = {}
        seen: set[tuple[int, tuple[int, int]]] = set()
        typed: set[int] = set()
        for i, place in tape.places.items():
            if tape.instructions[i].primitive is not ADD:
                continue
            expression = place.expression
            known = signs.get(id(expression))
            if known is None:
                known = signs[id(expression)] = _sums_in(expression)
            span = (place.span.start, place.span.end)
            if span in known and (id(expression), span) not in seen:
                seen.add((id(expression), span))
                typed.add(i)
        return typed

    def _backwards(self, i: int) -> bool:
        """Whether the first operand of a sum made by a sweep belongs to a later place in the text than the second.

        The place of the sum is that of what was added last; a first operand without a place of
        its own (a number, an input) is taken to come last, as reverse mode makes it. A partial
        such as `1 + out^2` stays as it is.
        """
        tape = self._tape
        first, second = tape.instructions[i].arguments
        place, before = tape.places[i], tape.places.get(first)
        if tape.constant_value(first) is not None:
            return tape.instructions[second][::2] != (POWER, (0, 0))
        if before is None or before.expression is not place.expression:
            return True
        return before.span.start > place.span.start

    def _decimals(self) -> bool:
        """Whether a person typed fractions as decimals (0.5/sqrt(x) is of our own making)."""
        tape = self._tape
        for i in self._order:
            primitive, arguments, _, _ = tape.instructions[i]
            for k, a in enumerate(arguments):
                value = tape.constant_value(a)
                typed = value is not None and not value.is_integer() and tape.instructions[a].attributes[1] is None
                if typed and not (primitive is DIVIDE and k == 0):
                    return True
        return False


def _sums_in(expression: Expression) -> set[tuple[int, int]]:
    """The places of the sums in a text."""
    found: set[tuple[int, int]] = set()
    pending: list[Node] = [expression.tree]
    while pending:
        node = pending.pop()
        if isinstance(node, Binary) and node.operator == "+":
            found.add((node.span.start, node.span.end))
        pending += children(node)
    return found
