"""What of a derivative a kink leaves alone: the variables along which the function does not cross it.

The partial derivatives by them exist and can be compared like any others; the rest stays a convention.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff.tape import Tape
from gradcli.verify.kinks import find_kinks
from gradcli.verify.testimony import Array, Testimony

_MOST_SOURCES = 40  #: variables that are asked one by one


class SmoothPart(NamedTuple):
    """The variables that cross no kink, their entries, and where these stand among all (`chosen`, per axis)."""

    sources: tuple[int, ...]
    entries: Array
    chosen: tuple[Any, ...]
    memory: dict[Any, Any]

    def spread(self, testimony: Testimony, shape: tuple[int, ...]) -> Testimony:
        """A testimony on this part as one on the whole, silent on the rest."""
        difference, error = np.full(shape, np.nan), np.full(shape, np.nan)
        compared = np.zeros(shape, dtype=bool)
        at = np.ix_(*self.chosen)
        difference[at], error[at], compared[at] = testimony.difference, testimony.error, testimony.compared
        value = None
        if testimony.value is not None:
            value = np.full(shape, np.nan)
            value[at] = testimony.value
        reason = "the other entries are not differentiable here"
        reason = f"{testimony.reason}; {reason}" if testimony.reason else reason
        return testimony._replace(difference=difference, error=error, compared=compared, reason=reason, value=value)


def smooth_part(
    tape: Tape,
    output: int,
    sources: Sequence[int],
    values: Mapping[int, Any],
    entries: Array,
    order: int,
    memory: dict[Any, Any],
) -> SmoothPart | None:
    """The part of a derivative with a kink in it that has none (arguments as for `find_kinks` and a hearing).

    Returns:
        The part; None where every variable crosses a kink. Of second derivatives the variables may not cross one
        together either, or where there are too many to ask.
    """
    if len(sources) > _MOST_SOURCES or len(sources) < 2:
        return None
    free = [k for k, s in enumerate(sources) if not find_kinks(tape, output, [s], values, order)]
    kept = tuple(sources[k] for k in free)
    if not kept or (order == 2 and find_kinks(tape, output, kept, values, order)):
        return None
    ends = np.cumsum([0, *(math.prod(tape.shape(s)) for s in sources)])
    columns = np.concatenate([np.arange(ends[k], ends[k + 1]) for k in free])
    chosen = (columns if order == 2 else np.arange(len(entries)), columns)
    own = memory.setdefault(("smooth part", kept), {})
    return SmoothPart(kept, entries[np.ix_(*chosen)], chosen, own)
