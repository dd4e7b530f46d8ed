"""The checker is checked: what is wrong in a row of the table and changes a number is found, and blamed on the tape.

Every run plants the plainest errors of every row and a part of the others; `GRADCLI_MUTATIONS=all` plants all of them
at all points, another whole number than 0 another part.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from planting import planted, solved
from row_mutations import callable_rows, errors, mutations, trials
from trials import COMPLETE, differs, entries, part, right, tried, wrong

from gradcli.autodiff.elementwise import BY_NAME, ROWS
from gradcli.autodiff.primitive import Row

#: What a usual run plants in every row: each partial off by 0.1 %, with the other sign, and exchanged;
ALWAYS = ("off by 0.1 %", "sign", "partials exchanged")
STRIDE = 40  #: and one in so many of the other errors of each.
#: Rows whose arguments are truth values: no path leads there, whatever their partials say.
LOGIC = ("logical_and", "logical_or", "logical_not")


@pytest.fixture(autouse=True, scope="module")
def _probes() -> Iterator[None]:
    with callable_rows():
        yield


@pytest.mark.parametrize("turn", range(len(ROWS)), ids=lambda k: ROWS[k].name)
def test_errors_of_a_row_are_found(turn: int) -> None:
    row = ROWS[turn]
    found = []
    changed = False
    usual = [m for m in mutations(row) if m.kind.endswith(ALWAYS)] or mutations(row)
    for mutation in [*usual, *part([m for m in mutations(row) if m not in usual], turn, STRIDE)]:
        silent = "beyond" in mutation.kind or "own derivative" in mutation.kind  # right at some points or orders
        outcomes = tried(mutation, None if COMPLETE else 1, unchanged=COMPLETE and silent)
        changed |= any(one.what == "caught" for one in outcomes)
        found += [f"{mutation.name}: {what}" for what in wrong(outcomes)]
    assert not found, "\n".join(found)
    assert changed or row.name in LOGIC


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_partial_is_planted_with_every_kind(row: Row) -> None:
    kinds = [error.kind for error in errors(row)]
    for argument, partial in zip(row.arguments, row.partials, strict=True):
        if partial not in (None, "0"):
            for kind in ("off by 0.1 %", "sign", "too large by 1e-6", "wrong beyond", "whose own derivative"):
                assert any(k.startswith(f"d/d{argument} {kind}") for k in kinds), (row.name, kind)
    if len(row.arguments) == 2 and len(set(row.partials)) == 2:
        assert "partials exchanged" in kinds


@pytest.mark.parametrize("row", part(ROWS, 0, 4), ids=lambda row: row.name)
def test_a_row_as_it_is_verifies_where_errors_are_tried(row: Row) -> None:
    (first, *_) = trials(row)
    assert right(first).verdict == "verified"


@pytest.mark.parametrize("name", LOGIC)
def test_no_partial_of_logic_makes_a_path(name: str) -> None:
    row = BY_NAME[name]
    trial = trials(row)[0]
    with planted(row, partials=("1",) * len(row.arguments)):
        assert set(solved(*trial).gradient.values()) == {None}


@pytest.mark.parametrize("x", [1.9, 2.1])
def test_an_error_beyond_an_argument_is_found_there_only(x: float) -> None:
    row = BY_NAME["sin"]
    with planted(row, partials=("where(x > 2, 1.001*cos(x), cos(x))",)):
        assert solved("sin(x)", (f"x={x}",), "grad").verdict == ("mismatch" if x > 2 else "verified")


def test_an_error_at_second_order_is_found_there_only() -> None:
    row = BY_NAME["sin"]
    with planted(row, partials=("cos(x) + 0.001*(x - frozen(x))",)):
        assert solved("sin(x)", ("x=0.7",), "grad").verdict == "verified"
        assert solved("sin(x)", ("x=0.7",), "hessian").verdict == "mismatch"


def test_a_row_is_put_back_even_after_an_exception() -> None:
    row = BY_NAME["sin"]
    before = row.partials
    with pytest.raises(ZeroDivisionError), planted(row, partials=("1",)):
        raise ZeroDivisionError
    assert row.partials == before


@pytest.mark.parametrize("factor", [1 + 1e-8, 1 - 1e-8])
@pytest.mark.parametrize("name", ["sin", "tanh", "sech2", "power", "multiply", "gamma", "atan2", "toward"])
def test_rigorous_witnesses_find_1e_8(name: str, factor: float) -> None:
    """Ten times the tolerance is enough for SymPy and the balls; differences may be too coarse to tell."""
    row = BY_NAME[name]
    trial = trials(row)[0]
    with planted(row, partials=(f"{factor!r}*({row.partials[0]})", *row.partials[1:])):
        record = solved(*trial)
    assert record.verdict == "mismatch"
    assert record.checks["symbolic"].verdict == record.checks["certificate"].verdict == "disagree"


@pytest.mark.parametrize("factor", ["1.0000000001", "0.9999999999"])
def test_what_is_within_the_tolerance_is_no_error(factor: str) -> None:
    """1e-10 is below rtol = 1e-9: that is what the tolerance means; a stricter one finds it."""
    row = BY_NAME["sin"]
    with planted(row, partials=(f"{factor}*cos(x)",)):
        assert solved("sin(x)", ("x=0.7",), "grad").verdict == "verified"
        assert solved("sin(x)", ("x=0.7",), "grad", rtol=1e-12).verdict == "mismatch"


def test_an_error_that_shows_in_one_entry_only() -> None:
    """∂/∂x of atan2(y, x) is off; y's entry is right, and the reason names the one that is not."""
    row = BY_NAME["atan2"]
    with planted(row, partials=(row.partials[0], f"1.001*({row.partials[1]})")):
        record = solved("atan2(y, x)", ("y=1.5", "x=0.5"), "grad")
    assert record.verdict == "mismatch"
    for check in record.checks.values():
        assert check.compared == 2
        assert "1 of 2 entries disagree, the first at x" in check.reason
        assert check.max_error == pytest.approx(1e-3 / 1.001, rel=1e-6)


@pytest.mark.parametrize("name", ["zeta", "eta", "invdigamma", "sin"])
def test_a_rule_that_says_0_does_not_make_a_step_of_its_row(name: str) -> None:
    """The differences see that the function moves, also where SymPy has no form of it and no ball is asked."""
    row = BY_NAME[name]
    trial = trials(row)[0]
    with planted(row, partials=("0",)):
        record = solved(*trial)
        alone = solved(*trial, certificate=False, symbolic=False)
    assert record.verdict == alone.verdict == "mismatch"
    assert {dispute.suspect for dispute in record.disputes} == {"tape"}
    assert record.checks["finite_difference"].verdict == alone.checks["finite_difference"].verdict == "disagree"


def test_small_is_no_excuse() -> None:
    """The same 0.1 % in an entry of 1e-11, beside one of size 1."""
    with planted(BY_NAME["tanh"], partials=("1.001*sech2(x)",)):
        record = solved("y + tanh(x)", ("x=13.4", "y=2"), "grad")
    assert abs(record.gradient["x"]) < 1e-11
    assert record.verdict == "mismatch"
    assert record.checks["certificate"].verdict == record.checks["symbolic"].verdict == "disagree"


#: Rows that each witness is tried on by itself in a usual run.
WITNESS_ALONE = ("sin", "tanh", "power", "multiply", "gamma", "atan2", "besselj", "where", "maximum", "sech2", "erf")


@pytest.mark.parametrize("witness", ["symbolic", "finite_difference", "certificate"])
@pytest.mark.parametrize("row", ROWS if COMPLETE else [BY_NAME[n] for n in WITNESS_ALONE], ids=lambda row: row.name)
def test_a_witness_alone_finds_0_1_percent(row: Row, witness: str) -> None:
    """Where it has a word to say on the right number, it contradicts the wrong one."""
    others = {name: name == witness for name in ("symbolic", "finite_difference", "certificate")}
    truths = {trial: right(trial).entries for trial in trials(row) if trial.task == "grad"}
    for k, text in enumerate(row.partials):
        if text in (None, "0"):
            continue
        for trial in truths:
            if solved(*trial, **others).verdict != "verified":
                continue
            with planted(row, partials=(*row.partials[:k], f"1.001*({text})", *row.partials[k + 1 :])):
                record = solved(*trial, **others)
            assert record.verdict == "mismatch" or not differs(entries(record), truths[trial])
