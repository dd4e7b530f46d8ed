"""Rules that replace the chain rule: each is the derivative of the definition it stands for, and its transpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradcli.autodiff import ruled
from gradcli.autodiff.jvp import jvp
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.primitive import Ruled
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import all_adjoints, vjp
from gradcli.language.parser import parse
from gradcli.targets.arrays import evaluate

SHAPES = ((1,), (2,), (5,), (3, 4))
TEXTS = ("softmax(v, axis=-1)", "log_softmax(v, axis=-1)", "logsumexp(v, axis=-1)", "norm(v, axis=-1)")


def instructions(shape: tuple[int, ...]) -> Iterator[tuple[Tape, int]]:
    """A tape and one of its ruled instructions: of the functions and of their derivatives, every one there is."""
    for text in TEXTS:
        tape = Tape()
        v = tape.input("v", shape)
        result = lower(tape, parse(text), {"v": v})
        (adjoint,) = vjp(tape, result, tape.input("w", tape.shape(result)), [v])
        assert adjoint is not None
        jvp(tape, [*jvp(tape, [adjoint], {v: tape.input("t", shape)})], {v: tape.input("s", shape)})
        yield from ((tape, i) for i, one in enumerate(tape.instructions) if isinstance(one.primitive, Ruled))


def fed(tape: Tape) -> dict[str, Any]:
    generator = np.random.default_rng(1)
    return {name: generator.standard_normal(tape.shape(i)) for name, i in tape.inputs.items()}


def test_every_rule_is_met() -> None:
    met = {tape.instructions[i].primitive for tape, i in instructions((3,))}
    assert met == set(ruled.ALL)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_rule_is_the_derivative_of_its_definition(shape: tuple[int, ...]) -> None:
    """Both ways, by the sweep that takes the definition in place of the rule."""
    for tape, i in list(instructions(shape)):
        primitive, _, _, own = tape.instructions[i]
        leaves = list(tape.inputs.values())
        seed = tape.fresh_input("seed", own)
        by_rule = all_adjoints(tape, i, seed, leaves)
        written = all_adjoints(tape, i, seed, leaves, written=True)
        for leaf in leaves:
            if leaf not in by_rule:
                assert leaf not in written
                continue
            found, expected = evaluate(tape, [by_rule[leaf], written[leaf]], fed(tape))
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13, err_msg=primitive.name)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_transpose_is_the_adjoint_of_the_tangent(shape: tuple[int, ...]) -> None:
    for tape, i in list(instructions(shape)):
        _, arguments, _, own = tape.instructions[i]
        for k in range(1, len(arguments)):
            t = tape.fresh_input("tangent", tape.shape(arguments[k]))
            w = tape.fresh_input("cotangent", own)
            primitive = tape.instructions[i].primitive
            assert isinstance(primitive, Ruled)
            along = primitive.along(tape, tape.instructions[i], k, t)
            back = primitive.transpose(tape, tape.instructions[i], k, w)
            given = fed(tape)
            pushed, pulled, tangent, cotangent = evaluate(tape, [along, back, t, w], given)
            assert np.sum(pushed * cotangent) == pytest.approx(np.sum(pulled * tangent), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("shape", SHAPES)
def test_values_are_those_of_the_definitions(shape: tuple[int, ...]) -> None:
    for tape, i in list(instructions(shape)):
        found, defined = evaluate(tape, [i, tape.instructions[i].arguments[0]], fed(tape))
        np.testing.assert_allclose(found, defined, rtol=1e-13, atol=1e-15)


def test_the_sum_of_the_others_subtracts_nothing() -> None:
    tape = Tape()
    x = tape.input("x", (3,))
    others = tape.append(ruled.OTHERS, (x,))
    assert evaluate(tape, [others], {"x": np.array([1.0, 1e-30, 1e-40])})[0].tolist() == [1e-30 + 1e-40, 1.0, 1.0]
    assert evaluate(tape, [others], {"x": np.array([np.inf, 1.0, 2.0])})[0].tolist() == [3.0, np.inf, np.inf]


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("logsumexp(v)", [-np.inf, -np.inf], -np.inf),
        ("logsumexp(v)", [np.inf, 0.0], np.inf),
        ("logsumexp(v)", [-np.inf, 3.0], 3.0),
        ("softmax(v)[0]", [-np.inf, 3.0], 0.0),
        ("log_softmax(v)[0]", [-np.inf, 3.0], -np.inf),
        ("logsumexp(v)", [np.nan, 3.0], np.nan),
    ],
)
def test_infinite_entries(text: str, x: list[float], value: float) -> None:
    tape = Tape()
    result = lower(tape, parse(text), {"v": tape.input("v", (2,))})
    assert evaluate(tape, [result], {"v": np.array(x)})[0] == pytest.approx(value, nan_ok=True)


def test_a_branch_not_taken_stays_out() -> None:
    """Rows of a softmax that nothing reaches hand no NaN on."""
    tape = Tape()
    v = tape.input("v", (2, 2))
    result = lower(tape, parse("sum(where([[1], [0]], softmax(v, axis=1), 0)*[[1, 2], [3, 4]])"), {"v": v})
    (adjoint,) = vjp(tape, result, tape.constant(1.0), [v])
    assert adjoint is not None
    (found,) = evaluate(tape, [adjoint], {"v": np.array([[0.0, 0.0], [np.nan, 1.0]])})
    assert found.tolist() == [[-0.25, 0.25], [0.0, 0.0]]
