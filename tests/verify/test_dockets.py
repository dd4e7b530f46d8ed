"""The docket of an entry in a record, how many there are, and what large models say was compared."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import numpy as np
import pytest
from planting import planted, solved

from gradcli.autodiff.elementwise import BY_NAME
from gradcli.model import load
from gradcli.problems.commandline import problem_from_expression
from gradcli.solve import SolveOptions, solve
from gradcli.verify import docket

WITNESSES = ["symbolic", "finite_difference", "certificate"]


def test_by_entry_tells_every_voice_on_every_entry() -> None:
    problem = problem_from_expression("x^2*y", ("x=3", "y=2"))
    (record,) = solve(problem, SolveOptions(task="grad", by_entry=True)).results
    assert [one.entry for one in record.entries] == ["x", "y"]
    for one, value in zip(record.entries, (12.0, 9.0), strict=True):
        assert list(one.values) == ["tape", "forward", *WITNESSES]
        assert list(one.values.values()) == pytest.approx([value] * 5)
        assert set(one.outcomes.values()) == {"agree"}
        assert (one.suspect, one.why) == (None, "SymPy, the differences and the ball confirm the tape")
        assert all(0 <= one.errors[w] < 1e-10 for w in WITNESSES)
    assert (record.disputes, record.disputed) == ((), None)


def test_without_the_option_agreement_needs_no_docket() -> None:
    record = solved("x^2*y", ("x=3", "y=2"), "grad")
    assert (record.entries, record.disputes, record.disputed) == ((), (), None)
    assert record.forward.verdict == "agree"


def test_a_witness_that_is_not_asked_has_no_place_and_a_silent_one_says_why() -> None:
    problem = problem_from_expression("zeta(x)", ("x=3",))
    (record,) = solve(problem, SolveOptions(task="grad", by_entry=True)).results
    (one,) = record.entries
    assert one.outcomes["symbolic"] == "skipped"
    assert "no symbolic" in one.reasons["symbolic"]
    few = problem.with_(check=problem.check._replace(symbolic=False))
    (record,) = solve(few, SolveOptions(task="grad", by_entry=True)).results
    assert "symbolic" not in record.entries[0].outcomes


@pytest.mark.parametrize("most", [1, 2, 3])
def test_dockets_are_bounded_and_counted(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(docket, "MOST_ENTRIES", most)
    with planted(BY_NAME["tanh"], partials=("1.001*sech2(x)",)):
        record = solved("sum(tanh(v))", ("v=[0.4, 1.3]",), "grad")
    assert len(record.disputes) == min(most, 2)
    assert record.disputed == 2


def test_an_error_bar_is_never_finer_than_the_number_shown() -> None:
    problem = problem_from_expression("sin(x)", ("x=0.7",))
    (record,) = solve(problem, SolveOptions(task="grad", by_entry=True)).results
    (one,) = record.entries
    for witness in ("symbolic", "certificate"):
        assert one.errors[witness] >= np.spacing(one.values[witness]) / 2


SIZES = (6, 30, 20, 2)


def network(tmp_path, batch=12):
    """A network of about 900 parameters, as a spec file."""
    generator = np.random.default_rng(5)
    spec = {"constants": {"X": generator.normal(size=(batch, SIZES[0])).tolist()}, "variables": {}, "let": {}}
    spec["check"] = {"budget_seconds": 3}
    hidden = "X"
    for k, (n, m) in enumerate(pairwise(SIZES)):
        spec["variables"][f"W{k}"] = {"shape": [n, m], "init": "normal", "scale": n**-0.5, "seed": k}
        spec["variables"][f"b{k}"] = {"shape": [m], "init": "normal", "scale": 0.1, "seed": k + 9}
        spec["let"][f"h{k}"] = f"tanh({hidden} @ W{k} + b{k})"
        hidden = f"h{k}"
    spec["outputs"] = {"loss": f"mean({hidden}^2)"}
    path = tmp_path / "net.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    return load(path)


def test_a_large_model_says_exactly_what_was_compared(tmp_path) -> None:
    record = network(tmp_path).solve(task="grad").results[0]
    n = sum(a * b + b for a, b in pairwise(SIZES))
    assert record.verdict == "verified"
    symbolic, directions, balls = (record.checks[w] for w in WITNESSES)
    assert (symbolic.compared, symbolic.of) == (n, n)
    # W @ x, + b, tanh, and the square of the mean: tanh'; both of +; 2x; the factor of the mean
    places = 12 * sum(SIZES[1:])
    assert symbolic.how.startswith("5 distinct local partials of SymPy's at ")
    assert int(symbolic.how.split(" places")[0].split()[-1]) >= 3 * places  # tanh by its argument, + by both
    assert re.fullmatch("[123] random directions?, seed 0", directions.how)
    assert 0 < balls.compared <= n
    assert record.forward.verdict == "agree"


@pytest.mark.parametrize(("row", "partial"), [("tanh", "1.001*sech2(x)")])
def test_a_wrong_partial_in_a_large_model_is_found_by_every_witness(tmp_path, row: str, partial: str) -> None:
    with planted(BY_NAME[row], partials=(partial,)):
        record = network(tmp_path).solve(task="grad").results[0]
    assert record.verdict == "mismatch"
    assert {record.checks[w].verdict for w in WITNESSES} == {"disagree"}
    best = record.disputes[0]
    assert best.suspect == "tape"
    assert [best.outcomes[w] for w in WITNESSES] == ["disagree"] * 3
    assert best.entry[0] in "Wb"
