"""The table that compares checkers: its cases are what they say they are, and gradcli's column is what it says now."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mpmath as mp
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))
from verdict_cases import CASES, RIGHT, WRONG, Case
from verdict_peers import namespace
from verdicts import DATA, name, of_gradcli
from verdicts_page import TOOLS, errs

STORED = json.loads(DATA.read_text(encoding="utf-8"))["cases"]
SMALLEST = mp.mpf("1e-200")  #: what mpmath's difference quotient is off by
#: The functions of the cases in mpmath.
MP = SimpleNamespace(
    **{n: getattr(mp, n) for n in ("cos", "tanh", "cosh", "exp", "log", "sqrt", "sign", "floor")},
    sin=lambda x: [mp.sin(entry) for entry in x] if isinstance(x, list) else mp.sin(x),
    sigmoid=lambda x: 1 / (1 + mp.exp(-x)),
    lgamma=mp.loggamma,
    normcdf=mp.ncdf,
    where=lambda condition, a, b: a if condition else b,
    sum=sum,
)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_gradcli_still_says_so(case: Case) -> None:
    assert of_gradcli(case) == STORED[name(case)]["gradcli"]


def test_every_case_was_put_to_everybody() -> None:
    assert set(STORED) == set(map(name, CASES))
    assert len(STORED) == len(CASES) >= 20
    for answers in STORED.values():
        assert set(answers) == set(TOOLS)


def test_gradcli_is_never_wrong() -> None:
    assert not [name(case) for case in CASES if errs(case, STORED[name(case)]["gradcli"])]


@pytest.mark.parametrize("case", [c for c in CASES if c.truth in (RIGHT, WRONG)], ids=name)
def test_claims_are_as_right_or_wrong_as_is_said(case: Case) -> None:
    """The derivative by mpmath, to 300 digits: beside it a right claim is within rounding, a wrong one is not."""
    claim = np.atleast_1d(case.claim(namespace("scipy"), np.array(case.at)))
    close = []
    for k in {0, len(case.at) - 1, len(case.at) // 2}:
        true = _derivative(case, k)
        close.append(abs(float(claim[k]) - true) <= (1e-9 if case.truth == RIGHT else 1e-7) * abs(true) + SMALLEST)
    assert all(close) == (case.truth == RIGHT)


def _derivative(case: Case, k: int) -> Any:
    with mp.workdps(300):
        at = [mp.mpf(value) for value in case.at]

        def along(t: Any) -> Any:
            return case.function(MP, [*at[:k], t, *at[k + 1 :]])

        return mp.diff(along, at[k], case.order)
