"""Proposals: how the language spells what a person seems to have meant, made from their own text.

Everything here runs after an error was found, in time linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from gradcli.errors import ExpressionError, Span
from gradcli.language.grammar import AND, BINARY, COMPARISON, COMPARISONS, NOT, OR, POSTFIX, POWER, PRODUCT, SIGN, SIGNS
from gradcli.language.lexer import END, NAME, NUMBER, UNKNOWN, Tokens
from gradcli.language.names import refused_character

_LONGEST_PROPOSAL = 100  # characters; a longer one is no help, a pattern is

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

_SEPARATED_DIGITS = re.compile(r"[0-9]+(?:_[0-9]+)+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|[0-9]+\.[0-9]+(?:_[0-9]+)+")
_OTHER_BASE = re.compile(r"0(?:[xX][0-9a-fA-F]{1,13}|[oO][0-7]{1,13}|[bB][01]{1,13})")
_NUMBER_LIKE = re.compile(r"[0-9.][0-9A-Za-z_.]*")


def juxtaposed(
    tokens: Tokens, i: int, left: Span, below: Span | None, waiting: tuple[int, str, int]
) -> ExpressionError:
    """The error for token `i`, which stands beside the operand `left` without an operator.

    `waiting` is the operator before `left` (rung, operator, token) and `below` its left operand.
    """
    source, kinds = tokens.source, tokens.kinds
    found, place = brief(tokens.texts[i]), tokens.span(i)
    a = brief(source[left.start : left.end])
    message = f"expected an operator between `{a}` and `{found}`"
    slip = _number_slip(tokens, i)
    word = found.lower()
    if kinds[i] == UNKNOWN:
        return refused_character(source, place.start)
    if kinds[i] == ".":
        return _attribute(tokens, i, a)
    if slip:
        message, hint, place = slip
    elif kinds[i] == "not":
        hint = f"`not` takes one operand: write for example `{a} and not b`"
    elif kinds[i] == NAME and word in ("and", "or"):
        hint = f"write `{word}`"
    elif a.lower() == "not":
        hint = "write `not`"
    elif kinds[i] == NAME and word == "if":
        hint = "write `where(condition, a, b)` for `a if condition else b`"
    elif kinds[i] == NAME and word in ("mod", "div"):
        b = _operand(tokens, i + 1, PRODUCT)
        hint = f"write `{_fill('mod({a}, {b})' if word == 'mod' else 'floor({a}/{b})', a, b)}`"
    elif kinds[i] in (NAME, NUMBER, "("):
        hint = _product(tokens, i, left, below, waiting)
    else:
        message = f"expected an operator after `{a}`, found `{found}`"
        hint = _ONE_LINERS.get(found, "")
    return ExpressionError(message, text=source, span=place, hint=hint or None)


def _product(tokens: Tokens, i: int, left: Span, below: Span | None, waiting: tuple[int, str, int]) -> str:
    """The hint that writes out an implicit multiplication, in both readings where there are two."""
    source = tokens.source
    a = _corrected(tokens, bisect_left(tokens.starts, left.start), i)
    b = _operand(tokens, i, PRODUCT)
    operator = tokens.texts[waiting[2]]
    if below is not None and operator in ("/", "^", "**", "@"):
        outer = source[below.start : below.end] + source[below.end : left.start]
        both = f"{outer}({a}*{b})", f"{outer}{a}*{b}"
        if sum(map(len, both)) <= _LONGEST_PROPOSAL:
            return f"multiplication is written out: `{both[0]}` or `{both[1]}`"
        return f"multiplication is written out: `{operator}(a*b)` or `{operator}a*b`"
    hint = f"multiplication is written out: `{_fill('{a}*{b}', a, b)}`"
    apart = source[left.end : tokens.starts[i]]
    if tokens.kinds[i - 1] == NAME and left.start == tokens.starts[i - 1] and apart:
        hint += f"; a function is called as `{_fill('{a}({b})', a, b)}`"
    elif tokens.kinds[i - 1] == tokens.kinds[i] == NUMBER:
        hint += f"; a number has no blanks: `{brief(tokens.texts[i - 1] + tokens.texts[i])}`"
    return hint


def foreign_rung(tokens: Tokens, i: int) -> int | None:
    """The rung that token `i` would have as an operator of another language, or None."""
    row = _FOREIGN_OPERATORS.get(tokens.texts[i])
    return row[0] if row else None


def foreign_operator(tokens: Tokens, i: int, left: Span) -> ExpressionError:
    """The error for an operator of another language at token `i`, after the operand `left`."""
    found = tokens.texts[i]
    rung, template = _FOREIGN_OPERATORS[found]
    a = tokens.source[left.start : left.end]
    b = _operand(tokens, i + 1, rung)
    hint = f"write `{_fill(template, a, b)}`"
    if found in ("!", "=") and tokens.kinds[i + 1] == "=":
        hint = f"write `{found}=` without a blank"
    elif found == "=" and i == 1 and tokens.kinds[0] == NAME:
        hint += f" to compare, or only `{brief(tokens.source[tokens.starts[2] :].strip())}`"
    return ExpressionError(
        f"`{found}` is not an operator of the language", text=tokens.source, span=tokens.span(i), hint=hint
    )


def foreign_prefix(tokens: Tokens, i: int) -> str | None:
    """The hint for token `i` of another language where an operand is due, or None."""
    found = tokens.texts[i]
    if found in ("!", "~"):
        return f"write `{_fill('not {b}', '', _operand(tokens, i + 1, SIGN))}`"
    if found in ("|", "||"):
        try:
            closing = tokens.texts.index(found, i + 1)
        except ValueError:
            closing = i + 1
        inside = tokens.source[tokens.stop(i) : tokens.starts[closing]].strip() or "x"
        return f"write `{_fill('abs({b})' if found == '|' else 'norm({b})', '', inside)}`"
    return _ONE_LINERS.get(found)


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


def misplaced_not(tokens: Tokens, i: int) -> str:
    """The hint for a `not` where its rung is too loose to stand."""
    return f"write `({_fill('not {b}', '', _operand(tokens, i + 1, NOT))})`"


def chained(tokens: Tokens, a: Span, first: int, b: Span, second: int) -> ExpressionError:
    """The error for the comparison at token `second` whose left side already is one: `a first b second`."""
    source, kinds = tokens.source, tokens.kinds
    links, i = [f"{source[a.start : a.end]} {tokens.texts[first]} {source[b.start : b.end]}"], second
    middle = source[b.start : b.end]
    while kinds[i] in COMPARISONS and len(links) < _LONGEST_PROPOSAL // 10:
        end = operand_end(tokens, i + 1, COMPARISON)
        last = _corrected(tokens, i + 1, end) or "..."
        links.append(f"{middle} {tokens.texts[i]} {last}")
        middle, i = last, end
    proposal = " and ".join(links)
    if kinds[i] in COMPARISONS or len(proposal) > _LONGEST_PROPOSAL:
        proposal = "a < b and b < c"
    return ExpressionError(
        f"comparisons do not chain: `{tokens.texts[second]}` follows `{tokens.texts[first]}`",
        text=source,
        span=tokens.span(second),
        hint=f"write `{proposal}`",
    )


def operand_end(tokens: Tokens, i: int, floor: int) -> int:
    """The token after the operand that begins at `i` and goes on through operators tighter than `floor`."""
    kinds, due = tokens.kinds, True
    while True:
        kind = kinds[i]
        if due and (kind in SIGNS or kind == "not"):
            i += 1
        elif kind in ("(", "["):
            i, due = _after_bracket(tokens, i), False
        elif kind in (NAME, NUMBER) or (kind == "'" and not due):
            i, due = i + 1, False
        elif kind == "." and not due and kinds[i + 1] == NAME:
            i += 2
        elif due:
            return i
        else:
            rung = BINARY.get(kind) or foreign_rung(tokens, i)
            if rung is None or rung <= floor:
                return i
            i, due = i + 1, tokens.texts[i] != "!"


def _after_bracket(tokens: Tokens, i: int) -> int:
    """The token after the bracket that opens at `i`; the end if it never closes."""
    depth = 0
    while tokens.kinds[i] != END:
        depth += (tokens.kinds[i] in ("(", "[")) - (tokens.kinds[i] in (")", "]"))
        i += 1
        if depth == 0:
            break
    return i


def _operand(tokens: Tokens, i: int, floor: int) -> str:
    return _corrected(tokens, i, operand_end(tokens, i, floor)) or "..."


def _corrected(tokens: Tokens, first: int, end: int) -> str:
    """The text of tokens `first` to `end`, implicit multiplications written out."""
    if end - first > _LONGEST_PROPOSAL:
        return tokens.source[tokens.starts[first] : tokens.stop(end - 1)]  # too long to be shown anyway
    pieces = []
    for i in range(first, end):
        if i > first:
            before, this = tokens.kinds[i - 1], tokens.kinds[i]
            closed = before in (NAME, NUMBER, ")", "]", "'")
            beside = closed and (this in (NAME, NUMBER) or (this == "(" and before != NAME))
            pieces.append("*" if beside else tokens.source[tokens.stop(i - 1) : tokens.starts[i]])
        pieces.append(tokens.texts[i])
    return "".join(pieces)


def _fill(template: str, a: str, b: str) -> str:
    """The template with a person's operands, or with letters if those are too long."""
    if len(template) + len(a) + len(b) > _LONGEST_PROPOSAL:
        return template.replace("{a}", "a").replace("{b}", "b")
    # Not str.format: the operands are a stranger's text.
    return re.sub(r"\{([ab])\}", lambda m: a if m.group(1) == "a" else b, template)


def brief(text: str) -> str:
    """`text` on one line, cut where it is too long for a message."""
    text = " ".join(text[: 2 * _LONGEST_PROPOSAL].split())
    return text if len(text) <= _LONGEST_PROPOSAL // 2 else text[: _LONGEST_PROPOSAL // 2] + "..."


def _attribute(tokens: Tokens, i: int, a: str) -> ExpressionError:
    """The error for a `.` after an operand that is no `.T`."""
    if tokens.kinds[i + 1] != NAME:
        hint = "the transpose is `'`" if tokens.kinds[i + 1] == "'" else None
        return ExpressionError(
            f"expected an operator after `{a}`, found `.`", text=tokens.source, span=tokens.span(i), hint=hint
        )
    name = brief(tokens.texts[i + 1])
    hint = "the only attribute is `.T`, the transpose"
    if name in ("t", "transpose"):
        hint = f"write `{_fill('{a}.T', a, '')}`"
    elif tokens.kinds[i + 2] == "(":
        hint = f"functions stand before their arguments: `{_fill('{b}({a})', a, name)}`"
    span = Span(tokens.starts[i], tokens.stop(i + 1))
    return ExpressionError(f"`.{name}`: values have no attributes", text=tokens.source, span=span, hint=hint)


def _number_slip(tokens: Tokens, i: int) -> tuple[str, str, Span] | None:
    """Message, hint and place for a malformed number that token `i` continues, or None."""
    start = tokens.starts[i - 1]
    if tokens.kinds[i - 1] != NUMBER or tokens.kinds[i] not in (NAME, NUMBER) or tokens.starts[i] != tokens.stop(i - 1):
        return None
    found = _NUMBER_LIKE.match(tokens.source, start)
    word = found.group() if found else ""
    shown, place = brief(word), Span(start, start + len(word))
    if _OTHER_BASE.fullmatch(word):
        return f"{word}: numbers are written in decimal", f"write `{int(word, 0)}`", place
    if _SEPARATED_DIGITS.fullmatch(word):
        return f"{shown}: digits are not grouped by `_`", f"write `{brief(word.replace('_', ''))}`", place
    if tokens.texts[i] in ("e", "E"):
        message = f"{shown}: an exponent needs digits"
        hint = f"write for example `{tokens.texts[i - 1]}e0`; the product is `{tokens.texts[i - 1]}*{tokens.texts[i]}`"
        return message, hint, place
    if tokens.kinds[i] == NUMBER:
        return f"{shown}: not a number", "a number has one decimal point and a whole exponent, as in `1.5e-3`", place
    return None
