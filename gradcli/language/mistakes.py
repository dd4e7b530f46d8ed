"""Errors of grammar: what was found, what was expected, where, and a way out."""

from __future__ import annotations

from gradcli import language
from gradcli.errors import ExpressionError, LimitError, Span
from gradcli.language import spelling
from gradcli.language.grammar import ARRAY, BINARY, CALL, CLOSERS, GROUP, INDEX, SIGNS
from gradcli.language.lexer import END, FOREIGN, NUMBER, UNKNOWN, Tokens
from gradcli.language.names import refused_character
from gradcli.limits import LIMITS


def no_operand(tokens: Tokens, i: int, form: str | None) -> ExpressionError:
    """Token `i` stands where a value is due; `form` is the innermost open bracket's."""
    kind, found = tokens.kinds[i], tokens.texts[i]
    before = tokens.texts[i - 1] if i else ""
    span, hint = tokens.span(i), None
    if kind == UNKNOWN:
        return refused_character(tokens.source, span.start)
    if i == 0 and kind == END:
        return _error(tokens, "the expression is empty", Span(0, 0), "write a formula such as `sin(x)*y`")
    opener = {GROUP: "(", CALL: "(", ARRAY: "[", INDEX: "["}.get(form or "", "")
    if before and before == opener and form and kind == CLOSERS[form]:
        empty = {
            GROUP: "`()`: expected a value between the parentheses",
            ARRAY: "`[]`: an array needs at least one entry",
            INDEX: "`[]`: an index needs at least one part",
        }
        hint = "an index is a constant integer or a slice, as in `a[0, 1:]`" if form == INDEX else None
        return _error(tokens, empty[form], Span(tokens.starts[i - 1], span.end), hint)
    after = f"after `{spelling.brief(before)}`" if i else "at the start"
    shown = "the expression ends" if kind == END else f"found `{found}`"
    if before == "," and kind in (")", "]"):
        hint = "remove the comma, or write what follows it"
        proposal = language.notations.removed(tokens.source, tokens.starts[i - 1], tokens.stop(i - 1))
        hint += f": `{proposal}`" if proposal else ""
    elif kind == "not":
        hint = spelling.misplaced_not(tokens, i)
    elif kind == FOREIGN:
        hint = language.foreign.foreign_prefix(tokens, i)
    elif kind == ":":
        hint = "a slice stands inside an index, as in `a[1:3]`"
    elif kind == tokens.kinds[i - 1] == "^" and i:
        proposal = language.notations.removed(tokens.source, span.start, span.end)
        hint = f"a power is written `{proposal or 'a^b'}`"
    elif kind in BINARY and kind not in SIGNS and (i == 0 or before == opener):
        hint = f"`{found}` stands between two values: `a {found} b`"
    elif kind == "=" and i == 0:  # as a cell of a spreadsheet begins
        proposal = language.notations.removed(tokens.source, span.start, span.end)
        hint = f"write only `{proposal}`" if proposal else None
    elif kind == "=" and before in ("<", ">", "="):
        hint = f"write `{before}=` without a blank"
    return _error(tokens, f"expected a value {after}, {shown}", span, hint)


def unclosed(tokens: Tokens, at: int, form: str, missing: str) -> ExpressionError:
    """The text ends while the bracket of token `at` is open; `missing` is all that would close."""
    name = tokens.texts[at - 1] if form == CALL else ""
    separators = "" if form == GROUP else " or `,`"
    whole = " ".join(tokens.source.split()) if len(tokens.source) < 100 else ""
    return _error(
        tokens,
        f"`{spelling.brief(name)}{tokens.texts[at]}` is never closed: expected `{CLOSERS[form]}`{separators}",
        tokens.span(at),
        f"write for example `{whole}{missing}`" if whole else None,
    )


def mismatched(tokens: Tokens, i: int, at: int | None, form: str | None) -> ExpressionError:
    """The closing bracket of token `i` does not close the innermost open one, of token `at`."""
    found = tokens.texts[i]
    if at is None or form is None:
        opener = "(" if found == ")" else "["
        return _error(tokens, f"`{found}` closes nothing", tokens.span(i), f"remove it, or open `{opener}` before it")
    opener, line = tokens.texts[at], tokens.starts[at] + 1
    message = f"expected `{CLOSERS[form]}`, found `{found}`"
    return _error(tokens, message, tokens.span(i), f"the `{opener}` at character {line} is still open")


def comma(tokens: Tokens, i: int) -> ExpressionError:
    """The comma of token `i` stands in parentheses for grouping, or in no bracket at all."""
    before, after = tokens.texts[i - 1], tokens.texts[i + 1]
    adjacent = tokens.starts[i + 1] - tokens.stop(i - 1) == 1
    hint = "an array is written `[a, b]`"
    proposal = spelling.tuple_as_array(tokens, i)
    if proposal:
        hint += f": here `{proposal}`"
    if tokens.kinds[i - 1] == tokens.kinds[i + 1] == NUMBER and adjacent and before.isdigit() and after.isdigit():
        hint = f"write `{spelling.brief(f'{before}.{after}')}` for one number; {hint}"
    return _error(tokens, "a comma separates arguments, array entries and index parts only", tokens.span(i), hint)


def colon(tokens: Tokens, i: int) -> ExpressionError:
    """The `:` of token `i` is in no index."""
    return _error(tokens, "a `:` belongs to a slice inside an index", tokens.span(i), "write for example `a[1:3]`")


def third_colon(tokens: Tokens, i: int) -> ExpressionError:
    """The `:` of token `i` is the third of one slice."""
    return _error(tokens, "a slice has at most three parts", tokens.span(i), "they are `start:stop:step`")


def late_positional(tokens: Tokens, place: Span, keyword: str) -> ExpressionError:
    """The argument at `place` has no keyword but follows one that has."""
    argument = spelling.brief(tokens.source[place.start : place.end])
    hint = f"put `{argument}` before `{keyword}=`"
    return _error(tokens, f"the argument `{argument}` follows the keyword `{keyword}=`", place, hint)


def repeated_keyword(tokens: Tokens, i: int) -> ExpressionError:
    """The keyword of token `i` was given before in the same call."""
    return _error(tokens, f"the keyword `{spelling.brief(tokens.texts[i])}=` is given twice", tokens.span(i), None)


def string(tokens: Tokens, i: int, closing: int | None) -> ExpressionError:
    """The string that opens at token `i` is unclosed or not where a string may be."""
    quote = tokens.texts[i]
    if closing is None:
        hint = "after a value, `'` is its transpose" if quote == "'" else None
        return _error(tokens, f"`{quote}` opens a string that is never closed", tokens.span(i), hint)
    return _error(
        tokens,
        "a string can only be the first argument of `einsum`",
        Span(tokens.starts[i], tokens.stop(closing)),
        'as in `einsum("ij,jk->ik", A, B)`',
    )


def closing_quote(tokens: Tokens, i: int) -> int | None:
    """The token that closes the string opening at token `i`, or None."""
    try:
        return tokens.kinds.index(tokens.kinds[i], i + 1)
    except ValueError:
        return None


def overflow(tokens: Tokens, i: int) -> ExpressionError:
    """The literal of token `i` is beyond the float64 range."""
    number = spelling.brief(tokens.texts[i])
    return _error(tokens, f"{number}: too large for a float64 number", tokens.span(i), "the largest is about 1.8e308")


def too_deep(tokens: Tokens, i: int) -> LimitError:
    """Token `i` opens one nesting more than the limit."""
    return LimitError(
        f"nested deeper than {LIMITS.expression_nesting} (the limit expression_nesting)",
        text=tokens.source,
        span=tokens.span(i),
        hint="name inner parts and refer to them, for example as steps of a spec's [let]",
    )


def too_long(text: str) -> LimitError:
    """The text has more characters than the limit."""
    most = LIMITS.expression_characters
    return LimitError(
        f"an expression of {len(text)} characters: at most {most} are read (the limit expression_characters)",
        text=text,
        span=Span(most, most + 1),
        hint="sums over data are shorter with arrays: `sum(w*x)`",
    )


def too_many_tokens(tokens: Tokens) -> LimitError:
    """The text has more tokens than the limit."""
    most = LIMITS.expression_tokens
    return LimitError(
        f"an expression of {len(tokens.kinds) - 1} numbers, names and signs: at most {most} are read "
        "(the limit expression_tokens)",
        text=tokens.source,
        span=tokens.span(most),
        hint="sums over data are shorter with arrays, `sum(w*x)`, and large arrays are read from files",
    )


def _error(tokens: Tokens, message: str, span: Span, hint: str | None) -> ExpressionError:
    return ExpressionError(message, text=tokens.source, span=span, hint=hint)
