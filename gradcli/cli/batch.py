"""`gradcli batch`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from gradcli.cli.commands import Command
from gradcli.cli.derive import console
from gradcli.cli.options import FORMAT_OF_BATCH, Choices, option, shared_options
from gradcli.cli.output import keep_specs, open_output
from gradcli.cli.streams import Streams
from gradcli.report.formats import report

if TYPE_CHECKING:
    from gradcli.batch.discovery import Found
    from gradcli.batch.run import BatchOptions
    from gradcli.batch.summary import Summary
    from gradcli.result import Record

EXAMPLES = (
    ("every spec in a folder, a JSON record a line", "gradcli batch samples/ -o results.jsonl"),
    ("only what needs a look, as a table", "gradcli batch samples/ --only-bad --format table"),
    ("some files, and all .toml files below models", "gradcli batch one.json 'models/**/*.toml'"),
    ("one spec a line, from a file or from stdin", "gradcli batch formulas.jsonl"),
    ("from another program", "generate-specs | gradcli batch - --no-check"),
    ("stop at the first that is not verified", "gradcli batch models/ --fail-fast --quiet"),
)


@click.command("batch", cls=Command, examples=EXAMPLES, short_help="Every spec in files, folders and JSON Lines.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@option("--fail-fast", is_flag=True, section="Batch", help="Stop after the first spec that is not verified.")
@option("--only-bad", is_flag=True, section="Batch", help="Print only the records that are not verified.")
@shared_options("format", "input_format")
@FORMAT_OF_BATCH
@click.pass_obj
def command(streams: Streams, /, paths: tuple[str, ...], fail_fast: bool, only_bad: bool, **chosen: Any) -> int:
    """Every spec found under PATH: files, folders, glob patterns, .jsonl files with one spec a line, or - for
    such lines on stdin.

    Each spec's own tasks are done. A bad spec gets a record with the verdict `error` and never stops the rest;
    the exit status is 1 if any record is not verified. A summary goes to stderr.
    """
    choices = Choices(**chosen)
    from gradcli.batch.discovery import discover
    from gradcli.batch.summary import Summary

    summary = Summary()
    began = time.monotonic()
    form = choices.format or "jsonl"
    progress = _Progress(streams, hidden=choices.quiet or (choices.file is None and form != "json"))
    keep_specs(choices.file, paths)
    with open_output(choices.file, streams, live=True) as out:
        specs = discover(paths, streams.stdin, leave_out=choices.file)
        groups = _groups(specs, _options(choices, streams, fail_fast), summary, progress, only_bad)
        pieces = _pieces(form, groups, choices, streams, summary)
        try:
            for piece in pieces:
                out.write(piece)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_kept(summary, choices.file)) from None
        finally:
            progress.clear()
    if not choices.quiet:
        for line in summary.lines(time.monotonic() - began):
            streams.say(line)
        if fail_fast and summary.exit_code:
            streams.say("stopped there, as --fail-fast asks")
    return summary.exit_code


def _kept(summary: Summary, file: str | None) -> str:
    """What is left of an interrupted batch."""
    from gradcli.errors import visible

    done = f"{summary.progress()} finished"
    if file is None:
        return f"{done}; their records are on stdout" if summary.specs else f"{done}, nothing is written"
    return f"{done}, but not written: {visible(file)} is written whole or not at all, and is as it was"


def _options(choices: Choices, streams: Streams, fail_fast: bool) -> BatchOptions:
    from gradcli.batch.run import BatchOptions
    from gradcli.problems.commandline import points_reader, require_variables, select
    from gradcli.problems.problem import Problem
    from gradcli.problems.spec import Overrides
    from gradcli.solve import solve

    points = points_reader(choices.points, choices.sweep)
    options = choices.solve_options(None)

    def prepare(problem: Problem) -> Problem:
        return choices.applied(require_variables(select(problem, choices.wrt, choices.output)))

    def tell(error: Exception) -> None:
        import traceback

        streams.say("".join(traceback.format_exception(error)).rstrip())

    return BatchOptions(
        solve=lambda problem: solve(problem, options),
        prepare=prepare,
        allow_outside=choices.allow_outside,
        overrides=Overrides(points=points) if points is not None else None,
        fail_fast=fail_fast,
        on_internal_error=tell if choices.debug else None,
    )


def _groups(
    specs: Iterator[Found], options: BatchOptions, summary: Summary, progress: _Progress, only_bad: bool
) -> Iterator[list[Record]]:
    """Each spec's records that are to be printed; the summary counts all of them, printed or not."""
    from gradcli.batch.run import GOOD, run

    for _, records in run(specs, options):
        summary.add(records)
        progress.show(summary.progress())
        yield [record for record in records if not only_bad or record.verdict not in GOOD]


def _pieces(
    form: str, groups: Iterator[list[Record]], choices: Choices, streams: Streams, summary: Summary
) -> Iterator[str]:
    """The report's text; a table is made spec by spec, because it waits for a spec's last point."""

    def made(records: Iterable[Record]) -> Iterator[str]:
        return report(
            form,
            records,
            sparse=choices.sparse,
            ascii_only=choices.file is None and streams.ascii_only,
            console=lambda: console(choices, streams),
            verdict=lambda: summary.verdict,
        )

    if form != "table":
        yield from made(chain.from_iterable(groups))
        return
    between = ""
    for records in groups:
        for piece in made(records):
            yield between + piece
            between = ""
        between = "\n" if records else between


class _Progress:
    """One line on a terminal that is rewritten; nothing anywhere else."""

    def __init__(self, streams: Streams, *, hidden: bool) -> None:
        self._stream = streams.err
        self._hidden = hidden or self._stream is None or not self._stream.isatty()
        self._last = 0.0

    def show(self, text: str) -> None:
        """Replace the line, at most ten times a second."""
        now = time.monotonic()
        if self._hidden or self._stream is None or now - self._last < 0.1:
            return
        self._last = now
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if not self._hidden and self._last and self._stream is not None:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
