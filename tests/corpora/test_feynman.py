"""100 formulas of physics at seeded points inside their ranges: every record verified, every entry within 1e-12 of
differences at 150 digits."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import mpmath as mp
import pytest
from corpus_folder import corpus
from formula_reference import Formula, derivatives, translate, value

from gradcli.batch.discovery import discover
from gradcli.batch.run import BatchOptions, run
from gradcli.result import Record
from gradcli.solve import solve

FOLDER = corpus("feynman")
TOLERANCE = 1e-12
POINTS = 2
EXACT_ZERO = mp.mpf(10) ** -60  # what differences at 150 digits leave of a derivative that is 0, beside the largest


class Law(NamedTuple):
    """One formula with its points: a dictionary of values by name for each."""

    name: str
    text: str
    formula: Formula
    points: list[dict[str, float]]

    @property
    def names(self) -> list[str]:
        return list(self.points[0])

    def spec(self) -> dict[str, Any]:
        """The formula as gradcli reads it, on one line of a .jsonl."""
        table = {name: [point[name] for point in self.points] for name in self.names}
        return {"title": self.name, "task": ["grad", "hessian"], "expression": self.text, "points": table}


def laws() -> Iterator[Law]:
    with (FOLDER / "FeynmanEquations.csv").open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            ranges = {}
            for i in range(1, 11):  # the column "# variables" is wrong in places: the names themselves tell
                if name := row[f"v{i}_name"]:
                    ranges[name] = float(row[f"v{i}_low"]), float(row[f"v{i}_high"])
            formula = translate(row["Formula"])
            yield Law(row["Filename"], row["Formula"], formula, list(_points(row["Filename"], formula, ranges)))


def _points(name: str, formula: Formula, ranges: Mapping[str, tuple[float, float]]) -> Iterator[dict[str, float]]:
    """Seeded points where the formula is real: some ranges allow v > c, or an arc sine of more than 1."""
    source = random.Random(name)
    found = 0
    while found < POINTS:
        point = {variable: source.uniform(low, high) for variable, (low, high) in ranges.items()}
        try:
            real = isinstance(value(formula, point), mp.mpf)
        except ZeroDivisionError:
            real = False
        if real:
            found += 1
            yield point


LAWS = list(laws())


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Record]]:
    """All of them in one batch, by name."""
    path = tmp_path_factory.mktemp("feynman") / "feynman.jsonl"
    path.write_text("".join(json.dumps(law.spec()) + "\n" for law in LAWS), encoding="utf-8")
    found = run(discover([str(path)]), BatchOptions(solve=solve))
    return {law.name: list(group) for law, (_, group) in zip(LAWS, found, strict=True)}


def test_there_are_100() -> None:
    assert len(LAWS) == len({law.name for law in LAWS}) == 100


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_law(law: Law, records: dict[str, list[Record]]) -> None:
    found = records[law.name]
    assert [r.verdict for r in found] == ["verified"] * (2 * POINTS), [r.error or r.checks for r in found]
    assert [(r.task, r.point) for r in found] == [(t, k) for t in ("grad", "hessian") for k in range(POINTS)]
    for record in found:
        at = law.points[record.point or 0]
        assert record.at == at
        gradient, hessian = derivatives(law.formula, law.names, at)
        close_to(record.value, value(law.formula, at), TOLERANCE)
        if record.gradient is not None:
            for name, reference in zip(law.names, gradient, strict=True):
                close_to(record.gradient[name], reference, TOLERANCE)
        if record.hessian is not None:
            assert list(record.hessian.labels) == law.names
            largest = max(abs(entry) for row in hessian for entry in row)
            size = max(largest, EXACT_ZERO)
            for row, references in zip(record.hessian.matrix, hessian, strict=True):
                for entry, reference in zip(row, references, strict=True):
                    assert abs(mp.mpf(entry) - reference) <= TOLERANCE * size


def close_to(number: float, reference: Any, tolerance: float) -> None:
    assert abs(mp.mpf(number) - reference) <= tolerance * abs(reference)
