"""Choices and conditions of forms: `where`, comparisons and logic, with what a condition says about its branches."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import TypeGuard

from gradcli.targets.source.forms import ARRAY, CHOICE, Atom, Factor, Form, Forms, Term, factors_of, number_of, terms_of
from gradcli.targets.source.numbers import ONE, Exact

_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_NESTED_CHOICES = 20  # `where` nested deeper is left as it was written


class Choices(Forms):
    """The part of the algebra that knows `where`; sums and products come from `source_simplify`."""

    def add(self, parts: Iterable[Term]) -> Form:
        """The sum of coefficient * form."""
        raise NotImplementedError

    def multiply(self, parts: Iterable[Factor], coefficient: Exact = ONE) -> Form:
        """coefficient times the product of base^exponent."""
        raise NotImplementedError

    def choose(self, condition: Form, a: Form, b: Form) -> Form:
        """`where(condition, a, b)`, each branch knowing what the condition says there."""
        known = number_of(condition)
        if known is not None:
            return a if known else b
        if isinstance(condition, Atom) and condition.kind == "not":
            condition, a, b = condition.parts[0], b, a
        a = self._assume(a, self._joined(condition, "and"), 1)
        b = self._assume(b, self._joined(condition, "or"), 2)
        if a is b:
            return a
        if _is_choice(a) and b is self.zero is a.parts[2] and a.depth <= _NESTED_CHOICES:
            condition, a = self.infix("and", condition, a.parts[0]), a.parts[1]
        form = self.atom("where", (condition, a, b), self.shape((condition, a, b)), CHOICE)
        form.depth = 1 + max(condition.depth, a.depth, b.depth)
        return form

    def infix(self, sign: str, left: Form, right: Form) -> Form:
        """A comparison or `and`, `or`; of two numbers its value."""
        a, b = number_of(left), number_of(right)
        if a is not None and b is not None and sign in _COMPARE:
            return self.product(int(_COMPARE[sign](a, b)), ())
        if left is right and sign in _COMPARE:
            return self.product(int(_COMPARE[sign](0, 0)), ())
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
                    return other if bool(value) == (sign == "and") else self.product(int(sign == "or"), ())
            dual = "or" if sign == "and" else "and"
            for kept, wider in ((left, right), (right, left)):
                if wider in self._joined(kept, sign) or kept in self._joined(wider, dual):
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

    def _joined(self, condition: Form, operator: str) -> set[Form]:
        """The condition and what it joins by `operator`: all true with `and`, all false with `or`."""
        found = {condition}
        pending = [condition]
        while pending:
            self.spend(1)
            seen = pending.pop()
            if isinstance(seen, Atom) and seen.kind == "infix" and seen.parts[0] == operator:
                pending += [f for f in seen.parts[1:] if f not in found]
                found.update(seen.parts[1:])
        return found

    def merged_choices(self, found: dict[Form, Exact]) -> list[Term] | None:
        """The terms with choices of one condition made one choice, or None if there are no two."""
        chosen: dict[Form, list[tuple[Exact, Atom]]] = {}
        for term, c in found.items():
            if _is_choice(term) and c and term.depth <= _NESTED_CHOICES:
                chosen.setdefault(term.parts[0], []).append((c, term))
        if all(len(group) == 1 for group in chosen.values()):
            return None
        result: list[Term] = []
        for term, c in found.items():
            group = chosen.get(term.parts[0]) if _is_choice(term) else None
            if group is None or len(group) == 1:
                result.append((c, term))
            elif group[0][1] is term:
                branches = [self.add([(k, t.parts[side]) for k, t in group]) for side in (1, 2)]
                result.append((ONE, self.choose(term.parts[0], *branches)))
        return result

    def into_choice(self, factors: Sequence[Factor], coefficient: Exact) -> Form | None:
        """f * where(c, a, 0) as where(c, f*a, 0)."""
        if not any(base.depth for base, _ in factors) or (len(factors) == 1 and factors[0][1] == coefficient == 1):
            return None
        choices: list[Atom] = []
        rest: list[Factor] = []
        for base, e in factors:
            whole = e >= 1 and e.denominator == 1
            if whole and _is_choice(base) and self.zero in base.parts[1:] and base.depth <= _NESTED_CHOICES:
                choices.append(base)
                rest.append((base.parts[2] if base.parts[1] is self.zero else base.parts[1], e))
            else:
                rest.append((base, e))
        if not choices:
            return None
        form = self.multiply(rest, coefficient)
        for choice in reversed(choices):
            condition, a, _ = choice.parts
            branches = (self.zero, form) if a is self.zero else (form, self.zero)
            form = self.choose(condition, *branches)
        return form


def _is_choice(form: Form) -> TypeGuard[Atom]:
    return isinstance(form, Atom) and form.kind == "where"


def is_truth(form: Form) -> bool:
    """Whether a form can only be 0 or 1."""
    return isinstance(form, Atom) and (form.kind == "not" or (form.kind == "infix" and form.parts[0] != "@"))


def _settled(form: Form, conditions: set[Form], side: int) -> Form:
    while _is_choice(form) and form.parts[0] in conditions:
        form = form.parts[side]
    return form
