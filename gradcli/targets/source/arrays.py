"""Array operations on forms, each as short as the language allows.

A form's own shape may be smaller than its instruction's; an operation that needs all axes asks
`full` for them. Scalar factors stay outside of linear operations, indices move to the names.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeGuard

from gradcli.autodiff.elementwise import CALLABLE
from gradcli.autodiff.primitive import Shape
from gradcli.targets.source.forms import ARRAY, Atom, Factor, Form, Product, Sum, factors_of
from gradcli.targets.source.numbers import ONE
from gradcli.targets.source.simplify import Algebra
from gradcli.targets.source.values import Value, as_form

#: One axis of an index: a whole number, or a slice whose ends are None where they are the axis's own.
Part = int | tuple[int | None, int | None, int | None]

WHOLE: Part = (None, None, None)
_DEEP = 8  # calls and operators that an index moves into


class Arrays:
    """Array operations on the forms of one algebra."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra

    def full(self, value: Value, shape: Shape) -> Form:
        """The value, which the language would broadcast to `shape`, as a form that has this very shape."""
        form = as_form(self.algebra, value)
        if form.shape == shape:
            return form
        if math.prod(form.shape) == math.prod(shape) and form.shape:
            return self.reshaped(form, shape)
        if form is self.algebra.zero:
            return self.call("zeros", shape, shape=shape)
        return self.times(form, self.call("ones", shape, shape=shape))

    def call(self, name: str, *parts: Any, shape: Shape, **keywords: Any) -> Atom:
        """A call of an array function; arguments are forms, whole numbers, tuples of them or patterns."""
        given = (("=", *keywords.items()),) if keywords else ()
        return self.algebra.atom("call", (name, *parts, *given), shape)

    def split(self, form: Form) -> tuple[Form, Form]:
        """A form as scalar factors and what has a shape."""
        coefficient, factors = factors_of(form)
        outer = self.algebra.multiply([(b, e) for b, e in factors if not b.shape], coefficient)
        return outer, self.algebra.multiply([(b, e) for b, e in factors if b.shape])

    def times(self, *factors: Form) -> Form:
        """The product of forms."""
        return self.algebra.multiply([(f, ONE) for f in factors])

    def reduced(self, name: str, form: Form, axes: Sequence[int]) -> Form:
        """`sum(form, axis=...)` and its like over axes counted from the end."""
        shape = form.shape
        if len(axes) == len(shape):
            while is_call(form, "reshape") or (isinstance(form, Atom) and form.kind == "transpose"):
                form = operand(form)
            return self.call(name, form, shape=())
        kept = without(shape, axes)
        if isinstance(form, Atom) and form.kind == "transpose" and len(shape) == 2:
            form, axes = operand(form), [-3 - a for a in axes]
        named = tuple(a + len(shape) for a in axes)
        return self.call(name, form, shape=kept, axis=named[0] if len(named) == 1 else named)

    def sum(self, form: Form, shape: Shape, axes: Sequence[int]) -> Form:
        """The sum of a form that stands for `shape`, over some of its axes.

        Factors that do not change along the axes stay outside; an axis that only broadcasting
        gives counts as its length.
        """
        coefficient, factors = factors_of(form)
        outside: list[Factor] = []
        inside: list[Factor] = []
        for base, e in factors:
            constant = all(-a > len(base.shape) or base.shape[a] == 1 for a in axes)
            (outside if constant else inside).append((base, e))
        inner = self.algebra.multiply(inside)
        own = inner.shape
        times = math.prod(shape[a] for a in axes if -a > len(own) or own[a] == 1)
        present = [a for a in axes if -a <= len(own)]
        if present:
            inner = self._summed(inner, present)
        rest = [(self._squeezed(base, axes), e) for base, e in outside]
        return self.algebra.multiply([(inner, ONE), *rest], coefficient * times)

    def _summed(self, form: Form, axes: Sequence[int]) -> Form:
        if is_call(form, "diag") and len(form.shape) == 2:  # of a vector
            return operand(form) if len(axes) == 1 else self.reduced("sum", operand(form), [-1])
        if is_call(form, "diag"):
            return self.call("trace", operand(form), shape=())
        return self.reduced("sum", form, axes)

    def _squeezed(self, form: Form, axes: Sequence[int]) -> Form:
        """A form of size 1 along these axes, without them."""
        present = [a for a in axes if -a <= len(form.shape)]
        return self.reshaped(form, without(form.shape, present)) if present else form

    def transposed(self, form: Form, order: Sequence[int] = (1, 0)) -> Form:
        """`A'`, or `transpose(A, [...])` of more axes."""
        shape = tuple(form.shape[k] for k in order)
        if list(order) != list(range(len(order)))[::-1]:
            return self.call("transpose", form, tuple(order), shape=shape)
        if isinstance(form, Atom) and form.kind == "transpose":
            return operand(form)
        if is_call(form, "eye"):
            return form
        return self.algebra.atom("transpose", (form,), shape, ARRAY)

    def reshaped(self, form: Form, shape: Shape) -> Form:
        """`reshape(form, shape)` of a form with all its axes; of a product factor by factor where that is possible."""
        if form.shape == shape:
            return form
        if isinstance(form, Product) and all(b.shape in ((), form.shape) for b, _ in form.factors):
            factors = [(self.reshaped(b, shape) if b.shape else b, e) for b, e in form.factors]
            return self.algebra.multiply(factors, form.coefficient)
        while is_call(form, "reshape"):
            form = operand(form)
        if form.shape == shape:
            return form
        if not shape:
            return self.index(form, [0] * len(form.shape))
        return self.call("reshape", form, shape, shape=shape)

    def matmul(self, a: Form, b: Form) -> Form:
        """`a @ b`; the identity disappears, and `v @ A'` is `A @ v`."""
        if is_call(a, "eye") or is_call(b, "eye"):
            return b if is_call(a, "eye") else a
        if len(a.shape) == 1 and isinstance(b, Atom) and b.kind == "transpose":
            a, b = operand(b), a
        if len(a.shape) == 2 and isinstance(b, Atom) and b.kind == "infix" and b.parts[0] == "@" and len(b.shape) == 2:
            _, first, second = b.parts
            if len(first.shape) == len(second.shape) == 2:  # written without parentheses
                return self.matmul(self.matmul(a, first), second)
        return self.algebra.atom("infix", ("@", a, b), (*a.shape[:-1], *b.shape[1:]), ARRAY)

    def index(self, form: Form, parts: Sequence[Part], deep: int = 0) -> Form:
        """`form[parts]`, with one part for each axis."""
        algebra = self.algebra
        if all(part == WHOLE for part in parts):
            return form
        shape = tuple(len(range(n)[slice(*p)]) for p, n in zip(parts, form.shape, strict=True) if isinstance(p, tuple))
        if is_call(form, "ones", "zeros"):
            name = form.parts[0]
            return self.call(name, shape, shape=shape) if shape else algebra.one if name == "ones" else algebra.zero
        if isinstance(form, Atom) and form.kind == "index":
            return self.index(operand(form), _composed(operand(form).shape, form.parts[1:], parts))
        if deep < _DEEP:
            if isinstance(form, Product) and self._alike(form, [b for b, _ in form.factors]):
                factors = [(self.index(b, parts, deep + 1) if b.shape else b, e) for b, e in form.factors]
                return algebra.multiply(factors, form.coefficient)
            if isinstance(form, Sum) and self._alike(form, [t for _, t in form.terms]):
                return algebra.add([(c, self.index(t, parts, deep + 1) if t.shape else t) for c, t in form.terms])
            if is_elementwise(form) and self._alike(form, list(form.operands())):
                chosen = [self.index(p, parts, deep + 1) if isinstance(p, Form) and p.shape else p for p in form.parts]
                return algebra.atom(form.kind, chosen, shape, *form.rank[:1])
        shown = list(parts)
        while shown and shown[-1] == WHOLE:
            shown.pop()
        return algebra.atom("index", (form, *shown), shape, ARRAY)

    def _alike(self, form: Form, operands: Sequence[Form]) -> bool:
        return all(f.shape in ((), form.shape) for f in operands)


def is_call(form: Form, *names: str) -> TypeGuard[Atom]:
    """Whether a form is a call of one of these functions."""
    return isinstance(form, Atom) and form.kind == "call" and form.parts[0] in names


def is_elementwise(form: Form) -> TypeGuard[Atom]:
    """Whether a form is a row applied entry by entry to its operands."""
    return isinstance(form, Atom) and (form.kind == "power" or (form.kind == "call" and form.parts[0] in CALLABLE))


def operand(form: Form) -> Form:
    """The first operand of an atom."""
    assert isinstance(form, Atom)
    return next(form.operands())


def without(shape: Shape, axes: Sequence[int]) -> Shape:
    """A shape without some axes, counted from the end."""
    return tuple(n for k, n in enumerate(shape) if k - len(shape) not in axes)


def ends(start: int, stop: int, step: int, n: int) -> Part:
    """A slice (as `range` takes it) of an axis of length n, with the ends left out that the axis has anyway."""
    places = range(start, stop, step)
    if not places:
        return 0, 0, None
    first = None if start == (0 if step > 0 else n - 1) else start
    last = None if not 0 <= places[-1] + step < n else stop
    return first, last, None if step == 1 else step


def _composed(shape: Shape, inner: Sequence[Part], outer: Sequence[Part]) -> list[Part]:
    """The index that does what `inner` and then `outer` do."""
    rest = iter(outer)
    result: list[Part] = []
    for n, part in zip(shape, (*inner, *[WHOLE] * (len(shape) - len(inner))), strict=True):
        if isinstance(part, int):
            result.append(part)
            continue
        places = range(n)[slice(*part)]
        then = next(rest)
        if isinstance(then, int):
            result.append(places[then])
        else:
            chosen = places[slice(*then)]
            result.append(ends(chosen.start, chosen.stop, chosen.step, n))
    return result
