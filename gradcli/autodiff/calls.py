"""What is wrong with a call: the errors that every kind of function shares."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.errors import ExpressionError, Span
from gradcli.language.printer import to_text
from gradcli.language.suggest import did_you_mean
from gradcli.language.syntax import Call

_FOREIGN_KEYWORDS = {"dim": "axis", "dims": "axis", "ax": "axis", "keepdim": "keepdims"}
_LONGEST = 100  # characters of a proposal


def wrong_count(
    node: Call, parameters: tuple[str, ...], least: int | None = None, given: int | None = None
) -> ExpressionError:
    """The error for a call with too many or too few arguments.

    Args:
        node: the call.
        parameters: the names of all arguments it can have.
        least: how many it must have, if the last ones may be left out.
        given: how many it has, if keywords count among them.
    """
    most, given = len(parameters), len(node.arguments) if given is None else given
    least = most if least is None else least
    counts = f"{least}" if least == most else f"{least} or {most}" if most == least + 1 else f"{least} to {most}"
    plural = "argument" if most == 1 else "arguments"
    return ExpressionError(
        f"{node.function} takes {counts} {plural}, not {given}",
        span=node.arguments[most].span if len(node.arguments) > most else node.span,
        hint=f"{node.function}({', '.join(parameters)})",
    )


def unknown_keyword(node: Call, key: str, known: Sequence[str], signature: str | None = None) -> ExpressionError:
    """The error for a keyword argument the function does not have; the caret is under its value."""
    guess = _FOREIGN_KEYWORDS.get(key) if _FOREIGN_KEYWORDS.get(key) in known else did_you_mean(key, known)
    hint = f"did you mean '{guess}'?" if guess else f"it knows {', '.join(known)}" if known else "it takes no keywords"
    if signature is not None and not guess:
        hint = f"arguments are given in order: {signature}"
    return ExpressionError(f"{node.function} has no keyword '{key}'", span=dict(node.keywords)[key].span, hint=hint)


def reject_keywords(node: Call, parameters: tuple[str, ...]) -> None:
    """Refuse keyword arguments where a function has none."""
    if node.keywords:
        raise unknown_keyword(node, node.keywords[0][0], [], f"{node.function}({', '.join(parameters)})")


def listed(node: Call, first: int, signature: str) -> str:
    """The hint that puts the arguments from `first` on into one list: `reshape(x, 2, 3)` is `reshape(x, [2, 3])`."""
    texts = [to_text(argument) for argument in node.arguments]
    proposal = f"{node.function}({', '.join([*texts[:first], '[' + ', '.join(texts[first:]) + ']'])})"
    return f"write `{proposal}`" if len(proposal) <= _LONGEST else signature


def keyword_span(node: Call, key: str) -> Span:
    """The place of a keyword's value, or of the whole call."""
    value = dict(node.keywords).get(key)
    return node.span if value is None else value.span
