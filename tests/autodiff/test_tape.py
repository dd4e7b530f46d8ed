"""The laws of the tape: equal instructions are one, bits are kept, places and limits are noted."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tapes import Program

from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.structural import SUM, broadcast
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.errors import LimitError
from gradcli.language.parser import parse
from gradcli.limits import LIMITS
from gradcli.problems.problem import UserFunction
from gradcli.targets.arrays import evaluate

FLOATS = st.floats(allow_nan=True, allow_infinity=True)


def same_bits(a: float, b: float) -> bool:
    return struct.pack("<d", a) == struct.pack("<d", b)


@given(FLOATS, FLOATS)
def test_constants_are_one_instruction_exactly_if_their_bits_are_equal(a: float, b: float) -> None:
    tape = Tape()
    assert (tape.constant(a) == tape.constant(b)) == same_bits(a, b)
    assert same_bits(tape.constant_value(tape.constant(a)), a)


def test_zero_and_minus_zero_differ_and_nan_equals_itself() -> None:
    tape = Tape()
    assert tape.constant(0.0) != tape.constant(-0.0)
    assert tape.constant(math.nan) == tape.constant(math.nan)
    assert math.copysign(1, tape.constant_value(tape.constant(-0.0))) == -1


def test_a_label_makes_another_constant() -> None:
    tape = Tape()
    assert tape.constant(math.pi, "pi") != tape.constant(math.pi)
    assert tape.constant(math.pi, "pi") == tape.constant(math.pi, "pi")


def test_equal_instructions_are_one() -> None:
    tape = Tape()
    x, y = tape.input("x"), tape.input("y")
    assert tape.append(BY_NAME["sin"], [x]) == tape.append(BY_NAME["sin"], [x])
    assert tape.append(BY_NAME["sin"], [x]) != tape.append(BY_NAME["sin"], [y])
    assert tape.append(BY_NAME["power"], [x, y], (0, 0)) != tape.append(BY_NAME["power"], [x, y], (1, 0))


@pytest.mark.parametrize(
    "name", ["add", "multiply", "maximum", "minimum", "hypot", "logaddexp", "equal", "logical_and"]
)
def test_commutative_operations_sort_their_arguments_in_the_key_only(name: str) -> None:
    tape = Tape()
    x, y = tape.input("x"), tape.input("y")
    first = tape.append(BY_NAME[name], [y, x])
    assert tape.append(BY_NAME[name], [x, y]) == first
    assert tape[first].arguments == (y, x)  # printing keeps the person's order


@pytest.mark.parametrize("name", ["subtract", "divide", "less", "atan2", "mod"])
def test_other_operations_keep_their_arguments_apart(name: str) -> None:
    tape = Tape()
    x, y = tape.input("x"), tape.input("y")
    assert tape.append(BY_NAME[name], [x, y]) != tape.append(BY_NAME[name], [y, x])


@pytest.mark.parametrize("text", ["x*1", "1*x", "x/1", "x - 0", "x + (-0)", "-(-x)", "+x", "(x)"])
def test_identities_that_keep_every_bit_are_applied(text: str) -> None:
    program = Program(text, x=2.0)
    assert program.output == program.sources["x"]


@pytest.mark.parametrize("text", ["x + 0", "x*0", "x - x", "x/x", "0*x", "x^0", "x - (-0)", "0 - x", "x*(-1)", "1/x"])
def test_identities_that_lose_a_bit_a_zero_or_a_nan_are_not(text: str) -> None:
    program = Program(text, x=2.0)
    instruction = program.tape[program.output]
    assert program.output != program.sources["x"]
    assert program.sources["x"] in instruction.arguments


def test_minus_zero_keeps_its_sign_through_the_identities() -> None:
    for text, sign in (("x*1", -1), ("x - 0", -1), ("x + (-0)", -1), ("x + 0", 1)):
        assert math.copysign(1, Program(text, x=-0.0).value()) == sign, text


def test_constants_are_not_folded() -> None:
    tape = Tape()
    at = lower(tape, parse("2 + 3"), {})
    assert tape[at].primitive is BY_NAME["add"]


def test_common_subexpressions_are_free() -> None:
    once, twice = Program("sin(x*y)", x=1.0, y=2.0), Program("sin(x*y)*sin(y*x)", x=1.0, y=2.0)
    assert len(twice.tape) == len(once.tape) + 1


def test_sixty_doublings_are_sixty_instructions() -> None:
    """d60(x) = 2^60 x by functions that each call the one before twice; the gradient is as small."""
    functions = {"d0": UserFunction("d0", ("x",), parse("x"))}
    for k in range(1, 61):
        functions[f"d{k}"] = UserFunction(f"d{k}", ("x",), parse(f"d{k - 1}(x) + d{k - 1}(x)"))
    tape = Tape()
    x = tape.input("x")
    output = lower(tape, parse("d60(x)"), {"x": x}, functions)
    assert len(tape) == 1 + 60
    (adjoint,) = vjp(tape, output, tape.constant(1.0), [x])
    assert len(tape) < 4 * 60
    assert evaluate(tape, [output, adjoint], {"x": 1.5}) == [1.5 * 2.0**60, 2.0**60]


def test_inputs_are_one_by_name_and_keep_their_shape() -> None:
    tape = Tape()
    assert tape.input("x", (2,)) == tape.input("x", (2,))
    with pytest.raises(ValueError, match="shape"):
        tape.input("x", (3,))


def test_a_fresh_input_has_a_name_nobody_can_type() -> None:
    tape = Tape()
    first, second = tape.fresh_input("tangent", ()), tape.fresh_input("tangent", ())
    names = {tape[first].attributes[0], tape[second].attributes[0]}
    assert len(names) == 2
    assert not any(name.isidentifier() for name in names)


def test_needed_is_what_the_outputs_depend_on_in_order() -> None:
    tape = Tape()
    x, y = tape.input("x"), tape.input("y")
    a = tape.append(BY_NAME["sin"], [x])
    tape.append(BY_NAME["cos"], [y])
    b = tape.add(a, x)
    assert tape.needed([b]) == [x, a, b]


def test_select_on_a_negation_exchanges_the_branches() -> None:
    tape = Tape()
    x, a, b = tape.input("x"), tape.input("a"), tape.input("b")
    condition = tape.append(BY_NAME["less"], [x, a])
    negated = tape.append(BY_NAME["logical_not"], [condition])
    assert tape.select(negated, a, b) == tape.select(condition, b, a)


def test_an_instruction_remembers_its_first_place() -> None:
    text = "y + sin(x) * sin(x)"
    program = Program(text, x=1.0, y=2.0)
    sine = next(i for i, step in enumerate(program.tape.instructions) if step.primitive is BY_NAME["sin"])
    assert program.tape.places[sine].text == "sin(x)"
    assert program.tape.places[sine].span.start == text.index("sin")
    (adjoint,) = [g for n, g in program.adjoints().items() if n == "x"]
    assert program.tape.places[adjoint].text in text  # a derivative leads to the text it differentiates


def test_too_many_instructions_are_a_named_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "1 + 2 + 3"  # x, three constants and two sums are six instructions
    monkeypatch.setattr("gradcli.autodiff.tape.LIMITS", LIMITS._replace(tape_instructions=6))
    assert len(Program(text, x=1.0).tape) == 6
    monkeypatch.setattr("gradcli.autodiff.tape.LIMITS", LIMITS._replace(tape_instructions=5))
    with pytest.raises(LimitError, match="tape_instructions") as error:
        Program(text, x=1.0)
    assert error.value.span is not None


def test_too_large_an_array_is_a_named_limit() -> None:
    tape = Tape()
    one = tape.constant(1.0)
    broadcast(tape, one, (LIMITS.array_elements,))
    with pytest.raises(LimitError, match="array_elements"):
        broadcast(tape, one, (LIMITS.array_elements + 1,))


def test_shapes_are_static() -> None:
    tape = Tape()
    x = tape.input("x", (2, 3))
    assert tape.shape(tape.append(SUM, [x], ((-1,),))) == (2,)
