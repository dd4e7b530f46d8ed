"""Golden cases: what a person sees where every voice is shown, and where one of them is wrong."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import sympy
from planting import planted

from gradcli.autodiff import structural
from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.primitive import Row
from gradcli.cli.program import run
from gradcli.cli.streams import Streams
from gradcli.targets.balls import walk as balls
from gradcli.targets.balls.kernels import kernel_of
from gradcli.verify import differences
from gradcli.verify.differences import Estimate

CASES = [
    case
    for name in ("court.toml", "lost_digits.toml")
    for case in tomllib.loads((Path(__file__).parents[1] / "cases" / name).read_text(encoding="utf-8"))["case"]
]


@contextmanager
def patched(place: Any, name: str, value: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, name, value, raising=False)
        yield
    sympy.core.cache.clear_cache()


def error_in_sympy() -> Any:
    sympy.core.cache.clear_cache()
    return patched(sympy.tanh, "fdiff", lambda self, argindex=1: sympy.Rational(1001, 1000) * (1 - self**2))


def error_in_the_differences() -> Any:
    real = differences.gradient

    def scaled(*arguments: Any, **options: Any) -> Estimate:
        found = real(*arguments, **options)
        return Estimate(found.value * 1.001, found.error)

    return patched(differences, "gradient", scaled)


def error_in_the_balls() -> Any:
    def scaled(row: Row, orders: tuple[int, ...] = ()) -> Any:
        kernel = kernel_of(row, orders)
        return kernel._replace(function=lambda u: kernel.function(u) * 1.001) if row.name == "tanh" else kernel

    return patched(balls, "kernel_of", scaled)


def error_in_a_transpose() -> Any:
    real = structural.EINSUM.transpose

    def scaled(tape: Any, *arguments: Any) -> Any:
        found = real(tape, *arguments)
        return found if found is None else tape.multiply(found, tape.constant(1.001))

    return patched(structural.EINSUM, "transpose", scaled)


ERRORS = {
    "none": nullcontext,
    "tape: the derivative of tanh is 0.1 % off": lambda: planted(BY_NAME["tanh"], partials=("1.001*sech2(x)",)),
    "tape: the transposed product is 0.1 % off": error_in_a_transpose,
    "SymPy: the derivative of tanh is 0.1 % off": error_in_sympy,
    "differences: all are 0.1 % off": error_in_the_differences,
    "balls: tanh is 0.1 % off": error_in_the_balls,
}


def masked(text: str) -> str:
    """The text without what a platform's rounding decides: the last digits, the sizes of error bars, the columns."""
    text = re.sub(r"-?[0-9]+\.[0-9]{9,}", lambda found: f"{float(found[0]):.9g}", text)
    text = re.sub(r"(± |largest error )[0-9.]+e-[0-9]+", r"\1small", text)
    text = re.sub(r"(to|,) [0-9.]+ digits", r"\1 many digits", text)
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("case", CASES, ids=[case["shows"] for case in CASES])
def test_case(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    out, err = io.StringIO(), io.StringIO()
    with ERRORS[case["planted"]]():
        code = run(tuple(case["command"]), Streams(out, err, io.BytesIO(b"")))
    shown = out.getvalue()
    assert masked(shown[re.search("^[✓✗–] ", shown, re.MULTILINE).start() :]) == masked(case["prints"])
    assert code == case["exit"]


def test_every_error_has_a_case() -> None:
    assert {case["planted"] for case in CASES} == set(ERRORS)
