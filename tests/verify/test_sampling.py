"""The function as differences see it: values on the point's own piece only, and noise that covers real rounding."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hearings import Case

from gradcli.verify.sampling import Sampler

EPSILON = float(np.finfo(float).eps)


def sampler(text: str, **at: Any) -> Sampler:
    case = Case(text, **at)
    return Sampler(case.tape, case.output, case.sources, case.inputs, case.values)


#: text, x, the largest number on the way, the exact function: a value holds little more than rounding
CANCELLING: list[tuple[str, float, float, Any]] = [
    ("1-cos(x)", 1e-9, 1.0, lambda x: 1 - mp.cos(x)),
    ("log(1+x^2)", 1e-9, 1.0, lambda x: mp.log(1 + x * x)),
    ("1-tanh(x)", 25.0, 1.0, lambda x: 1 - mp.tanh(x)),
    ("(x+1e16)-1e16", 1.0, 1e16, lambda x: x),
    ("tan(x)-atan(x)", 8.2e-8, 8.2e-8, lambda x: mp.tan(x) - mp.atan(x)),
    ("sum([1e16, x, -1e16])", 1.5, 1e16, lambda x: x),
    ("[1e8, x] @ [1e8, 1] - 1e16", 1.5, 1e16, lambda x: x),
    ("log(exp(x) + 1)", -50.0, 1.0, lambda x: mp.log(mp.exp(x) + 1)),
    ("exp(x)*1e10 - exp(x)*(1e10 - 1)", 2.0, 7e10, mp.exp),
]


@pytest.mark.parametrize(("text", "x", "size", "f"), CANCELLING, ids=[c[0] for c in CANCELLING])
def test_noise_covers_the_rounding_inside(text: str, x: float, size: float, f: Any) -> None:
    """Over many points around x it reaches what the largest number may lose, and not wildly more."""
    s = sampler(text, x=x)
    points = x * (1 + np.linspace(-0.01, 0.01, 64))[:, None]
    values, noise = s.values(points)[:, 0], s.noise(points)[:, 0]
    with mp.workdps(60):
        errors = [
            abs(float(mp.mpf(v) - f(mp.mpf(p)))) for v, p in zip(values.tolist(), points[:, 0].tolist(), strict=True)
        ]
    assert noise.max() >= max(*errors, EPSILON * size / 4)
    assert noise.max() <= 16 * EPSILON * size


def test_a_function_without_cancellation_has_noise_of_its_last_digits_only() -> None:
    s = sampler("exp(x)*y/(1+y^2)", x=0.7, y=1.3)
    points = np.array([[0.7, 1.3]]) * (1 + np.linspace(-0.1, 0.1, 50))[:, None]
    assert np.all(s.noise(points) <= 10 * EPSILON * np.abs(s.values(points)))


def test_a_part_that_does_not_move_errs_alike() -> None:
    s = sampler("x + (exp(y)*1e10 - 1e10)", x=0.7, y=1.3)
    along_x = np.array([[0.7, 1.3]]) + np.linspace(0, 1, 20)[:, None] * [1.0, 0.0]
    assert np.all(sampler("x*1", x=0.7).noise(along_x[:, :1]) <= 4 * EPSILON)
    alone = sampler("exp(y)*1e10", x=0.7, y=1.3)
    assert np.all(alone.noise(along_x) == 0.0)
    assert s.noise(along_x).max() > 0.0


def test_noise_is_the_same_every_time() -> None:
    points = np.linspace(0.5, 1.5, 40)[:, None]
    first, second = (sampler("sin(x)*exp(x) - x^2", x=1.0).noise(points) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_operands_too_far_apart_for_a_function_are_noise() -> None:
    points = 1e16 + 2.0 * np.arange(1.0, 9.0)[:, None]
    assert np.all(sampler("sinpi(x)", x=1e16).values(points) == 0.0)
    assert sampler("sinpi(x)", x=1e16).noise(points).max() >= 1.0
    assert np.all(sampler("tanh(x)", x=1e16).noise(points) <= 4 * EPSILON)


@pytest.mark.parametrize(
    ("text", "x", "inside", "beyond"),
    [
        ("floor(x)*x", 2.5, [2.0, 2.9], [1.9, 3.0]),
        ("where(x > 1, x, -x)", 1.5, [1.1, 9.0], [1.0, -3.0]),
        ("mod(x, 0.5)", 0.7, [0.51, 0.99], [0.4, 1.1]),
        ("mod(3, x)", 1.1, [1.01, 1.4], [0.9, 1.6]),
        ("sum(where([x, 1] > [0, 0], [x, 1], [0, x]))", 0.5, [0.1, 3.0], [-0.1]),
    ],
)
def test_beyond_a_step_there_is_no_value(text: str, x: float, inside: list[float], beyond: list[float]) -> None:
    s = sampler(text, x=x)
    assert np.isfinite(s.values(np.array(inside)[:, None])).all()
    assert np.isnan(s.values(np.array(beyond)[:, None])).all()


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("sum(mod(v, 2))", lambda v: np.floor(v / 2)),
        ("sum(mod(5, v))", lambda v: np.floor(5 / v)),
        ("sum([1, 0] @ mod([v, v], 2))", lambda v: np.floor(v / 2)),
    ],
)
def test_a_number_beside_an_array_has_steps_at_every_point(text: str, pieces: Any) -> None:
    """As many points as entries, too, where axes of points and of entries are easily taken for one another."""
    at = np.array([0.3, 1.6, 2.7])
    points = at + np.array([[0.0, 0.0, 0.0], [0.1, 0.1, 0.1], [0.0, 1.0, 0.0], [0.0, 0.0, 1.5], [0.3, 0.3, 0.4]])
    same = (pieces(points) == pieces(at)).all(axis=1)
    s = sampler(text, v=at)
    for count in (3, 5):
        assert np.isfinite(s.values(points[:count])[:, 0]).tolist() == same[:count].tolist()


@pytest.mark.parametrize("text", ["beta(v, 2.5)", "lbeta(2.5, v)", "sum(logerf(v, 1), axis=0)"])
def test_noise_of_a_number_beside_an_array_is_that_of_each_entry(text: str) -> None:
    v = np.array([0.25, 0.5, 0.75])
    points = v * np.array([[0.99], [1.01], [1.02]])
    noise = sampler(text, v=v).noise(points)
    assert noise.shape == (3, 1 if text.startswith("sum") else 3)
    assert np.all(noise.max(axis=0) > 0.0)
    assert noise.max() <= 100 * EPSILON


def test_where_rounding_decides_the_piece_noise_is_infinite() -> None:
    s = sampler("floor(1e16*(x/3))", x=1.0)
    assert np.isinf(s.noise(np.array([[1.0 + 1e-15], [1.0 + 2e-15], [1.0 + 3e-15], [1.0 + 4e-15]]))).any()


def test_several_outputs_are_sampled_in_one_batch() -> None:
    s = sampler("[x, x^2, 1-cos(x)]", x=1e-3)
    points = np.array([[1e-3], [2e-3], [0.5]])
    np.testing.assert_allclose(s.values(points)[:, 1], points[:, 0] ** 2, rtol=1e-15)
    assert s.noise(points).shape == (3, 3)
    assert s.values(points) is s.values(points)
