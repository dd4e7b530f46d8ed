"""Text to syntax tree: operator precedence on explicit stacks, so no input is too long or too deep to read.

The grammar, loosest first (a comparison does not chain, `^` groups to the right)::

    or    and    not a    a < b    a + b    a * b    -a    a ^ -b
    a[0, 1:2:3]   f(a, key=b)   a'   a.T      [a, b]   (a)   1.5e-3   name

Operands wait on one stack and operators on another; an operator is turned into a node as
soon as one arrives that binds no tighter. An open bracket is a rung of its own below all
operators, and a frame that gathers its entries.
"""

from __future__ import annotations

from gradcli import language
from gradcli.errors import NOWHERE, GradcliError, Origin, Span
from gradcli.language.grammar import (
    ARRAY,
    BINARY,
    BRACKET,
    CALL,
    CLOSERS,
    COMPARISON,
    GROUP,
    INDEX,
    NOT,
    POWER,
    SIGN,
    SIGNS,
)
from gradcli.language.lexer import END, NAME, NUMBER, tokenize
from gradcli.language.names import normalise_name
from gradcli.language.stacks import Stacks
from gradcli.language.syntax import Expression, Name, Node, Number, String
from gradcli.limits import LIMITS

_LARGEST = 1.7976931348623157e308


def parse(text: str, origin: Origin = NOWHERE) -> Expression:
    """The expression that `text` spells.

    Args:
        text: one expression; blanks and line breaks do not matter.
        origin: where the text came from, for errors.

    Raises:
        ExpressionError: it is not an expression; the error carries text, place and hint.
        LimitError: it is longer or nested deeper than `LIMITS` allows.

    >>> type(parse("2*x + 1").tree).__name__
    'Binary'
    """
    try:
        if len(text) > LIMITS.expression_characters:
            raise language.mistakes.too_long(text)
        tokens = tokenize(text)
        if len(tokens.kinds) - 1 > LIMITS.expression_tokens:
            raise language.mistakes.too_many_tokens(tokens)
        return Expression(text, _Parser(tokens).tree(), origin)
    except GradcliError as error:
        error.at(origin, text)
        raise


class _Parser(Stacks):
    """The two states of reading: an operand is due, or one has been read."""

    def tree(self) -> Node:
        """Read everything: an operand, then what follows it, until the end."""
        i = 0
        while i >= 0:
            i = self._follow(self._operand(i))
        return self.operands[0]

    def _operand(self, i: int) -> int:
        """Read prefixes, opening brackets and one complete operand from token `i`; returns the token after it."""
        kinds, texts, starts = self.tokens.kinds, self.tokens.texts, self.tokens.starts
        while True:
            kind = kinds[i]
            if kind == NAME:
                follower = kinds[i + 1]
                if follower == "(":
                    self.open(CALL, i + 1)
                    i += 2
                elif follower == "=" and self.begins_argument():
                    self.keyword(i)
                    i += 2
                else:
                    text, start = texts[i], starts[i]
                    place = (start, start + len(text))
                    self.push(Name(normalise_name(text), place), place)
                    return i + 1
            elif kind == NUMBER:
                text, start = texts[i], starts[i]
                place = (start, start + len(text))
                value = float(text)
                if value > _LARGEST:
                    raise language.mistakes.overflow(self.tokens, i)
                self.push(Number(value, text, place), place)
                return i + 1
            elif kind == "(":
                self.open(GROUP, i)
                i += 1
            elif kind in SIGNS:
                self.prefix(SIGN, kind, i)
                i += 1
            elif kind == "[":
                self.open(ARRAY, i)
                i += 1
            elif kind == "not" and self.operators[-1][0] <= NOT:
                self.prefix(NOT, kind, i)
                i += 1
            elif kind in ("'", '"'):
                return self._string(i)
            else:
                i, complete = self._absent(i)
                if complete:
                    return i

    def _follow(self, i: int) -> int:
        """Read what follows an operand up to where the next one is due; returns that token, or -1 at the end."""
        kinds = self.tokens.kinds
        while True:
            kind = kinds[i]
            rung = BINARY.get(kind)
            if rung is not None:
                self._binary(rung, kind, i)
                return i + 1
            if kind in (")", "]"):
                self.close(i)
                i += 1
            elif kind == ",":
                self.comma(i)
                return i + 1
            elif kind == "[":
                self.open(INDEX, i)
                return i + 1
            elif kind == "'":
                i = self.transpose(i + 1)
            elif kind == "." and self.tokens.texts[i + 1] == "T":
                i = self.transpose(i + 2)
            elif kind == ":":
                self.colon(i, absent=False)
                return i + 1
            elif kind == END:
                self.reduce(BRACKET)
                if self.frames:
                    frame = self.frames[-1]
                    missing = "".join(CLOSERS[f.form] for f in reversed(self.frames))
                    raise language.mistakes.unclosed(self.tokens, frame.at, frame.form, missing)
                return -1
            else:
                raise self._misplaced(i)

    def _binary(self, rung: int, operator: str, i: int) -> None:
        """Token `i` is an operator: what binds at least as tightly before it is complete."""
        if rung == POWER:
            self.deepen(i)
        elif rung == COMPARISON:
            self.reduce(COMPARISON)
            waiting, _, first = self.operators[-1]
            if waiting == COMPARISON:
                raise language.spelling.chained(self.tokens, Span(*self.places[-2]), first, Span(*self.places[-1]), i)
        else:
            self.reduce(rung - 1)
        self.operators.append((rung, operator, i))

    def _absent(self, i: int) -> tuple[int, bool]:
        """Token `i` where an operand is due but none begins: fine in `f()`, `[a, ]` and slices.

        Returns the token to go on with, and whether an operand is complete there.
        """
        kind = self.tokens.kinds[i]
        frame = self.frames[-1] if self.frames else None
        if frame and self.operators[-1][0] == BRACKET:
            if frame.form == INDEX and kind == ":":
                self.colon(i, absent=True)
                return i + 1, False
            if frame.pieces and kind == ",":
                self.end_item(frame, i, absent=True)
                return i + 1, False
            complete = bool(frame.items if frame.form == ARRAY else frame.pieces)
            if frame.form == CALL:
                complete = not frame.items and not frame.keywords and frame.key is None
            if complete and kind == CLOSERS[frame.form]:
                self.close(i, absent=True)
                return i + 1, True
        raise language.mistakes.no_operand(self.tokens, i, frame.form if frame else None)

    def _string(self, i: int) -> int:
        """Read the string that opens at token `i`, einsum's first argument; returns the token after it."""
        closing = language.mistakes.closing_quote(self.tokens, i)
        frame = self.frames[-1] if self.frames and self.begins_argument() else None
        if (
            closing is None
            or frame is None
            or frame.items
            or frame.keywords
            or self.tokens.texts[frame.at - 1] != "einsum"
            or self.tokens.kinds[closing + 1] not in (",", ")", END)
        ):
            raise language.mistakes.string(self.tokens, i, closing)
        start, end = self.tokens.starts[i], self.tokens.stop(closing)
        self.push(String(self.tokens.source[start + 1 : end - 1], (start, end)), (start, end))
        return closing + 1

    def _misplaced(self, i: int) -> GradcliError:
        """The error for token `i`, which cannot follow an operand."""
        rung = language.foreign.foreign_rung(self.tokens, i)
        if rung is not None:
            self.reduce(rung - 1)
            return language.foreign.foreign_operator(self.tokens, i, Span(*self.places[-1]))
        below = Span(*self.places[-2]) if len(self.places) > 1 else None
        return language.spelling.juxtaposed(self.tokens, i, Span(*self.places[-1]), below, self.operators[-1])
