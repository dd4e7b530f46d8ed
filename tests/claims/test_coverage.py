"""Which pieces of a formula some points have met, and points of a domain or of a piece that are searched for.

What is expected of a point is computed here with Python's own arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.claims import pieces, search
from gradcli.claims.pieces import Kind
from gradcli.language.parser import parse


def lowered(text: str, **shapes: tuple[int, ...]) -> tuple[Tape, int, dict[str, int]]:
    tape = Tape()
    sources = {name: tape.input(name, shape) for name, shape in shapes.items()}
    return tape, lower(tape, parse(text), dict(sources), {}, dict(sources)), sources


def unmet(text: str, xs: list[float]) -> list[tuple[Kind, int]]:
    tape, output, sources = lowered(text, x=())
    known = pieces.choices(tape, [output], list(sources.values()))
    found = pieces.unmet(tape, known, {"x": np.array(xs)}, len(xs))
    return sorted(((one.choice.kind, one.outcome) for one in found), key=str)


@pytest.mark.parametrize(
    ("text", "xs", "missing"),
    [
        ("sin(x)*exp(x)", [1.0], []),
        ("abs(x)", [1.0, 2.0], [(Kind.SIGN, -1)]),
        ("abs(x)", [1.0, -2.0], []),
        ("abs(x)", [0.0], [(Kind.SIGN, -1), (Kind.SIGN, 1)]),
        ("max(x, 3)", [1.0, 2.0], [(Kind.SIGN, 1)]),
        ("clip(x, 1, 2)", [0.0, 1.5], [(Kind.SIGN, 1)]),
        ("relu(x - 1e17)", [1.0, 1e12], [(Kind.SIGN, 1)]),
        ("floor(x)", [1.25, 1.5], [(Kind.VALUE, 1)]),
        ("floor(x)", [1.25, 2.5], []),
        ("mod(x, 3)", [1.0, 2.0], [(Kind.VALUE, 1)]),
        ("sign(x)", [1.0, 2.0], [(Kind.SIGN, -1)]),
        ("where(x > 2, x, 0)", [1.0], [(Kind.SIGN, 1)]),
        ("where(x == 2, x, 0)", [1.0, 3.0], [(Kind.TRUTH, 1)]),
        ("where(x == 2, x, 0)", [2.0, 3.0], []),
        ("where(x > 1 and x < 2, x, 0)", [0.0, 3.0], [(Kind.TRUTH, 1)]),
        ("where(x, 1, 0)", [1.0, 2.0], [(Kind.TRUTH, 0)]),
        ("where(2 > 1, x, 0)", [1.0], []),
        ("max([x, 2*x])", [1.0, 3.0], [(Kind.EACH, 1)]),
    ],
)
def test_what_no_point_has_met(text: str, xs: list[float], missing: list[Any]) -> None:
    assert unmet(text, xs) == missing


def test_every_entry_of_an_array_has_to_meet_both_sides() -> None:
    tape, output, sources = lowered("sum(relu(v - [0, 5]))", v=(2,))
    known = pieces.choices(tape, [output], list(sources.values()))
    found = pieces.unmet(tape, known, {"v": np.array([[1.0, 1.0], [-1.0, -1.0]])}, 2)
    assert [(one.entry, one.outcome) for one in found] == [(1, 1)]


DOMAINS: list[tuple[str, Callable[..., bool]]] = [
    ("log(x - 1e13)", lambda x, y: x > 1e13),
    ("asin(1e9*x)", lambda x, y: abs(1e9 * x) <= 1),
    ("sqrt(x - 3)*sqrt(3.001 - x)", lambda x, y: 3 <= x <= 3.001),
    ("log(x - 1000)*log(0.001 - y)", lambda x, y: x > 1000 and y < 0.001),
    ("sqrt(1 - x^2 - y^2)", lambda x, y: x * x + y * y <= 1),
    ("log(log(x - 1000))", lambda x, y: x > 1001),
    ("sqrt(sin(x) - 0.9999)", lambda x, y: math.sin(x) >= 0.9999),
    ("acosh(x/1e5) + atanh(y/1e-4)", lambda x, y: x >= 1e5 and abs(y) < 1e-4),
]


@pytest.mark.parametrize(("text", "inside"), DOMAINS, ids=[text for text, _ in DOMAINS])
def test_points_of_a_domain_are_found(text: str, inside: Callable[..., bool]) -> None:
    tape, output, sources = lowered(text, x=(), y=())
    goals = search.domain(tape, [output], list(sources.values()))
    start = [{"x": np.float64(a), "y": np.float64(b)} for a in (0.5, 1.0, -2.0) for b in (2.0, -0.5, 1.0)]
    found = list(search.Search(tape, goals, sources, {}).found(start))
    assert len(found) >= 3
    assert all(inside(float(point["x"]), float(point["y"])) for point in found)


def test_a_piece_is_found_inside_of_the_domain() -> None:
    tape, output, sources = lowered("log(y - 5)*relu(sum(v) - 1e9)", v=(3,), y=())
    known = pieces.choices(tape, [output], list(sources.values()))
    start = [{"v": np.array([1.0, -2.0, 0.5]), "y": np.float64(2.0)}]
    (missing,) = pieces.unmet(tape, known, {name: np.stack([start[0][name]]) for name in sources}, 1)
    goal = search.other_piece(tape, missing)
    assert goal is not None
    (point,) = search.Search(tape, [*search.domain(tape, [output], list(sources.values())), goal], sources, {}).found(
        start
    )
    assert point["y"] > 5
    assert point["v"].sum() > 1e9


def test_nothing_is_found_where_there_is_nothing() -> None:
    tape, output, sources = lowered("log(-1 - x^2)", x=())
    goals = search.domain(tape, [output], list(sources.values()))
    assert not list(search.Search(tape, goals, sources, {}).found([{"x": np.float64(1.0)}, {"x": np.float64(0.0)}]))
