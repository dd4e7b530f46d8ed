"""Differences against hand-written derivatives of random expressions at random points, many of them hostile."""

from __future__ import annotations

import random

import numpy as np
from jets import Undefined, derivatives, random_coordinate, random_expression

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.language.parser import parse
from gradcli.targets.arrays import Plan
from gradcli.verify import differences
from gradcli.verify.finite_difference import direction
from gradcli.verify.sampling import Sampler
from gradcli.verify.verdict import CONCLUSIVE_ERROR, ESTIMATE_MARGIN

PAIRS = 300
RTOL = 1e-9


def estimates(text: str, names: list[str], x: list[float]) -> list[tuple[differences.Estimate, list[tuple[int, ...]]]]:
    """What differences say of the gradient, the Hessian and one direction, with the entries they say it of."""
    tape = Tape()
    sources = [tape.input(name, ()) for name in names]
    output = lower(tape, parse(text), dict(zip(names, sources, strict=True)))
    inputs = dict(zip(names, map(np.float64, x), strict=True))
    plan = Plan(tape, tape.needed([output, *sources]))
    with np.errstate(all="ignore"):
        values = dict(zip(plan.outputs, plan.run(inputs), strict=True))
    if not np.isfinite(values[output]):
        return []
    sampler = Sampler(tape, output, sources, inputs, values)
    primal, noise = sampler.row(0)
    given = {"stepped": bool(sampler.steps), "noise": noise}
    pairs = [(i, j) for i in range(len(x)) for j in range(i, len(x))]
    return [
        (differences.gradient(primal, sampler.x, **given), [(i,) for i in range(len(x))]),
        (differences.hessian(primal, sampler.x, pairs=pairs, **given), list(pairs)),
    ]


def test_no_false_accusation_and_no_false_comfort() -> None:
    heard = sharp = tried = 0
    wrong = []
    while heard < PAIRS:
        tried += 1
        source = random.Random(tried)
        names = ["x", "y"][: source.choice([1, 1, 2])]
        text, function = random_expression(source, source.choice([1, 2, 2, 3]), names)
        x = [random_coordinate(source) for _ in names]
        try:
            jet = derivatives(function, x)
        except Undefined:
            continue
        found = estimates(text, names, x)
        heard += bool(found)
        for estimate, places in found:
            for value, error, place in zip(estimate.value, estimate.error, places, strict=True):
                exact = float(jet.first[place[0]] if len(place) == 1 else jet.second[place[0]][place[1]])
                size = abs(exact)
                if not (np.isfinite(error) and 1e-290 < size < 1e290):
                    continue
                accused = abs(value - exact) > RTOL * size + ESTIMATE_MARGIN * error
                comforts = [
                    factor
                    for factor in (1.01, 0.99, 1 + 1e-6, 1 - 1e-6, -1.0)
                    if error <= CONCLUSIVE_ERROR * size
                    and abs(factor * exact - value) <= RTOL * size + error < abs(factor - 1) * size / 2
                ]
                sharp += error <= CONCLUSIVE_ERROR * size
                if accused or comforts:
                    wrong.append((text, x, place, exact, value, error, comforts))
    assert not wrong, wrong
    assert sharp > PAIRS


def test_the_direction_of_a_large_model_is_drawn_from_the_seed() -> None:
    x = np.array([0.0, 1e-200, -3.0, 1e200])
    drawn = direction(x, np.random.default_rng(3))
    assert drawn.tolist() == direction(x, np.random.default_rng(3)).tolist()
    scale = np.abs(drawn) / [1.0, 1e-200, 3.0, 1e200]
    assert np.all((scale >= 0.5) & (scale <= 1.5))
