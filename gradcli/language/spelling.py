"""Proposals: how the language spells what a person seems to have meant, made from their own text.

Everything here runs after an error was found, in time linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from gradcli import language
from gradcli.errors import ExpressionError, Span
from gradcli.language.grammar import BINARY, COMPARISON, COMPARISONS, NOT, PRODUCT, SIGNS
from gradcli.language.lexer import END, NAME, NUMBER, UNKNOWN, Tokens
from gradcli.language.names import refused_character

POWER_SIGN = "^"  #: the kind of `^` and `**`
LONGEST_PROPOSAL = 100  # characters; a longer one is no help, a pattern is

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
        proposal = language.notations.choice(source)
        hint += f", here `{proposal}`" if proposal else ""
    elif kinds[i] == NAME and a in ("lambda", "def", "return", "let", "for", "while", "if"):
        proposal = language.notations.body(source)
        hint = f"one expression is meant: write `{proposal}`" if proposal else "one expression is meant, no statements"
    elif kinds[i] in (NAME, NUMBER, "(") and tokens.texts[opener(tokens, i)] == "[" and (listed := as_array(tokens, i)):
        message = f"expected `,` or an operator between `{a}` and `{found}`"
        hint = listed + f"; multiplication is written out: `{fill('{a}*{b}', a, operand(tokens, i, PRODUCT))}`"
        if kinds[i - 1] == kinds[i] == NUMBER:
            hint += f"; a number has no blanks: `{brief(tokens.texts[i - 1] + tokens.texts[i])}`"
    elif kinds[i] == NAME and word in ("mod", "div"):
        b = operand(tokens, i + 1, PRODUCT)
        hint = f"write `{fill('mod({a}, {b})' if word == 'mod' else 'floor({a}/{b})', a, b)}`"
    elif kinds[i] in (NAME, NUMBER, "("):
        hint = _product(tokens, i, left, below, waiting)
    else:
        message = f"expected an operator after `{a}`, found `{found}`"
        hint = language.foreign.foreign_sign(tokens, i) or ""
    return ExpressionError(message, text=source, span=place, hint=hint or None)


def _product(tokens: Tokens, i: int, left: Span, below: Span | None, waiting: tuple[int, str, int]) -> str:
    """The hint that writes out an implicit multiplication, in both readings where there are two."""
    source = tokens.source
    a = _corrected(tokens, bisect_left(tokens.starts, left.start), i)
    b = operand(tokens, i, PRODUCT)
    operator = tokens.texts[waiting[2]]
    power = _power_of_call(tokens, i)
    if power:
        return power
    if below is not None and operator in ("/", "^", "**", "@"):
        outer = source[below.start : below.end] + source[below.end : left.start]
        both = f"{outer}({a}*{b})", f"{outer}{a}*{b}"
        if sum(map(len, both)) <= LONGEST_PROPOSAL:
            return f"multiplication is written out: `{both[0]}` or `{both[1]}`"
        return f"multiplication is written out: `{operator}(a*b)` or `{operator}a*b`"
    hint = f"multiplication is written out: `{fill('{a}*{b}', a, b)}`"
    apart = source[left.end : tokens.starts[i]]
    word = tokens.texts[i - 1]
    if word in ("i", "j") and tokens.kinds[i - 2] == NUMBER:
        hint += "; numbers are real"
    if tokens.kinds[i - 1] == NAME and left.start == tokens.starts[i - 1] and apart:
        call = f"a function is called as `{fill('{a}({b})', a, b)}`"
        hint = f"{call}; {hint}" if len(word) > 1 else f"{hint}; {call}"
    elif tokens.kinds[i] == NAME and tokens.texts[i] in ("i", "j") and tokens.kinds[i - 1] == NUMBER:
        hint += "; numbers are real, there is no imaginary unit"
    elif tokens.kinds[i - 1] == tokens.kinds[i] == NUMBER:
        hint += f"; a number has no blanks: `{brief(tokens.texts[i - 1] + tokens.texts[i])}`"
    return hint


def _power_of_call(tokens: Tokens, i: int) -> str | None:
    """The hint for `sin^2(x)`, `sin^2 x` and `sin^-1(x)`, where token `i` begins the argument."""
    texts, kinds = tokens.texts, tokens.kinds
    sign = i >= 4 and texts[i - 2] == "-"
    at = i - 3 - sign
    if at < 0 or kinds[i - 1] != NUMBER or kinds[at + 1] != POWER_SIGN or kinds[at] != NAME or len(texts[at]) < 2:
        return None
    name, exponent = texts[at], "-" * sign + texts[i - 1]
    inside = operand(tokens, i, PRODUCT)
    if kinds[i] == "(" and after_bracket(tokens, i) == operand_end(tokens, i, PRODUCT):
        inside = inside[1:-1]
    call = fill("{a}({b})", name, inside)
    if exponent == "-1":
        return f"write `a{call}` for the inverse function, `1/{call}` for the reciprocal"
    return f"write `{call}^{exponent}` for a power of a function's value"


def opener(tokens: Tokens, i: int) -> int:
    """The token of the innermost bracket that is open before token `i`; the end, if there is none."""
    depth = 0
    for k in range(i - 1, max(-1, i - 10 * LONGEST_PROPOSAL), -1):
        depth += (tokens.texts[k] in (")", "]")) - (tokens.texts[k] in ("(", "["))
        if depth < 0:
            return k
    return len(tokens.kinds) - 1


def as_array(tokens: Tokens, i: int) -> str | None:
    """The hint that writes the bracket around token `i` as an array, unless it is an index."""
    at = opener(tokens, i)
    if at and tokens.kinds[at - 1] in (NAME, NUMBER, ")", "]", "'"):
        return None
    proposal = language.notations.as_array(tokens.source, tokens.starts[at])
    return f"an array is written `{proposal}`" if proposal else None


def tuple_as_array(tokens: Tokens, i: int) -> str | None:
    """`[1, 2]` for the `(1, 2)` whose comma is token `i`, in the whole text."""
    at = opener(tokens, i)
    return language.notations.as_array(tokens.source, tokens.starts[at]) if tokens.texts[at] == "(" else None


def misplaced_not(tokens: Tokens, i: int) -> str:
    """The hint for a `not` where its rung is too loose to stand."""
    return f"write `({fill('not {b}', '', operand(tokens, i + 1, NOT))})`"


def chained(tokens: Tokens, a: Span, first: int, b: Span, second: int) -> ExpressionError:
    """The error for the comparison at token `second` whose left side already is one: `a first b second`."""
    source, kinds = tokens.source, tokens.kinds
    links, i = [f"{source[a.start : a.end]} {tokens.texts[first]} {source[b.start : b.end]}"], second
    middle = source[b.start : b.end]
    while kinds[i] in COMPARISONS and len(links) < LONGEST_PROPOSAL // 10:
        end = operand_end(tokens, i + 1, COMPARISON)
        last = _corrected(tokens, i + 1, end) or "..."
        links.append(f"{middle} {tokens.texts[i]} {last}")
        middle, i = last, end
    proposal = " and ".join(links)
    if kinds[i] in COMPARISONS or len(proposal) > LONGEST_PROPOSAL:
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
            i, due = after_bracket(tokens, i), False
        elif kind in (NAME, NUMBER) or (kind == "'" and not due):
            i, due = i + 1, False
        elif kind == "." and not due and kinds[i + 1] == NAME:
            i += 2
        elif due:
            return i
        else:
            rung = BINARY.get(kind) or language.foreign.foreign_rung(tokens, i)
            if rung is None or rung <= floor:
                return i
            i, due = i + 1, tokens.texts[i] != "!"


def after_bracket(tokens: Tokens, i: int) -> int:
    """The token after the bracket that opens at `i`; the end if it never closes."""
    depth = 0
    while tokens.kinds[i] != END:
        depth += (tokens.kinds[i] in ("(", "[")) - (tokens.kinds[i] in (")", "]"))
        i += 1
        if depth == 0:
            break
    return i


def operand(tokens: Tokens, i: int, floor: int) -> str:
    """The text of the operand that begins at token `i`, for a proposal: implicit multiplications written out."""
    return _corrected(tokens, i, operand_end(tokens, i, floor)) or "..."


def _corrected(tokens: Tokens, first: int, end: int) -> str:
    """The text of tokens `first` to `end`, implicit multiplications written out."""
    if end - first > LONGEST_PROPOSAL:
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


def fill(template: str, a: str, b: str) -> str:
    """The template with a person's operands, or with letters if those are too long."""
    if len(template) + len(a) + len(b) > LONGEST_PROPOSAL:
        return template.replace("{a}", "a").replace("{b}", "b")
    # Not str.format: the operands are a stranger's text.
    return re.sub(r"\{([ab])\}", lambda m: a if m.group(1) == "a" else b, template)


def brief(text: str) -> str:
    """`text` on one line, cut where it is too long for a message."""
    text = " ".join(text[: 2 * LONGEST_PROPOSAL].split())
    return text if len(text) <= LONGEST_PROPOSAL // 2 else text[: LONGEST_PROPOSAL // 2] + "..."


def _attribute(tokens: Tokens, i: int, a: str) -> ExpressionError:
    """The error for a `.` after an operand that is no `.T`."""
    if tokens.kinds[i + 1] != NAME:
        hint = "the transpose is `'`" if tokens.kinds[i + 1] == "'" else None
        return ExpressionError(
            f"expected an operator after `{a}`, found `.`", text=tokens.source, span=tokens.span(i), hint=hint
        )
    name = brief(tokens.texts[i + 1])
    hint = "the only attribute is `.T`, the transpose"
    proposal = language.notations.without_modules(tokens.source)
    if proposal and tokens.kinds[i - 1] == NAME:
        span = Span(tokens.starts[i - 1], tokens.stop(i))
        return ExpressionError(
            f"`{brief(tokens.texts[i - 1])}.`: names have no module before them",
            text=tokens.source,
            span=span,
            hint=f"write `{proposal}`",
        )
    if name in ("t", "transpose"):
        hint = f"write `{fill('{a}.T', a, '')}`"
    elif tokens.kinds[i + 2] == "(":
        inside = tokens.source[tokens.stop(i + 2) : tokens.stop(after_bracket(tokens, i + 2) - 1) - 1].strip()
        call = fill("{b}({a}" + (", )" if inside else ")"), a, name)
        hint = f"functions stand before their arguments: `{call.replace(', )', f', {inside})')}`"
    elif name in ("shape", "size"):
        hint = f"write `{fill('{b}({a})', a, name)}`"
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
