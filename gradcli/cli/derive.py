"""What `grad`, `hessian` and `jacobian` have in common: one source in, one checked result out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.cli.options import Choices
from gradcli.cli.output import keep_specs, open_output
from gradcli.cli.streams import Streams
from gradcli.report.formats import report

if TYPE_CHECKING:
    from rich.console import Console

    from gradcli.problems.problem import Problem
    from gradcli.result import Result


def derive(task: str, source: str, items: tuple[str, ...], choices: Choices, streams: Streams) -> int:
    """Answer one command and return its exit status.

    Args:
        task: `grad`, `hessian` or `jacobian`.
        source: SOURCE as typed.
        items: NAME=VALUE, each.
        choices: the options.
        streams: results go to stdout, the rest to stderr.
    """
    keep_specs(choices.file, (source,))
    with open_output(choices.file, streams) as out:
        problem = read_problem(source, items, choices, streams)
        from gradcli.problems.commandline import require_variables
        from gradcli.solve import solve

        result = solve(require_variables(problem), choices.solve_options(task))
        for piece in report_pieces(result, choices, streams):
            out.write(piece)
    tell_written(result, choices, streams)
    return result.exit_code


def read_problem(source: str, items: tuple[str, ...], choices: Choices, streams: Streams) -> Problem:
    """The problem that SOURCE and the items state, with the options applied."""
    from gradcli.problems.commandline import problem_from_source

    problem = problem_from_source(
        source,
        items,
        stdin=streams.stdin,
        input_format=choices.input_format,
        allow_outside=choices.allow_outside,
        points_file=choices.points,
        sweeps=choices.sweep,
        wrt=choices.wrt,
        output=choices.output,
    )
    return choices.applied(problem)


def report_pieces(result: Result, choices: Choices, streams: Streams, default: str = "table") -> Iterator[str]:
    """The result's text in the chosen format."""
    return report(
        choices.format or default,
        result.results,
        sparse=choices.sparse,
        ascii_only=choices.file is None and streams.ascii_only,
        console=lambda: console(choices, streams),
    )


def console(choices: Choices, streams: Streams) -> Console:
    """The console a table is laid out for: stdout's, or that of a plain file."""
    from gradcli.report.console import console_for, plain_console

    return plain_console() if choices.file is not None or streams.out is None else console_for(streams.out)


def tell_written(result: Result, choices: Choices, streams: Streams) -> None:
    """Say on stderr which file was written, since stdout stays empty."""
    if choices.file is not None and not choices.quiet:
        from gradcli.errors import visible

        count = len(result.results)
        streams.say(f"{visible(choices.file)}: {count} record{'s' if count != 1 else ''}, {result.verdict}")
