"""What a formula is made of: interned sums and products with exact coefficients over atoms.

A product is a coefficient and a map from bases to exponents, a sum a map from terms to
coefficients, so like factors and like terms meet by identity. A form knows the shape its own
text has, which may be smaller than the instruction's where the language broadcasts by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gradcli.autodiff.broadcasting import broadcast_shape
from gradcli.autodiff.primitive import Shape
from gradcli.errors import LimitError
from gradcli.limits import LIMITS
from gradcli.targets.source.numbers import ONE, Exact

#: Where a factor stands in a product: numbers first, names before what is made of them.
NUMBER, CONSTANT, NAME, GROUP, POWER, CALL, CHOICE, ARRAY = range(8)

Factor = tuple["Form", Exact]
Term = tuple[Exact, "Form"]

_STEPS = 4_000_000  # parts looked at for one tape: forms that cancel cost time but no characters


class Form:
    """A part of a formula; equal forms are one object.

    Attributes:
        shape: the shape of its own text.
        rank: where it stands in a product.
        order: how many forms there were before it.
        length: characters its text has at least.
        depth: how deep `where` is nested in it.
    """

    __slots__ = ("depth", "length", "order", "rank", "shape")
    shape: Shape
    rank: tuple[int, int]
    order: int
    length: int
    depth: int


class Atom(Form):
    """Anything but a sum or a product: a name, a call, an operator; `parts` holds forms and static data."""

    __slots__ = ("kind", "parts")
    kind: str
    parts: tuple[Any, ...]

    def operands(self) -> Iterator[Form]:
        """The forms among the parts, those in tuples too."""
        for part in self.parts:
            if isinstance(part, Form):
                yield part
            elif isinstance(part, tuple):
                yield from (p for p in part if isinstance(p, Form))


class Product(Form):
    """coefficient * base^exponent * ...; without factors it is a number."""

    __slots__ = ("coefficient", "factors")
    coefficient: Exact
    factors: tuple[Factor, ...]


class Sum(Form):
    """At least two terms, each a coefficient other than 0 times a form whose own coefficient is 1."""

    __slots__ = ("terms",)
    terms: tuple[Term, ...]


class Forms:
    """The table of interned forms, which also holds the limits: printed characters and steps of work."""

    def __init__(self) -> None:
        self._known: dict[Any, Form] = {}
        self._left = _STEPS
        self.zero = self.product(0, ())
        self.one = self.product(ONE, ())

    def spend(self, steps: int) -> None:
        """Count work.

        Raises:
            LimitError: if the formulas of this tape have cost too much already.
        """
        self._left -= steps
        if self._left < 0:
            raise LimitError("the formula takes too long to simplify")

    @property
    def made(self) -> int:
        """How many forms there are."""
        return len(self._known)

    def atom(
        self,
        kind: str,
        parts: Sequence[Any],
        shape: Shape,
        place: int = CALL,
        at: int | None = None,
        commutes: bool = False,
    ) -> Atom:
        """The atom of that kind and those parts.

        Args:
            kind: `name`, `call`, `infix`, ...: how it is written.
            parts: forms and static data.
            shape: the shape of its text.
            place: where it stands in a product.
            at: orders it among its like (else its operands do).
            commutes: whether the last two parts may be exchanged.
        """
        key = (kind, *parts)
        known = self._known.get(key)
        if known is None and commutes:
            known = self._known.get((*key[:-2], key[-1], key[-2]))
        if known is not None:
            assert isinstance(known, Atom)
            return known
        form = Atom()
        form.kind, form.parts = kind, tuple(parts)
        operands = list(form.operands())
        length = sum([f.length + 1 for f in operands])
        length += len(parts[0]) if kind in ("name", "call") else 1
        self._enter(key, form, shape, length, max([f.depth for f in operands], default=0))
        form.rank = (place, at if at is not None else max([f.order for f in operands], default=form.order))
        return form

    def product(self, coefficient: Exact, factors: Sequence[Factor]) -> Form:
        """A product as it is given: bases differ, no exponent is 0, no base is a product with a whole exponent."""
        if coefficient == 1 and len(factors) == 1 and factors[0][1] == 1:
            return factors[0][0]
        key = (coefficient, frozenset(factors)) if factors else coefficient
        known = self._known.get(key)
        if known is None:
            form = known = Product()
            form.coefficient, form.factors = coefficient, tuple(factors)
            length = sum([b.length + (1 if e in (1, -1) else 3) for b, e in factors]) - 1
            bases = [b for b, _ in factors]
            self._enter(key, form, self.shape(bases), max(length, 1), max([b.depth for b in bases], default=0))
            form.rank = (GROUP if factors else NUMBER, form.order)
        return known

    def sum(self, terms: Sequence[Term]) -> Form:
        """A sum of at least two different terms, as it is given."""
        key = ("+", frozenset(terms))
        known = self._known.get(key)
        if known is None:
            form = known = Sum()
            form.terms = tuple(terms)
            parts = [t for _, t in terms]
            self._enter(
                key, form, self.shape(parts), sum([p.length + 3 for p in parts]) - 3, max(p.depth for p in parts)
            )
            form.rank = (GROUP, form.order)
        return known

    def shape(self, forms: Iterable[Form]) -> Shape:
        """The shape that forms have together where they are broadcast."""
        shapes = [f.shape for f in forms if f.shape]
        if not shapes:
            return ()
        shape = broadcast_shape(shapes)
        assert shape is not None, shapes
        return shape

    def unit(self, form: Form) -> Form:
        """A product without its coefficient; any other form itself."""
        if isinstance(form, Product) and form.coefficient != 1:
            return self.product(ONE, form.factors)
        return form

    def _enter(self, key: Any, form: Form, shape: Shape, length: int, depth: int) -> None:
        if length > LIMITS.formula_characters:
            raise too_long()
        form.shape, form.length, form.depth, form.order = shape, length, depth, len(self._known)
        self._known[key] = form


def too_long() -> LimitError:
    """The error for a formula that nobody could read."""
    return LimitError(f"the formula is longer than {LIMITS.formula_characters} characters (limit formula_characters)")


def number_of(form: Form) -> Exact | None:
    """The value of a form that is a number, else None."""
    return form.coefficient if isinstance(form, Product) and not form.factors else None


def factors_of(form: Form) -> tuple[Exact, tuple[Factor, ...]]:
    """Any form as a coefficient and factors."""
    return (form.coefficient, form.factors) if isinstance(form, Product) else (ONE, ((form, ONE),))


def terms_of(form: Form, forms: Forms) -> tuple[Term, ...]:
    """Any form as terms; a number is a multiple of 1."""
    if isinstance(form, Sum):
        return form.terms
    if isinstance(form, Product):
        return ((form.coefficient, forms.unit(form)),) if form.coefficient else ()
    return ((ONE, form),)
