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
    ("the kind of a critical point", 'gradcli hessian "x^3 - 3*x*y^2" x=0 y=0'),
    ("of an array variable", 'gradcli hessian "sum(w^4)" "w=[1,2,3]"'),
    ("only what is not 0, with proved bounds", "gradcli hessian samples/rosenbrock.toml --sparse --certify"),
    ("for a paper", 'gradcli hessian "x^2*y" x=3 y=2 --format latex'),
)


@click.command("hessian", cls=Command, examples=EXAMPLES, short_help="The Hessian with its eigenvalues and its audit.")
@source_arguments
@shared_options()
@EXPLAIN_STEPS
@click.pass_obj
def command(streams: Streams, /, source: str, items: tuple[str, ...], **chosen: Any) -> int:
    """Hessian of every output, with its eigenvalues and its audit, checked by independent witnesses.

    The audit: definiteness, rank, the kind of critical point, whether the function is linear or quadratic, which
    zeros are there at every point, the symmetry residual, and the product with a random vector, cross-checked.

    SOURCE is an expression, a spec file (.toml, .json, .yaml, .yml) or - for a spec on stdin. Without any
    NAME=VALUE an expression's second derivatives are printed as formulas.
    """
    return derive("hessian", source, items, Choices(**chosen), streams)
