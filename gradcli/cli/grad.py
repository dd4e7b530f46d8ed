"""`gradcli grad`."""

from __future__ import annotations

from typing import Any

import click

from gradcli.cli.commands import Command
from gradcli.cli.derive import derive
from gradcli.cli.options import EXPLAIN_STEPS, Choices, shared_options, source_arguments
from gradcli.cli.streams import Streams

EXAMPLES = (
    ("a gradient at a point", 'gradcli grad "x^2*y" x=3 y=2'),
    ("formulas", 'gradcli grad "x^2 + sin(y)"'),
    ("arrays; only by w", 'gradcli grad "sum((w*a - b)^2)" w=0.5 "a=[1,2,3]" "b=[2,4,6]" --wrt w'),
    ("a column of a CSV file", 'gradcli grad "mean((a - m)^2)" m=0 a=@data.csv:price --wrt m'),
    (
        "a spec file, one value changed, as JSON into a file",
        "gradcli grad samples/linear_regression.toml b=0.2 --format json -o result.json",
    ),
    ("101 points between 0 and 1", 'gradcli grad "-x^2" --sweep x=0:1:101 --format csv'),
)


@click.command("grad", cls=Command, examples=EXAMPLES, short_help="The gradient, as numbers or as formulas.")
@source_arguments
@shared_options("sparse")
@EXPLAIN_STEPS
@click.pass_obj
def command(streams: Streams, /, source: str, items: tuple[str, ...], **chosen: Any) -> int:
    """Gradient of every output with respect to every trainable variable, checked by independent witnesses.

    SOURCE is an expression, a spec file (.toml, .json, .yaml, .yml) or - for a spec on stdin. Without any
    NAME=VALUE an expression's derivatives are printed as formulas.
    """
    return derive("grad", source, items, Choices(**chosen), streams)
