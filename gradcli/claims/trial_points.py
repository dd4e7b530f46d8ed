"""Points at which a hand-derived formula is tried: easy to follow first, then every scale, and around every
number that occurs in the texts, so that both sides of a threshold are seen."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np

from gradcli.autodiff.primitive import Primitive, Row
from gradcli.autodiff.rows_arithmetic import AND, NOT, OR
from gradcli.autodiff.tape import Tape
from gradcli.claims.pieces import varying
from gradcli.targets.arrays import Plan

Point = dict[str, Any]

SIMPLE = (1.0, 2.0, 0.5, 3.0, -1.0, -2.0)
#: Intervals that random points are drawn from in turn: wide, positive, inside (0, 1), large.
_RANGES = ((-3.0, 3.0), (0.1, 4.0), (0.05, 0.95), (1.1, 30.0))
RANDOM = 24  #: random points
_SCALES = tuple(10.0**k for k in (-6, -4, -3, -2, -1, 1, 2, 3, 4, 6, 9, 12))
_SIZES = (1.0, 0.03125, 32.0)  #: beside one variable at such a number, the others are simple ones times this
_LANDMARKS = 32  #: numbers of the texts that points are laid around
_STEPS = (1e-3, 1e-6)  #: how far from such a number, times the larger of it and 1; and 1 beside it
_MOST = 1500  #: points tried
_ZERO = 3  #: characters that a 0 counts for: it is short, but hides what it is multiplied with
_EASY = (1.0, 2.0, 3.0, 0.5, -1.0, -2.0, 4.0, 5.0, 0.25, 1.5)  #: numbers that are tried in place of another
_PARTS = (0.5, 0.75, 0.9)  #: of a number that are tried in its place
_ENTRIES = 12  #: entries of an array that are made easier


def trial_points(
    shapes: Mapping[str, tuple[int, ...]], landmarks: Sequence[float], seed: int, most: int
) -> list[Point]:
    """Values of all variables, `most` times or less.

    Args:
        shapes: of the variables.
        landmarks: numbers around which something may change.
        seed: of the random points.
        most: how many points at the most, but never fewer than the simple and the random ones.
    """
    generator = random.Random(seed)
    points = [_point(shapes, lambda i, k=k: SIMPLE[(i + k) % len(SIMPLE)]) for k in range(len(SIMPLE))]
    for k in range(RANDOM):
        low, high = _RANGES[k % len(_RANGES)]
        points.append(_point(shapes, lambda i, low=low, high=high: round(generator.uniform(low, high), 3)))
    far = list({_key(point): point for point in (*_around(shapes, landmarks), *_scaled(shapes, generator))}.values())
    most = max(0, min(most, _MOST) - len(points))
    return points + (far if len(far) <= most else generator.sample(far, most))


def landmarks(
    tape: Tape, instructions: Sequence[int], sources: Sequence[int], constants: Mapping[str, Any]
) -> list[float]:
    """Numbers that the programs of these instructions compare or compute with, those in comparisons first.

    What is computed from constants alone, such as the `7^7` of `x > 7^7`, is such a number too.
    """
    order = tape.needed(instructions)
    moving = varying(tape, order, sources)
    compared = {a for i in comparisons(tape, instructions) for a in tape.needed([i])}
    near = [i for i in order if i in compared and i not in moving]
    rest = [i for i in order if i not in compared and i not in moving and not tape.instructions[i].arguments]
    found: dict[float, None] = {}
    for value in Plan(tape, near + rest).run(constants) if near or rest else []:
        if value.size <= _LANDMARKS:
            found.update(dict.fromkeys(float(v) for v in value.ravel() if math.isfinite(v)))
    return list(found)[:_LANDMARKS]


def comparisons(tape: Tape, instructions: Sequence[int]) -> list[int]:
    """All comparisons that the programs of these instructions make."""
    return [i for i in tape.needed(instructions) if _compares(tape.instructions[i].primitive)]


def complexity(point: Mapping[str, Any]) -> tuple[int, float]:
    """What makes a point hard to follow: digits to write down, then size."""
    numbers = [float(v) for value in point.values() for v in np.ravel(value)]
    return sum(len(repr(v).removesuffix(".0")) if v else _ZERO for v in numbers), sum(map(abs, numbers))


def ways(point: Mapping[str, Any]) -> Iterator[Callable[[Point], Iterator[Point]]]:
    """How a point may be made easier: one number after the other, those of arrays too.

    Each way takes the point as it is by then and gives it with that number replaced, easiest first.
    """
    for name, value in point.items():
        for at in islice(np.ndindex(np.shape(value)), _ENTRIES):

            def easier(known: Point, name: str = name, at: tuple[int, ...] = at) -> Iterator[Point]:
                number = float(np.asarray(known[name])[at])
                shorter = [_rounded(number, digits) for digits in (1, 2, 3, 4)]
                smaller = [_rounded(number * part, 2) for part in _PARTS]
                for one in dict.fromkeys([*_EASY, *shorter, *smaller]):
                    values = np.array(known[name], dtype=np.float64)
                    values[at] = one
                    other = {**known, name: values}
                    if complexity(other) < complexity(known):
                        yield other

            yield easier


def _compares(primitive: Primitive) -> bool:
    return isinstance(primitive, Row) and primitive.boolean and primitive not in (AND, OR, NOT)


def _around(shapes: Mapping[str, tuple[int, ...]], numbers: Sequence[float]) -> Iterator[Point]:
    """Each variable in turn at every number, on both sides of it, and between every two neighbours; and all at one."""
    ordered = sorted(set(numbers))
    for value in (0.0, 1.5, *ordered):
        yield _point(shapes, lambda i, value=value: value)
        for name in shapes:
            yield _one_moved(shapes, name, 0, lambda i, value=value: value)
    beside = [c + side for c in ordered for side in (1, -1)]
    for value in beside:
        for name in shapes:
            for size in _SIZES:
                yield _one_moved(shapes, name, 0, lambda i, value=value: value, size)
    steps = [c + side * step * max(1.0, abs(c)) for step in _STEPS for c in ordered for side in (1, -1)]
    steps += [(a + b) / 2 for a, b in pairwise(ordered)]
    for turn, value in enumerate(dict.fromkeys(float(f"{v:.12g}") for v in steps if math.isfinite(v))):
        for name in shapes:
            yield _one_moved(shapes, name, turn, lambda i, value=value: value)


def _scaled(shapes: Mapping[str, tuple[int, ...]], generator: random.Random) -> Iterator[Point]:
    """Each variable in turn, then all together, at every scale and with both signs."""
    for turn, scale in enumerate(_SCALES):
        for sign in (1.0, -1.0):
            digits = [float(generator.randint(1, 9)) for _ in range(7)]
            number = lambda i, s=sign * scale, d=digits: float(f"{d[i % 7] * s:.3g}")  # noqa: E731
            yield from (_one_moved(shapes, name, turn, number, size) for name in shapes for size in _SIZES[:2])
            if len(shapes) > 1:
                yield _point(shapes, number)


def _one_moved(shapes: Mapping[str, tuple[int, ...]], name: str, turn: int, number: Any, size: float = 1.0) -> Point:
    """One variable's entries by `number`, the others simple numbers times `size`."""
    point = _point(shapes, lambda i: size * SIMPLE[(i + turn) % len(SIMPLE)])
    point[name] = _point({name: shapes[name]}, number)[name]
    return point


def _point(shapes: Mapping[str, tuple[int, ...]], number: Any) -> Point:
    count = 0
    point = {}
    for name, shape in shapes.items():
        size = math.prod(shape)
        point[name] = np.array([number(count + k) for k in range(size)], dtype=np.float64).reshape(shape)
        count += size
    return point


def _key(point: Point) -> tuple[bytes, ...]:
    return tuple(value.tobytes() for value in point.values())


def _rounded(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}")
