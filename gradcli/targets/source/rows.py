"""Elementwise rows as forms: operators by arithmetic, private rows by their definition, orders written out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gradcli.autodiff import rows_arithmetic as rows
from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.templates import template
from gradcli.targets.source.errors import NotExpressible
from gradcli.targets.source.forms import ARRAY, CONSTANT, Atom, Form, Product, Sum, factors_of, number_of, terms_of
from gradcli.targets.source.numbers import ONE, exact
from gradcli.targets.source.simplify import Algebra

_HALF = Fraction(1, 2)
_MINUS = -1

#: Values at 0 and at 1 that everyone knows.
_KNOWN: dict[str, tuple[int | None, int | None]] = {
    **dict.fromkeys(("sin", "tan", "sinh", "tanh", "asin", "atan", "expm1", "log1p", "erf"), (0, None)),
    **dict.fromkeys(("cos", "cosh"), (1, None)),
    "abs": (0, 1),
}


class Rows:
    """Applies rows to forms of one algebra.

    Args:
        algebra: makes the forms.
        names: names of the person's inputs, which `pi` and `e` may be among.
    """

    def __init__(self, algebra: Algebra, names: Sequence[str]) -> None:
        self.algebra = algebra
        self.names = frozenset(names)

    def constant(self, value: float, label: str | None) -> Form:
        """A constant: by its label, or the decimal number it is printed as."""
        if label is not None and label not in self.names:
            return self.algebra.atom("constant", (label,), (), CONSTANT)
        if label is not None:  # a person's own variable has taken the name
            return (
                self._call("acos", [self.algebra.number(_MINUS)])
                if label == "pi"
                else self._call("exp", [self.algebra.one])
            )
        if not math.isfinite(value):
            raise NotExpressible(f"{value} has no spelling in the language")
        return self.algebra.number(exact(value))

    def apply(self, row: Row, orders: Sequence[float], arguments: Sequence[Form]) -> Form:
        """The row of these arguments, in public functions only."""
        algebra = self.algebra
        special = _SPECIAL.get(row)
        if special is not None:
            return special(self, orders, arguments)
        typed, derived = orders[: len(row.parameters)], orders[len(row.parameters) :]
        if row.private and not (row.spelled and any(derived)):
            if row.definition is None or any(derived):
                raise NotExpressible(f"{row.name} has no definition in the language")
            return self._defined(row, row.definition, arguments, typed)
        if any(derived):
            return self._derivative(row, int(derived[0]), arguments, typed)
        if row.parameters:
            return algebra.atom("call", (row.name, *typed, *arguments), algebra.shape(arguments))
        if row.boolean:
            return self._truth(row, arguments)
        if len(arguments) == 1:
            value = number_of(arguments[0])
            if value is not None and value in (0, 1):
                known = _KNOWN.get(row.name, (None, None))[int(value)]
                if known is not None:
                    return algebra.number(known)
        if row.commutative:
            arguments = sorted(arguments, key=lambda f: f.rank)
        return self._call(row.name, arguments)

    def _derivative(self, row: Row, order: int, arguments: Sequence[Form], typed: Sequence[float]) -> Form:
        """The derivative of that order of a row that counts its own, as its table spells it."""
        if order > len(row.spelled):
            raise NotExpressible(f"the derivative of order {order} of {row.name} has no name in the language")
        return self._defined(row, row.spelled[order - 1], arguments, typed)

    def _bessel(self, row: Row, rule: tuple[int, int], orders: Sequence[float], x: Form) -> Form:
        """Derivatives by neighbours, f' = (below*f_(n-1) + above*f_(n+1))/2 (DLMF 10.6.1, 10.29.1).

        Of whole negative order by the positive one: f_(-n) = f_n, or (-1)^n f_n (DLMF 10.4.1, 10.27.1).
        """
        (below, above), algebra = rule, self.algebra
        n, k = orders if len(orders) > 1 else (orders[0], 0)
        terms: list[tuple[Any, Form]] = []
        for i in range(int(k) + 1):
            m = n - int(k) + 2 * i
            call = algebra.atom("call", (row.name, abs(m) if m == int(m) else m, x), x.shape)
            sign = below * above if m < 0 and m % 2 == 1 else 1
            terms.append((Fraction(math.comb(int(k), i) * below ** (int(k) - i) * above**i * sign, 2 ** int(k)), call))
        return algebra.add(terms) if k else algebra.multiply([(terms[0][1], ONE)], terms[0][0])

    def _truth(self, row: Row, arguments: Sequence[Form]) -> Form:
        assert row.operator is not None
        if len(arguments) == 2:
            return self.algebra.infix(row.operator, *arguments)
        value = number_of(arguments[0])
        if value is not None:
            return self.algebra.number(int(not value))
        return self.algebra.atom("not", arguments, arguments[0].shape, ARRAY)

    def _call(self, name: str, arguments: Sequence[Form]) -> Form:
        return self.algebra.atom("call", (name, *arguments), self.algebra.shape(arguments))

    def _extremum(self, name: str, arguments: Sequence[Form]) -> Form:
        """`max(a, b, c)`: a first argument that is one already is opened."""
        first, second = arguments
        if (
            isinstance(first, Atom)
            and first.kind == "call"
            and first.parts[0] == name
            and len(first.parts) > 2
            and not first.shape
        ):
            return self._call(name, [*first.parts[1:], second])
        return self._call(name, sorted(arguments, key=lambda f: f.rank))

    def _defined(self, row: Row, text: str, arguments: Sequence[Form], orders: Sequence[float] = ()) -> Form:
        """One of the row's own expressions over these arguments."""
        compiled = template(row, text)
        made: list[Form] = []
        for step in compiled.steps:
            if step.row is None:
                made.append(self.constant(step.constant(orders), step.label))
                continue
            given = [made[a] if a >= 0 else arguments[-1 - a] for a in step.arguments]
            if step.row is rows.ADD and all(number_of(f) is None for f in given):
                given.sort(key=lambda f: f.rank)
            made.append(self._conjugates(step.row, given) or self.apply(step.row, step.given(orders), given))
        return made[compiled.result] if compiled.result >= 0 else arguments[-1 - compiled.result]

    def _conjugates(self, row: Row, arguments: Sequence[Form]) -> Form | None:
        """(1 - x)*(1 + x), which keeps digits, as 1 - x^2, which people write."""
        if row is not rows.MULTIPLY or not all(isinstance(a, Sum) for a in arguments):
            return None
        minus, plus = ({t: c for c, t in terms_of(a, self.algebra)} for a in arguments)
        one = self.algebra.one
        if minus.keys() != plus.keys() or len(minus) != 2 or minus.get(one) != 1 or plus[one] != 1:
            return None
        (x,) = (t for t in minus if t is not one)
        if minus[x] != -plus[x]:
            return None
        return self.algebra.add([(ONE, one), (-(plus[x] ** 2), self.algebra.multiply([(x, 2)]))])

    def _log(self, x: Form) -> Form:
        if isinstance(x, Atom) and x.kind == "constant" and x.parts[0] == "e":
            return self.algebra.one
        shifts = [
            (b, e) for b, e in factors_of(x)[1] if isinstance(b, Atom) and b.parts[0] == "exp" and _is_shift(b.parts[1])
        ]
        if shifts and isinstance(x, Product):
            rest = self.algebra.multiply([(x, ONE), *((b, -e) for b, e in shifts)])
            return self.algebra.add([(ONE, self._log(rest)), *((e, b.parts[1]) for b, e in shifts)])
        return self.algebra.zero if number_of(x) == 1 else self._call("log", [x])

    def _exp(self, x: Form) -> Form:
        """exp(x); a shift by `stop_gradient(max(...))`, there against overflow, becomes a factor that cancels."""
        shifts = [(c, t) for c, t in terms_of(x, self.algebra) if abs(c) == 1 and _is_shift(t)]
        if shifts and isinstance(x, Sum):
            rest = self.algebra.add([*((c, t) for c, t in x.terms), *((-c, t) for c, t in shifts)])
            factors = [(self._call("exp", [t]), c) for c, t in shifts]
            self.algebra.common.update(b for b, _ in factors)
            return self.algebra.multiply([(self._exp(rest), ONE), *factors])
        return self.algebra.one if number_of(x) == 0 else self._call("exp", [x])

    def _power(self, orders: Sequence[int], x: Form, y: Form) -> Form:
        """The k-th derivative in x and j-th in y of x^y.

        d^k/dx^k x^y = F(y) x^(y - k) with F(y) = y(y - 1)...(y - k + 1), and by Leibniz
        d^j/dy^j of that is sum_i C(j, i) F^(i)(y) log(x)^(j - i) x^(y - k).
        """
        algebra = self.algebra
        k, j = orders
        power = algebra.power(x, algebra.add([(ONE, y), (ONE, algebra.number(-k))]))
        if k == j == 0:
            return power
        log = self._log(x) if j else algebra.one
        terms = []
        for i in range(min(j, k) + 1):
            factors = [(log, j - i), (power, ONE)] if j > i else [(power, ONE)]
            terms.append((math.comb(j, i), algebra.multiply([(self._falling(y, k, i), ONE), *factors])))
        return algebra.add(terms)

    def _falling(self, y: Form, k: int, i: int) -> Form:
        """The i-th derivative of y(y - 1)...(y - k + 1): as this product, or as a polynomial if i > 0."""
        algebra = self.algebra
        if not i:
            return algebra.multiply([(algebra.add([(ONE, y), (-m, algebra.one)]), ONE) for m in range(k)])
        coefficients = [1]  # of 1, y, y^2, ...
        for m in range(k):
            coefficients = [
                (coefficients[n - 1] if n else 0) - m * (coefficients[n] if n < len(coefficients) else 0)
                for n in range(k + 1)
            ][: len(coefficients) + 1]
        for _ in range(i):
            coefficients = [n * c for n, c in enumerate(coefficients)][1:]
        return algebra.add(
            [(c, algebra.power(y, algebra.number(n))) for n, c in reversed(list(enumerate(coefficients)))]
        )

    def _sinc(self, n: int, x: Form) -> Form:
        """n-th derivative of sin(pi*x)/(pi*x): x*f_n + n*f_(n-1) = pi^(n-1) * sin(pi*x + n*pi/2)."""
        algebra = self.algebra
        form = self._call("sinc", [x])
        for m in range(1, n + 1):
            turned = self._call("cospi" if m % 2 else "sinpi", [x])
            wave = algebra.multiply([(self.constant(math.pi, "pi"), m - 1), (turned, ONE)])
            sign = _MINUS if m % 4 in (2, 3) else ONE
            form = algebra.multiply([(algebra.add([(sign, wave), (-m, form)]), ONE), (x, _MINUS)])
        return form

    def _digamma(self, n: int, x: Form) -> Form:
        if n < 2:
            return self._call("trigamma" if n else "digamma", [x])
        return self.algebra.atom("call", ("polygamma", n, x), x.shape)


def _is_shift(form: Form) -> bool:
    """Whether a form is `stop_gradient(max(...))`, perhaps reshaped."""
    while isinstance(form, Atom) and form.kind == "call" and form.parts[0] == "reshape":
        form = form.parts[1]
    if not (isinstance(form, Atom) and form.kind == "call" and form.parts[0] == "stop_gradient"):
        return False
    held = form.parts[1]
    while isinstance(held, Atom) and held.kind == "call" and held.parts[0] == "reshape":
        held = held.parts[1]
    return isinstance(held, Atom) and held.kind == "call" and held.parts[0] == "max"


_Apply = Callable[[Rows, Sequence[Any], Sequence[Form]], Form]


def _bessel(name: str, below: int, above: int) -> dict[Row, _Apply]:
    row = BY_NAME[name]
    return {row: lambda to, orders, xs: to._bessel(row, (below, above), orders, xs[0])}


_SPECIAL: dict[Row, _Apply] = {
    rows.ADD: lambda to, _, xs: to.algebra.add([(ONE, x) for x in xs]),
    rows.SUBTRACT: lambda to, _, xs: to.algebra.add([(ONE, xs[0]), (_MINUS, xs[1])]),
    rows.NEGATE: lambda to, _, xs: to.algebra.multiply([(xs[0], ONE)], _MINUS),
    rows.MULTIPLY: lambda to, _, xs: to.algebra.multiply([(x, ONE) for x in xs]),
    rows.DIVIDE: lambda to, _, xs: to.algebra.multiply([(xs[0], ONE), (xs[1], _MINUS)]),
    rows.POWER: lambda to, orders, xs: to._power(orders or (0, 0), *xs),
    rows.WHERE: lambda to, _, xs: to.algebra.choose(*xs),
    rows.MAXIMUM: lambda to, _, xs: to._extremum("max", xs),
    rows.MINIMUM: lambda to, _, xs: to._extremum("min", xs),
    BY_NAME["sqrt"]: lambda to, _, xs: to.algebra.multiply([(xs[0], _HALF)]),
    BY_NAME["exp"]: lambda to, _, xs: to._exp(*xs),
    BY_NAME["log"]: lambda to, _, xs: to._log(*xs),
    BY_NAME["sinc"]: lambda to, orders, xs: to._sinc(orders[0] if orders else 0, xs[0]),
    **_bessel("besselj", 1, _MINUS),
    **_bessel("bessely", 1, _MINUS),
    **_bessel("besseli", 1, 1),
    **_bessel("besselk", _MINUS, _MINUS),
    BY_NAME["digamma"]: lambda to, orders, xs: to._digamma(orders[0] if orders else 0, xs[0]),
}
