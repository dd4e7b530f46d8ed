"""`gradcli descend`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from gradcli.cli.commands import Command
from gradcli.cli.derive import console, read_problem
from gradcli.cli.exit_codes import INTERRUPTED, TERMINATED
from gradcli.cli.main import Terminated
from gradcli.cli.options import COUNT, Choices, Number, option, shared_options, source_arguments
from gradcli.cli.output import open_output, require_toml
from gradcli.cli.streams import Streams

if TYPE_CHECKING:
    from gradcli.descent import Descent, Step
    from gradcli.problems.problem import Problem

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
_INTERRUPTS: dict[type[BaseException], str] = {KeyboardInterrupt: "interrupted", Terminated: "terminated"}
_STATUS = {"interrupted": INTERRUPTED, "terminated": TERMINATED}
_GOOD = ("verified", "unchecked")
_REDRAWN = 0.1  #: seconds between two looks of the bar


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
    help="How much of the step before is taken again: x gains u = M*u - R*gradient, as in Keras (default: 0).",
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
    checked at the start and where the descent ends. With -o FILE.toml the final values are written as a spec that
    can be run again; an interrupt writes those that were reached.

    Exit status: 0 all steps were taken and the gradient is verified at both ends (or unchecked on request), 1
    otherwise, 130 interrupted.
    """
    choices = Choices(**chosen)
    form = choices.format or _FORMAT_BY_ENDING.get(os.path.splitext(choices.file or "")[1].lower(), "table")
    with open_output(choices.file, streams) as out:
        if form == "toml":
            require_toml(choices.file)
        problem = read_problem(source, items, choices, streams)
        from gradcli.descent import follow, start_of
        from gradcli.problems.commandline import require_variables
        from gradcli.problems.problem import Expect

        start = start_of(require_variables(problem), choices.output)
        if form == "toml":
            from gradcli.problems.writing import require_room

            require_room(start.problem)  # now, not after all the steps
        first = _verdict(start.problem.with_(expect=Expect()), start.output, choices)
        with _progress(streams, steps, hidden=choices.quiet) as watch:
            descent = follow(start, rate, steps, momentum=momentum, watch=watch, interrupts=_INTERRUPTS)
        if descent.stopped in _STATUS:
            last = "unchecked"  # who interrupts does not want to wait
        else:
            last = _verdict(descent.problem, start.output, choices) if descent.taken else first
        ran = _Run(descent, rate, momentum, start.unconnected, first, last)
        out.write(_text(form, ran, choices, streams))
    if not choices.quiet:
        _tell(ran, choices, streams)
    if descent.stopped is not None:
        return _STATUS.get(descent.stopped, 1)
    return 0 if first in _GOOD and last in _GOOD else 1


class _Run(NamedTuple):
    """A descent, how it was asked for, and what the witnesses say of the gradient at its ends."""

    descent: Descent
    rate: float
    momentum: float
    unconnected: tuple[str, ...]
    first: str
    last: str


def _verdict(problem: Problem, output: str, choices: Choices) -> str:
    from gradcli.solve import solve

    return solve(problem, choices.solve_options("grad")._replace(output=output)).verdict


def _text(form: str, ran: _Run, choices: Choices, streams: Streams) -> str:
    descent = ran.descent
    problem = descent.problem
    names = problem.wrt or tuple(name for name, v in problem.variables.items() if v.trainable)
    final = {name: problem.variables[name].value for name in names}
    if form == "toml":
        from gradcli.problems.writing import spec_text

        how = f"rate {ran.rate!r}" + f", momentum {ran.momentum!r}" * bool(ran.momentum)
        return spec_text(problem, note=f"After {descent.taken} steps down the gradient of {descent.output} ({how}).")
    if form == "json":
        from gradcli.report.descent import descent_json

        return descent_json(
            source=problem.source, output=descent.output, rate=ran.rate, momentum=ran.momentum,
            steps=descent.steps, final=final, unconnected=ran.unconnected, stopped=descent.stopped,
            verdict=ran.first, final_verdict=ran.last, ascii_only=choices.file is None and streams.ascii_only,
        )  # fmt: skip
    from gradcli.report.descent import descent_table

    return descent_table(
        console(choices, streams), output=descent.output, steps=descent.steps, final=final,
        unconnected=ran.unconnected, stopped=descent.stopped, verdict=ran.first, final_verdict=ran.last,
    )  # fmt: skip


def _tell(ran: _Run, choices: Choices, streams: Streams) -> None:
    from gradcli.errors import visible
    from gradcli.report.descent import stop_sentence

    descent = ran.descent
    if descent.stopped in _STATUS:
        streams.say(f"{descent.stopped} after {descent.taken} steps; the values are those reached")
    elif descent.stopped is not None:
        after = f"; the values are those of step {descent.taken}; a smaller --rate may help" if descent.steps else ""
        streams.say(f"{stop_sentence(descent.stopped)}{after}")
    if choices.file is not None:
        values = [f"{step.value:.6g}" for step in descent.steps]
        fell = f", {descent.output} from {values[0]} to {values[-1]}" if values else ""
        end = f", at the end: {ran.last}" if ran.last != ran.first else ""
        streams.say(
            f"{visible(choices.file)}: {descent.taken} steps{fell}; the gradient at the start: {ran.first}{end}"
        )


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
        shown = -inf

        def watch(step: Step) -> None:
            nonlocal shown
            now = time.monotonic()
            if now - shown >= _REDRAWN:
                shown = now
                bar.update(task, completed=step.number, state=f"{step.value:.6g}  |gradient| {step.norm:.3g}")

        yield watch
