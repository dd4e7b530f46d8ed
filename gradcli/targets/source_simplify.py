"""Arithmetic of forms: what a person does on paper without thinking, and nothing that needs luck.

Numbers are folded exactly or not at all, like factors and like terms are merged, a product
with a choice that is 0 elsewhere moves into the choice. Every step is linear in its parts.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from fractions import Fraction

from gradcli.targets import source_numbers
from gradcli.targets.source_forms import (
    ARRAY,
    CHOICE,
    NUMBER,
    POWER,
    Atom,
    Factor,
    Form,
    Forms,
    Product,
    Sum,
    Term,
    factors_of,
    number_of,
    terms_of,
)
from gradcli.targets.source_numbers import ONE, printable

_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_MINUS = Fraction(-1)
_REPEATED = 240  # characters that multiplying out may write once more
_NESTED_CHOICES = 20  # `where` nested deeper is left as it was written


class Algebra(Forms):
    """The forms of one tape and how they are combined.

    Attributes:
        loose: sums that nobody typed; a product is multiplied out over them.
        common: factors that are taken out of a sum if all its terms have them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.loose: set[Form] = set()
        self.common: set[Form] = set()

    def number(self, value: Fraction) -> Form:
        """A number; one that no literal says exactly is a quotient of atoms that do."""
        return self.product(value, ()) if printable(value) else self.multiply([], value)

    def add(self, parts: Iterable[Term]) -> Form:
        """The sum of coefficient * form, like terms merged, in the order given."""
        found: dict[Form, Fraction] = {}
        pending = list(parts)[::-1]
        while pending:
            self._gather(found, pending)
            if any(isinstance(t, Sum) and abs(c) == 1 for t, c in found.items()):
                pending = [(c, t) for t, c in found.items()][::-1]
                found = {}
                continue
            merged = self._merge_choices(found)
            if merged is not None:
                pending, found = merged[::-1], {}
        terms = [(c, t) for t, c in found.items() if c]
        if not terms:
            return self.zero
        if len(terms) == 1:
            return self.multiply([(terms[0][1], ONE)], terms[0][0])
        return self._factored(terms) or self.sum(terms)

    def collected(self, parts: Iterable[Term]) -> Form:
        """A sum that a sweep made: loose, unless it was known before or holds a number as `1 + tan(x)^2` does."""
        known = self.made
        form = self.add(parts)
        if isinstance(form, Sum) and form.order >= known and all(t is not self.one for _, t in form.terms):
            self.loose.add(form)
        return form

    def _factored(self, terms: Sequence[Term]) -> Form | None:
        """a/c + b/c as (a + b)/c for the common factors."""
        if not self.common:
            return None
        for base, e in factors_of(terms[0][1])[1]:
            if base in self.common and all((base, e) in factors_of(t)[1] for _, t in terms):
                inner = self.add([(c, self.multiply([(t, ONE), (base, -e)])) for c, t in terms])
                return self.multiply([(inner, ONE), (base, e)])
        return None

    def _gather(self, found: dict[Form, Fraction], pending: list[Term]) -> None:
        while pending:
            c, form = pending.pop()
            self.spend(1)
            if isinstance(form, Sum) and abs(c) == 1:
                self.spend(len(form.terms))
                pending += [(c * k, t) for k, t in reversed(form.terms)]
                continue
            unit = form
            if isinstance(form, Product):
                c, unit = c * form.coefficient, self.unit(form)
            total = found.get(unit, Fraction(0)) + c
            if printable(total):
                found[unit] = total
            elif printable(c):
                factors = dict(factors_of(unit)[1])
                kept = self._kept(abs(c))
                factors[kept] = factors.get(kept, Fraction(0)) + 1
                pair = self.product(ONE, tuple(factors.items()))
                found[pair] = found.get(pair, Fraction(0)) + (1 if c > 0 else -1)
            else:
                pending.append((ONE, self.multiply([(unit, ONE)], c)))

    def _merge_choices(self, found: dict[Form, Fraction]) -> list[Term] | None:
        """The terms with choices of one condition made one choice, or None if there are no two."""
        chosen: dict[Form, list[tuple[Fraction, Atom]]] = {}
        for term, c in found.items():
            if isinstance(term, Atom) and term.kind == "where" and c and term.depth <= _NESTED_CHOICES:
                chosen.setdefault(term.parts[0], []).append((c, term))
        if all(len(group) == 1 for group in chosen.values()):
            return None
        result: list[Term] = []
        for term, c in found.items():
            group = chosen.get(term.parts[0]) if isinstance(term, Atom) and term.kind == "where" else None
            if group is None or len(group) == 1:
                result.append((c, term))
            elif group[0][1] is term:
                branches = [self.add([(k, t.parts[side]) for k, t in group]) for side in (1, 2)]
                result.append((ONE, self.choose(term.parts[0], *branches)))
        return result

    def multiply(self, parts: Iterable[Factor], coefficient: Fraction = ONE) -> Form:
        """coefficient times the product of base^exponent, like factors merged, numbers folded where exact."""
        powers: dict[Form, Fraction] = {}
        total = ONE
        pending = [*list(parts)[::-1], (self.product(coefficient, ()), ONE)]
        while pending:
            form, e = pending.pop()
            self.spend(1)
            if isinstance(form, Product):
                total = self._spread(form, e, total, powers, pending)
            else:
                powers[form] = powers.get(form, Fraction(0)) + e
            if not pending:
                for base, exponent in list(powers.items()):
                    if exponent.denominator == 1 and isinstance(base, Product):  # sqrt(2*x)*sqrt(2*x)
                        pending.append((base, powers.pop(base)))
        factors: list[Factor] = []
        for base, e in powers.items():
            number = (
                source_numbers.power(base.parts[0], e) if isinstance(base, Atom) and base.kind == "number" else None
            )
            if number is not None and printable(total * number):
                total *= number
            elif e:
                factors.append((base, e))
        if total == 0:
            return self.zero
        for shape in (self._into_choice, self._multiplied_out, self._negated_sum):
            form = shape(factors, total)
            if form is not None:
                return form
        return self.product(total, factors)

    def _spread(
        self, form: Product, e: Fraction, total: Fraction, powers: dict[Form, Fraction], pending: list[Factor]
    ) -> Fraction:
        """Take form^e apart into `powers` and `pending`; returns the new coefficient."""
        whole = e.denominator == 1
        if not whole and form.factors:
            ((base, inner), *more) = form.factors
            if form.coefficient == 1 and not more and inner.denominator > 1:
                pending.append((base, inner * e))  # (x^(1/2))^(1/3): x is not negative anyway
            else:
                powers[form] = powers.get(form, Fraction(0)) + e
            return total
        number = source_numbers.power(form.coefficient, e)
        if number is not None and printable(total * number):
            total *= number
        elif form.coefficient < 0 and not whole:
            powers[form] = powers.get(form, Fraction(0)) + e
        else:
            p, q = abs(form.coefficient.numerator), form.coefficient.denominator
            if source_numbers.literal(Fraction(p, q)) is not None:
                p, q = Fraction(p, q), 1  # type: ignore[assignment]
            for value, exponent in ((Fraction(p), e), (Fraction(q), -e)):
                if value != 1:
                    kept = self._kept(value)
                    powers[kept] = powers.get(kept, Fraction(0)) + exponent
            total *= -1 if form.coefficient < 0 and e.numerator % 2 else 1
        pending += [(b, k * e) for b, k in reversed(form.factors)]
        return total

    def _kept(self, value: Fraction) -> Atom:
        """A number that stays a factor of its own, because multiplying it would round."""
        return self.atom("number", (value,), (), NUMBER)

    def _into_choice(self, factors: Sequence[Factor], coefficient: Fraction) -> Form | None:
        """f * where(c, a, 0) as where(c, f*a, 0)."""
        for k, (base, e) in enumerate(factors):
            if not (isinstance(base, Atom) and base.kind == "where" and self.zero in base.parts[1:]):
                continue
            if (
                e < 1
                or e.denominator > 1
                or base.depth > _NESTED_CHOICES
                or (coefficient == 1 and len(factors) == 1 and e == 1)
            ):
                continue
            condition, a, b = base.parts
            rest = [*factors[:k], *factors[k + 1 :]]
            taken = self.multiply([*rest, (b if a is self.zero else a, e)], coefficient)
            return (
                self.choose(condition, self.zero, taken) if a is self.zero else self.choose(condition, taken, self.zero)
            )
        return None

    def _multiplied_out(self, factors: Sequence[Factor], coefficient: Fraction) -> Form | None:
        """f*(a + b) as f*a + f*b where nobody typed the sum and the text does not grow much."""
        if not self.loose or (len(factors) == 1 and abs(coefficient) == 1):
            return None
        for k, (base, e) in enumerate(factors):
            if e != 1 or base not in self.loose:
                continue
            assert isinstance(base, Sum)
            rest = [*factors[:k], *factors[k + 1 :]]
            if (len(base.terms) - 1) * sum(b.length for b, _ in rest) > _REPEATED:
                continue
            return self.collected([(ONE, self.multiply([*rest, (t, ONE)], coefficient * c)) for c, t in base.terms])
        return None

    def _negated_sum(self, factors: Sequence[Factor], coefficient: Fraction) -> Form | None:
        """-(a - b) as b - a."""
        if coefficient == -1 and len(factors) == 1 and factors[0][1] == 1 and isinstance(factors[0][0], Sum):
            return self.add([(_MINUS, factors[0][0])])
        return None

    def power(self, base: Form, exponent: Form) -> Form:
        """base^exponent; a number as exponent joins the exponents of a product."""
        e = number_of(exponent)
        if e is not None:
            return self.multiply([(base, e)])
        if number_of(base) == 1:
            return self.one
        return self.atom("power", (base, exponent), self.shape((base, exponent)), POWER, base.rank[1])

    def choose(self, condition: Form, a: Form, b: Form) -> Form:
        """`where(condition, a, b)`, each branch knowing what the condition says there."""
        known = number_of(condition)
        if known is not None:
            return a if known else b
        if isinstance(condition, Atom) and condition.kind == "not":
            condition, a, b = condition.parts[0], b, a
        a = self._assume(a, _conjuncts(condition, "and"), 1)
        b = self._assume(b, _conjuncts(condition, "or"), 2)
        if a is b:
            return a
        if isinstance(a, Atom) and a.kind == "where" and b is self.zero is a.parts[2] and a.depth <= _NESTED_CHOICES:
            condition, a = self.infix("and", condition, a.parts[0]), a.parts[1]
        form = self.atom("where", (condition, a, b), self.shape((condition, a, b)), CHOICE)
        form.depth = 1 + max(condition.depth, a.depth, b.depth)
        return form

    def infix(self, sign: str, left: Form, right: Form) -> Form:
        """A comparison or `and`, `or`; of two numbers its value."""
        a, b = number_of(left), number_of(right)
        if a is not None and b is not None and sign in _COMPARE:
            return self.product(Fraction(int(_COMPARE[sign](a, b))), ())
        if sign == ">" and b == 0:
            truths = terms_of(left, self)
            if all(c > 0 and is_truth(t) for c, t in truths):  # reach is counted by sums of masks
                result = truths[0][1]
                for _, t in truths[1:]:
                    result = self.infix("or", result, t)
                return result
        if sign in ("and", "or"):
            for value, other in ((a, right), (b, left)):
                if value is not None:
                    return other if bool(value) == (sign == "and") else self.product(Fraction(int(sign == "or")), ())
            dual = "or" if sign == "and" else "and"
            for kept, wider in ((left, right), (right, left)):
                if wider in _conjuncts(kept, sign) or kept in _conjuncts(wider, dual):
                    return kept
        commutes = sign in ("==", "!=")
        return self.atom("infix", (sign, left, right), self.shape((left, right)), ARRAY, commutes=commutes)

    def _assume(self, form: Form, conditions: set[Form], side: int) -> Form:
        """`form` where choices by one of the conditions (at its top level) are settled."""
        if form.depth > _NESTED_CHOICES or not form.depth:
            return form
        terms: list[Term] = []
        changed = False
        for c, term in terms_of(form, self):
            factors = [(_settled(base, conditions, side), e) for base, e in factors_of(term)[1]]
            same = all(old[0] is new[0] for old, new in zip(factors_of(term)[1], factors, strict=True))
            changed = changed or not same
            terms.append((c, term if same else self.multiply(factors)))
        return self.add(terms) if changed else form


def is_truth(form: Form) -> bool:
    """Whether a form can only be 0 or 1."""
    return isinstance(form, Atom) and (form.kind == "not" or (form.kind == "infix" and form.parts[0] != "@"))


def _settled(form: Form, conditions: set[Form], side: int) -> Form:
    while isinstance(form, Atom) and form.kind == "where" and form.parts[0] in conditions:
        form = form.parts[side]
    return form


def _conjuncts(condition: Form, operator: str) -> set[Form]:
    """The condition and what it joins by `operator`: all true with `and`, all false with `or`."""
    found = {condition}
    pending = [condition]
    while pending:
        seen = pending.pop()
        if isinstance(seen, Atom) and seen.kind == "infix" and seen.parts[0] == operator:
            pending += [f for f in seen.parts[1:] if f not in found]
            found.update(seen.parts[1:])
    return found
