"""Claims as a person types them: `NAME=EXPR` behind `--claim`, or one `name = expression` a line of a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from gradcli.errors import GradcliError, LimitError, Origin, Span, SpecError, UsageError, visible
from gradcli.language.parser import parse
from gradcli.language.syntax import Expression
from gradcli.limits import LIMITS
from gradcli.problems.claimed import Key, claim_key, is_claimed
from gradcli.problems.expressions import check_names
from gradcli.problems.problem import Problem

Claimed = dict[Key, Expression]

_ONE = "a claim has one equals sign"
_EXAMPLE = "for example x = 2*x*y"


def typed_claims(problem: Problem, claims: Iterable[str]) -> Claimed:
    """The claims of `--claim`, each `NAME=EXPR`.

    Raises:
        GradcliError: one is no such text, names something that does not exist, or is made twice.
    """
    found: Claimed = {}
    for claim in claims:
        key, equals, text = claim.partition("=")
        if not equals or not key.strip() or not text.strip():
            raise UsageError(f"{claim}: a claim is NAME=EXPR", hint='for example --claim "x=2*x*y"')
        target = claim_key(key, problem.outputs, problem.variables, said=f"{claim}: ")
        if is_claimed(target, found, problem.outputs):
            raise UsageError(f"{claim}: {key.strip()} is claimed twice")
        if text.lstrip().startswith("="):
            raise UsageError(f"{claim}: {_ONE}", hint='for example --claim "x=2*x*y"')
        expression = parse(text, Origin(key=f"--claim {key.strip()}"))
        _check_names(problem, expression)
        found[target] = expression
    return found


def claims_of_file(problem: Problem, name: str, stdin: BinaryIO | None) -> Claimed:
    """The claims of a file: one `name = expression` a line, `#` begins a remark, blank lines are nothing.

    Args:
        problem: what is claimed about.
        name: the file as given; `-` for `stdin`.
        stdin: read if the name is `-`.

    Raises:
        GradcliError: it cannot be read, or a line is no claim: with the line and the column.
    """
    from gradcli.problems.documents import decoded
    from gradcli.problems.reading import file_content, read_stream

    if name != "-":
        data = file_content(name, "a file of claims")
    elif stdin is None:
        raise UsageError("--claim-file -: there is no standard input")
    else:
        data = read_stream(stdin, "-")
    try:
        text = decoded(data)
    except SpecError as error:
        error.origin = Origin(name, error.origin.line)
        raise
    found: Claimed = {}
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > LIMITS.variables:
        raise LimitError(f"{visible(name)}: more lines than the limit of {LIMITS.variables} (variables)")
    for number, line in enumerate(lines, 1):
        statement = line.partition("#")[0].rstrip()
        if not statement.strip():
            continue
        origin = Origin(name, number)
        try:
            target, expression = _line(problem, statement, origin)
            if is_claimed(target, found, problem.outputs):
                key = statement.partition("=")[0]
                raise SpecError(f"'{key.strip()}' is claimed twice", text=line, span=_span(key))
        except GradcliError as error:
            if error.text is not None:
                error.text = line  # with what stands before the formula
            raise error.at(origin) from None
        found[target] = expression
    if not found:
        raise UsageError(f"{visible(name)}: nothing is claimed", hint=f"a line is name = expression, {_EXAMPLE}")
    return found


def _line(problem: Problem, statement: str, origin: Origin) -> tuple[Key, Expression]:
    """A line's claim; its formula keeps its columns, blanks stand for what is before it."""
    key, equals, formula = statement.partition("=")
    if not equals or not key.strip() or not formula.strip():
        end = len(statement)
        span = Span(end, end + 1) if key.strip() else _span(statement)
        raise SpecError("a claim is name = expression", text=statement, span=span, hint=_EXAMPLE)
    if formula.lstrip().startswith("="):
        raise SpecError(_ONE, text=statement, span=Span(len(key), len(key) + 2), hint=_EXAMPLE)
    try:
        target = claim_key(key, problem.outputs, problem.variables)
    except GradcliError as error:
        error.text, error.span = statement, _span(key)
        raise
    expression = parse(" " * (len(key) + 1) + formula, origin)
    _check_names(problem, expression)
    return target, expression


def _span(text: str) -> Span:
    """The place of a text without the blanks around it."""
    start = len(text) - len(text.lstrip())
    return Span(start, max(start + 1, len(text.rstrip())))


def _check_names(problem: Problem, expression: Expression) -> None:
    check_names(expression, {**problem.constants, **problem.variables, **problem.lets}, lambda _: None)
