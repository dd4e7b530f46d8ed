"""Many random expressions, counted: verdicts, reasons and what nobody explained, which is shrunk and printed.

`python tests/randomised/random_tally.py 1000 5000 4` judges 5000 expressions from seed 1000 on with JAX, every
fourth of them before the whole court of gradcli too; the exit code is 1 if a difference is left.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from random_court import judge, report
from random_expressions import expression
from random_trees import Node, walk, written

from gradcli.result import Record


@dataclass
class Tally:
    """What came of many expressions.

    Attributes:
        expressions, entries, enclosed: how many were judged, with how many derivatives, of which balls enclose so many.
        reasons: why differences were no errors.
        verdicts: of the records, per order.
        kinds: functions drawn.
        doubts: why a record is unverified, by what its witnesses say.
        unexplained: a report per seed.
    """

    expressions: int = 0
    entries: int = 0
    enclosed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    unexplained: dict[int, str] = field(default_factory=dict)
    unverified: dict[int, str] = field(default_factory=dict)

    def add(self, seed: int, root: Node, jax: bool, court: bool) -> None:
        """Judge one expression."""
        self.expressions += 1
        self.kinds.update({node.kind for node in walk(root)})
        try:
            verdict = judge(root, jax, court)
        except Exception as error:  # a traceback is the worst of all differences
            self.unexplained[seed] = f"{error!r}: {written(root)}"
            return
        self.entries += verdict.entries
        self.enclosed += verdict.enclosed
        self.reasons.update(reason.name for reason in verdict.reasons.elements())
        if verdict.unexplained:
            self.unexplained[seed] = report(root, jax, court)
        for record in verdict.records:
            heard = "court" if court else "certificate alone"
            self.verdicts[f"{record.task} by {heard}: {record.verdict}"] += 1
            if court and record.verdict == "unverified":
                self.doubts[_doubt(record)] += 1
                self.unverified[seed] = f"{written(root)}\n    {_doubt(record)}"

    def counts(self) -> str:
        """Everything counted, in four lines."""
        lines = [
            f"{self.expressions} expressions, {self.entries} derivatives, {self.enclosed} of them enclosed by balls"
        ]
        lines.append(f"{len(self.kinds)} functions drawn, the rarest {self.kinds.most_common()[-5:]}")
        for heading, counts in (("reasons", self.reasons), ("verdicts", self.verdicts)):
            lines.append(f"{heading}: {', '.join(f'{name} {n}' for name, n in counts.most_common())}")
        return "\n".join(lines)


def _doubt(record: Record) -> str:
    return f"{record.task}: " + "; ".join(
        f"{name} {check.verdict}: {check.reason}" for name, check in record.checks.items()
    )


def tally(seeds: Iterable[int], jax: bool, court: int = 0, stream: bool = False) -> Tally:
    """Judge the expressions of these seeds.

    Args:
        seeds: of the expressions.
        jax: whether JAX is heard.
        court: every so manieth is judged by all witnesses too; 0 for none.
        stream: print what is unexplained or unverified as it is found.
    """
    found = Tally()
    for seed in seeds:
        root = expression(seed)
        found.add(seed, root, jax, bool(court) and seed % court == 0)
        if stream:
            for heading, told in (("UNEXPLAINED", found.unexplained), ("unverified", found.unverified)):
                if seed in told:
                    print(f"{heading} seed {seed}: {told[seed]}", flush=True)
        if stream and found.expressions % 1000 == 0:
            print(found.counts(), flush=True)
    return found


def main(start: int, count: int, court: int) -> int:
    found = tally(range(start, start + count), jax=True, court=court, stream=True)
    print(found.counts())
    print(f"{len(found.unexplained)} unexplained: {sorted(found.unexplained)}")
    return 1 if found.unexplained else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:4])))
