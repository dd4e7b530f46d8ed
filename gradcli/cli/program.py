"""The program `gradcli`: its table of commands, and what becomes of every exception."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from gradcli.cli.commands import LazyGroup, print_and_exit
from gradcli.cli.exit_codes import BAD_INPUT, BROKEN_PIPE, INTERNAL, INTERRUPTED
from gradcli.cli.streams import Streams
from gradcli.errors import GradcliError, visible

PROGRAM = "gradcli"
COMMANDS = {
    name: f"gradcli.cli.{name}"
    for name in ("grad", "hessian", "jacobian", "batch", "check", "descend", "expand", "functions", "schema")
}
EXAMPLES = (
    ("a gradient, each number cross-checked", 'gradcli grad "x^2*y" x=3 y=2'),
    ("a Hessian with eigenvalues", 'gradcli hessian "(1 - x)^2 + 100*(y - x^2)^2" x=-1 y=1'),
    ("formulas", 'gradcli grad "x^2 + sin(y)"'),
    ("is a hand-derived gradient right?", 'gradcli check "x^2*y" --claim "x=2*x*y" --claim "y=x^2"'),
    ("every spec in a folder, one JSON record a line", "gradcli batch samples/ -o results.jsonl"),
    ("what a function does at its kinks", "gradcli functions relu"),
)


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from gradcli import __version__

        print_and_exit(ctx, f"{PROGRAM} {__version__}")


def _limits(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from gradcli.limits import LIMITS

        width = max(map(len, LIMITS._fields))
        print_and_exit(ctx, "\n".join(f"{name:{width}}  {most}" for name, most in LIMITS._asdict().items()))


@click.group(
    PROGRAM, cls=LazyGroup, modules=COMMANDS, examples=EXAMPLES, no_args_is_help=False, invoke_without_command=True
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.option(
    "--limits", is_flag=True, is_eager=True, expose_value=False, callback=_limits, help="Print the limits on inputs."
)
@click.pass_context
def program(ctx: click.Context) -> None:
    """A gradient calculator whose every number is cross-checked by independent witnesses.

    Expressions and spec files in, gradients, Hessians and Jacobians out.

    Exit status: 0 all verified (or unchecked on request), 1 something is not verified, 2 bad input or usage,
    70 an error of gradcli itself, 74 the result could not be written, 130 interrupted.
    """
    if ctx.invoked_subcommand is None:
        ctx.fail(f"no command: one of {', '.join(COMMANDS)}")


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Run the program and return its exit status; nothing but interrupts of the process escapes.

    Args:
        arguments: the command line without the program's name.
        streams: where to read and write.
    """
    if f"_{PROGRAM.upper()}_COMPLETE" in os.environ:
        program.main(prog_name=PROGRAM)
    try:
        with program.make_context(PROGRAM, list(arguments), obj=streams) as ctx:
            return int(program.invoke(ctx) or 0)
    except click.exceptions.Exit as end:
        return end.exit_code
    except GradcliError as error:
        streams.complain(error.render())
        return error.exit_code
    except click.ClickException as error:
        streams.complain(_usage(error))
        return BAD_INPUT
    except KeyboardInterrupt as stop:
        streams.drop_output()
        streams.say(": ".join(["interrupted", *map(str, stop.args)]))
        return INTERRUPTED
    except BrokenPipeError:
        streams.drop_output()
        return BROKEN_PIPE
    except MemoryError:
        streams.complain("error: not enough memory")
        return INTERNAL
    except Exception as error:
        streams.complain(_internal(error, "--debug" in arguments))
        return INTERNAL


def _usage(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())  # click lists choices on lines of their own
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        from gradcli.language.suggest import did_you_mean

        parameters = error.ctx.command.get_params(error.ctx)
        known = [name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)]
        meant = did_you_mean(error.option_name, [name for name in known if name.startswith("--")])
        message = f"no such option '{error.option_name}'" + (f": did you mean '{meant}'?" if meant else "")
    lines = [f"error: {visible(message[:1].lower() + message[1:].rstrip('.'))}"]
    ctx = getattr(error, "ctx", None)
    if ctx is not None:
        pieces = ctx.command.collect_usage_pieces(ctx)
        lines.append(f"   = usage: {' '.join([ctx.command_path, *pieces])}")
        lines.append(f"   = help: {ctx.command_path} --help")
    return "\n".join(lines)


def _internal(error: Exception, debug: bool) -> str:
    what = visible(f"{type(error).__name__}: {error}".rstrip(": "))
    line = f"error: internal error: {what}; this is a bug, please report it (--debug shows the traceback)"
    if not debug:
        return line
    import traceback

    return "".join(traceback.format_exception(error)) + line
