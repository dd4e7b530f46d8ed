"""`gradcli schema`."""

from __future__ import annotations

import click

from gradcli.cli.commands import Command
from gradcli.cli.options import only_options
from gradcli.cli.output import open_output
from gradcli.cli.streams import Streams

EXAMPLES = (
    ("what a spec file may say", "gradcli schema spec"),
    ("for an editor that checks while you type", "gradcli schema spec -o spec.schema.json"),
    ("what --format json prints", "gradcli schema result"),
)


@click.command("schema", cls=Command, examples=EXAMPLES, short_help="The JSON Schema of a spec or a result.")
@click.argument("kind", type=click.Choice(["spec", "result"]), metavar="spec|result")
@only_options("file", "quiet", "debug")
@click.pass_obj
def command(streams: Streams, /, kind: str, file: str | None, quiet: bool, debug: bool) -> int:
    """The JSON Schema of a spec file, or of a result."""
    with open_output(file, streams) as out:
        import json

        from gradcli.problems.schema import result_schema, spec_schema

        out.write(json.dumps(spec_schema() if kind == "spec" else result_schema(), indent=2) + "\n")
    return 0
