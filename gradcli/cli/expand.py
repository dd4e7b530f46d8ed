"""`gradcli expand`."""

from __future__ import annotations

import click

from gradcli.cli.commands import Command
from gradcli.cli.derive import read_problem
from gradcli.cli.options import Choices, file_option, quiet_and_debug, source_arguments
from gradcli.cli.output import open_output
from gradcli.cli.streams import Streams

EXAMPLES = (
    ("what the layers of a network stand for", "gradcli expand samples/network_layers.toml"),
    ("a spec in YAML, in TOML", "gradcli expand samples/himmelblau.yaml"),
    ("a spec with its data in it, in TOML", "gradcli expand samples/challenger.toml -o alone.toml"),
)


@click.command("expand", cls=Command, examples=EXAMPLES, short_help="A spec as gradcli understands it, written out.")
@source_arguments
@file_option
@quiet_and_debug
@click.pass_obj
def command(
    streams: Streams, /, source: str, items: tuple[str, ...], file: str | None, quiet: bool, debug: bool
) -> int:
    """Print a spec written out: layers as variables and let, data files and random starts as their numbers.

    What is printed is a spec in TOML that means the same and needs no other file.
    """
    with open_output(file, streams) as out:
        problem = read_problem(source, items, Choices(), streams)
        from gradcli.problems.writing import spec_text

        out.write(spec_text(problem))
    return 0
