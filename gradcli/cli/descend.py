"""`gradcli descend`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any

import click

from gradcli.cli.commands import Command
from gradcli.cli.derive import console, read_problem
from gradcli.cli.exit_codes import INTERRUPTED
from gradcli.cli.options import COUNT, Choices, Number, option, shared_options, source_arguments
from gradcli.cli.output import open_output, require_toml
from gradcli.cli.streams import Streams

if TYPE_CHECKING:
    from gradcli.descent import Descent, Step

EXAMPLES = (
    (
        "100 steps, and a spec with what was reached",
        "gradcli descend samples/linear_regression.toml --rate 0.05 --steps 100 -o fitted.toml",
    ),
    ("go on from there", "gradcli descend fitted.toml --rate 0.01 --steps 100"),
    ("an expression, from a start", 'gradcli descend "(x - 3)^2" x=0 --rate 0.1 --steps 50'),
    (
        "with momentum, every state as JSON",
        "gradcli descend samples/neural_network.toml --rate 0.2 --steps 500 --momentum 0.9 --format json",
    ),
)
FORMATS = ("table", "toml", "json")
_FORMAT_BY_ENDING = {".toml": "toml", ".json": "json"}


@click.command(
    "descend", cls=Command, examples=EXAMPLES, short_help="Gradient-descent steps of the trainable variables."
)
@source_arguments
@option(
    "--rate",
    type=Number("a finite number from 0 on", lambda rate: 0 <= rate < inf),
    required=True,
    metavar="R",
    section="The descent",
    help="Factor of the gradient.",
)
@option("--steps", type=COUNT, required=True, metavar="N", section="The descent", help="How many steps.")
@option(
    "--momentum", type=Number("a number from 0 to below 1", lambda part: 0 <= part < 1),
    default=0.0, metavar="M", section="The descent",
    help="How much of the step before is taken again (default: 0).",
)  # fmt: skip
@option(
    "--format", type=click.Choice(FORMATS), section="What to print",
    help="A table of states, the spec with the final values (toml; default with -o FILE.toml), or JSON (default with "
    "-o FILE.json).",
)  # fmt: skip
@shared_options("format", "sparse", "formula", "certify", "unconnected", "points", "sweep", "by_entry")
@click.pass_obj
def command(
    streams: Streams, /, source: str, items: tuple[str, ...], rate: float, steps: int, momentum: float, **chosen: Any
) -> int:
    """Follow the gradient downhill: each step subtracts rate times the gradient from the trainable variables.

    SOURCE is an expression, a spec file (.toml, .json, .yaml, .yml) or - for a spec on stdin. The gradient is
    checked at the start. With -o FILE.toml the final values are written as a spec that can be run again.

    Exit status: 0 all steps were taken and the gradient is verified (or unchecked on request), 1 otherwise.
    """
    choices = Choices(**chosen)
    form = choices.format or _FORMAT_BY_ENDING.get(os.path.splitext(choices.file or "")[1].lower(), "table")
    with open_output(choices.file, streams) as out:
        if form == "toml":
            require_toml(choices.file)
        problem = read_problem(source, items, choices, streams)
        from gradcli.descent import descend
        from gradcli.problems.commandline import require_variables
        from gradcli.solve import solve

        with _progress(streams, steps, hidden=choices.quiet) as watch:
            descent = descend(
                require_variables(problem), rate, steps, momentum=momentum, output=choices.output, watch=watch
            )
        started = problem.with_(expect=descent.problem.expect)
        verdict = solve(started, choices.solve_options("grad")._replace(output=descent.output)).verdict
        out.write(_text(form, descent, rate, momentum, verdict, choices, streams))
    if not choices.quiet:
        _tell(descent, verdict, choices, streams)
    if descent.stopped == "interrupted":
        return INTERRUPTED
    return 0 if descent.stopped is None and verdict in ("verified", "unchecked") else 1


def _text(
    form: str, descent: Descent, rate: float, momentum: float, verdict: str, choices: Choices, streams: Streams
) -> str:
    problem = descent.problem
    names = problem.wrt or tuple(name for name, v in problem.variables.items() if v.trainable)
    final = {name: problem.variables[name].value for name in names}
    if form == "toml":
        from gradcli.problems.writing import spec_text

        how = f"rate {rate!r}" + f", momentum {momentum!r}" * bool(momentum)
        taken = max(0, len(descent.steps) - 1)
        return spec_text(problem, note=f"After {taken} steps down the gradient of {descent.output} ({how}).")
    if form == "json":
        from gradcli.report.descent import descent_json

        return descent_json(
            source=problem.source, output=descent.output, rate=rate, momentum=momentum,
            steps=descent.steps, final=final, stopped=descent.stopped, verdict=verdict,
            ascii_only=choices.file is None and streams.ascii_only,
        )  # fmt: skip
    from gradcli.report.descent import descent_table

    return descent_table(
        console(choices, streams), output=descent.output, steps=descent.steps, final=final,
        stopped=descent.stopped, verdict=verdict,
    )  # fmt: skip


def _tell(descent: Descent, verdict: str, choices: Choices, streams: Streams) -> None:
    from gradcli.errors import visible
    from gradcli.report.descent import stop_sentence

    taken = max(0, len(descent.steps) - 1)
    if descent.stopped == "interrupted":
        streams.say(f"interrupted after {taken} steps; the values are those reached")
    elif descent.stopped is not None:
        after = f"; the values are those of step {taken}; a smaller --rate may help" if descent.steps else ""
        streams.say(f"{stop_sentence(descent.stopped)}{after}")
    if choices.file is not None:
        values = [f"{step.value:.6g}" for step in descent.steps]
        fell = f", {descent.output} from {values[0]} to {values[-1]}" if values else ""
        streams.say(f"{visible(choices.file)}: {taken} steps{fell}; the gradient at the start: {verdict}")


@contextmanager
def _progress(streams: Streams, steps: int, *, hidden: bool) -> Iterator[Callable[[Step], None] | None]:
    """A bar on a terminal, with the value and the norm of the gradient as they fall; nothing anywhere else."""
    if hidden or streams.err is None or not streams.err.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("descending"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[state]}"),
        console=Console(file=streams.err), transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("", total=steps, state="")

        def watch(step: Step) -> None:
            bar.update(task, completed=step.number, state=f"{step.value:.6g}  |gradient| {step.norm:.3g}")

        yield watch
