"""One bad spec costs its own records and no others, whatever it does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gradcli.batch.discovery import Found
from gradcli.batch.run import BatchOptions, run
from gradcli.batch.summary import Summary
from gradcli.errors import LimitError, Origin, Span
from gradcli.problems.problem import Problem
from gradcli.result import Failure, Record, Result


def line(number: int, text: bytes = b'{"expression": "x^2", "variables": {"x": 1}}') -> Found:
    return Found("s.jsonl", number, text)


def verdicts(solve: Callable[[Problem], Result], *specs: Found, fail_fast: bool = False) -> list[str]:
    return [r.verdict for _, records in run(specs, BatchOptions(solve, fail_fast=fail_fast)) for r in records]


def good(problem: Problem) -> Result:
    return Result((Record(problem.source, "verified", "grad"),))


def failing(error: BaseException) -> Callable[[Problem], Result]:
    """Fails on the second line only."""

    def solve(problem: Problem) -> Result:
        if problem.source.endswith(":2"):
            raise error
        return good(problem)

    return solve


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (LimitError("too large"), "limit"),
        (RecursionError("maximum recursion depth exceeded"), "internal"),
        (MemoryError(), "memory"),
        (ZeroDivisionError("planted"), "internal"),
        (AssertionError(), "internal"),
        (OSError(5, "planted"), "internal"),
    ],
)
def test_the_rest_goes_on(error: BaseException, kind: str) -> None:
    found = list(run([line(1), line(2), line(3)], BatchOptions(failing(error))))
    assert [records[0].verdict for _, records in found] == ["verified", "error", "verified"]
    failure = found[1][1][0].error
    assert failure is not None
    assert failure.kind == kind
    assert found[1][1][0].source == "s.jsonl:2"


def test_an_interrupt_is_no_spec_s_error() -> None:
    with pytest.raises(KeyboardInterrupt):
        verdicts(failing(KeyboardInterrupt()), line(1), line(2))


def test_an_error_keeps_its_place() -> None:
    error = LimitError(
        "too large", text="a + b", span=Span(4, 5), hint="less", origin=Origin("s.jsonl", 2, "outputs.f")
    )
    (_, (record,)) = next(iter(run([line(2)], BatchOptions(failing(error)))))
    assert record.error == Failure("limit", "too large", 2, 5, "outputs.f", "less")


def test_internal_errors_are_told_to_whom_wants_to_know() -> None:
    told: list[Exception] = []
    error = ZeroDivisionError("planted")
    list(run([line(2)], BatchOptions(failing(error), on_internal_error=told.append)))
    assert told == [error]


def test_a_named_file_that_is_no_spec() -> None:
    (_, (record,)) = next(iter(run([Found("data.csv")], BatchOptions(good))))
    assert record.error is not None
    assert "not a spec" in record.error.message


def test_fail_fast_ends_after_the_first_bad_spec() -> None:
    error = LimitError("too large")
    assert verdicts(failing(error), line(1), line(2), line(3), fail_fast=True) == ["verified", "error"]
    assert verdicts(good, line(1), line(2), line(3), fail_fast=True) == ["verified"] * 3


def test_the_summary_counts_specs_and_names_the_worst() -> None:
    summary = Summary()
    for number in range(62):
        summary.add([Record(f"s:{number}", "verified", "grad"), Record(f"s:{number}", "verified", "hessian")])
    assert summary.exit_code == 0
    summary.add([Record("k", "verified", "grad"), Record("k", "kink", "hessian")])
    summary.add([Record("e\n", "error", error=Failure("syntax", "no", 3, 4, "expression"))])
    assert summary.lines(3.21) == [
        "64 specs: 62 verified, 1 kink, 1 error in 3.2 s",
        "  error      e\\n: no (expression, line 3, column 4)",
        "  kink       k: not differentiable here; the number is a convention",
    ]
    assert summary.exit_code == 1
    assert summary.progress() == "64 specs, 2 not verified"


def test_the_summary_names_a_file_once() -> None:
    summary = Summary()
    summary.add([Record("a b.toml", "error", error=Failure("input", "a b.toml: no such file"))])
    assert summary.lines(0.0)[1] == "  error      a b.toml: no such file"


def test_the_summary_of_many_bad_specs_is_short() -> None:
    summary = Summary()
    for number in range(1000):
        summary.add([Record(f"k{number}", "kink", "grad")])
    summary.add([Record("last", "error", error=Failure("syntax", "x" * 1000))])
    lines = summary.lines(0.0)
    assert lines[0] == "1001 specs: 1000 kink, 1 error in 0.0 s"
    assert lines[1].startswith("  error      last: xxx")
    assert lines[-1] == "  ... and 991 more"
    assert len(lines) == 12
    assert max(map(len, lines)) < 400


def test_no_spec_at_all() -> None:
    assert Summary().lines(0.0) == ["0 specs in 0.0 s"]
    assert Summary().exit_code == 0
