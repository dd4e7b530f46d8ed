"""Arithmetic of forms: what a person does on paper without thinking, and nothing that needs luck.

Numbers are folded exactly or not at all, like factors and like terms are merged, a product
with a choice that is 0 elsewhere moves into the choice. Every step is linear in its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradcli.targets.source import numbers as source_numbers
from gradcli.targets.source.choices import Choices
from gradcli.targets.source.forms import NUMBER, POWER, Atom, Factor, Form, Product, Sum, Term, factors_of, number_of
from gradcli.targets.source.numbers import ONE, Exact, printable, size

_MINUS = -1
_LARGE = 2**53
_REPEATED = 240  # characters that multiplying out may write once more


class Algebra(Choices):
    """The forms of one tape and how they are combined.

    Attributes:
        loose: sums that nobody typed; a product is multiplied out over them.
        common: factors that are taken out of a sum if all its terms have them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.loose: set[Form] = set()
        self.common: set[Form] = set()

    def number(self, value: Exact) -> Form:
        """A number; one that no literal says exactly is a quotient of atoms that do."""
        return self.product(value, ()) if printable(value) else self.multiply([], value)

    def add(self, parts: Iterable[Term]) -> Form:
        """The sum of coefficient * form, like terms merged, in the order given."""
        found: dict[Form, Exact] = {}
        pending = list(parts)[::-1]
        while pending:
            self._gather(found, pending)
            if any(isinstance(t, Sum) and abs(c) == 1 for t, c in found.items()):
                pending = [(c, t) for t, c in found.items()][::-1]
                found = {}
                continue
            merged = self.merged_choices(found)
            if merged is not None:
                pending, found = merged[::-1], {}
        terms = [(c, t) for t, c in found.items() if c]
        if not terms:
            return self.zero
        if len(terms) == 1:
            return self.multiply([(terms[0][1], ONE)], terms[0][0])
        return self._factored(terms) or self.sum(terms)

    def collected(self, parts: Iterable[Term]) -> Form:
        """A sum that a sweep made: loose, unless it was known, has a number (`1 + tan(x)^2`) or is short (`x + y`)."""
        known = self.made
        form = self.add(parts)
        if isinstance(form, Sum) and form.order >= known:
            terms = [t for _, t in form.terms]
            if self.one not in terms and any(isinstance(t, Product) for t in terms):
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

    def _gather(self, found: dict[Form, Exact], pending: list[Term]) -> None:
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
            total = found.get(unit, 0) + c
            if printable(total):
                found[unit] = total
            elif printable(c):
                if abs(c) == 1:  # it has no number to keep apart, so the other one is
                    c, found[unit] = found[unit], c
                factors = dict(factors_of(unit)[1])
                for kept, e in self._apart(size(c)):
                    factors[kept] = factors.get(kept, 0) + e
                pair = self.product(ONE, [(b, e) for b, e in factors.items() if e])
                found[pair] = found.get(pair, 0) + (1 if c > 0 else -1)
            else:
                pending.append((ONE, self.multiply([(unit, ONE)], c)))

    def multiply(self, parts: Iterable[Factor], coefficient: Exact = ONE) -> Form:
        """coefficient times the product of base^exponent, like factors merged, numbers folded where exact."""
        powers: dict[Form, Exact] = {}
        total: Exact = ONE
        pending = [*list(parts)[::-1], (self.product(coefficient, ()), ONE)]
        while pending:
            form, e = pending.pop()
            self.spend(1)
            if isinstance(form, Product):
                total = self._spread(form, e, total, powers, pending)
            else:
                self._raise(powers, form, e)
            if not pending:
                pending += self._opened(powers)
        if total == 0:
            return self.zero
        factors: list[Factor] = []
        for base, e in powers.items():
            kept = source_numbers.power(base.parts[0], e) if isinstance(base, Atom) and base.kind == "number" else None
            if kept is not None and printable(total * kept):
                total *= kept
            elif e:
                factors.append((base, e))
        for shape in (self.into_choice, self._multiplied_out, self._negated_sum):
            better = shape(factors, total)
            if better is not None:
                return better
        return self.product(total, factors)

    def _raise(self, powers: dict[Form, Exact], form: Form, e: Exact) -> None:
        """Multiply by form^e; exponents whose sum no literal says exactly are kept apart."""
        total = powers.get(form, 0) + e
        if printable(total):
            powers[form] = total
        else:
            held = self._held(form, e)
            powers[held] = powers.get(held, 0) + 1

    def _held(self, form: Form, e: Exact) -> Form:
        return self.atom("power", (form, self.product(e, ())), form.shape, POWER, form.rank[1])

    def _opened(self, powers: dict[Form, Exact]) -> list[Factor]:
        """What is to be taken apart after all: sqrt(2*x)*sqrt(2*x), and sqrt(2*pi)/pi, which is 2/sqrt(2*pi)."""
        opened: list[Factor] = []
        for base, e in list(powers.items()):
            if not isinstance(base, Product):
                continue
            if e.denominator == 1:
                opened.append((base, powers.pop(base)))
                continue
            step = 1 if e > 0 else -1
            before = sum(size(powers.get(b, 0)) for b, _ in base.factors)
            if sum(size(powers.get(b, 0) + k * step) for b, k in base.factors) < before:
                powers[base] = e - step
                opened += [(b, k * step) for b, k in base.factors]
                opened.append((self.number(base.coefficient), step))
        return opened

    def _spread(self, form: Product, e: Exact, total: Exact, powers: dict[Form, Exact], pending: list[Factor]) -> Exact:
        """Take form^e apart into `powers` and `pending`; returns the new coefficient."""
        whole = e.denominator == 1
        if not whole and form.factors:
            ((base, inner), *more) = form.factors
            if form.coefficient == 1 and not more and inner.denominator > 1 and printable(inner * e):
                pending.append((base, inner * e))  # (x^(1/2))^(1/3): x is not negative anyway
            else:
                self._raise(powers, form, e)
            return total
        if e != 1 and not all(printable(k * e) for _, k in form.factors):
            self._raise(powers, self._held(form, e), ONE)
            return total
        number = source_numbers.power(form.coefficient, e)
        if number is not None and printable(total * number):
            total *= number
        elif form.coefficient < 0 and not whole:
            self._raise(powers, form, e)
        else:
            for kept, k in self._apart(size(form.coefficient)):
                self._raise(powers, kept, k * e)
            total *= -1 if form.coefficient < 0 and e.numerator % 2 else 1
        self.spend(len(form.factors))
        for base, k in form.factors:
            raised = powers.get(base, 0) + k * e
            if type(raised) is int and -_LARGE < raised < _LARGE:  # nearly always, and this loop is where time goes
                powers[base] = raised
            else:
                self._raise(powers, base, k * e)
        return total

    def _apart(self, value: Exact) -> list[Factor]:
        """A number as factors of its own, because multiplying it would round: a literal, or a quotient of two."""
        p, q = (value, 1) if source_numbers.literal(value) else (value.numerator, value.denominator)
        pair = ((p, 1), (q, -1))
        return [(self.atom("number", (part,), (), NUMBER), e) for part, e in pair if part != 1]

    def _multiplied_out(self, factors: Sequence[Factor], coefficient: Exact) -> Form | None:
        """f*(a + b) as f*a + f*b where nobody typed the sum and the text does not grow much."""
        if not self.loose or (len(factors) == 1 and abs(coefficient) == 1):
            return None
        sums = [k for k, (base, e) in enumerate(factors) if e == 1 and base in self.loose]
        if len(sums) != 1:
            return None
        base = factors[sums[0]][0]
        assert isinstance(base, Sum)
        rest = [f for f in factors if f[0] is not base]
        if (len(base.terms) - 1) * sum(b.length for b, _ in rest) > _REPEATED:
            return None
        return self.collected([(ONE, self.multiply([*rest, (t, ONE)], coefficient * c)) for c, t in base.terms])

    def _negated_sum(self, factors: Sequence[Factor], coefficient: Exact) -> Form | None:
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
