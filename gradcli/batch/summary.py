"""What a batch came to: how many specs have which verdict, and the ones to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gradcli.batch.run import GOOD
from gradcli.errors import visible
from gradcli.report.sentences import MEANING, remarks
from gradcli.result import VERDICTS, Record, Result

MOST_LISTED = 10  #: bad specs that are named
_LONGEST = 300


class Summary:
    """Counts the specs of a batch by the worst verdict of their records."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._bad: list[tuple[str, Record]] = []

    def add(self, records: Sequence[Record]) -> None:
        """Count one spec."""
        verdict = Result(records).verdict
        self._counts[verdict] += 1
        if verdict not in GOOD:
            worst = next(record for record in records if record.verdict == verdict)
            self._bad.append((verdict, worst))
            if len(self._bad) > 4 * MOST_LISTED:
                self._bad = self._worst()

    @property
    def verdict(self) -> str:
        """The worst verdict of all specs, those that are not printed included (`verified` for none)."""
        return min(self._counts, key=VERDICTS.index, default="verified")

    @property
    def exit_code(self) -> int:
        """0 if every record is verified or unchecked."""
        return 0 if all(verdict in GOOD for verdict in self._counts) else 1

    @property
    def specs(self) -> int:
        """How many specs were counted."""
        return sum(self._counts.values())

    def progress(self) -> str:
        """`37 specs, 1 not verified`."""
        bad = sum(count for verdict, count in self._counts.items() if verdict not in GOOD)
        return _plural(self.specs) + (f", {bad} not verified" if bad else "")

    def lines(self, seconds: float) -> list[str]:
        """`64 specs: 62 verified, 1 kink, 1 error in 3.2 s`, then the worst specs with what is wrong."""
        order = [*GOOD, *(verdict for verdict in reversed(VERDICTS) if verdict not in GOOD)]
        counts = ", ".join(f"{self._counts[verdict]} {verdict}" for verdict in order if self._counts[verdict])
        lines = [f"{_plural(self.specs)}{': ' + counts if counts else ''} in {seconds:.1f} s"]
        for verdict, record in self._worst():
            words = (remarks(record) or [MEANING[verdict]])[0]
            words = words.removeprefix(f"{visible(record.source)}: ")  # which the line begins with
            cut = words if len(words) <= _LONGEST else words[:_LONGEST] + "..."
            lines.append(f"  {verdict:10} {visible(record.source)}: {cut}")
        hidden = sum(n for verdict, n in self._counts.items() if verdict not in GOOD) - len(self._worst())
        return [*lines, f"  ... and {hidden} more"] if hidden else lines

    def _worst(self) -> list[tuple[str, Record]]:
        """The first of the worst, in order of badness and then of occurrence."""
        return sorted(self._bad, key=lambda pair: VERDICTS.index(pair[0]))[:MOST_LISTED]


def _plural(count: int) -> str:
    return f"{count} spec{'s' if count != 1 else ''}"
