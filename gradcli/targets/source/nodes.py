"""Forms as a syntax tree: signs pulled out, divisions gathered under one stroke, factors in a person's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from gradcli.language.syntax import Array, Binary, Call, Index, Name, Node, Number, Slice, String, Transpose, Unary
from gradcli.targets.source.errors import NotExpressible
from gradcli.targets.source.forms import Atom, Factor, Form, Product, Sum, Term, factors_of
from gradcli.targets.source.numbers import Exact, literal, quotient, size

_NOWHERE = (0, 0)
_HALF = Fraction(1, 2)
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class Nodes:
    """Builds syntax trees of forms; shared forms are shared nodes.

    Args:
        decimals: whether the person writes `0.5*x` rather than `x/2`.
    """

    def __init__(self, decimals: bool) -> None:
        self.decimals = decimals
        self._made: dict[Form, Node] = {}

    def node(self, form: Form) -> Node:
        """The syntax tree of a form."""
        pending = [form]
        while pending:
            seen = pending[-1]
            missing = [] if seen in self._made else [f for f in _below(seen) if f not in self._made]
            if missing:
                pending += reversed(missing)
                continue
            pending.pop()
            if seen not in self._made:
                self._made[seen] = self._make(seen)
        return self._made[form]

    def _make(self, form: Form) -> Node:
        if isinstance(form, Sum):
            return self._sum(form.terms)
        if isinstance(form, Product):
            return self._product(form.coefficient, form.factors)
        assert isinstance(form, Atom)
        return _ATOMS[form.kind](self, *form.parts)

    def _sum(self, terms: Sequence[Term]) -> Node:
        """The terms in their order, but with one in front that needs no sign, if there is one."""
        ordered = list(terms)
        if ordered[0][0] < 0:
            first = next((k for k, (c, _) in enumerate(ordered) if c > 0), 0)
            ordered.insert(0, ordered.pop(first))
        node = self._product(ordered[0][0], factors_of(ordered[0][1])[1])
        for c, term in ordered[1:]:
            part = self._product(size(c), factors_of(term)[1])
            node = _binary("+" if c > 0 else "-", node, part)
        return node

    def _product(self, coefficient: Exact, factors: Sequence[Factor]) -> Node:
        ordered = sorted(factors, key=lambda f: (f[0].rank, f[0].order))
        above = [self._power(base, e) for base, e in ordered if e > 0]
        below = [self._power(base, -e) for base, e in ordered if e < 0]
        p, q = quotient(size(coefficient), self.decimals)
        if p != "1" or not above:
            above.insert(0, _number(p))
        if q != "1":
            below.insert(0, _number(q))
        if coefficient < 0:
            above[0] = _negated(above[0])
        node = _joined("*", above)
        return _binary("/", node, _joined("*", below)) if below else node

    def _power(self, base: Form, e: Exact) -> Node:
        node = self._made[base]
        if e == 1:
            return node
        if e == _HALF:
            return _call("sqrt", [node])
        return _binary("^", node, self._exponent(e))

    def _exponent(self, e: Exact) -> Node:
        p, q = literal(e.numerator), literal(e.denominator)
        whole = literal(e)
        if whole is not None and (e.denominator == 1 or self.decimals or len(whole) > 16):
            return _number(whole)
        if p is not None and q is not None:
            return _binary("/", _number(p), _number(q))
        if whole is None:
            raise NotExpressible("an exponent has no exact spelling")
        return _number(whole)

    def _call(self, function: str, *arguments: Any) -> Node:
        """A call; the last argument may be keywords, a tuple of (name, value) with the mark `=` in front."""
        keywords: tuple[Any, ...] = ()
        if arguments and isinstance(arguments[-1], tuple) and arguments[-1][:1] == ("=",):
            keywords, arguments = arguments[-1][1:], arguments[:-1]
        return _call(function, [self._argument(a) for a in arguments], [(k, self._argument(v)) for k, v in keywords])

    def _argument(self, part: Any) -> Node:
        """A form, a whole number, a tuple of them, or a quoted pattern."""
        if isinstance(part, Form):
            return self._made[part]
        if isinstance(part, int | float):
            return _number(repr(part))
        if isinstance(part, str):
            return String(part, _NOWHERE)
        return Array(tuple(self._argument(p) for p in part), _NOWHERE)

    def _where(self, condition: Form, a: Form, b: Form) -> Node:
        """A choice, with the branch that is not 0 first."""
        test, first, second = (self._made[f] for f in (condition, a, b))
        opposite = _OPPOSITE.get(test.operator) if isinstance(test, Binary) else None
        if isinstance(test, Binary) and opposite and isinstance(first, Number) and first.value == 0:
            return _call("where", [_binary(opposite, test.left, test.right), second, first])
        return _call("where", [test, first, second])

    def _index(self, operand: Form, *parts: Any) -> Node:
        return Index(self._made[operand], tuple(_part(p) for p in parts), _NOWHERE)


def _below(form: Form) -> Iterable[Form]:
    """The forms whose nodes a form is built of."""
    if isinstance(form, Atom):
        return form.operands()
    if isinstance(form, Product):
        return [b for b, _ in form.factors]
    assert isinstance(form, Sum)
    return [b for _, term in form.terms for b, _ in factors_of(term)[1]]


def _number(text: str) -> Number:
    return Number(float(text), text, _NOWHERE)


def _literal(value: Exact) -> Number:
    text = literal(value)
    if text is None:
        raise NotExpressible("a number has no exact spelling")
    return _number(text)


def _negated(node: Node) -> Node:
    return _number(f"-{node.text}") if isinstance(node, Number) else Unary("-", node, _NOWHERE)


def _binary(operator: str, left: Node, right: Node) -> Binary:
    return Binary(operator, left, right, _NOWHERE, _NOWHERE)


def _joined(operator: str, nodes: Sequence[Node]) -> Node:
    result = nodes[0]
    for node in nodes[1:]:
        result = _binary(operator, result, node)
    return result


def _call(name: str, arguments: Sequence[Node], keywords: Sequence[tuple[str, Node]] = ()) -> Call:
    return Call(name, tuple(arguments), tuple(keywords), _NOWHERE, _NOWHERE)


def _part(part: Any) -> Node:
    """An index: a whole number, or a slice whose ends are None where they are the axis's own."""
    if isinstance(part, int):
        return _number(str(part))
    start, stop, step = (None if p is None else _number(str(p)) for p in part)
    return Slice(start, stop, step, _NOWHERE)


_ATOMS: dict[str, Callable[..., Node]] = {
    "name": lambda self, name: Name(name, _NOWHERE),
    "constant": lambda self, label: Name(label, _NOWHERE),
    "number": lambda self, value: _literal(value),
    "call": Nodes._call,
    "where": Nodes._where,
    "infix": lambda self, sign, a, b: _binary(sign, self._made[a], self._made[b]),
    "not": lambda self, a: Unary("not", self._made[a], _NOWHERE),
    "power": lambda self, base, e: _binary("^", self._made[base], self._made[e]),
    "transpose": lambda self, a: Transpose(self._made[a], _NOWHERE),
    "index": Nodes._index,
    "array": lambda self, *items: Array(tuple(self._made[f] for f in items), _NOWHERE),
}
