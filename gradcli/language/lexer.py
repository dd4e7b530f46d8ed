"""Text to tokens in one pass of one regular expression; it accepts every text, and judges none.

Quotes are tokens by themselves, since only the parser knows whether `'` transposes the
operand before it or opens a string; no other token contains one.
"""

from __future__ import annotations

import re
from itertools import accumulate, compress
from typing import NamedTuple

from gradcli.errors import Span
from gradcli.language.names import NAME_PATTERN

_NUMBER_PATTERN = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"

#: Operators of other languages, as tokens so that an error can name them whole.
_FOREIGN = ("===", "!==", "//", "<>", "=<", "=>", "&&", "||", ":=", ".**", ".*", "./", ".^", "...")
_OPERATORS = ("**", "<=", ">=", "==", "!=")

_TOKEN = re.compile(
    "|".join(
        (
            r"[ \t\r\n]+",
            NAME_PATTERN,
            _NUMBER_PATTERN,
            *(re.escape(spelling) for spelling in sorted(_FOREIGN + _OPERATORS, key=len, reverse=True)),
            ".",
        )
    ),
    re.DOTALL,
)

# Kinds of tokens; every other token that the grammar knows is its own kind (`**` is `^`).
BLANK, NAME, NUMBER, END = "blank", "name", "number", "end"
FOREIGN = "foreign"  #: a spelling of another language, or ASCII without a meaning here
UNKNOWN = "unknown"  #: a character that no expression may contain

_KNOWN = {
    **{symbol: symbol for symbol in "+-*/@^<>()[],:'\".="},
    **{symbol: symbol for symbol in _OPERATORS},
    **{word: word for word in ("and", "or", "not")},
    "**": "^",
    "": END,
}
_NAME = re.compile(NAME_PATTERN)


class Tokens(NamedTuple):
    """Parallel sequences without blanks, closed by an `END` token of no text.

    `kinds[i]`, `texts[i]` and the offset `starts[i]` describe token `i` of `source`. They are
    tuples because the garbage collector need not look into a tuple of strings or numbers twice.
    """

    source: str
    kinds: tuple[str, ...]
    texts: tuple[str, ...]
    starts: tuple[int, ...]

    def span(self, i: int) -> Span:
        """The place of token `i`; the end is the place right after the last token."""
        if self.kinds[i] == END:
            return Span(*[self.stop(i - 1) if i else 0] * 2)
        return Span(self.starts[i], self.stop(i))

    def stop(self, i: int) -> int:
        """The offset right after token `i`."""
        return self.starts[i] + len(self.texts[i])


class _Kinds(dict[str, str]):
    """The kind of each distinct token text, found once."""

    def __missing__(self, token: str) -> str:
        first = token[0]
        if _NAME.match(token):
            kind = NAME
        elif first in "0123456789." and token[-1] in "0123456789.":
            kind = NUMBER if token != "..." else FOREIGN
        elif first in " \t\r\n":
            kind = BLANK
        else:
            kind = FOREIGN if token.isascii() and token.isprintable() else UNKNOWN
        self[token] = kind
        return kind


def tokenize(text: str) -> Tokens:
    """The tokens of `text`; every character belongs to one, blanks are dropped."""
    texts: list[str] = _TOKEN.findall(text)
    starts = accumulate(map(len, texts), initial=0)
    texts.append("")
    kinds = tuple(map(_Kinds(_KNOWN).__getitem__, texts))
    if BLANK not in kinds:
        return Tokens(text, kinds, tuple(texts), tuple(starts))
    kept = [kind != BLANK for kind in kinds]
    return Tokens(text, tuple(compress(kinds, kept)), tuple(compress(texts, kept)), tuple(compress(starts, kept)))
