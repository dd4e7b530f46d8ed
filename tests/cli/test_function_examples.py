"""The example that `gradcli functions NAME` prints: each runs, is verified, and equals an outside reference."""

from __future__ import annotations

import itertools
import json
import shlex
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from oracles import FUNCTIONS
from scipy import integrate, special, stats

from gradcli.cli.catalogue import Described, catalogue
from gradcli.cli.worked import Worked, worked

Run = Callable[..., Any]
EVERY = catalogue()
SHOWN = {one.name: worked(one.example()) for one in EVERY}
ids = [one.name for one in EVERY]


def given(example: Worked) -> dict[str, Any]:
    """The values of its names."""
    return {
        name: np.array(json.loads(text), dtype=float) for name, text in (item.split("=", 1) for item in example.items)
    }


@pytest.mark.parametrize("one", EVERY, ids=ids)
def test_the_command_is_verified_and_gives_what_is_shown(gradcli: Run, one: Described) -> None:
    example = SHOWN[one.name]
    program, *arguments = shlex.split(example.command)
    assert program == "gradcli"
    ran = gradcli(*arguments, "--format", "json")
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told["verdict"] == "verified"
    (record,) = told["results"]
    assert record["value"] == example.value
    if arguments[0] == "grad":
        assert record["gradient"] == example.derivatives
    else:
        together = np.concatenate([np.asarray(d) for d in example.derivatives.values()], axis=1)
        assert np.array_equal(record["jacobian"]["matrix"], together)


def test_an_example_uses_its_function() -> None:
    for one in EVERY:
        assert one.name in SHOWN[one.name].call or one.group == "operators", one.name


def test_the_page_prints_the_example(gradcli: Run) -> None:
    lines = gradcli("functions", "besselj").out.splitlines()[-3:]
    assert [line.strip() for line in lines] == [
        'example        gradcli grad "besselj(0, x)" x=0.5', "value 0.9384698072", "d/dx -0.2422684577"
    ]  # fmt: skip


ROWS = [one.name for one in EVERY if one.name in FUNCTIONS and one.partials]


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_mpmaths(name: str) -> None:
    """Value, and the derivative by each name, to 13 digits."""
    example = SHOWN[name]
    if name == "where":
        assert (example.value, example.derivatives) == (2, {"x": None, "a": 1, "b": 0})
        return
    at = [mp.mpf(float(x)) for x in given(example).values()]
    with mp.workdps(40):
        true = FUNCTIONS[name](*at)
        assert abs(example.value - true) <= 1e-13 * abs(true) + 1e-30
        for k, found in enumerate(example.derivatives.values()):
            slope = mp.diff(FUNCTIONS[name], tuple(at), tuple(int(j == k) for j in range(len(at))), h=mp.mpf("1e-15"))
            assert abs((found or 0) - slope) <= 1e-13 * abs(slope) + 1e-20


def _softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum()


#: The other functions by NumPy and SciPy, at the arguments of the example in their order.
REFERENCES: dict[str, Callable[..., Any]] = {
    "polygamma": lambda x: special.polygamma(1, x),
    "trigamma": lambda x: special.polygamma(1, x),
    "sum": np.sum,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "median": np.median,
    "norm": np.linalg.norm,
    "cumsum": np.cumsum,
    "trace": np.trace,
    "mean": np.mean,
    "var": np.var,
    "std": np.std,
    "ptp": np.ptp,
    "norm1": lambda x: np.linalg.norm(x, 1),
    "norm2": np.linalg.norm,
    "norminf": lambda x: np.linalg.norm(x, np.inf),
    "any": lambda x: np.any(x > 1) * x[0],
    "all": lambda x: np.all(x > 1) * x[0],
    "trapezoid": np.trapezoid,
    "reshape": lambda x: x.reshape(2, 1),
    "transpose": np.transpose,
    "concat": lambda a, b: np.concatenate([a, b]),
    "stack": lambda a, b: np.stack([a, b]),
    "diag": np.diag,
    "tril": np.tril,
    "triu": np.triu,
    "matmul": np.matmul,
    "einsum": lambda a, x: np.einsum("ij,j->i", a, x),
    "matrix_power": lambda a: np.linalg.matrix_power(a, 2),
    "dot": np.dot,
    "outer": np.outer,
    "cross": np.cross,
    "kron": np.kron,
    "flatten": np.ravel,
    "vec": lambda a: a.ravel(order="F"),
    "linspace": lambda a, b: np.linspace(a, b, 3),
    "arange": lambda x: np.arange(3) * x,
    "zeros": lambda x: np.zeros(2) + x,
    "ones": lambda x: np.ones(2) * x,
    "eye": lambda x: np.eye(2) * x,
    "size": lambda x: np.size(x) * x[0],
    "shape": lambda x: np.array(np.shape(x)) * x[0],
    "inv": np.linalg.inv,
    "solve": np.linalg.solve,
    "det": np.linalg.det,
    "pinv": np.linalg.pinv,
    "logdet": lambda a: np.linalg.slogdet(a)[1],
    "logabsdet": lambda a: np.linalg.slogdet(a)[1],
    "logsumexp": special.logsumexp,
    "softmax": _softmax,
    "log_softmax": special.log_softmax,
    "mse": lambda y, p: np.mean((y - p) ** 2),
    "mae": lambda y, p: np.mean(abs(y - p)),
    "rmse": lambda y, p: np.sqrt(np.mean((y - p) ** 2)),
    "huber": lambda y, p: np.mean(special.huber(1, y - p)),
    "log_cosh": lambda y, p: np.mean(np.log(np.cosh(y - p))),
    "hinge": lambda y, p: np.mean(np.maximum(0, 1 - y * p)),
    "squared_hinge": lambda y, p: np.mean(np.maximum(0, 1 - y * p) ** 2),
    "cross_entropy": lambda y, p: -np.sum(y * np.log(p)),
    "softmax_cross_entropy": lambda y, z: -np.sum(y * np.log(_softmax(z))),
    "binary_cross_entropy": lambda y, p: -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)),
    "sigmoid_cross_entropy": lambda y, z: -np.mean(y * special.log_expit(z) + (1 - y) * special.log_expit(-z)),
    "kl": lambda p, q: np.sum(special.rel_entr(p, q)),
    "entropy": lambda p: np.sum(special.entr(p)),
    "entr": special.entr,
    "rel_entr": special.rel_entr,
    "kl_div": special.kl_div,
    "boxcox": special.boxcox,
    "boxcox1p": special.boxcox1p,
    "exprel": special.exprel,
    "cosm1": special.cosm1,
    "i0e": special.i0e,
    "i1e": special.i1e,
    "k0e": special.k0e,
    "k1e": special.k1e,
    "chi2cdf": lambda x: stats.chi2.cdf(x, 4),
    "rgamma": special.rgamma,
    "fcdf": lambda x: stats.f.cdf(x, 3, 5),
    "logfactorial": lambda x: special.gammaln(x + 1),
    "logerf": lambda x, y: np.log(integrate.quad(lambda t: 2 / np.sqrt(np.pi) * np.exp(-t * t), x, y)[0]),
    "eta": lambda s: float(mp.altzeta(float(s))),
    "tanpi": lambda x: np.tan(np.pi * x),
    "ldexp": lambda x: np.ldexp(x, 3),
    "muladd": lambda x, y, z: x * y + z,
    "mod2pi": lambda x: np.mod(x, 2 * np.pi),
    "flipsign": lambda x, y: x * np.sign(y),
    "floor_divide": lambda x, y: x + np.floor_divide(x, y),
    "logabssinh": lambda x: np.log(np.abs(np.sinh(x))),
    "logitexp": lambda x: special.logit(np.exp(x)),
    "logit1mexp": lambda x: special.logit(1 - np.exp(x)),
    "log1mlogistic": lambda x: np.log(1 - special.expit(x)),
    "leaky_relu": lambda x: 0.01 * x,
    "elu": np.expm1,
    "selu": lambda x: 1.0507009873554805 * 1.6732632423543772 * np.expm1(x),
    "celu": lambda x: 2 * np.expm1(x / 2),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "hardtanh": lambda x: np.clip(x, -1, 1),
    "hard_sigmoid": lambda x: x / 6 + 0.5,
    "relu6": lambda x: np.clip(x, 0, 6),
    "log_sigmoid": special.log_expit,
    "gelu": lambda x: x * special.ndtr(x),
    "heaviside": lambda x: np.heaviside(x, 0.5) * x,
    "secd": lambda x: 1 / np.cos(np.deg2rad(x)),
    "cscd": lambda x: 1 / np.sin(np.deg2rad(x)),
    "cotd": lambda x: 1 / np.tan(np.deg2rad(x)),
    "asecd": lambda x: np.rad2deg(np.arccos(1 / x)),
    "acscd": lambda x: np.rad2deg(np.arcsin(1 / x)),
    "acotd": lambda x: np.rad2deg(np.arctan(1 / x)),
    "cosc": lambda x: (np.cos(np.pi * x) - np.sinc(x)) / x,
    "square": np.square,
    "reciprocal": np.reciprocal,
    "logaddexp2": np.logaddexp2,
    "log1psq": lambda x: np.log(1 + x * x),
    "log2mexp": lambda x: np.log(2 - np.exp(x)),
    "xlogx": lambda x: special.xlogy(x, x),
    "xexpx": lambda x: x * np.exp(x),
    "xexpy": lambda x, y: x * np.exp(y),
    "cloglog": lambda x: np.log(-np.log(1 - x)),
    "cexpexp": lambda x: 1 - np.exp(-np.exp(x)),
    "logerfc": lambda x: np.log(special.erfc(x)),
    "logerfcx": lambda x: np.log(special.erfcx(x)),
    **{f"bessel{k}{n}": lambda x, k=k, n=n: getattr(special, f"{k}v")(n, x) for k in "jyik" for n in (0, 1)},
    "exp1": special.exp1,
    **{name: getattr(np, name) for name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")},
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_not": np.logical_not,
}
#: Without a function in NumPy or SciPy, or defined by what its derivative is.
BY_HAND = {"adj": [[4, -2], [-2, 1]], "cholesky": [[2, 0], [1, 3]], "stop_gradient": 9}


def test_every_example_has_a_reference() -> None:
    assert {*ROWS, *REFERENCES, *BY_HAND} == set(ids)


@pytest.mark.parametrize("name", REFERENCES)
def test_the_others_are_numpys_and_scipys(name: str) -> None:
    """Values to 13 digits; derivatives to 6 by central differences of the reference."""
    example, at = SHOWN[name], given(SHOWN[name])
    reference = REFERENCES[name]
    np.testing.assert_allclose(example.value, np.asarray(reference(*at.values()), dtype=float), rtol=1e-13, atol=1e-15)
    for source, found in example.derivatives.items():
        slopes = []
        for place in itertools.product(*map(range, at[source].shape)):
            step = np.zeros(at[source].shape)
            step[place] = 1e-5
            sides = (
                np.asarray(reference(*(at | {source: at[source] + s * step}).values()), dtype=float) for s in (1, -1)
            )
            up, down = sides
            slopes.append((up - down).ravel() / 2e-5)
        expected = np.array(slopes).T
        shown = np.zeros_like(expected) if found is None else np.reshape(found, expected.shape)
        np.testing.assert_allclose(shown, expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", BY_HAND)
def test_the_rest_is_worked_out_by_hand(name: str) -> None:
    assert SHOWN[name].value == BY_HAND[name]
