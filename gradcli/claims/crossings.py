"""Points on narrow pieces of formulas, such as that between two thresholds close together.

Both sides of every threshold may have been met and the piece between two of them never. A straight way from a point
to another one crosses all thresholds that tell the two apart; each is found by bisection, and a point is taken on
every stretch of the way between two of them, or one and an end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gradcli.targets.arrays import Array

HALVINGS = 128  #: of a way; where it crosses at 0, as many bits of the place are found
WAYS = 64  #: pairs of a way and a threshold on it
_PART = 0.381966  #: of a stretch; not its middle, where formulas like to have a kink
_POINTS = 150  #: of which the nearest two on different sides are looked for

Outcomes = Callable[[Array], Sequence[Array]]  #: of points (n, size), per choice what it chooses there (n, entries)


def between_thresholds(points: Array, outcomes: Outcomes) -> Array:
    """Points on all stretches of the shortest ways across each threshold.

    Args:
        points: (n, size) numbers of all variables at known points.
        outcomes: what the formulas choose.

    Returns:
        (m, size).
    """
    known = points[:: -(-len(points) // _POINTS) or 1]
    chosen = outcomes(known)
    far = np.sqrt(((known[:, None] - known) ** 2).sum(axis=2))
    ways = dict.fromkeys(way for choice in chosen if (way := _shortest(far, choice)) is not None)
    tasks = [(way, c) for way in ways for c, choice in enumerate(chosen) if (choice[way[0]] != choice[way[1]]).any()]
    tasks = tasks[:WAYS]
    if not tasks:
        return known[:0]
    near, beyond = _bisected(known, tasks, chosen, outcomes)
    found = []
    for way in ways:
        along = [t for t, (other, _) in enumerate(tasks) if other == way]
        step = known[way[1]] - known[way[0]]
        axis = int(np.argmax(np.abs(step)))
        along.sort(key=lambda t: float(near[t, axis] * np.sign(step[axis])))
        after, before = [known[way[0]], *beyond[along]], [*near[along], known[way[1]]]
        found += [a + _PART * (b - a) for a, b in zip(after, before, strict=True)]
    return np.array(found).reshape(-1, points.shape[1])


def _shortest(far: Array, choice: Array) -> tuple[int, int] | None:
    """The nearest two points at which a choice differs; None where it nowhere does."""
    differ = np.zeros(far.shape, dtype=np.bool_)
    for column in choice.T:
        differ |= column[:, None] != column
    if not differ.any():
        return None
    first, second = np.unravel_index(np.argmin(np.where(differ, far, np.inf)), far.shape)
    return int(first), int(second)


def _bisected(
    known: Array, tasks: Sequence[tuple[tuple[int, int], int]], chosen: Sequence[Array], outcomes: Outcomes
) -> tuple[Array, Array]:
    """For every way and choice, the last point before the choice changes and the first one after."""
    near, beyond = (np.array([known[way[end]] for way, _ in tasks]) for end in (0, 1))
    for _ in range(HALVINGS):
        middle = near / 2 + beyond / 2
        here = outcomes(middle)
        same = np.array([(here[c][t] == chosen[c][way[0]]).all() for t, (way, c) in enumerate(tasks)])[:, None]
        near, beyond = np.where(same, middle, near), np.where(same, beyond, middle)
    return near, beyond
