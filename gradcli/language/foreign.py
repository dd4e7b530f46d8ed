"""Signs and operators of other languages, and how this one spells what they do."""

from __future__ import annotations

from gradcli import language
from gradcli.errors import ExpressionError, Span
from gradcli.language.grammar import AND, COMPARISON, OR, POSTFIX, POWER, PRODUCT, SIGN
from gradcli.language.lexer import END, NAME, Tokens
from gradcli.language.spelling import as_array, brief, fill, opener, operand

#: Operators of other languages between two operands: the rung they would have, and our spelling.
_FOREIGN_OPERATORS = {
    "&&": (AND, "{a} and {b}"),
    "&": (AND, "{a} and {b}"),
    "||": (OR, "{a} or {b}"),
    "|": (OR, "{a} or {b}"),
    "=": (COMPARISON, "{a} == {b}"),
    "===": (COMPARISON, "{a} == {b}"),
    "!==": (COMPARISON, "{a} != {b}"),
    "<>": (COMPARISON, "{a} != {b}"),
    "=<": (COMPARISON, "{a} <= {b}"),
    "=>": (COMPARISON, "{a} >= {b}"),
    "%": (PRODUCT, "mod({a}, {b})"),
    "//": (PRODUCT, "floor({a}/{b})"),
    ".*": (PRODUCT, "{a}*{b}"),
    "./": (PRODUCT, "{a}/{b}"),
    ".^": (POWER, "{a}^{b}"),
    ".**": (POWER, "{a}^{b}"),
    "!": (POSTFIX, "gamma({a} + 1)"),
}


_WRITTEN_BARS = "`{0}x{0}` is written `{1}(x)`"


def foreign_rung(tokens: Tokens, i: int) -> int | None:
    """The rung that token `i` would have as an operator of another language, or None."""
    row = _FOREIGN_OPERATORS.get(tokens.texts[i])
    return row[0] if row else None


def foreign_operator(tokens: Tokens, i: int, left: Span) -> ExpressionError:
    """The error for an operator of another language at token `i`, after the operand `left`."""
    found = tokens.texts[i]
    rung, template = _FOREIGN_OPERATORS[found]
    a = tokens.source[left.start : left.end]
    b = operand(tokens, i + 1, rung)
    hint = f"write `{fill(template, a, b)}`"
    if found in ("!", "=") and tokens.kinds[i + 1] == "=":
        hint = f"write `{found}=` without a blank"
    elif found == "|" and (bars := _absolute(tokens, i, left)):
        hint = bars
    elif found == "=" and (computed := language.notations.body(tokens.source)):
        hint = f"one expression is meant: write only `{computed}`"
    elif found == "=" and i == 1 and tokens.kinds[0] == NAME:
        hint += f" to compare, or only `{brief(tokens.source[tokens.starts[2] :].strip())}`"
    return ExpressionError(
        f"`{found}` is not an operator of the language", text=tokens.source, span=tokens.span(i), hint=hint
    )


def _absolute(tokens: Tokens, i: int, left: Span) -> str | None:
    """The hint for `ln|x|`, where token `i` is the first bar."""
    try:
        closing = tokens.texts.index("|", i + 1)
    except ValueError:
        return None
    if tokens.kinds[i - 1] != NAME or tokens.starts[i - 1] != left.start or tokens.starts[i] != left.end:
        return None
    inside = language.notations.readable(tokens.source[tokens.stop(i) : tokens.starts[closing]])
    if inside is None:
        return _WRITTEN_BARS.format("|", "abs")
    return f"write `{fill('{a}(abs({b}))', tokens.texts[i - 1], inside)}`"


def foreign_prefix(tokens: Tokens, i: int) -> str | None:
    """The hint for token `i` of another language where an operand is due, or None."""
    found = tokens.texts[i]
    if found in ("!", "~"):
        return f"write `{fill('not {b}', '', operand(tokens, i + 1, SIGN))}`"
    if found in ("|", "||"):
        try:
            closing = tokens.texts.index(found, i + 1)
        except ValueError:
            closing = i + 1
        inside = language.notations.readable(tokens.source[tokens.stop(i) : tokens.starts[closing]])
        function = "abs" if found == "|" else "norm"
        if inside is None:  # bars within bars, or none that closes
            return _WRITTEN_BARS.format(found, function)
        return f"write `{fill(function + '({b})', '', inside)}`"
    return foreign_sign(tokens, i)


_ONE_LINERS = {
    "{": "group with `(` and `)`; an array is `[a, b]`",
    "}": "group with `(` and `)`; an array is `[a, b]`",
    "\\": "LaTeX is not read: write for example `sqrt(x)`, `a/b`, `alpha`",
    "$": "LaTeX is not read: remove the `$`",
    "#": "there are no comments inside an expression",
    ";": "write one expression at a time; `[a, b]` is an array",
    "?": "write `where(condition, a, b)`",
    "...": "write `:` for each axis that is taken whole",
    ":=": "`==` compares; names get their values as `NAME=VALUE` or in a spec",
    "`": "remove the backtick",
}


def foreign_sign(tokens: Tokens, i: int) -> str | None:
    """The hint for a sign of another language that no operand can follow or begin with."""
    found = tokens.texts[i]
    hint = _ONE_LINERS.get(found)
    proposal = None
    if found in ("\\", "{", "}", "$"):
        proposal = language.notations.rewritten(tokens.source)
        if proposal and "LaTeX" in (hint or ""):
            return f"LaTeX is not read: write `{proposal}`" + (" without `$`" if found == "$" else "")
    elif found == "#":
        proposal = language.notations.removed(tokens.source, tokens.starts[i], len(tokens.source))
    elif found == "?":
        proposal = language.notations.choice(tokens.source)
    elif found == ";":
        if tokens.texts[opener(tokens, i)] == "[":
            return as_array(tokens, i) or hint
        if tokens.kinds[i + 1] == END:
            proposal = language.notations.removed(tokens.source, tokens.starts[i], tokens.stop(i))
    return f"{hint}: here `{proposal}`" if proposal else hint
