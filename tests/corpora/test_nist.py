"""NIST's nonlinear regressions: the Jacobian at the certified parameters gives the certified standard deviations.

With residuals r and their Jacobian J, the deviations are s*sqrt(diag((J'J)^-1)), s^2 = r'r/(n - p). NIST computed
them with analytic derivatives at quadruple precision, so a wrong column of J cannot hide.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from corpus_folder import corpus

import gradcli
from gradcli.result import Record

FOLDER = corpus("nist")
FILES = sorted(FOLDER.glob("*.dat"))
TOLERANCE = 1e-6

_PARAMETER = re.compile(r"^\s*(b\d+)\s*=((?:\s+[-+.\dEe]+){4})\s*$", re.MULTILINE)
_DEVIATION = re.compile(r"^Residual Standard Deviation:\s*(\S+)", re.MULTILINE)
_OBSERVATIONS = re.compile(r"(\d+) Observations")
_BRACKETS = str.maketrans("[]", "()")


class Regression(NamedTuple):
    """One of NIST's problems: y = model(x, b) + e with certified b, their deviations, and that of the residuals."""

    name: str
    model: str
    certified: dict[str, float]
    deviations: list[float]
    residual_deviation: float
    x: list[float]
    y: list[float]

    def spec(self) -> dict[str, Any]:
        """The residuals as an array output of a spec."""
        return {
            "title": self.name,
            "task": "jacobian",
            "constants": {"x": self.x, "y": self.y},
            "variables": self.certified,
            "outputs": {"residuals": f"y - ({self.model})"},
        }


def read(path: Path) -> Regression:
    """The sections of a .dat file."""
    text = path.read_text(encoding="ascii")
    rows = [(name, [float(n) for n in numbers.split()]) for name, numbers in _PARAMETER.findall(text)]
    head, data = text[: text.rindex("\nData:")], text[text.rindex("\nData:") :]
    y, x = np.array([line.split() for line in data.strip().splitlines()[1:]], dtype=float).T
    said = _OBSERVATIONS.search(head)
    deviation = _DEVIATION.search(head)
    assert said is not None
    assert int(said[1]) == len(x)
    assert deviation is not None
    return Regression(
        path.stem,
        model_text(head),
        {name: numbers[2] for name, numbers in rows},
        [numbers[3] for _, numbers in rows],
        float(deviation[1]),
        x.tolist(),
        y.tolist(),
    )


def model_text(head: str) -> str:
    """The right side of `y = ... + e`: wrapped lines joined, calls with round brackets.

    One file gives pi with 31 digits; that is the constant gradcli knows.
    """
    model = head[head.index("\nModel:") : head.lower().index("starting values", head.index("\nModel:"))]
    right = model[re.search(r"^\s*y\s*=", model, re.MULTILINE).end() :]  # type: ignore[union-attr]
    joined = " ".join(right.split()).translate(_BRACKETS)
    assert joined.endswith("+ e")
    return joined.removesuffix("+ e").strip()


REGRESSIONS = [read(path) for path in FILES]


@pytest.fixture(scope="module", params=REGRESSIONS, ids=[one.name for one in REGRESSIONS])
def solved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Regression, Record]:
    regression: Regression = request.param
    path = tmp_path_factory.mktemp("nist") / f"{regression.name}.json"
    path.write_text(json.dumps(regression.spec()), encoding="utf-8")
    (record,) = gradcli.load(path).solve().results
    return regression, record


def test_there_are_13() -> None:
    assert len(REGRESSIONS) == 13


def test_certified_standard_deviations(solved: tuple[Regression, Record]) -> None:
    regression, record = solved
    assert record.jacobian is not None
    assert list(record.jacobian.columns) == list(regression.certified)
    residuals, jacobian = np.array(record.value), np.array(record.jacobian.matrix)
    n, p = jacobian.shape
    s = np.sqrt(residuals @ residuals / (n - p))
    np.testing.assert_allclose(s, regression.residual_deviation, rtol=TOLERANCE)
    scale = np.linalg.norm(jacobian, axis=0)
    triangle = np.linalg.qr(jacobian / scale, mode="r")
    inverse = np.linalg.solve(triangle, np.eye(p))
    np.testing.assert_allclose(s * np.linalg.norm(inverse, axis=1) / scale, regression.deviations, rtol=TOLERANCE)


def test_the_jacobian_is_verified(solved: tuple[Regression, Record]) -> None:
    _, record = solved
    assert record.verdict == "verified", record.checks
