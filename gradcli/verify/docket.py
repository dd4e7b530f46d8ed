"""The docket: for one entry every voice's number, its error bar and the outcome, and who is suspected."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.result import Docket
from gradcli.targets.connection import Mask
from gradcli.verify.decision import CERTIFICATE, FORWARD, TAPE, Voice, opinion
from gradcli.verify.forward import Comparison
from gradcli.verify.testimony import Array, Testimony
from gradcli.verify.verdict import AGREE, DISAGREE, INCONCLUSIVE, SILENT, Judgement

MOST_ENTRIES = 100  #: entries of a record that get a docket; how many there are is told beside them

_OUTCOMES = {AGREE: "agree", DISAGREE: "disagree", INCONCLUSIVE: "inconclusive", SILENT: "skipped"}

_KINKED, _CONVENTION = "not differentiable here", "there is no derivative here: the tape's number is a convention"

Position = tuple[int, ...]
Label = Callable[[Position], str]


class Dockets:
    """The dockets of one derivative, made for the entries that are asked for.

    Args:
        entries: the tape's numbers.
        testimonies: what was heard.
        judgement: what the court made of it.
        comparison: the tape's two sweeps; None where the other one was not made.
        inputs: values of all inputs of the tape.
        rtol: relative difference that agrees.
        label: the name of the entry at a position.
        kinked: the entries that are not differentiable, which no witness can look at.
    """

    def __init__(
        self,
        entries: Array,
        testimonies: Sequence[Testimony],
        judgement: Judgement,
        comparison: Comparison | None,
        inputs: Mapping[str, Any],
        rtol: float,
        label: Label,
        kinked: Mask,
    ) -> None:
        self._entries, self._testimonies, self._judgement = entries, testimonies, judgement
        self._comparison, self._inputs, self._rtol, self._label, self._kinked = comparison, inputs, rtol, label, kinked

    def disputed(self) -> list[Position]:
        """The entries that a witness or the other sweep contradicts, those with the most conclusive voices first."""
        against = np.zeros(self._entries.shape, dtype=bool)
        conclusive = np.zeros(self._entries.shape, dtype=int)
        for outcomes in self._judgement.outcomes.values():
            against |= outcomes == DISAGREE
            conclusive += (outcomes == DISAGREE) | (outcomes == AGREE)
        for position in self._comparison.disputed if self._comparison is not None else ():
            against[position] = True
        found = np.argwhere(against)
        order = np.argsort(-conclusive[tuple(found.T)], kind="stable")
        return [tuple(map(int, p)) for p in found[order]]

    def everything(self) -> list[Position]:
        """All entries, in order."""
        return [tuple(map(int, p)) for p in np.ndindex(self._entries.shape)]

    def make(self, positions: Sequence[Position]) -> tuple[Docket, ...]:
        """The dockets of the first `MOST_ENTRIES` of these entries."""
        chosen = list(positions[:MOST_ENTRIES])
        other = self._other_sweep(chosen)
        return tuple(self._docket(p, other.get(p)) for p in chosen)

    def _docket(self, position: Position, forward: Voice | None) -> Docket:
        if self._kinked[position]:
            return self._convention(position)
        tape = float(self._entries[position])
        voices = {t.witness: self._voice(t, position) for t in self._testimonies}
        suspect, why = opinion(tape, voices, self._rtol, forward)
        errors = {name: voice.error for name, voice in voices.items()}
        shown = voices if forward is None else {FORWARD: forward, **voices}
        reasons = {
            t.witness: t.reason
            for t in self._testimonies
            if t.reason is not None and voices[t.witness].outcome in ("skipped", "inconclusive")
        }
        return Docket(
            self._label(position),
            {TAPE: tape, **{name: voice.value for name, voice in shown.items()}},
            {TAPE: _finite(self._judgement.rounding.get(position, math.inf)), **errors},
            {name: voice.outcome for name, voice in shown.items()},
            suspect,
            why,
            reasons or None,
        )

    def _convention(self, position: Position) -> Docket:
        """The docket of an entry that is not differentiable."""
        names = [t.witness for t in self._testimonies]
        values: dict[str, float | None] = {TAPE: float(self._entries[position]), **dict.fromkeys(names)}
        outcomes, reasons = dict.fromkeys(names, _OUTCOMES[SILENT]), dict.fromkeys(names, _KINKED)
        return Docket(self._label(position), values, dict.fromkeys(values), outcomes, None, _CONVENTION, reasons)

    def _voice(self, testimony: Testimony, position: Position) -> Voice:
        outcome = int(self._judgement.outcomes[testimony.witness][position])
        name = _OUTCOMES[outcome]
        if outcome == SILENT and testimony.method is not None:  # it looked and saw nothing
            name = "inconclusive"
        value = math.nan if testimony.value is None else float(testimony.value[position])
        error = float(testimony.error[position])
        # an exact ball apart, the number shown is rounded: SymPy's to the nearest, the ball's from its two bounds
        if testimony.witness != CERTIFICATE or error > 0:
            error = max(error, math.ulp(value) * (1.0 if testimony.witness == CERTIFICATE else 0.5))
        return Voice(_finite(value), _finite(error), name)

    def _other_sweep(self, positions: Sequence[Position]) -> dict[Position, Voice]:
        comparison = self._comparison
        if comparison is None or comparison.sweep is None or not positions:
            return {}
        missing = [p for p in positions if p not in comparison.values]
        values = dict(comparison.values)
        if missing:
            told = comparison.sweep.entries(self._inputs, missing, self._entries.shape)
            values |= dict(zip(missing, told.tolist(), strict=True))
        voices = {}
        for p in positions:
            value, entry = values[p], float(self._entries[p])
            near = AGREE if abs(value - entry) <= self._rtol * abs(entry) else INCONCLUSIVE
            outcome = _OUTCOMES[comparison.outcomes.get(p, near)]
            voices[p] = Voice(_finite(value), None, outcome)
        return voices


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
