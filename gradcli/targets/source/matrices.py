"""Linear algebra in formulas: `inv(A)`, `solve(A, b)`, `det(A)`; derivatives of determinants by the adjugate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import permutations

from gradcli.autodiff import linear_algebra
from gradcli.autodiff.linear_algebra import MatrixFunction
from gradcli.autodiff.primitive import Attributes, Shape
from gradcli.targets import minors
from gradcli.targets.source.arrays import Arrays
from gradcli.targets.source.errors import NotExpressible
from gradcli.targets.source.explicit import Entry
from gradcli.targets.source.forms import Form, Term
from gradcli.targets.source.numbers import ONE
from gradcli.targets.source.values import Explicit, Value, scalar_or_array, stretched

_MOST_DIRECTIONS = 3  #: of cofactors; k directions take (k + 1)! terms
_SPELLED_ROWS = 3  #: rows up to which a matrix whose entries are written out is worked out entry by entry


def matrix_function(
    to: Arrays,
    primitive: MatrixFunction,
    attributes: Attributes,
    shapes: Sequence[Shape],
    values: Sequence[Value],
    shape: Shape,
) -> Value:
    """A function of matrices, given the values of its arguments.

    Raises:
        NotExpressible: for fifth and higher derivatives of a determinant.
    """
    n = shapes[0][-1]
    if primitive in _SPELLED and n <= _SPELLED_ROWS and all(isinstance(v, Explicit) for v in values):
        return _SPELLED[primitive](to, attributes, shapes, values, shape)
    forms = [to.full(v, s) for v, s in zip(values, shapes, strict=True)]
    if primitive is linear_algebra.COFACTORS:
        return _cofactors(to, forms, shape)
    if primitive is linear_algebra.SOLVE:
        outer, right = to.split(forms[1])
        return to.times(outer, to.call("solve", forms[0], to.full(right, shapes[1]), shape=shape))
    name = primitive.name
    if primitive is linear_algebra.LOG_DETERMINANT and attributes[0]:
        name = "logabsdet"
    return to.call(name, *forms, shape=shape)


def _cofactors(to: Arrays, forms: Sequence[Form], shape: Shape) -> Form:
    """adj(A)'; along directions H1, ..., Hk, where A is not singular, a sum over permutations of 0, ..., k.

    With Xi = inv(A) @ Hi a cycle (i j ...) without 0 is the factor trace(Xi @ Xj @ ...), the cycle
    (0 i j ...) the matrix Xi @ Xj @ ... @ adj(A), and each cycle of even length changes the sign:
    for k = 1 it is (trace(X1)*adj(A) - X1 @ adj(A))'.
    """
    matrix, *directions = forms
    adjugate = to.call("adj", matrix, shape=shape)
    if len(directions) > _MOST_DIRECTIONS:
        raise NotExpressible("a high derivative of a determinant has no spelling in the language")
    moved = [to.matmul(to.call("inv", matrix, shape=shape), to.full(h, shape)) for h in directions]
    terms: list[Term] = []
    for order in permutations(range(len(forms))):
        sign, factors = ONE, []
        for cycle in _cycles(order):
            sign = sign if len(cycle) % 2 else -sign
            product = [moved[i - 1] for i in cycle if i]
            if cycle[0] == 0:
                product.append(adjugate)
            whole = reduce(to.matmul, product)
            factors.append(whole if cycle[0] == 0 else to.call("trace", whole, shape=()))
        terms.append((sign, to.times(*factors)))
    return to.transposed(to.algebra.add(terms))


def _cycles(order: Sequence[int]) -> list[list[int]]:
    """The cycles of a permutation, each beginning with its smallest number."""
    found: list[list[int]] = []
    for start in range(len(order)):
        if not any(start in cycle for cycle in found):
            cycle = [start]
            while order[cycle[-1]] != start:
                cycle.append(order[cycle[-1]])
            found.append(cycle)
    return found


def _entries(to: Arrays, value: Value, shape: Shape) -> minors.Matrix:
    entries = stretched(value, shape)
    return lambda i, j: Entry(to.algebra, entries[i * shape[1] + j])


def _expanded(to: Arrays, value: Value, shape: Shape) -> Form:
    one = Entry(to.algebra, to.algebra.one)
    found: Entry = minors.determinant(shape[0], _entries(to, value, shape), one)
    return found.form


def _minors(to: Arrays, values: Sequence[Value], shape: Shape) -> list[list[Entry]]:
    one, zero = Entry(to.algebra, to.algebra.one), Entry(to.algebra, to.algebra.zero)
    return minors.cofactors(shape[0], [_entries(to, v, shape) for v in values], one, zero)


def _spelled_cofactors(
    to: Arrays, attributes: Attributes, shapes: Sequence[Shape], values: Sequence[Value], shape: Shape
) -> Value:
    return scalar_or_array([e.form for row in _minors(to, values, shape) for e in row], shape)


def _spelled_determinant(
    to: Arrays, attributes: Attributes, shapes: Sequence[Shape], values: Sequence[Value], shape: Shape
) -> Value:
    return _expanded(to, values[0], shapes[0])


def _spelled_solution(
    to: Arrays, attributes: Attributes, shapes: Sequence[Shape], values: Sequence[Value], shape: Shape
) -> Value:
    """Cramer's rule."""
    n = shapes[0][0]
    rows = _minors(to, values[:1], shapes[0])
    determinant = _expanded(to, values[0], shapes[0])
    right = stretched(values[1], shapes[1]) if len(values) > 1 else None
    columns = math.prod(shape) // n
    found = []
    for i in range(n):
        for j in range(columns):
            entry = rows[j][i]
            if right is not None:
                entry = rows[0][i] * Entry(to.algebra, right[j])
                for k in range(1, n):
                    entry = entry + rows[k][i] * Entry(to.algebra, right[k * columns + j])
            found.append(to.algebra.multiply([(entry.form, ONE), (determinant, -ONE)]))
    return scalar_or_array(found, shape)


_Spell = Callable[[Arrays, Attributes, Sequence[Shape], Sequence[Value], Shape], Value]
_SPELLED: dict[MatrixFunction, _Spell] = {
    linear_algebra.INVERSE: _spelled_solution,
    linear_algebra.SOLVE: _spelled_solution,
    linear_algebra.DETERMINANT: _spelled_determinant,
    linear_algebra.COFACTORS: _spelled_cofactors,
}
