"""`gradcli functions`."""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap
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
    ("the functions of a group, with their meaning", "gradcli functions special"),
    ("one of them: its partials, its kinks and the convention there", "gradcli functions relu"),
    ("an operator", 'gradcli functions "^"'),
    ("for a program", "gradcli functions tanh --format json"),
)

_WIDTH = 78
_HINT = """\
gradcli functions relu      one function: partials, kinks, an example
gradcli functions special   a group: what each of its functions is"""


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
    """Every function: signature, meaning, partials, domain, kinks and the convention there, an example.

    NAME is a function, an operator or a group of functions.
    """
    from gradcli.cli.catalogue import catalogue, find, in_group

    with open_output(file, streams) as out:
        one = find(name) if name is not None else None
        group = in_group(name) if name is not None else []
        if name is not None and one is None and not group:
            raise _unknown(name)
        found = catalogue() if name is None else group if one is None else [one]
        if form == "json":
            from gradcli.report.json_text import dumps

            lines = [dumps(each.to_dict(), ascii_only=file is None and streams.ascii_only) for each in found]
            text = "[\n  " + ",\n  ".join(lines) + "\n]" if one is None else lines[0]
        elif name is None:
            text = overview(found)
        else:
            pages = [page(one)] if one is not None else []
            text = "\n\n".join([*pages, *([listing(group)] if group else [])])
        out.write(text + "\n")
    return 0


def overview(functions: list[Described]) -> str:
    """The names of all functions in groups, and how to see more."""
    blocks = []
    for group, members in groupby(functions, key=lambda one: one.group):
        names = (_sign(one) if group == "operators" else one.name for one in members)
        lines = wrap(
            " ".join(dict.fromkeys(names)), _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
        )
        blocks.append("\n".join([group, *lines]))
    return "\n\n".join([*blocks, _HINT])


def _sign(operator: Described) -> str:
    """The sign alone: of an infix operator an alias, of `-x` the first character."""
    return operator.aliases[0] if operator.aliases else operator.signature[0]


def listing(functions: list[Described]) -> str:
    """The functions of a group, a line each."""
    width = max(len(one.signature) for one in functions if len(one.signature) < 30)
    blocks = []
    for group, members in groupby(functions, key=lambda one: one.group):
        blocks.append("\n".join([group, *(f"  {one.signature:{width}}  {one.meaning}" for one in members)]))
    return "\n\n".join(blocks)


def page(one: Described) -> str:
    """Everything about one function."""
    from gradcli.cli.worked import worked

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
    command, *results = worked(one.example()).lines()
    rows += [("example", command), *(("", line) for line in results)]
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
