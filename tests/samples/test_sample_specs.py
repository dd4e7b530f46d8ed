"""The other specs: their records against the same functions written for mpmath, and against published numbers."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from mp_reference import assert_record, flat
from mpmath import mpf

SAMPLES = Path(__file__).parents[2] / "samples"


def table(name: str) -> dict[str, list[Any]]:
    """The columns of a CSV below samples/data."""
    with open(SAMPLES / "data" / name, encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {key: [mpf(float(row[key])) for row in rows] for key in rows[0]}


def line_fit(p: Sequence[Any]) -> Any:
    return sum((2 * x - (p[0] * x + p[1])) ** 2 for x in (1, 2, 3)) / mpf(3)


def rosenbrock(p: Sequence[Any]) -> Any:
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def himmelblau(p: Sequence[Any]) -> Any:
    return (p[0] ** 2 + p[1] - 11) ** 2 + (p[0] + p[1] ** 2 - 7) ** 2


def misra1a(p: Sequence[Any]) -> Any:
    data = table("misra1a.csv")
    pairs = zip(data["pressure"], data["volume"], strict=True)
    return sum((y + p[0] * mpmath.expm1(-p[1] * x / 1000)) ** 2 for x, y in pairs)


def danwood(p: Sequence[Any]) -> Any:
    data = table("danwood.csv")
    return sum((y - p[0] * x ** p[1]) ** 2 for x, y in zip(data["temperature"], data["energy"], strict=True))


def challenger(p: Sequence[Any]) -> Any:
    data = table("challenger.csv")
    total = mpf(0)
    for x, y in zip(data["temperature"], data["distress"], strict=True):
        chance = 1 / (1 + mpmath.exp(-p[0] - p[1] * x))
        total -= mpmath.log(chance if y else 1 - chance)
    return total


def network(p: Sequence[Any]) -> Any:
    w1, b1, w2, b2 = p[0:6], p[6:9], p[9:12], p[12]
    total = mpf(0)
    for x0, x1, y in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)):
        hidden = [mpmath.tanh(x0 * w1[j] + x1 * w1[3 + j] + b1[j]) for j in range(3)]
        chance = 1 / (1 + mpmath.exp(-sum(h * w for h, w in zip(hidden, w2, strict=True)) - b2))
        total -= mpmath.log(chance if y else 1 - chance)
    return total / 4


def call(strike: int, s: Any, sigma: Any, t: Any, r: Any) -> Any:
    d1 = (mpmath.log(s / strike) + (r + sigma**2 / 2) * t) / (sigma * mpmath.sqrt(t))
    d2 = d1 - sigma * mpmath.sqrt(t)
    return s * mpmath.ncdf(d1) - strike * mpmath.exp(-r * t) * mpmath.ncdf(d2)


def two_layers(p: Sequence[Any]) -> Any:
    w1, b1, w2, b2 = p[0:8], p[8:12], p[12:16], p[16]
    total = mpf(0)
    for x0, x1, y in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)):
        hidden = [mpmath.tanh(x0 * w1[j] + x1 * w1[4 + j] + b1[j]) for j in range(4)]
        chance = 1 / (1 + mpmath.exp(-sum(h * w for h, w in zip(hidden, w2, strict=True)) - b2))
        total -= mpmath.log(chance if y else 1 - chance)
    return total / 4


def iris(p: Sequence[Any]) -> Any:
    data = table("iris.csv")
    w, b = p[0:6], p[6:9]
    total = mpf(0)
    for row in zip(*(data[k] for k in ("length", "width", "setosa", "versicolor", "virginica")), strict=True):
        logits = [row[0] * w[j] + row[1] * w[3 + j] + b[j] for j in range(3)]
        right = sum(z for z, kind in zip(logits, row[2:], strict=True) if kind)
        total += mpmath.log(sum(map(mpmath.exp, logits))) - right
    return total / 18 + mpf(0.005) * sum(x * x for x in w)


def mixture(p: Sequence[Any]) -> Any:
    total = mpf(0)
    weights = [mpmath.exp(s) / sum(map(mpmath.exp, p[0:2])) for s in p[0:2]]
    for x in (79, 54, 74, 62, 85, 55, 88, 85, 51, 85):
        parts = [weights[k] * mpmath.npdf(x, p[2 + k], mpmath.exp(p[4 + k])) for k in range(2)]
        total += mpmath.log(sum(parts))
    return total


def enzyme(p: Sequence[Any]) -> Any:
    doses = [mpf(c) for c in (0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.10, 1.10)]
    speeds = (76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200)
    return sum((v - p[0] * c / (p[1] + c)) ** 2 for c, v in zip(doses, speeds, strict=True))


def bioassay(p: Sequence[Any]) -> Any:
    total = -(p[0] ** 2) / 8 - p[1] ** 2 / 200
    for dose, deaths in zip((-0.86, -0.30, -0.05, 0.73), (0, 1, 3, 5), strict=True):
        chance = 1 / (1 + mpmath.exp(-p[0] - p[1] * mpf(dose)))
        total += deaths * mpmath.log(chance) + (5 - deaths) * mpmath.log(1 - chance)
    return total


def variance(p: Sequence[Any]) -> Any:
    c = ((0.0400, 0.0060, -0.0024), (0.0060, 0.0225, 0.0030), (-0.0024, 0.0030, 0.0064))
    return sum(mpf(c[i][j]) * p[i] * p[j] for i in range(3) for j in range(3))


def gaussian_process(p: Sequence[Any]) -> Any:
    x = [mpf(v) for v in (0.0, 0.7, 1.3, 2.1, 2.9, 3.8, 4.6)]
    y = mpmath.matrix([mpf(v) for v in (0.1, 0.6, 1.0, 0.8, 0.3, -0.6, -1.0)])
    k = mpmath.matrix(7, 7)
    for i in range(7):
        for j in range(7):
            k[i, j] = mpmath.exp(2 * p[1] - (x[i] - x[j]) ** 2 / (2 * mpmath.exp(2 * p[0])))
        k[i, i] += mpmath.exp(2 * p[2])
    fit = (y.T * mpmath.lu_solve(k, y))[0]
    return -fit / 2 - mpmath.log(mpmath.det(k)) / 2 - mpf(7) / 2 * mpmath.log(2 * mpmath.pi)


def kalman(p: Sequence[Any]) -> tuple[Any, Any]:
    f = mpmath.matrix([[1, mpf(1) / 2], [0, 1]])
    q = mpmath.matrix([[mpf(1) / 24, mpf(1) / 8], [mpf(1) / 8, mpf(1) / 2]])
    prior = mpmath.matrix([[mpf(0.5), mpf(0.1)], [mpf(0.1), mpf(0.4)]])
    spread = f * prior * f.T + p[2] ** 2 * q
    predicted = f * mpmath.matrix([p[0], p[1]])
    off, s = mpf(2.4) - predicted[0], spread[0, 0] + p[3] ** 2
    return -(off**2) / (2 * s) - mpmath.log(2 * mpmath.pi * s) / 2, predicted[0] + spread[0, 0] / s * off


def matrices(output: str) -> Callable[[Sequence[Any]], Any]:
    a = mpmath.matrix([[1, 2, 0], [mpf(0.5), -1, 3], [2, 1, 1]])
    b = mpmath.matrix([[2, 0, 1], [1, 1, 0], [0, -1, 2]])
    left, right = mpmath.matrix([[1, -2, mpf(0.5)]]), mpmath.matrix([mpf(0.3), 1, 2])

    def trace(m: Any) -> Any:
        return m[0, 0] + m[1, 1] + m[2, 2]

    def value(p: Sequence[Any]) -> Any:
        x = mpmath.matrix(3, 3)
        for k, entry in enumerate(p):
            x[k // 3, k % 3] = entry
        return {
            "determinant": lambda: mpmath.det(x),
            "logdeterminant": lambda: mpmath.log(mpmath.det(x)),
            "form": lambda: (left * mpmath.inverse(x) * right)[0],
            "product": lambda: trace(a * x * b),
            "square": lambda: trace(x.T * b * x),
        }[output]()

    return value


Function = Callable[[Sequence[Any]], Any]
FUNCTIONS: dict[str, Function | dict[str, Function]] = {
    "network_layers.toml": two_layers,
    "softmax_regression.toml": iris,
    "gaussian_mixture.toml": mixture,
    "michaelis_menten.toml": enzyme,
    "bayesian_logistic.toml": bioassay,
    "portfolio.toml": {"variance": variance, "risk": lambda p: mpmath.sqrt(variance(p))},
    "gaussian_process.toml": gaussian_process,
    "kalman.toml": {"loglikelihood": lambda p: kalman(p)[0], "position": lambda p: kalman(p)[1]},
    "matrix_calculus.toml": {
        name: matrices(name) for name in ("determinant", "logdeterminant", "form", "product", "square")
    },
    "linear_regression.toml": line_fit,
    "linear_regression_step.toml": line_fit,
    "product.toml": lambda p: p[0] * p[1],
    "nested_function.toml": lambda p: 4 * p[0],
    "rosenbrock.toml": rosenbrock,
    "himmelblau.yaml": himmelblau,
    "misra1a.toml": misra1a,
    "danwood_start.toml": danwood,
    "challenger.toml": challenger,
    "neural_network.toml": network,
    "black_scholes.toml": lambda p: call(40, p[0], p[1], p[2], p[3]),
    "greeks.yaml": lambda p: call(50, p[0], p[1], p[3], p[2]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_records_equal_the_differences_of_the_function(name: str, batch: Any) -> None:
    records = batch.of(name)
    assert records
    for record in records:
        stated = FUNCTIONS[name]
        function = stated[record["output"]] if isinstance(stated, dict) else stated
        assert_record(record, function, 1e-18 if name == "himmelblau.yaml" else 0.0)


def test_every_spec_is_covered_here() -> None:
    specs = {str(p.relative_to(SAMPLES)) for p in SAMPLES.rglob("*") if p.suffix in (".toml", ".json", ".yaml", ".yml")}
    assert specs == {*FUNCTIONS, "danwood.json", "robot_arm.yaml"}


def test_himmelblau_has_four_minima_four_saddles_and_a_maximum(batch: Any) -> None:
    kinds = [r["hessian"]["definiteness"] for r in batch.of("himmelblau.yaml")]
    assert kinds == ["positive definite"] * 4 + ["indefinite"] * 4 + ["negative definite"]


def test_misra1a_is_the_certified_fit(batch: Any) -> None:
    (record,) = batch.of("misra1a.toml")
    assert record["value"] == pytest.approx(1.2455138894e-01, rel=1e-9)
    assert record["hessian"]["definiteness"] == "positive definite"


def test_danwood_reproduces_the_certified_standard_deviations(batch: Any) -> None:
    (record,) = batch.of("danwood.json")
    jacobian = np.array(record["jacobian"]["matrix"])
    assert jacobian.shape == (6, 2)
    deviations = 3.2853114039e-02 * np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian)))
    np.testing.assert_allclose(deviations, [1.8281973860e-02, 5.1726610913e-02], rtol=1e-8)


def test_challenger_gives_the_published_deviance_and_standard_errors(batch: Any) -> None:
    _, record = batch.of("challenger.toml")
    assert 2 * record["value"] == pytest.approx(20.315, abs=5e-4)
    errors = np.sqrt(np.diag(np.linalg.inv(np.array(record["hessian"]["matrix"]))))
    np.testing.assert_allclose(errors, [7.3786, 0.1082], rtol=1e-3)


def test_greeks_are_the_printed_ones(batch: Any) -> None:
    (record,) = batch.of("greeks.yaml")
    printed = {"S": 0.522, "sigma": 12.1, "r": 8.91, "T": 4.31}
    assert {k: float(f"{v:.3g}") for k, v in record["gradient"].items()} == printed
    (price, _) = batch.of("black_scholes.toml")
    assert round(price["value"], 2) == 4.76


def test_robot_arm_is_the_rotation_of_its_links(batch: Any) -> None:
    records = batch.of("robot_arm.yaml")
    assert len(records) == 3
    for record in records:
        q1, q2 = record["at"]["q1"], record["at"]["q2"]
        first = [-0.4 * math.sin(q1), 0.4 * math.cos(q1)]
        second = [-0.3 * math.sin(q1 + q2), 0.3 * math.cos(q1 + q2)]
        want = [[first[k] + second[k], second[k]] for k in (0, 1)]
        np.testing.assert_allclose(record["jacobian"]["matrix"], want, rtol=1e-12)
        assert np.linalg.det(record["jacobian"]["matrix"]) == pytest.approx(0.12 * math.sin(q2))


def test_one_step_lowers_the_loss(batch: Any) -> None:
    (before,), (after,) = batch.of("linear_regression.toml"), batch.of("linear_regression_step.toml")
    assert before["value"] == pytest.approx(9.91)
    for name in ("W", "b"):
        moved = flat(before["at"][name])[0] - 0.01 * flat(before["gradient"][name])[0]
        assert flat(after["at"][name]) == pytest.approx([moved])
    assert after["value"] == pytest.approx(7.845230666666667)
