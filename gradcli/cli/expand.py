"""`gradcli expand`."""

from __future__ import annotations

from typing import Any

import click

from gradcli.cli.commands import Command
from gradcli.cli.derive import read_problem
from gradcli.cli.options import Choices, only_options, source_arguments
from gradcli.cli.output import open_output, require_toml
from gradcli.cli.streams import Streams

EXAMPLES = (
    ("what the layers of a network stand for", "gradcli expand samples/network_layers.toml"),
    ("a spec in YAML, in TOML", "gradcli expand samples/himmelblau.yaml"),
    ("a spec with its data in it, in TOML", "gradcli expand samples/challenger.toml -o alone.toml"),
)


@click.command("expand", cls=Command, examples=EXAMPLES, short_help="A spec as gradcli understands it, written out.")
@source_arguments
@only_options("input_format", "allow_outside", "file", "quiet", "debug")
@click.pass_obj
def command(streams: Streams, /, source: str, items: tuple[str, ...], **chosen: Any) -> int:
    """Print a spec written out: layers as variables and let, data files and random starts as their numbers.

    What is printed is a spec in TOML that means the same and needs no other file.
    """
    choices = Choices(**chosen)
    with open_output(choices.file, streams) as out:
        require_toml(choices.file)
        problem = read_problem(source, items, choices, streams)
        from gradcli.problems.commandline import require_values
        from gradcli.problems.writing import spec_text

        out.write(spec_text(require_values(problem)))
    return 0
