"""Which words of a command line are options: an expression may begin with `-`.

The first word that is neither an option nor an option's value is the SOURCE. A word such as
`-x^2`, `-sin(x)` or `--x` there is an expression; `--name` with two letters or more, `-o` and
`-h` are options wherever they stand, so that a mistyped option is still found out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

_LONG_OPTION = re.compile(r"--[A-Za-z][A-Za-z-]+(=.*)?", re.DOTALL)
_MARK = "\0"  # no argument of a process can contain it


def shield_expression(arguments: Sequence[str], parameters: Sequence[click.Parameter]) -> list[str]:
    """The arguments with a SOURCE that begins with `-` marked, so that it is not taken for an option.

    Args:
        arguments: of one command, without its name.
        parameters: the command's, which tell the options that take a value.
    """
    valued = {
        name
        for parameter in parameters
        if isinstance(parameter, click.Option) and not parameter.is_flag and not parameter.count
        for name in parameter.opts
    }
    short = {name for parameter in parameters for name in parameter.opts if re.fullmatch("-[A-Za-z]", name)} | {"-h"}
    out = list(arguments)
    position = 0
    while position < len(out):
        word = out[position]
        if word == "--":
            break
        if word in valued:
            position += 2
        elif word in short or _LONG_OPTION.fullmatch(word):
            position += 1
        else:
            if word.startswith("-") and len(word) > 1:
                out[position] = _MARK + word
            break
    return out


def unmarked(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    """SOURCE as typed, without the mark of `shield_expression`."""
    return value.removeprefix(_MARK)
