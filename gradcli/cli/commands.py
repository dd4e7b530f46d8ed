"""How gradcli's commands differ from click's plain ones: help by example, options in groups, lazy loading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from gradcli.cli.arguments import shield_expression
from gradcli.cli.streams import Streams

Examples = Sequence[tuple[str, str]]  #: what it shows, and the command line


def print_and_exit(ctx: click.Context, text: str) -> None:
    """Print `text` as the result of a command, and end it."""
    streams = ctx.find_object(Streams)
    assert streams is not None
    streams.write(text + "\n", flush=True)
    ctx.exit()


class _Helping(click.Command):
    """A command whose help begins with examples."""

    examples: Examples = ()

    def get_help_option(self, ctx: click.Context) -> click.Option:
        """`-h`, `--help`, printed where results are printed."""

        def show(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
            if value and not ctx.resilient_parsing:
                print_and_exit(ctx, ctx.get_help())

        return click.Option(
            ["-h", "--help"], is_flag=True, is_eager=True, expose_value=False, callback=show, help="Show this page."
        )

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The description, then the examples."""
        super().format_help_text(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for number, (what, line) in enumerate(self.examples):
                    if number:
                        formatter.write("\n")
                    formatter.write(f"{'':{formatter.current_indent}}# {what}\n")
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Command(_Helping):
    """A command with examples and grouped options; a SOURCE may be an expression that begins with `-`."""

    def __init__(self, *args: Any, examples: Examples = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Click's, after marking an expression that begins with `-`."""
        if any(isinstance(p, click.Argument) and p.name == "source" for p in self.params):
            args = shield_expression(args, self.params)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options under the headings of their groups, in the order in which the groups first occur."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                sections.setdefault(getattr(parameter, "section", "Other options"), []).append(record)
        other = sections.pop("Other options", None)
        for heading, records in [*sections.items(), *([("Other options", other)] if other else [])]:
            with formatter.section(heading):
                formatter.write_dl(records)


class LazyGroup(_Helping, click.Group):
    """A group that imports a command's module when the command is asked for."""

    def __init__(self, *args: Any, modules: Mapping[str, str], examples: Examples = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modules, self.examples = modules, examples

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        module = self.modules.get(cmd_name)
        if module is None:
            return None
        command = import_module(module).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Click's; an unknown command is answered with the closest one, or with `grad` for an expression."""
        name = args[0]
        if name not in self.modules and not name.startswith("-"):
            from gradcli.language.suggest import did_you_mean

            meant = did_you_mean(name, self.modules)
            if meant is not None:
                ctx.fail(f"no command '{name}': did you mean '{meant}'?")
            if name.isalpha():
                ctx.fail(f"no command '{name}': the commands are {', '.join(self.modules)}")
            ctx.fail(f"no command '{name}': is a gradient meant? gradcli grad \"{name}\"")
        return super().resolve_command(ctx, args)
