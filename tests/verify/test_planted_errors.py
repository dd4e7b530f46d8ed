"""The checker is checked: every row of the table with a wrong partial is found out, by each witness, at both orders."""

from __future__ import annotations

import pytest
from planting import Mutant, mutants, planted, shown_at, solved, uses

from gradcli.autodiff.elementwise import BY_NAME, ROWS
from gradcli.autodiff.primitive import Row
from gradcli.problems.problem import WITNESSES
from gradcli.result import Record

#: Errors that are none: the changed text means the same.
SAME = {
    ("maximum", "d/dx with swapped arguments"),
    ("maximum", "d/dy with swapped arguments"),
    ("minimum", "d/dx with swapped arguments"),
    ("minimum", "d/dy with swapped arguments"),
    ("turning", "d/dy with swapped arguments"),
    ("copysign", "d/dx with swapped arguments"),
    ("copysign", "d/dx is where((0), 0, copysign(1, y)*sign(x))"),
    # both branches of these derivatives are the same function in other digits
    *(
        (name, f"d/dx is {BY_NAME[name].partials[0].replace(condition, f'({other})', 1)}")
        for name, condition in (
            ("mills", "x > 0"),
            ("erfcinv", "x < 0.5"),
            ("normppf", "x < 0.3"),
            ("sinint", "abs(x) < 8"),
        )
        for other in condition.split(" < " if "<" in condition else " > ")
    ),
    ("hurwitz", "d/dx is -(s*hurwitz((1), x))"),  # the pole of zeta: not finite, which is another verdict
    ("toward", "d/dy with swapped arguments"),
    # no number at all: bose of a negative argument is NaN, and the record `nonfinite`
    ("logsubexp", "d/dx with swapped arguments"),
    ("logsubexp", "d/dy with swapped arguments"),
    ("first_share", "d/dx with swapped arguments"),
    ("first_share", "d/dy with swapped arguments"),
    *(
        (name, f"d/dx is {BY_NAME[name].partials[0].replace(condition, f'({other})', 1)}")
        for name, condition in (("lambertw", "x > 1"), ("logerfcx", "x > 0.5"), ("logerfcx", "x > -5"))
        for other in condition.split()[::2]
    ),
    # a term below 1e-11 of the whole, where its branch is taken
    (
        "logerfcx",
        f"d/dx is {BY_NAME['logerfcx'].partials[0].replace('sqrt(2)*mills(-(sqrt(2)*x))', '(mills(-(sqrt(2)*x)))')}",
    ),
    ("logerfcx", f"d/dx is {BY_NAME['logerfcx'].partials[0].replace('mills(-(sqrt(2)*x))', 'mills(-((x)))')}"),
    # even or symmetric functions of their two arguments
    ("bose_of", "d/dx with swapped arguments"),
    ("bose_of", "d/dy with swapped arguments"),
    ("first_share2", "d/dx with swapped arguments"),
    ("first_share2", "d/dy with swapped arguments"),
    ("beta_slope", "d/dy with swapped arguments"),
    ("digamma_drop", "d/dy with swapped arguments"),
    # orders that show in a third derivative only
    ("digamma_drop", "d/dx is digamma_drop(x, y, (1))"),
    ("digamma_drop", "d/dy is -digamma(x + y, (1))"),
}
AIRY = ("airyaix", "airyaiprimex", "airybix", "airybiprimex")
SCALED = ("expintx", "besselix", "besselkx", "sphericalbesselj", "sphericalbessely")
#: Errors that a first derivative does not have: an order that stays 1 where it should go up.
AT_SECOND_ORDER = {
    ("power", "d/dx is power(x, y, (1), j)"),
    ("power", "d/dy is power(x, y, k, (1))"),
    ("sinc", "d/dx is sinc(x, (1))"),
    ("digamma", "d/dx is digamma(x, (1))"),
    *((name, f"d/dx is {name}(x, (1))") for name in ("erfcx", "dawson", "zeta", "xexpx", "sinhc", "jinc", *AIRY)),
    *((name, f"d/dx is {name}(n, x, (1))") for name in SCALED),
    *((name, f"d/dm is {name}(m, (1))") for name in ("ellipk", "ellipe")),
    ("eta", "d/ds is eta(s, (1))"),
}
#: Rows whose derivative SymPy does not know: two witnesses are left.
NOT_SYMBOLIC = ("zeta", "eta", "invdigamma", "gammaincinv", "betaincinv")
#: Rows whose arguments are truth values: no path leads there, whatever their partials say.
LOGIC = ("logical_and", "logical_or", "logical_not")

#: Second derivatives: their own partials show in third ones, which no command prints; test_rows measures them.
BEYOND = {row.name for row in ROWS if shown_at(row)[0] >= 2}

CASES = [
    pytest.param(row, mutant, id=f"{row.name}: {mutant.what}")
    for row in ROWS
    for mutant in mutants(row)
    if (row.name, mutant.what) not in SAME and row.name not in LOGIC and row.name not in BEYOND
]
TENTHS = [case for case in CASES if "0.1 %" in case.values[1].what]


def found_out(row: Row, mutant: Mutant, task: str, witnesses: tuple[str, ...] = WITNESSES) -> bool:
    """Whether, at a point where the error matters, the verdict is `mismatch` and every witness disagrees."""
    records = []
    for use in uses(row):
        text = use.text if task == "grad" else use.weighted
        with planted(row, **mutant.columns):
            records.append(solved(text, use.items, task, **{w: w in witnesses for w in WITNESSES}))
    return any(convicted(record, row.name in NOT_SYMBOLIC) for record in records)


def convicted(record: Record, unknown_to_sympy: bool) -> bool:
    heard = {name: c.verdict for name, c in record.checks.items()}
    if unknown_to_sympy:
        assert heard.pop("symbolic", "skipped") == "skipped"
    return record.verdict == "mismatch" and set(heard.values()) == {"disagree"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_rows_as_they_are_verify(row: Row) -> None:
    for use in uses(row):
        for task, text in (("grad", use.text), ("hessian", use.weighted)):
            record = solved(text, use.items, task)
            assert record.verdict == "verified"
            assert "disagree" not in {c.verdict for c in record.checks.values()}


@pytest.mark.parametrize(("row", "mutant"), CASES)
def test_every_witness_finds_a_wrong_partial(row: Row, mutant: Mutant) -> None:
    if not row.private and (row.name, mutant.what) not in AT_SECOND_ORDER:
        assert found_out(row, mutant, "grad")
    assert found_out(row, mutant, "hessian")


@pytest.mark.parametrize("witness", WITNESSES)
@pytest.mark.parametrize(("row", "mutant"), TENTHS)
def test_a_witness_alone_finds_0_1_percent(row: Row, mutant: Mutant, witness: str) -> None:
    if witness == "symbolic" and row.name in NOT_SYMBOLIC:
        return
    assert found_out(row, mutant, "hessian" if row.private else "grad", (witness,))


def test_the_rows_planted_are_the_whole_table() -> None:
    assert {case.values[0].name for case in CASES} | set(LOGIC) | BEYOND == {row.name for row in ROWS}


def test_each_partial_is_planted_with_0_1_percent_and_a_sign() -> None:
    for row in ROWS:
        names = [m.what for m in mutants(row)]
        for argument, partial in zip(row.arguments, row.partials, strict=True):
            if partial not in (None, "0"):
                assert {f"d/d{argument} off by 0.1 %", f"d/d{argument} sign"} <= set(names), row.name


def test_partials_of_two_arguments_are_exchanged_where_they_differ() -> None:
    for row in ROWS:
        if len(row.arguments) == 2 and len(set(row.partials)) == 2:
            assert "partials exchanged" in [m.what for m in mutants(row)], row.name


@pytest.mark.parametrize("name", LOGIC)
def test_no_partial_of_logic_makes_a_path(name: str) -> None:
    row = BY_NAME[name]
    (use,) = uses(row)
    with planted(row, partials=("1",) * len(row.arguments)):
        assert set(solved(use.text, use.items, "grad").gradient.values()) == {None}


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
    columns = {"partials": (f"{factor!r}*({row.partials[0]})", *row.partials[1:])}
    (use,) = uses(row)
    with planted(row, **columns):
        record = solved(use.text, use.items, "hessian" if row.private else "grad")
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
    """∂/∂y of x·y is off; x's entry is right, and the reason names the one that is not."""
    row = BY_NAME["atan2"]
    with planted(row, partials=(row.partials[0], f"1.001*({row.partials[1]})")):
        record = solved("atan2(y, x)", ("y=1.5", "x=0.5"), "grad")
    assert record.verdict == "mismatch"
    for check in record.checks.values():
        assert check.compared == 2
        assert "1 of 2 entries disagree, the first at [0, 1]" in check.reason
        assert check.max_error == pytest.approx(1e-3 / 1.001, rel=1e-6)


def test_small_is_no_excuse() -> None:
    """The same 0.1 % in an entry of 1e-11, beside one of size 1."""
    with planted(BY_NAME["tanh"], partials=("1.001*sech2(x)",)):
        record = solved("y + tanh(x)", ("x=13.4", "y=2"), "grad")
    assert abs(record.gradient["x"]) < 1e-11
    assert record.verdict == "mismatch"
    assert record.checks["certificate"].verdict == record.checks["symbolic"].verdict == "disagree"
