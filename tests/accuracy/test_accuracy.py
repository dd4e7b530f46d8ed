"""The table of accuracy: measured again at its worst points, held to the promise, and complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath as mp
import pytest
from measured_calls import BEYOND, NOT_MEASURED, Measured, drawn, measured
from measuring import error, gradcli_values, orders_of, representable, truths, unit

from gradcli.cli.catalogue import catalogue

DATA = json.loads((Path(__file__).parents[2] / "docs" / "accuracy.json").read_text(encoding="utf-8"))["functions"]
CALLS = list(measured())
#: What another build of NumPy or SciPy may round otherwise.
LEEWAY = 1.25
ROUNDING = 1.0


def worst_points(one: Measured) -> list[dict[str, Any]]:
    return [worst for worst in DATA[one.call]["gradcli"] if worst is not None]


@pytest.mark.parametrize("one", CALLS, ids=lambda one: one.call)
def test_errors_at_the_worst_points_are_no_larger_than_the_table_says(one: Measured) -> None:
    known = worst_points(one)
    values = gradcli_values(one, [tuple(worst["at"]) for worst in known])
    for k, worst in enumerate(known):
        with mp.workdps(40):
            true = mp.mpf(worst["true"])
            found = max(error(v, true, worst["unit"]) for v in values[tuple(worst["orders"])][k])
        assert found <= LEEWAY * float(worst["ulps"]) + ROUNDING, worst


@pytest.mark.parametrize("one", CALLS, ids=lambda one: one.call)
def test_the_table_keeps_the_promise(one: Measured) -> None:
    for order, worst in enumerate(DATA[one.call]["gradcli"]):
        assert worst is None or float(worst["ulps"]) <= one.bound(order), (order, worst)


#: mpmath is asked again for some of the calls, at their worst points and at a point that is in no table.
ASKED = [one for one in CALLS[::3] if not one.call.startswith(("besselk", "bessely", "zeta", "erfcinv", "normppf"))]


@pytest.mark.parametrize("one", ASKED, ids=lambda one: one.call)
def test_the_truth_is_mpmaths(one: Measured) -> None:
    for worst in worst_points(one):
        again = truths(one, tuple(worst["at"]))[tuple(worst["orders"])]
        with mp.workdps(40):
            assert mp.almosteq(again.value, mp.mpf(worst["true"]), rel_eps=mp.mpf(10) ** -20), worst
        assert unit(one, tuple(worst["orders"]), again) == pytest.approx(worst["unit"], rel=1e-6)


@pytest.mark.parametrize("one", ASKED, ids=lambda one: one.call)
def test_the_promise_holds_at_another_point(one: Measured) -> None:
    (at,) = drawn(one, 1, "another")
    true, values = truths(one, at), gradcli_values(one, [at])
    for total in range(3):
        for orders in orders_of(one, total):
            if representable(true[orders].value):
                size = unit(one, orders, true[orders])
                found = max(error(v, true[orders].value, size) for v in values[orders][0])
                assert found <= one.bound(total), (at, orders)


def test_every_function_is_in_the_table_or_named_with_a_reason() -> None:
    told = {one.name for one in CALLS} | {"x*y", "x/y", "x^y"}
    told |= {name for names in NOT_MEASURED.values() for name in names}
    assert set(DATA) == {one.call for one in CALLS}
    untold = {one.signature if one.group == "operators" else one.name for one in catalogue()} - told
    assert {text.replace(" ", "") for text in untold} <= {"x*y", "x/y", "xandy", "xory", "notx"}


def test_what_is_beyond_the_promise_is_measured_and_needs_its_bound() -> None:
    for (call, order), (bound, why) in BEYOND.items():
        worst = DATA[call]["gradcli"][order]
        assert why
        assert bound >= float(worst["ulps"])
