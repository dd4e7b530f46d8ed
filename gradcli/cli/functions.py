"""`gradcli functions`."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from gradcli.cli.commands import Command
from gradcli.cli.options import only_options, option
from gradcli.cli.output import open_output
from gradcli.cli.streams import Streams
from gradcli.errors import UnknownNameError

if TYPE_CHECKING:
    from gradcli.cli.catalogue import Described

EXAMPLES = (
    ("all functions, in groups", "gradcli functions"),
    ("one of them: its partials, its kinks and the convention there", "gradcli functions relu"),
    ("an operator", 'gradcli functions "^"'),
    ("for a program", "gradcli functions tanh --format json"),
)


@click.command("functions", cls=Command, examples=EXAMPLES, short_help="All functions, their partials and conventions.")
@click.argument("name", required=False, metavar="[NAME]")
@option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    section="What to print",
    help="How it is printed (default: table).",
)
@only_options("file", "quiet", "debug")
@click.pass_obj
def command(streams: Streams, /, name: str | None, form: str, file: str | None, quiet: bool, debug: bool) -> int:
    """Every function: signature, meaning, partials, domain, kinks and the convention there."""
    from gradcli.cli.catalogue import catalogue, find

    with open_output(file, streams) as out:
        if name is None:
            found = catalogue()
        else:
            one = find(name)
            if one is None:
                raise _unknown(name)
            found = [one]
        if form == "json":
            from gradcli.report.json_text import dumps

            lines = [dumps(each.to_dict(), ascii_only=file is None and streams.ascii_only) for each in found]
            text = "[\n  " + ",\n  ".join(lines) + "\n]" if name is None else lines[0]
        else:
            text = page(found[0]) if name is not None else overview(found)
        out.write(text + "\n")
    return 0


def overview(functions: list[Described]) -> str:
    """All functions in groups, one line each."""
    width = max(len(one.signature) for one in functions if len(one.signature) < 30)
    blocks = []
    for group, members in groupby(functions, key=lambda one: one.group):
        blocks.append("\n".join([group, *(f"  {one.signature:{width}}  {one.meaning}" for one in members)]))
    return "\n\n".join([*blocks, "gradcli functions NAME tells partials, kinks and conventions"])


def page(one: Described) -> str:
    """Everything about one function."""
    rows: list[tuple[str, str]] = []
    if one.aliases:
        rows.append(("also written", ", ".join(one.aliases)))
    for argument, partial in one.partials.items():
        rows.append((f"d/d{argument}", "no path leads through here" if partial is None else partial))
    if _mentions_out(one):
        rows.append(("", "out is the function's own value"))
    for signature, definition in one.where.items():
        rows.append(("with", f"{signature} = {definition}, in a form that keeps its digits"))
    if one.definition is not None:
        rows.append(("defined as", one.definition))
    for argument, (low, high) in one.domain.items():
        rows.append(("tested for", f"{low:g} < {argument} < {high:g}"))
    if one.needs is not None:
        rows.append(("domain", one.needs))
    if one.rule is not None:
        rows.append(("derivative", one.rule))
    for kink in one.kinks:
        slopes = kink["left"], kink["right"]
        sides = "" if slopes == (None, None) else f"; slope {slopes[0]} from the left, {slopes[1]} from the right"
        rows.append(("kink", f"where {kink['where']}{sides}"))
        rows.append(("convention", str(kink["convention"])))
    if one.partials and not one.kinks:
        rows.append(("kinks", "none"))
    if one.example:
        rows.append(("example", f"{one.example['call']} is {one.example['value']}"))
    return "\n".join([f"{one.signature}   {one.meaning}", *(f"  {label:14} {text}" for label, text in rows)])


def _mentions_out(one: Described) -> bool:
    import re

    return any(partial and re.search(r"\bout\b", partial) for partial in one.partials.values())


def _unknown(name: str) -> UnknownNameError:
    from gradcli.autodiff.unknown import foreign_function
    from gradcli.cli.catalogue import catalogue
    from gradcli.language.suggest import hint_for

    foreign = foreign_function(name)
    if foreign is not None:
        return UnknownNameError(f"{name}: there is no such function", hint=foreign)
    known = [name for one in catalogue() for name in (one.name, *one.aliases)]
    hint = hint_for(name, known, "gradcli functions lists all of them")
    return UnknownNameError(f"{name}: there is no such function", hint=hint)
