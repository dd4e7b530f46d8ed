"""Arithmetic of forms: what a person does on paper without thinking, and nothing that needs luck.

Numbers are folded exactly or not at all, like factors and like terms are merged, a product
with a choice that is 0 elsewhere moves into the choice. Every step is linear in its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from gradcli.targets import source_numbers
from gradcli.targets.source_forms import (
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

_MINUS = Fraction(-1)
_NESTED_CHOICES = 20  # `where` nested deeper is left as it was written


class Algebra(Forms):
    """The forms of one tape and how they are combined."""

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
        return self.sum(terms)

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
                pair = self.product(ONE, (*factors_of(unit)[1], (self._kept(abs(c)), ONE)))
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
        factors = [(b, e) for b, e in powers.items() if e]
        if total == 0:
            return self.zero
        return self._into_choice(factors, total) or self._negated_sum(factors, total) or self.product(total, factors)

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
            if e < 1 or e.denominator > 1 or base.depth > _NESTED_CHOICES or (coefficient == 1 and len(factors) == 1 and e == 1):
                continue
            condition, a, b = base.parts
            rest = [*factors[:k], *factors[k + 1 :]]
            taken = self.multiply([*rest, (b if a is self.zero else a, e)], coefficient)
            return self.choose(condition, self.zero, taken) if a is self.zero else self.choose(condition, taken, self.zero)
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
        form = self.atom("where", (condition, a, b), self.shape((condition, a, b)), CHOICE)
        form.depth = 1 + max(condition.depth, a.depth, b.depth)
        return form

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
