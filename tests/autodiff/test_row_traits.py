"""What a row says about itself: kinks, edges, definition, names; each against the function alone."""

from __future__ import annotations

import math
import operator
import random
from collections import Counter
from itertools import product

import mpmath as mp
import numpy as np
import pytest
from oracles import FUNCTIONS

from gradcli.autodiff import array_functions, compositions
from gradcli.autodiff.elementwise import BY_NAME, CALLABLE, INFIX, ROWS
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.templates import template
from gradcli.errors import UnknownNameError
from gradcli.language.parser import parse
from gradcli.language.syntax import Binary, Call, Name, Node, Number, Unary
from gradcli.targets.arrays import find, numpy_kernel
from gradcli.targets.template_values import template_value

COMPARISONS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def mp_value(node: Node, names: dict[str, object]):
    """A definition in mpmath, by the references' functions: nothing of gradcli but the parser."""
    if isinstance(node, Number):
        return mp.mpf(node.value)
    if isinstance(node, Name):
        return names[node.name] if node.name in names else {"pi": mp.pi, "e": mp.e}[node.name]
    if isinstance(node, Unary):
        return -mp_value(node.operand, names)
    if isinstance(node, Binary):
        if node.operator in COMPARISONS:
            return COMPARISONS[node.operator](mp_value(node.left, names), mp_value(node.right, names))
        row = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "power"}[node.operator]
        return FUNCTIONS[row](mp_value(node.left, names), mp_value(node.right, names))
    assert isinstance(node, Call)
    if node.function == "where":  # the branch not taken may have no value
        return mp_value(node.arguments[1 if mp_value(node.arguments[0], names) else 2], names)
    first = len(BY_NAME[node.function].parameters)
    values = [mp_value(a, names) for a in node.arguments]
    return FUNCTIONS[node.function](*values[first:], *values[:first])


def seeded(row: Row, count: int) -> list[tuple[float, ...]]:
    generator = random.Random(row.name)
    return [tuple(generator.uniform(*interval) for interval in row.domain) for _ in range(count)]


def operands(row: Row, at: tuple[float, ...]) -> list[np.float64]:
    """Arguments and `out`, as conditions see them."""
    given = [np.float64(x) for x in at]
    with np.errstate(all="ignore"):
        return [*given, np.float64(numpy_kernel(row)(*given, *row.usual))]


def test_every_text_of_every_row_compiles() -> None:
    for row in ROWS:
        texts = [p for p in (*row.partials, *row.edges, row.definition) if p is not None]
        for kink in row.kinks:
            texts += [t for t in (kink.condition, kink.left, kink.right) if t is not None]
        for text in texts:
            assert template(row, text).result is not None, (row.name, text)


def test_columns_have_one_entry_per_argument() -> None:
    for row in ROWS:
        assert len(row.partials) == len(row.arguments) == len(row.domain), row.name
        assert len(row.edges) in (0, len(row.arguments)), row.name
        assert all(low < high for low, high in row.domain), row.name
        assert row.meaning, row.name


DEFINED = [row for row in ROWS if row.definition is not None]


@pytest.mark.parametrize("row", DEFINED, ids=lambda row: row.name)
def test_a_definition_is_the_function(row: Row) -> None:
    tree = parse(row.definition).tree
    for at in seeded(row, 3):
        with mp.workdps(40):
            given = dict(zip(row.arguments, map(mp.mpf, at), strict=True))
            said = mp.re(mp_value(tree, given | dict(zip(row.orders, row.typical, strict=False))))
            true = FUNCTIONS[row.name](*given.values())
            assert abs(said - true) <= mp.mpf(10) ** -33 * abs(true), (row.name, at)


def test_private_rows_have_a_definition_to_be_printed_by() -> None:
    assert all(row.definition for row in ROWS if row.private)


def test_names_and_aliases_mean_one_function() -> None:
    every = [name for row in ROWS for name in (row.name, *row.aliases)]
    every += [name for c in compositions.COMPOSITIONS for name in (c.name, *c.aliases)]
    every += list(array_functions.BY_NAME)
    assert not [name for name, n in Counter(every).items() if n > 1]


PUBLIC = [row for row in ROWS if not row.private and row.operator is None]


@pytest.mark.parametrize("row", PUBLIC, ids=lambda row: row.name)
def test_a_public_row_is_callable_by_each_of_its_names(row: Row) -> None:
    for name in (row.name, *row.aliases):
        tape = Tape()
        inputs = {argument: tape.input(argument) for argument in row.arguments}
        at = lower(tape, parse(f"{name}({', '.join((*('1' for _ in row.parameters), *row.arguments))})"), inputs)
        assert tape[at].primitive is row
        assert CALLABLE[name] is row


def test_an_operator_is_its_row() -> None:
    for sign, row in INFIX.items():
        tape = Tape()
        inputs = {name: tape.input(name) for name in "xy"}
        at = lower(tape, parse(f"(x < 1) {sign} (y < 1)" if sign in ("and", "or") else f"x {sign} y"), inputs)
        assert tape[at].primitive is row


@pytest.mark.parametrize("row", [row for row in ROWS if row.private], ids=lambda row: row.name)
def test_a_private_row_is_not_callable(row: Row) -> None:
    tape = Tape()
    inputs = {argument: tape.input(argument) for argument in row.arguments}
    with pytest.raises(UnknownNameError):
        lower(tape, parse(f"{row.name}({', '.join(row.arguments)})"), inputs)


def test_every_private_row_serves_a_partial_or_a_composition() -> None:
    texts = [p for row in ROWS for p in row.partials if p] + [c.body for c in compositions.COMPOSITIONS]
    used = {name for text in texts for name in BY_NAME if f"{name}(" in text}
    assert {row.name for row in ROWS if row.private} <= used


def test_kernels_exist_in_math_and_numpy() -> None:
    for row in ROWS:
        assert callable(numpy_kernel(row))
        if row.math is not None:
            assert callable(find(row.math, "math"))


def test_scalar_and_array_kernels_agree_on_the_whole_domain() -> None:
    for row in ROWS:
        if row.math is None:
            continue
        for at in seeded(row, 5):
            with np.errstate(all="ignore"):
                a, b = float(find(row.math, "math")(*at)), float(numpy_kernel(row)(*map(np.float64, at)))
            assert a == pytest.approx(b, rel=1e-15), (row.name, at)


def test_commutative_rows_commute_to_the_last_bit() -> None:
    for row in ROWS:
        if not row.commutative:
            continue
        for x, y in [*seeded(row, 20), (0.0, 1.5), (1e300, -1e-300)]:
            with np.errstate(all="ignore"):
                a, b = numpy_kernel(row)(x, y), numpy_kernel(row)(y, x)
            assert a == b or (math.isnan(a) and math.isnan(b)), (row.name, x, y)


def test_boolean_rows_give_0_or_1() -> None:
    for row in ROWS:
        if row.boolean:
            for at in [*seeded(row, 20), (0.0,) * len(row.arguments), (1.0,) * len(row.arguments)]:
                assert numpy_kernel(row)(*at) in (0, 1)


#: Points on a kink of each row that has one, with the one-sided derivatives there (None: there is no single one).
KINKS: dict[str, list[tuple[tuple[float, ...], float | None, float | None]]] = {
    "abs": [((0.0,), -1.0, 1.0)],
    "relu": [((0.0,), 0.0, 1.0)],
    "sign": [((0.0,), None, None)],
    "floor": [((2.0,), None, None), ((0.0,), None, None), ((-3.0,), None, None)],
    "ceil": [((2.0,), None, None), ((-0.0,), None, None)],
    "round": [((2.5,), None, None), ((-0.5,), None, None), ((1.5,), None, None)],
    "mod": [((4.0, 2.0), None, None), ((-6.0, 2.0), None, None), ((0.0, 3.0), None, None)],
    "maximum": [((2.0, 2.0), 0.0, 1.0)],
    "minimum": [((-1.0, -1.0), 1.0, 0.0)],
    "clip": [((-1.0, -1.0, 1.0), 0.0, 1.0), ((1.0, -1.0, 1.0), 1.0, 0.0), ((2.0, 1.0, 1.0), 0.0, 0.0)],
    "hypot": [((0.0, 0.0), None, None)],
    "acot": [((0.0,), -1.0, -1.0)],
    "atan2": [((0.0, -1.0), None, None)],
    "leaky": [((0.0, 0.25), 0.25, 1.0)],
    "elu_of": [((0.0, 2.0), 2.0, 1.0)],
    "celu_of": [((0.0, 2.0), None, None)],
    "huberized": [((1.5, 1.5), None, None), ((-2.0, 2.0), None, None)],
    "softsign": [((0.0,), None, None)],
    "trunc": [((2.0,), None, None), ((-1.0,), None, None)],
    "fmod": [((4.0, 2.0), None, None), ((-4.0, 2.0), None, None)],
    "copysign": [((0.0, -1.0), None, None)],
    "besselix": [((0.0,), 1.0, -1.0)],  # of order 0: exp(-|x|)*(1 + x^2/4 + ...)
} | {
    name: [((1.5, 1.5), None, None)]
    for name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
}


def test_every_kink_is_tested() -> None:
    assert {row.name for row in ROWS if row.kinks} == set(KINKS)


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_is_where_its_condition_says_and_nowhere_near(name: str) -> None:
    row = BY_NAME[name]
    for at, left, right in KINKS[name]:
        kink = row.kinks[0]
        assert template_value(row, kink.condition, operands(row, at)) == 1, at
        assert kink.convention
        for side, expected in ((kink.left, left), (kink.right, right)):
            found = None if side is None else float(template_value(row, side, operands(row, at)))
            assert found == expected
    for at in seeded(row, 50):
        assert template_value(row, row.kinks[0].condition, operands(row, at)) == 0, at


def test_kinks_that_begin_at_another_order_or_argument() -> None:
    for name, at in (("elu_of", (0.0, 1.0)), ("copysign", (1.0, 0.0))):
        row = BY_NAME[name]
        first, second = (template_value(row, kink.condition, operands(row, at)) for kink in row.kinks)
        assert (first, second) == (0, 1)
    assert [kink.order for kink in BY_NAME["elu_of"].kinks] == [1, 2]


def test_one_sided_derivatives_are_those_of_mpmath() -> None:
    for name, rest in (("abs", ()), ("relu", ()), ("leaky", (0.25,)), ("elu_of", (2.0,))):
        for sign, side in ((-1, "left"), (1, "right")):
            true = mp.diff(lambda x, f=FUNCTIONS[name], more=rest: f(x, *more), mp.mpf(0), direction=sign)
            text = getattr(BY_NAME[name].kinks[0], side)
            said = template_value(BY_NAME[name], text, operands(BY_NAME[name], (0.0, *rest)))
            assert float(said) == pytest.approx(float(true), abs=1e-9)


@pytest.mark.parametrize("name", KINKS)
def test_the_values_across_a_kink_are_the_limits_there(name: str) -> None:
    """Each argument moved by 1e-15 either way: the limits other than the value itself, none where it is continuous."""
    row = BY_NAME[name]
    function = FUNCTIONS[name] if name in FUNCTIONS else COMPARISONS[row.operator]
    for at, _, _ in KINKS[name]:
        value = float(operands(row, at)[-1])
        limits = set()
        for k in range(len(at)):
            for side in (-1, 1):
                moved = [mp.mpf(x) + side * mp.mpf("1e-15") * (j == k) for j, x in enumerate(at)]
                limits.add(round(float(function(*moved)), 9))
        found = {round(float(template_value(row, text, operands(row, at))), 9) for text in row.kinks[0].across}
        assert found == limits - {round(value, 9)}, at


@pytest.mark.parametrize("row", [row for row in ROWS if row.edges], ids=lambda row: row.name)
def test_an_edge_says_whether_the_value_depends_on_the_argument(row: Row) -> None:
    conditions = [(1.0, 0.3, 0.7), (0.0, 0.3, 0.7), (-2.0, 0.1, -0.4)]
    for at in conditions if row.name == "where" else seeded(row, 20):
        for k, edge in enumerate(row.edges):
            if edge is None:
                continue
            moved = [x + 1e-6 * (j == k) for j, x in enumerate(at)]
            depends = FUNCTIONS[row.name](*moved) != FUNCTIONS[row.name](*at)
            assert bool(template_value(row, edge, operands(row, at))) == depends, (row.name, at, k)


#: Arguments in and off the domains of all rows, boundaries and poles among them.
_GRID = (-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 90.0)
#: Rows that overflow on the grid, or whose domain has no short form.
_UNSTATED = {"erfi", "beta", "lbeta"}


@pytest.mark.parametrize("row", [r for r in ROWS if not r.private and not r.boolean], ids=lambda r: r.name)
def test_a_row_has_a_finite_value_where_it_says_that_it_is_defined(row: Row) -> None:
    for at in product(_GRID, repeat=len(row.arguments)):
        given = [np.float64(x) for x in at]
        with np.errstate(all="ignore"):
            finite = np.isfinite(numpy_kernel(row)(*given, *row.usual))
        if row.defined is None:
            assert finite or row.name in _UNSTATED, at
            continue
        defined = template_value(row, row.defined, [*given, np.float64(0)], row.usual) != 0
        pole = row.name == "power" and at[0] == 0 and at[1] < 0  # the condition is about signs; 0^-1 is a pole
        assert bool(defined) == bool(finite) or pole, at
