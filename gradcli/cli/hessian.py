"""`gradcli hessian`."""

from __future__ import annotations

from typing import Any

import click

from gradcli.cli.commands import Command
from gradcli.cli.derive import derive
from gradcli.cli.options import EXPLAIN_STEPS, Choices, shared_options, source_arguments
from gradcli.cli.streams import Streams

EXAMPLES = (
    ("a Hessian at a point", 'gradcli hessian "x^2*y" x=3 y=2'),
    ("formulas", 'gradcli hessian "exp(x)*sin(y)"'),
    ("of an array variable", 'gradcli hessian "sum(w^4)" "w=[1,2,3]"'),
    ("only what is not 0, with proved bounds", "gradcli hessian samples/rosenbrock.toml --sparse --certify"),
    ("for a paper", 'gradcli hessian "x^2*y" x=3 y=2 --format latex'),
)


@click.command(
    "hessian", cls=Command, examples=EXAMPLES, short_help="The Hessian with its eigenvalues and definiteness."
)
@source_arguments
@shared_options()
@EXPLAIN_STEPS
@click.pass_obj
def command(streams: Streams, /, source: str, items: tuple[str, ...], **chosen: Any) -> int:
    """Hessian of every output, with its eigenvalues and definiteness, checked by independent witnesses.

    SOURCE is an expression, a spec file (.toml, .json, .yaml, .yml) or - for a spec on stdin. Without any
    NAME=VALUE an expression's second derivatives are printed as formulas.
    """
    return derive("hessian", source, items, Choices(**chosen), streams)
