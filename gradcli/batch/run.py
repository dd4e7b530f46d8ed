"""Spec after spec to record after record: whatever one spec does costs its own records and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gradcli.batch.discovery import Found
from gradcli.errors import DataError, GradcliError
from gradcli.problems.problem import Problem
from gradcli.result import Failure, Record, Result

if TYPE_CHECKING:
    from gradcli.problems.spec import Overrides

GOOD = ("verified", "unchecked")

Solve = Callable[[Problem], Result]


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How specs are read and when a batch ends.

    Attributes:
        solve: what is done with each problem.
        prepare: applied to each problem as read: options that replace what the spec says.
        allow_outside: whether data files may lie outside their spec's folder.
        overrides: points at which every spec is differentiated instead of its own.
        fail_fast: end after the first spec with a record that is not verified (or unchecked).
        on_internal_error: told of each exception that is no one's input.
    """

    solve: Solve
    prepare: Callable[[Problem], Problem] = field(default=lambda problem: problem)
    allow_outside: bool = False
    overrides: Overrides | None = None
    fail_fast: bool = False
    on_internal_error: Callable[[Exception], None] | None = None


def run(specs: Iterable[Found], options: BatchOptions) -> Iterator[tuple[Found, tuple[Record, ...]]]:
    """Each spec with its records, in order; a spec that fails has one record with the verdict `error`."""
    for found in specs:
        records = _records(found, options)
        yield found, records
        if options.fail_fast and not all(record.verdict in GOOD for record in records):
            return


def _records(found: Found, options: BatchOptions) -> tuple[Record, ...]:
    try:
        problem = options.prepare(found.read(allow_outside=options.allow_outside, overrides=options.overrides))
        return tuple(options.solve(problem).results)
    except GradcliError as error:
        cell = error.cell._asdict() if isinstance(error, DataError) and error.cell else None
        failure = Failure(error.kind, error.message, error.line, error.column, error.origin.key, error.hint, cell)
    except MemoryError:
        failure = Failure("memory", "not enough memory")
    except Exception as error:
        if options.on_internal_error is not None:
            options.on_internal_error(error)
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        failure = Failure("internal", f"internal error: {what}; this is a bug, please report it")
    return (Record(found.source, "error", error=failure),)
