"""Mistakes of differentiation, each as a wrong rule at one operation of the function.

With u = g(a, b) anywhere inside, a wrong tangent of u changes the derivative by adjoint(u) * (wrong - right): all
of it is on the tape already, so that one walk of numbers tries every rule at every operation, and the mended claim
is a formula that can be decided like any other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from gradcli.autodiff.primitive import INPUT, Primitive, Row
from gradcli.autodiff.rows_arithmetic import ADD, DIVIDE, MULTIPLY, NEGATE, POWER, SUBTRACT
from gradcli.autodiff.structural import INDEX
from gradcli.autodiff.tape import Instruction, Tape
from gradcli.autodiff.templates import instantiate, template
from gradcli.autodiff.vjp import active_from, all_adjoints, vjp
from gradcli.claims.pair import Pair
from gradcli.claims.quoting import Quoting, said

_OPERATIONS = 120  #: operations of a function whose rules are tried


class Slip(NamedTuple):
    """A likely mistake.

    Attributes:
        kind: in a word.
        words: for people.
        mended: the instruction that the claim becomes without it; it still has to be compared.
    """

    kind: str
    words: str
    mended: int


Wrong = tuple[str, str, int]  #: a wrong tangent: kind, words, instruction


class _Operation(NamedTuple):
    """An operation with the tangents of its arguments, what each adds to its own, and how they are quoted."""

    u: int
    row: Primitive
    arguments: Sequence[int]
    tangents: Sequence[int | None]
    terms: Sequence[int | None]
    quoted: Sequence[str]
    me: str


class Factors(NamedTuple):
    """Factors of known names: what a claim may lack, or have once too often."""

    kind: str
    words: str
    instruction: int


class Rules:
    """Wrong rules at the operations of a scalar function of one scalar entry.

    Args:
        pair: a claim about one derivative.
        function: the instruction that is differentiated last: the output's entry, or a first derivative of it.
        position: of the entry, among all the variables' entries.
    """

    def __init__(self, pair: Pair, function: int, position: int) -> None:
        self.tape: Tape = pair.tape
        self.claim = pair.entry(0)
        name, self._at = pair.variable(position)
        self._source = pair.assembly.names[name]
        self._output = function
        self._quoting = Quoting(pair.tape, pair.programs.output)
        self._tangents: dict[int, int | None] = {}
        active = active_from(self.tape, [self._source], self._output)
        self._inside = [
            i
            for i in self.tape.needed([self._output])
            if i != self._source and active[i] and self.tape.shape(i) == () and self._tangent(i) is not None
        ]

    def slips(self) -> Iterator[Slip]:
        """Every rule at every operation, those first that people get wrong most."""
        if len(self._inside) > _OPERATIONS:
            return
        adjoints = all_adjoints(self.tape, self._output, self.tape.constant(1.0), [self._source])
        found: list[tuple[int, int, Slip]] = []
        for u in self._inside:
            right, adjoint = self._tangent(u), adjoints.get(u)
            if right is None or adjoint is None or not isinstance(self.tape[u].primitive, Row):
                continue
            for rank, (kind, words, wrong) in enumerate(self._wrong(u, self.tape[u], right)):
                change = self.tape.multiply(adjoint, self.tape.subtract(wrong, right))
                found.append((_RANK.get(kind, rank), -u, Slip(kind, words, self.tape.subtract(self.claim, change))))
        yield from (slip for _, _, slip in sorted(found, key=lambda one: one[:2]))

    def factors(self) -> Iterator[Factors]:
        """What the derivative is a product of: inner derivatives, and the parts of the function."""
        for u in self._inside:
            if u == self._output:  # the derivative itself is no inner one
                continue
            tangent = self._tangent(u)
            if tangent is not None and self.tape.constant_value(tangent) != 1.0 and not self._is_input(u):
                yield Factors(
                    "chain", f"the inner derivative {said(self.tape, tangent)} of {self._quoting.quoted(u)}", tangent
                )
        for u in self.tape.needed([self._output]):
            if self.tape.shape(u) == () and self.tape.constant_value(u) is None:
                yield Factors("factor", f"the factor {self._quoting.quoted(u)}", u)

    def _wrong(self, u: int, instruction: Instruction, right: int) -> Iterator[Wrong]:
        """Wrong tangents of an operation."""
        tape = self.tape
        tangents = [self._tangent(a) for a in instruction.arguments]
        terms = self._terms(u, instruction, tangents)
        operands = [self._quoting.quoted(a, u) for a in instruction.arguments]
        one = _Operation(
            u, instruction.primitive, instruction.arguments, tangents, terms, operands, self._quoting.quoted(u)
        )
        moving = [k for k, t in enumerate(terms) if t is not None]
        yield from self._of_powers(u, instruction, tangents)
        yield from self._without_inner(one, instruction, moving)
        if len(moving) == 2:
            yield from self._of_both(one)
        elif len(moving) == 1:
            yield from self._of_one(one, moving[0], right)
        yield "sign", f"the derivative of {one.me} has the wrong sign", tape.negate(right)
        for kind, words, c in self._constants():
            yield kind, f"{words} is missing in the derivative of {one.me}", tape.divide(right, c)
            yield kind, f"{words} is too much in the derivative of {one.me}", tape.multiply(right, c)
        if u != self._output:
            yield "term", f"{one.me} was treated as a constant", tape.constant(0.0)
            if tape.constant_value(right) != 1.0:
                yield "chain", f"the derivative of {one.me}, {said(self.tape, right)}, is missing", tape.constant(1.0)

    def _without_inner(self, one: _Operation, instruction: Instruction, moving: Sequence[int]) -> Iterator[Wrong]:
        """The chain rule with an inner derivative left out."""
        for k in moving:
            inner = one.tangents[k]
            if one.row in _LINEAR or inner is None or self.tape.constant_value(inner) == 1.0:
                continue
            slope = self._partial(one.u, instruction, k)
            rest = self._sum([t for n, t in enumerate(one.terms) if n != k])
            words = f"the inner derivative {said(self.tape, inner)} of {one.quoted[k]} is missing"
            yield (
                "chain",
                f"{words} in the derivative of {one.me}",
                slope if rest is None else self.tape.add(slope, rest),
            )

    def _of_both(self, one: _Operation) -> Iterator[Wrong]:
        """What goes wrong where both arguments vary: sums, products, quotients, powers."""
        if len(one.arguments) != 2:
            return
        tape, row, me, (u, v) = self.tape, one.row, one.me, one.arguments
        (a, b), (du, dv) = one.terms, one.tangents
        if a is None or b is None or du is None or dv is None:
            return
        for k, dropped in ((0, b), (1, a)):
            term = f"lacks the term with {one.quoted[k]} differentiated"
            if row is MULTIPLY:
                yield "product", f"the product rule for {me} {term}", dropped
            elif row is DIVIDE:
                yield "quotient", f"the quotient rule for {me} {term}", dropped
            elif row in _SUMS:
                yield "term", f"the derivative of the term {one.quoted[k]} is missing", dropped
            else:
                part = f"the {('base', 'exponent')[k]} {one.quoted[k]}" if row is POWER else one.quoted[k]
                yield "term", f"the derivative of {me} lacks the term with {part} differentiated", dropped
        if row is MULTIPLY:
            yield "product", f"the derivative of {me} is not the product of the derivatives", tape.multiply(du, dv)
        if row is DIVIDE:
            first, second = tape.multiply(du, v), tape.multiply(u, dv)
            top = tape.subtract(first, second)
            yield "quotient", f"the denominator of the quotient rule for {me} is not squared", tape.divide(top, v)
            yield "quotient", f"the quotient rule for {me} lacks its denominator", top
            yield "quotient", f"the derivative of {me} is not the quotient of the derivatives", tape.divide(du, dv)
            plus = tape.divide(tape.add(first, second), tape.multiply(v, v))
            yield "quotient", f"the quotient rule for {me} has a minus between its terms", plus
        if row not in _SUMS:
            words = f"a sign in the derivative of {me}: the term with {one.quoted[1]} differentiated"
            yield "sign", words, tape.subtract(a, b)

    def _of_one(self, one: _Operation, k: int, right: int) -> Iterator[Wrong]:
        """What goes wrong where one argument varies, and the other, if there is one, is constant."""
        tape, row, me, inner = self.tape, one.row, one.me, one.tangents[k]
        if inner is None:
            return
        if len(one.terms) == 2:
            constant, text = one.arguments[1 - k], one.quoted[1 - k]
            if row in (MULTIPLY, DIVIDE):
                yield "factor", f"the constant factor {text} of {me} is missing", inner
            if row in _SUMS:
                words = f"{text} is constant: its derivative is 0, it is not kept"
                yield "term", words, tape.add(right, constant)
                yield "term", words, tape.subtract(right, constant)
            if row is DIVIDE and k == 1:
                yield "quotient", f"the derivative of {me} is not 1 by the derivative", tape.divide(constant, inner)
        if row not in _LINEAR and row is not POWER:
            yield "rule", f"{me} was left as it is", tape.multiply(one.u, inner)

    def _of_powers(self, u: int, instruction: Instruction, tangents: Sequence[int | None]) -> Iterator[Wrong]:
        """What goes wrong with x^n, b^x and exp(x)."""
        tape, row, me = self.tape, instruction.primitive, self._quoting.quoted(u)
        if row is POWER and not any(instruction.attributes):  # no derivative of a power
            base, exponent = instruction.arguments
            inner, above = tangents

            def power(e: int) -> int:
                return tape.append(POWER, (base, e), instruction.attributes)

            lower = power(tape.subtract(exponent, tape.constant(1.0)))
            if inner is not None and above is None:
                n, one = exponent, tape.constant(1.0)
                times = partial(_product, tape, inner)
                words = f"the exponent of {me}"
                yield "exponent", f"{words} is not lowered by 1", times(n, u)
                yield "exponent", f"{words} is not brought down as a factor", tape.multiply(lower, inner)
                yield "exponent", f"{words} is lowered by 2", times(n, power(tape.subtract(n, tape.constant(2.0))))
                yield "exponent", f"{words} is lowered before it is brought down", times(tape.subtract(n, one), lower)
                yield "exponent", f"{words} is raised by 1", times(n, power(tape.add(n, one)))
                integral = tape.divide(power(tape.add(n, one)), tape.add(n, one))
                yield "rule", f"{me} is integrated, not differentiated", tape.multiply(integral, inner)
            if above is not None and inner is None:
                rule = tape.multiply(tape.multiply(exponent, lower), above)
                yield "rule", f"{me} is an exponential: the rule for x^n does not apply", rule
                yield "rule", f"{me} is an exponential: the rule for x^n does not apply", tape.multiply(exponent, lower)
                yield (
                    "factor",
                    f"the factor log({self._quoting.bare(base)}) is missing in the derivative of {me}",
                    (tape.multiply(u, above)),
                )
        elif isinstance(row, Row) and len(tangents) == 1 and row.partials == ("out",) and tangents[0] is not None:
            (exponent,) = instruction.arguments
            lower = tape.divide(u, tape.append(row, (tape.constant(1.0),)))
            rule = tape.multiply(exponent, lower)
            yield "rule", f"{me} is an exponential: the rule for x^n does not apply", rule
            yield "rule", f"{me} is an exponential: the rule for x^n does not apply", tape.multiply(rule, tangents[0])

    def _constants(self) -> Iterator[Wrong]:
        tape = self.tape
        yield "factor", "a factor of 2", tape.constant(2.0)
        yield from named_constants(tape)

    def _terms(self, u: int, instruction: Instruction, tangents: Sequence[int | None]) -> list[int | None]:
        """What each argument adds to the tangent."""
        paths = instruction.primitive.partials if isinstance(instruction.primitive, Row) else ()
        return [
            None
            if t is None or paths[k] is None or self.tape.shape(instruction.arguments[k])
            else self.tape.multiply(self._partial(u, instruction, k), t)
            for k, t in enumerate(tangents)
        ]

    def _partial(self, u: int, instruction: Instruction, k: int) -> int:
        row = instruction.primitive
        assert isinstance(row, Row)
        compiled = template(row, row.partials[k] or "0")
        if compiled.constant is not None:
            return self.tape.constant(compiled.constant)
        return instantiate(self.tape, compiled, (*instruction.arguments, u), instruction.attributes)

    def _sum(self, terms: Sequence[int | None]) -> int | None:
        total = None
        for term in terms:
            if term is not None:
                total = term if total is None else self.tape.add(total, term)
        return total

    def _tangent(self, i: int) -> int | None:
        """d(instruction)/d(entry), None where it does not depend on it."""
        if i not in self._tangents:
            found: int | None
            if self.tape.shape(i):
                found = None
            elif i == self._source:
                found = self.tape.constant(1.0)
            else:
                found = vjp(self.tape, i, self.tape.constant(1.0), [self._source])[0]
                if found is not None and self.tape.shape(self._source):
                    found = self.tape.append(INDEX, (found,), (self._at,))
            self._tangents[i] = found
        return self._tangents[i]

    def _is_input(self, i: int) -> bool:
        return self.tape[i].primitive is INPUT


_SUMS = (ADD, SUBTRACT)
_LINEAR = (ADD, SUBTRACT, MULTIPLY, DIVIDE, NEGATE)
_RANK = {
    kind: n
    for n, kind in enumerate(
        ("chain", "exponent", "rule", "quotient", "product", "factor", "sign", "units", "log_base", "term")
    )
}


def _product(tape: Tape, inner: int, a: int, b: int) -> int:
    return tape.multiply(tape.multiply(a, b), inner)


def named_constants(tape: Tape) -> Iterator[tuple[str, str, int]]:
    """Constants that go missing: kind, words, instruction (pi and logarithms exact)."""
    from gradcli.autodiff.elementwise import BY_NAME

    log, pi = BY_NAME["log"], tape.constant(math.pi, "pi")
    yield "units", "the factor pi/180 between degrees and radians", tape.divide(pi, tape.constant(180.0))
    for base in (10.0, 2.0):
        factor = tape.divide(tape.constant(1.0), tape.append(log, (tape.constant(base),)))
        yield "log_base", f"the factor 1/log({base:g}) of a logarithm to base {base:g}", factor
    yield "factor", "a factor of pi", pi
    yield "factor", "a factor of sqrt(2)", tape.append(BY_NAME["sqrt"], (tape.constant(2.0),))
    yield "factor", "a factor of sqrt(pi)", tape.append(BY_NAME["sqrt"], (pi,))
