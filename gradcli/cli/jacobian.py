"""`gradcli jacobian`."""

from __future__ import annotations

from typing import Any

import click

from gradcli.cli.commands import Command
from gradcli.cli.derive import derive
from gradcli.cli.options import EXPLAIN_STEPS, Choices, shared_options, source_arguments
from gradcli.cli.streams import Streams

EXAMPLES = (
    ("of three functions in two variables", 'gradcli jacobian "[x*y, x + y, sin(x)]" x=1 y=2'),
    ("of a matrix product by the vector", 'gradcli jacobian "A @ v" "A=[[1,2],[3,4]]" "v=[1,1]" --wrt v'),
    ("formulas", 'gradcli jacobian "[r*cos(t), r*sin(t)]"'),
    ("as a table for a pull request", 'gradcli jacobian "[x*y, x + y]" x=1 y=2 --format markdown'),
)


@click.command("jacobian", cls=Command, examples=EXAMPLES, short_help="The Jacobian of scalar or array outputs.")
@source_arguments
@shared_options()
@EXPLAIN_STEPS
@click.pass_obj
def command(streams: Streams, /, source: str, items: tuple[str, ...], **chosen: Any) -> int:
    """Jacobian of scalar or array outputs, checked by independent witnesses.

    Rows are the outputs' entries, columns the variables' entries. SOURCE is an expression, a spec file
    (.toml, .json, .yaml, .yml) or - for a spec on stdin.
    """
    return derive("jacobian", source, items, Choices(**chosen), streams)
