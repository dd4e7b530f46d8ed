"""What of a derivative a kink leaves alone: the variables along which the function does not cross it.

The partial derivatives by them exist and can be compared like any others; the rest stays a convention.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gradcli.result import Check
from gradcli.targets.connection import Mask
from gradcli.verify.kinks import has_kink
from gradcli.verify.testimony import Array, Testimony

if TYPE_CHECKING:
    from gradcli.verify.certificate import Certificate
    from gradcli.verify.examine import Hearing

_MOST_SOURCES = 40  #: variables that are asked one by one


class SmoothPart(NamedTuple):
    """The variables that cross no kink, their entries, and where these stand among all (`chosen`, per axis)."""

    sources: tuple[int, ...]
    entries: Array
    chosen: tuple[Any, ...]
    memory: dict[Any, Any]

    def kinked(self, shape: tuple[int, ...]) -> Mask:
        """The entries, of a derivative of that shape, that are not in this part."""
        outside = np.ones(shape, dtype=bool)
        outside[np.ix_(*self.chosen)] = False
        return outside

    def spread(self, testimony: Testimony, shape: tuple[int, ...]) -> Testimony:
        """A testimony on this part as one on the whole, silent on the rest."""
        difference, error = self._among(testimony.difference, shape), self._among(testimony.error, shape)
        value = None if testimony.value is None else self._among(testimony.value, shape)
        compared = self._among(testimony.compared, shape, False)
        return testimony._replace(difference=difference, error=error, compared=compared, value=value)

    def proved(self, certificate: Certificate, shape: tuple[int, ...]) -> Certificate:
        """What is proved of this part, as a certificate of the whole with nothing about the rest."""
        bounds = {name: self._among(getattr(certificate, name), shape) for name in ("lower", "upper", "least", "most")}
        flat = np.arange(math.prod(shape)).reshape(shape)[np.ix_(*self.chosen)].ravel()
        reasons = {int(flat[k]): reason for k, reason in certificate.reasons.items()}
        return replace(certificate, **bounds, reasons=reasons, compared=self._among(certificate.compared, shape, False))

    def told(self, check: Check, shape: tuple[int, ...]) -> Check:
        """A check of the whole that says how many entries nobody could look at."""
        missing = int(self.kinked(shape).sum())
        reason = f"{missing} {'entry is' if missing == 1 else 'entries are'} not differentiable here"
        return replace(check, reason=f"{check.reason}; {reason}" if check.reason else reason)

    def _among(self, part: Any, shape: tuple[int, ...], nothing: Any = np.nan) -> Any:
        whole = np.full(shape, nothing)
        whole[np.ix_(*self.chosen)] = part
        return whole


def smooth_part(hearing: Hearing) -> SmoothPart | None:
    """The part of a derivative with a kink in it that has none.

    Returns:
        The part; None where every variable crosses a kink. Of second derivatives the variables may not cross one
        together either, or where there are too many to ask.
    """
    tape, output, sources, order = hearing.tape, hearing.output, hearing.sources, hearing.order
    if not 2 <= len(sources) <= _MOST_SOURCES:
        return None
    free = [k for k, s in enumerate(sources) if not has_kink(tape, output, [s], hearing.values, order)]
    kept = tuple(sources[k] for k in free)
    if not kept or (order == 2 and has_kink(tape, output, kept, hearing.values, order)):
        return None
    ends = np.cumsum([0, *(math.prod(tape.shape(s)) for s in sources)])
    columns = np.concatenate([np.arange(ends[k], ends[k + 1]) for k in free])
    chosen = (columns if order == 2 else np.arange(len(hearing.entries)), columns)
    own = hearing.memory.setdefault(("smooth part", kept), {})
    return SmoothPart(kept, hearing.entries[np.ix_(*chosen)], chosen, own)
