"""`gradcli check`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from gradcli.cli.commands import Command
from gradcli.cli.derive import read_problem, report_pieces, tell_written
from gradcli.cli.options import Choices, option, shared_options, source_arguments
from gradcli.cli.output import open_output
from gradcli.cli.streams import Streams
from gradcli.errors import Origin, UnknownNameError, UsageError

if TYPE_CHECKING:
    from gradcli.language.syntax import Expression
    from gradcli.problems.problem import Claims, Problem

EXAMPLES = (
    ("is this gradient right, everywhere?", 'gradcli check "x^2*y" --claim "x=2*x*y" --claim "y=x^2"'),
    ("a wrong one: a point that shows it", 'gradcli check "sin(x)^2" --claim "x=2*sin(x)"'),
    ("an entry of a Hessian", 'gradcli check "x^2*y" --claim "x,y=2*x"'),
    ("of one of a spec's outputs", 'gradcli check model.toml --claim "loss:b=2*mean(p - y)"'),
)


@click.command("check", cls=Command, examples=EXAMPLES, short_help="Is a hand-derived gradient right?")
@source_arguments
@option(
    "--claim",
    "claims",
    metavar="NAME=EXPR",
    multiple=True,
    section="What is claimed",
    help="The derivative by NAME is EXPR; repeatable. NAME is x, output:x, or x,y for a Hessian's entry.",
)
@shared_options("sparse", "formula", "certify", "unconnected", "check", "witness", "points", "sweep")
@click.pass_obj
def command(streams: Streams, /, source: str, items: tuple[str, ...], claims: tuple[str, ...], **chosen: Any) -> int:
    """Is this hand-derived gradient right? A counterexample point if not.

    SOURCE is an expression, a spec file (.toml, .json, .yaml, .yml) or - for a spec on stdin. A spec's own
    [claims] are checked too. Exit status 0: every claim is right; 1: some are not.
    """
    choices = Choices(**chosen)
    with open_output(choices.file, streams) as out:
        problem = read_problem(source, items, choices, streams)
        problem = problem.with_(claims=with_claims(problem, claims))
        if not problem.claims:
            raise UsageError("nothing is claimed", hint='give --claim "x=2*x*y", once for every derivative')
        from gradcli.claims import check_claims

        result = check_claims(problem, choices.solve_options(None))
        for piece in report_pieces(result, choices, streams):
            out.write(piece)
    tell_written(result, choices, streams)
    return result.exit_code


def with_claims(problem: Problem, claims: Sequence[str]) -> Claims:
    """The problem's claims and those of `--claim`, which replace the problem's where both name the same.

    Raises:
        GradcliError: a claim is no `NAME=EXPR`, or names something that does not exist.
    """
    from gradcli.language.names import normalise_name
    from gradcli.problems.problem import Claims

    gradient, hessian = dict(problem.claims.gradient), dict(problem.claims.hessian)
    given = set()
    for claim in claims:
        key, equals, text = claim.partition("=")
        if not equals or not key.strip() or not text.strip():
            raise UsageError(f"{claim}: a claim is NAME=EXPR", hint='for example --claim "x=2*x*y"')
        before, colon, after = key.rpartition(":")
        output = normalise_name(before.strip()) if colon else None
        names = [normalise_name(name.strip()) for name in after.split(",")]
        if output is not None:
            _known(claim, "output", output, problem.outputs)
        elif len(problem.outputs) > 1:
            raise UsageError(f"{claim}: which output is meant?", hint=f"write {next(iter(problem.outputs))}:{claim}")
        for name in names:
            _known(claim, "variable", name, problem.variables)
        if len(names) > 2:
            raise UsageError(f"{claim}: a claim is about one derivative: x, or x,y for a Hessian's entry")
        if (output, *names) in given:
            raise UsageError(f"{claim}: {key.strip()} is claimed twice")
        given.add((output, *names))
        expression = _claimed(problem, key.strip(), text)
        if len(names) == 1:
            gradient[output, names[0]] = expression
        else:
            hessian[output, names[0], names[1]] = expression
    return Claims(gradient, hessian)


def _claimed(problem: Problem, key: str, text: str) -> Expression:
    from gradcli.language.parser import parse
    from gradcli.problems.expressions import check_names

    expression = parse(text, Origin(key=f"--claim {key}"))
    check_names(expression, {**problem.constants, **problem.variables, **problem.lets}, lambda _: None)
    return expression


def _known(claim: str, what: str, name: str, known: Mapping[str, Any]) -> None:
    if name in known:
        return
    from gradcli.language.suggest import hint_for

    raise UnknownNameError(f"{claim}: there is no {what} '{name}'", hint=hint_for(name, known))
