"""A row with other columns for a while, and one checked derivative of an expression typed with its values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gradcli.autodiff.primitive import Row
from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.problem import CheckOptions
from gradcli.result import Record
from gradcli.solve import SolveOptions, solve


@contextmanager
def planted(row: Row, **columns: Any) -> Iterator[None]:
    """A row with other columns. The object stays the same: tables and tapes know rows by identity."""
    before = {name: getattr(row, name) for name in columns}
    try:
        for name, value in columns.items():
            object.__setattr__(row, name, value)
        yield
    finally:
        for name, value in before.items():
            object.__setattr__(row, name, value)


def solved(text: str, items: tuple[str, ...], task: str, **check: Any) -> Record:
    """The record of one task, checked."""
    problem = problem_from_expression(text, items).with_(check=CheckOptions(**check))
    (record,) = solve(problem, SolveOptions(task=task)).results
    return record
