"""What is wrong with a call: the errors that every kind of function shares."""

from __future__ import annotations

from gradcli.errors import ExpressionError
from gradcli.language.suggest import did_you_mean
from gradcli.language.syntax import Call


def wrong_count(node: Call, parameters: tuple[str, ...]) -> ExpressionError:
    """The error for a call with too many or too few arguments."""
    n, given = len(parameters), len(node.arguments)
    plural = "argument" if n == 1 else "arguments"
    return ExpressionError(
        f"{node.function} takes {n} {plural}, not {given}",
        span=node.span if given < n or n >= len(node.arguments) else node.arguments[n].span,
        hint=f"{node.function}({', '.join(parameters)})",
    )


def unknown_keyword(node: Call, key: str, known: list[str]) -> ExpressionError:
    """The error for a keyword argument the function does not have."""
    value = dict(node.keywords)[key]
    guess = did_you_mean(key, known)
    hint = f"did you mean '{guess}'?" if guess else (f"it knows {', '.join(known)}" if known else "it takes none")
    return ExpressionError(f"{node.function} has no keyword '{key}'", span=value.span, hint=hint)


def reject_keywords(node: Call) -> None:
    """Refuse keyword arguments where a function has none."""
    if node.keywords:
        raise unknown_keyword(node, node.keywords[0][0], [])
