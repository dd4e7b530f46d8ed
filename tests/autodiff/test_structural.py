"""Structural primitives: each transposed operation is the adjoint of its operation, <w, J v> = <J' w, v>."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcli.autodiff import structural as s
from gradcli.autodiff.jvp import jvp
from gradcli.autodiff.primitive import Structural
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.targets.arrays import evaluate

Case = tuple[list[tuple[int, ...]], tuple]  #: shapes of the arguments, attributes

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


def axes_of(draw: Callable, rank: int) -> tuple[int, ...]:
    return tuple(sorted(draw(st.sets(st.integers(-rank, -1), min_size=1))))


@st.composite
def sums(draw: Callable) -> Case:
    shape = draw(SHAPES)
    return [shape], (axes_of(draw, len(shape)),)


@st.composite
def broadcasts(draw: Callable) -> Case:
    shape = draw(SHAPES)
    kept = draw(st.lists(st.booleans(), min_size=len(shape), max_size=len(shape)))
    return [tuple(n if k else 1 for n, k in zip(shape, kept, strict=True))], (shape,)


@st.composite
def reshapes(draw: Callable) -> Case:
    shape = draw(SHAPES)
    return [shape], (draw(st.sampled_from([(math.prod(shape),), (1, *shape), shape[::-1]])),)


@st.composite
def transposes(draw: Callable) -> Case:
    shape = draw(SHAPES)
    return [shape], (tuple(draw(st.permutations(range(len(shape))))),)


@st.composite
def parts_of(draw: Callable, shape: tuple[int, ...]) -> tuple:
    """Integers and slices of any step, as `slice.indices` gives them."""
    parts: list = []
    for n in shape:
        if draw(st.booleans()):
            parts.append(draw(st.integers(0, n - 1)))
            continue
        ends = st.one_of(st.none(), st.integers(-n - 1, n + 1))
        step = draw(st.sampled_from([None, 1, 2, -1, -2, 3]))
        parts.append(slice(draw(ends), draw(ends), step).indices(n))
    return tuple(parts)


@st.composite
def indices(draw: Callable) -> Case:
    shape = draw(SHAPES)
    return [shape], (draw(parts_of(shape)),)


@st.composite
def scatters(draw: Callable) -> Case:
    shape = draw(SHAPES)
    parts = draw(parts_of(shape))
    return [tuple(len(range(*p)) for p in parts if isinstance(p, tuple))], (parts, shape)


@st.composite
def concats(draw: Callable) -> Case:
    shape = draw(SHAPES)
    axis = draw(st.integers(-len(shape), -1))
    lengths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=3))
    at = axis + len(shape)
    return [(*shape[:at], n, *shape[at + 1 :]) for n in lengths], (axis,)


@st.composite
def einsums(draw: Callable) -> Case:
    """Letters in two of the three places each, as the primitive asks for."""
    sizes = {c: draw(st.integers(1, 3)) for c in "abcd"}
    places = {c: draw(st.sampled_from(["lr", "lo", "ro", "lro"])) for c in "abcd"}
    terms = ["".join(draw(st.permutations([c for c in "abcd" if place in places[c]]))) for place in ("l", "r", "o")]
    return [tuple(sizes[c] for c in term) for term in terms[:2]], tuple(terms)


@st.composite
def cumsums(draw: Callable) -> Case:
    shape = draw(SHAPES)
    return [shape], (draw(st.integers(-len(shape), -1)), draw(st.booleans()))


@st.composite
def order_statistics(draw: Callable) -> Case:
    shape = draw(SHAPES)
    return [shape], (draw(st.integers(0, shape[-1] - 1)),)


@st.composite
def triangles(draw: Callable) -> Case:
    shape = (*draw(SHAPES), draw(st.integers(1, 4)))
    return [shape], (draw(st.integers(-3, 3)), draw(st.booleans()))


square = st.tuples(SHAPES, st.integers(1, 3)).map(lambda d: ([(*d[0][:-1], d[1], d[1])], ()))
plain = SHAPES.map(lambda shape: ([shape], ()))

CASES: dict[Structural, st.SearchStrategy[Case]] = {
    s.SUM: sums(),
    s.BROADCAST: broadcasts(),
    s.RESHAPE: reshapes(),
    s.TRANSPOSE: transposes(),
    s.INDEX: indices(),
    s.SCATTER: scatters(),
    s.CONCAT: concats(),
    s.EINSUM: einsums(),
    s.DIAGONAL: square,
    s.DIAGONAL_MATRIX: plain,
    s.TRIANGLE: triangles(),
    s.CUMSUM: cumsums(),
    s.ORDER_STATISTIC: order_statistics(),
    s.NORM: plain,
}


def test_every_structural_primitive_has_cases() -> None:
    assert set(CASES) | {s.STOP} == set(s.ALL)


def applied(primitive: Structural, case: Case, seed: int, ties: bool = False):
    """The operation on a tape at random values: tape, arguments, result, inputs."""
    shapes, attributes = case
    generator = np.random.default_rng(seed)
    tape = Tape()
    arguments = [tape.input(f"a{k}", shape) for k, shape in enumerate(shapes)]
    result = tape.append(primitive, arguments, attributes)
    draw = (lambda n: generator.integers(-2, 3, n).astype(float)) if ties else generator.standard_normal
    return tape, arguments, result, {f"a{k}": draw(shape) for k, shape in enumerate(shapes)}, generator


@pytest.mark.parametrize("primitive", CASES, ids=lambda p: p.name)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_transposition_law(primitive: Structural, data: st.DataObject) -> None:
    ties = primitive in (s.ORDER_STATISTIC, s.NORM) and data.draw(st.booleans())
    tape, arguments, result, inputs, generator = applied(
        primitive, data.draw(CASES[primitive]), data.draw(st.integers(0, 999)), ties
    )
    tangents = {a: tape.fresh_input("v", tape.shape(a)) for a in arguments}
    cotangent = tape.fresh_input("w", tape.shape(result))
    (pushed,) = jvp(tape, [result], tangents)
    pulled = vjp(tape, result, cotangent, arguments)
    fed = {tape[i].attributes[0]: generator.standard_normal(tape.shape(i)) for i in (*tangents.values(), cotangent)}
    found = evaluate(tape, [pushed, *pulled], {**inputs, **fed})
    for a, back in zip(arguments, found[1:], strict=True):
        assert back.shape == tape.shape(a)
    assert found[0].shape == tape.shape(result)
    w = fed[tape[cotangent].attributes[0]]
    forward = float(np.sum(w * found[0]))
    backward = sum(
        float(np.sum(fed[tape[t].attributes[0]] * back)) for t, back in zip(tangents.values(), found[1:], strict=True)
    )
    assert forward == pytest.approx(backward, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("primitive", [p for p in CASES if p is not s.ORDER_STATISTIC], ids=lambda p: p.name)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_the_tangent_is_the_directional_derivative(primitive: Structural, data: st.DataObject) -> None:
    """Exact for (multi)linear operations by a step of 1 in each argument alone; the norm by a small one."""
    tape, arguments, result, inputs, generator = applied(primitive, data.draw(CASES[primitive]), 3)
    k = data.draw(st.integers(0, len(arguments) - 1))
    tangent = tape.fresh_input("v", tape.shape(arguments[k]))
    (pushed,) = jvp(tape, [result], {arguments[k]: tangent})
    v = generator.standard_normal(tape.shape(tangent))
    (told,) = evaluate(tape, [pushed], {**inputs, tape[tangent].attributes[0]: v})
    step = 1e-6 if primitive is s.NORM else 1.0
    sides = [evaluate(tape, [result], {**inputs, f"a{k}": inputs[f"a{k}"] + sign * step * v})[0] for sign in (1, -1)]
    assert (sides[0] - sides[1]) / (2 * step) == pytest.approx(told, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("primitive", CASES, ids=lambda p: p.name)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_kernels_broadcast_over_leading_axes(primitive: Structural, data: st.DataObject) -> None:
    """With an axis of 3 points in front the result is the 3 single results, to the last bits."""
    tape, _, result, inputs, generator = applied(primitive, data.draw(CASES[primitive]), 5)
    many = {name: generator.standard_normal((3, *a.shape)) for name, a in inputs.items()}
    (together,) = evaluate(tape, [result], many)
    assert together.shape == (3, *tape.shape(result))
    for k in range(3):
        (single,) = evaluate(tape, [result], {name: a[k] for name, a in many.items()})
        assert together[k] == pytest.approx(single, rel=4e-16, abs=1e-15)


def test_stop_cuts_the_path() -> None:
    tape = Tape()
    x = tape.input("x", (2,))
    stopped = tape.append(s.STOP, [x])
    assert vjp(tape, stopped, tape.fresh_input("w", (2,)), [x]) == [None]
    assert jvp(tape, [stopped], {x: tape.fresh_input("v", (2,))}) == [None]
    assert evaluate(tape, [stopped], {"x": np.array([1.0, 2.0])})[0].tolist() == [1.0, 2.0]
