"""Writes what the documentation takes from the program: run `python docs/generate.py` after changing a function, a
command or what it prints. It rewrites docs/functions.md, docs/accuracy.md, docs/commands.md, docs/verdicts.md, the
marked parts of README.md and the output of the console examples in it and in the guides; a test fails while any of them
is out of date."""

from __future__ import annotations

import inspect
import re
import shutil
import tempfile
from itertools import groupby
from pathlib import Path

import click
from accuracy_page import accuracy_page
from examples import refreshed
from tables import NOTICE, cell, code, table
from verdicts_page import verdicts_page

from gradcli.cli.catalogue import Described, catalogue
from gradcli.cli.commands import Command
from gradcli.cli.program import COMMANDS, program

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS_INTRODUCTION = """\
Every function and operator of the language. `gradcli functions NAME` prints the same for one of them.

* *Derivative*: by each argument, in gradcli's own language; `out` is the function's own value. A dash means that no
  path leads through the argument: its gradient is not connected. Functions of arrays are differentiated by the
  transpose of what they do, functions that are defined by others by way of those.
* *Kink*: where there is no derivative, and the convention for the number that is printed there.
* Functions in derivatives that have no row of their own, such as `asin_slope`, are [private](#private-functions).
"""


def functions_page() -> str:
    """docs/functions.md: all functions, by group."""
    every = catalogue()
    parts = ["# Functions", NOTICE, FUNCTIONS_INTRODUCTION.rstrip()]
    for group, members in groupby(every, key=lambda one: one.group):
        rows = [[_names(one), cell(one.meaning), _derivative(one), _kinks(one)] for one in members]
        parts += [f"## {group.capitalize()}", table(("Function", "Meaning", "Derivative", "Kink"), rows)]
    private = dict(sorted(pair for one in every for pair in one.where.items()))
    rows = [[code(name), code(text)] for name, text in private.items()]
    note = "Each is computed in a form that keeps its digits where this definition would lose them."
    parts += ["## Private functions", note, table(("Function", "Is"), rows)]
    return "\n\n".join(parts) + "\n"


def _names(one: Described) -> str:
    written = code(one.signature)
    others = [name for name in one.aliases if one.group != "operators"]
    return written + (f"<br>also {', '.join(map(code, others))}" if others else "")


def _derivative(one: Described) -> str:
    if one.definition is not None:
        return f"of {code(one.definition)}"
    if len(one.partials) == 1:
        (partial,) = one.partials.values()
        return "–" if partial is None else code(partial)
    return "<br>".join(
        f"{argument}: {'–' if partial is None else code(partial)}" for argument, partial in one.partials.items()
    )


def _kinks(one: Described) -> str:
    return "<br>".join(f"{code(str(kink['where']))}: {cell(str(kink['convention']))}" for kink in one.kinks)


def commands_page() -> str:
    """docs/commands.md: every command with its examples and options, in the words of its help."""
    parts = ["# Commands", NOTICE, "`gradcli COMMAND --help` prints the same."]
    for name in COMMANDS:
        command, ctx = _command(name)
        usage = f"{ctx.command_path} {' '.join(command.collect_usage_pieces(ctx))}"
        lines = [line for what, call in command.examples for line in (f"# {what}", call)]
        parts += [f"## {name}", f"```text\n{usage}\n```", _paragraphs(command.help or "")]
        parts.append("```sh\n" + "\n".join(lines) + "\n```")
        sections: dict[str, list[list[str]]] = {}
        for option in command.get_params(ctx):
            if isinstance(option, click.Option) and (record := option.get_help_record(ctx)):
                section = str(getattr(option, "section", "Other options"))
                sections.setdefault(section, []).append([code(record[0]), cell(record[1])])
        last = sections.pop("Other options")
        for section, rows in [*sections.items(), ("Other options", last)]:
            parts.append(table((section, ""), rows))
    return "\n\n".join(parts) + "\n"


def _command(name: str) -> tuple[Command, click.Context]:
    parent = click.Context(program, info_name="gradcli")
    command = program.get_command(parent, name)
    assert isinstance(command, Command)
    return command, click.Context(command, info_name=name, parent=parent)


def _paragraphs(text: str) -> str:
    return re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(text))


def commands_table() -> str:
    """The commands in a line each."""
    rows = []
    for name in COMMANDS:
        command, _ = _command(name)
        rows.append([code(f"gradcli {name}"), cell(_paragraphs(command.help or "").split("\n")[0])])
    return table(("Command", "What it does"), rows)


def functions_list() -> str:
    """The functions by group, names only."""
    groups = groupby((one for one in catalogue() if one.group != "operators"), key=lambda one: one.group)
    return "\n".join(f"* {group}: {' '.join(code(one.name) for one in members)}" for group, members in groups)


PAGES = {
    "docs/functions.md": functions_page,
    "docs/accuracy.md": accuracy_page,
    "docs/commands.md": commands_page,
    "docs/verdicts.md": verdicts_page,
}
#: What a person writes around examples that are run.
GUIDES = ("README.md", "docs/results.md", "docs/checking.md", "docs/networks.md", "docs/tape.md")
PARTS = {"commands": commands_table, "functions": functions_list}


def with_parts(text: str) -> str:
    """The README with its marked parts as they are now.

    Raises:
        ValueError: a part is not marked in it.
    """
    for name, part in PARTS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"README.md has no part marked {name!r}")
        text = pattern.sub(lambda found, part=part: f"{found[1]}{part()}\n{found[2]}", text)  # type: ignore[misc]
    return text


def with_examples(text: str) -> str:
    """A guide with what its console examples print now."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "samples", Path(folder) / "samples")
        return refreshed(text, Path(folder))


def main() -> None:
    """Rewrite everything that is generated."""
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(with_parts(readme.read_text(encoding="utf-8")), encoding="utf-8")
    for name in GUIDES:
        guide = ROOT / name
        guide.write_text(with_examples(guide.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
