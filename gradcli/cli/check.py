"""`gradcli check`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from gradcli.cli.commands import Command
from gradcli.cli.derive import read_problem, report_pieces, tell_written
from gradcli.cli.options import Choices, option, shared_options, source_arguments
from gradcli.cli.output import keep_specs, open_output
from gradcli.cli.streams import Streams
from gradcli.errors import UsageError

if TYPE_CHECKING:
    from gradcli.problems.problem import Claims, Problem

EXAMPLES = (
    ("is this gradient right, everywhere?", 'gradcli check "x^2*y" --claim "x=2*x*y" --claim "y=x^2"'),
    ("a wrong one: a point that shows it", 'gradcli check "sin(x)^2" --claim "x=2*sin(x)"'),
    ("an entry of a Hessian", 'gradcli check "x^2*y" --claim "x,y=2*x"'),
    ("a whole Jacobian", 'gradcli check "[x*y, sin(x)]" --claim "jacobian=[[y, x], [cos(x), 0]]"'),
    ("one claim a line of a file", "gradcli check model.toml --claim-file derivation.txt"),
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
    help="The derivative by NAME is EXPR; repeatable. NAME is x, W[0,1], output:x, f[0]:x, x,y for second"
    " derivatives, or gradient, jacobian, hessian for all variables at once.",
)
@option(
    "--claim-file",
    "files",
    metavar="FILE",
    multiple=True,
    section="What is claimed",
    help="Claims of a file, one NAME = EXPR a line, # begins a remark (-: from stdin); repeatable.",
)
@shared_options("sparse", "formula", "certify", "unconnected", "check", "witness", "points", "sweep")
@click.pass_obj
def command(
    streams: Streams,
    /,
    source: str,
    items: tuple[str, ...],
    claims: tuple[str, ...],
    files: tuple[str, ...],
    **chosen: Any,
) -> int:
    """Is this hand-derived gradient right? A counterexample point if not.

    SOURCE is an expression, a spec file (.toml, .json, .yaml, .yml) or - for a spec on stdin. A spec's own
    [claims] are checked too. Of an array output a claim is about the Jacobian. Exit status 0: every claim is
    right; 1: some are not.
    """
    choices = Choices(**chosen)
    keep_specs(choices.file, (source,))
    with open_output(choices.file, streams) as out:
        if (source == "-" and "-" in files) or files.count("-") > 1:
            raise UsageError("-: standard input is read only once")
        problem = read_problem(source, items, choices, streams)
        problem = problem.with_(claims=with_claims(problem, claims, files, streams.stdin))
        if not problem.claims:
            raise UsageError(
                "nothing is claimed", hint='give --claim "x=2*x*y", once for every derivative, or --claim-file'
            )
        from gradcli.claims import check_claims

        result = check_claims(problem, choices.solve_options(None))
        for piece in report_pieces(result, choices, streams):
            out.write(piece)
    tell_written(result, choices, streams)
    return result.exit_code


def with_claims(problem: Problem, claims: Sequence[str], files: Sequence[str] = (), stdin: Any = None) -> Claims:
    """The problem's claims and those given beside it, which replace the problem's where both name the same.

    Args:
        problem: what is claimed about.
        claims: of `--claim`.
        files: of `--claim-file`.
        stdin: read for a file called `-`.

    Raises:
        GradcliError: a claim is no `NAME=EXPR`, names something that does not exist, or is made twice.
    """
    from gradcli.problems.claim_lines import claims_of_file, typed_claims
    from gradcli.problems.claimed import is_claimed, joined

    given = typed_claims(problem, claims)
    for file in files:
        for key, claim in claims_of_file(problem, file, stdin).items():
            if is_claimed(key, given, problem.outputs):
                raise UsageError(f"{','.join(key[1:])} is claimed twice", origin=claim.origin)
            given[key] = claim
    return joined(problem.claims, given, problem.outputs)
