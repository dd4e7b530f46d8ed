"""Errors of a person's making: each says what is wrong, shows the place, and suggests a way out.

One base class carries an exit code; only the command line catches it. Everything a
stranger wrote is shown through `visible`, so that no control or look-alike invisible
character reaches a terminal or breaks a report line.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple


class Span(NamedTuple):
    """Half-open range of character offsets `[start, end)` in one expression's text."""

    start: int
    end: int


class Origin(NamedTuple):
    """Where an expression's text came from, so that an error can lead a person there.

    `source` is the file (or `FILE:LINE` of a .jsonl) as given, `line` the 1-based line in
    that file where the text begins (None if the format does not tell it), and `key` the
    dotted key of a spec, such as `outputs.loss`. `column` is the 1-based column in that line, where it is the
    file itself that cannot be read. All None for a typed expression.
    """

    source: str | None = None
    line: int | None = None
    key: str | None = None
    column: int | None = None


class Cell(NamedTuple):
    """A cell of a data file: rows count from 1 below the header, columns have names."""

    file: str
    row: int
    column: str


NOWHERE = Origin()
_LONGEST_WORD = 300  # characters between blanks in a message; file names may be long, names hardly
_WORD_SHOWN = 60  # characters of a longer word that are shown
_LONGEST_MESSAGE = 2000  # characters of a message
_READ = 1_000_000  # characters of a message looked at; only a hostile one has more
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD},}}")
_CARET_WINDOW = 100  # characters of a long line shown around the caret


class GradcliError(Exception):
    """Base of all errors a person can cause; `exit_code` is what the command line returns.

    Args:
        message: what is wrong, in one line, beginning with the item as typed.
        text: the expression in which it is wrong.
        span: the place inside `text`.
        hint: what to do about it, in one line.
        origin: where `text` (or the item) came from.
    """

    exit_code = 2
    kind = "input"

    def __init__(
        self,
        message: str,
        *,
        text: str | None = None,
        span: Span | None = None,
        hint: str | None = None,
        origin: Origin = NOWHERE,
    ) -> None:
        message = elided(message)
        super().__init__(message)
        self.message = message
        self.text = text
        self.span = span
        self.hint = None if hint is None else elided(hint)
        self.origin = origin

    def at(self, origin: Origin, text: str | None = None) -> GradcliError:
        """Fill in the origin (and text) where they are not known yet; returns the error itself."""
        if self.origin == NOWHERE:
            self.origin = origin
        if self.text is None:
            self.text = text
        return self

    def about(self, label: str) -> GradcliError:
        """Let the message begin with the item as typed; returns the error itself."""
        if not self.message.startswith(label):
            self.message = f"{label}: {self.message}"
            self.args = (self.message,)
        return self

    @property
    def column(self) -> int | None:
        """1-based column in the expression's own line (or in the file's), or None without a place."""
        if self.text is None or self.span is None:
            return self.origin.column
        return column_of(self.text, self.span.start)

    @property
    def line(self) -> int | None:
        """1-based line in the file (or in a multi-line expression), where it is known."""
        if self.text is None or self.span is None:
            return self.origin.line
        return line_of(self.text, self.span.start, self.origin)

    def render(self) -> str:
        """The whole message for a terminal without styling: what, where with a caret, and a hint."""
        lines = [f"error: {visible(self.message)}"]
        place = self._place()
        if place:
            lines.append(f"  --> {place}")
        if self.text is not None and self.span is not None:
            shown, offset, width = window(self.text, self.span)
            lines += ["   |", f"   | {shown}", f"   | {' ' * offset}{'^' * width}"]
        if self.hint:
            lines.append(f"   = help: {visible(self.hint)}")
        return "\n".join(lines)

    def _place(self) -> str:
        parts = []
        if self.origin.source is not None:
            line = self.line
            parts.append(visible(self.origin.source) + (f":{line}" if line is not None else ""))
        if self.origin.key is not None:
            parts.append(visible(self.origin.key))
        if self.column is not None:
            parts.append(f"column {self.column}")
        return ", ".join(parts)


class ExpressionError(GradcliError):
    """The text is not an expression of the language."""

    kind = "syntax"


class UnknownNameError(GradcliError):
    """A function, variable or key that does not exist."""

    kind = "name"


class ShapeError(GradcliError):
    """Shapes that do not fit, or an index out of range."""

    kind = "shape"


class ValueProblem(GradcliError):
    """A value that is not a usable number or array."""

    kind = "value"


class SpecError(GradcliError):
    """A spec file that does not say a problem."""

    kind = "spec"


class DataError(GradcliError):
    """A data file that cannot be read as numbers; `cell` says which cell, where it is one (`Cell`)."""

    kind = "data"
    cell: Cell | None = None


class LimitError(GradcliError):
    """An input larger than one of the named limits."""

    kind = "limit"


class UsageError(GradcliError):
    """Options or arguments that do not go together."""

    kind = "usage"


def column_of(text: str, offset: int) -> int:
    """1-based column of `offset` in its own line of `text`."""
    return offset - (text.rfind("\n", 0, offset) + 1) + 1


def line_of(text: str, offset: int, origin: Origin = NOWHERE) -> int | None:
    """1-based line of `offset` in the file that `text` came from, or in a text of several lines; else None."""
    inner = text.count("\n", 0, offset)
    if origin.line is not None:
        return origin.line + inner
    return inner + 1 if "\n" in text else None


def elided(text: str) -> str:
    """`text` with its very long words, and then itself, cut to a length that a person reads.

    >>> elided("unknown name '" + "a" * 400 + "'")[-30:]
    "aaaaaaaaaaaaaaaaaaaaaaaa...aa'"
    """
    if len(text) <= _LONGEST_WORD:
        return text
    text = _LONG_WORD.sub(lambda word: f"{word.group()[:_WORD_SHOWN]}...{word.group()[-3:]}", text[:_READ])
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "..."


def visible(text: str) -> str:
    """`text` with every character that does not print replaced by a visible escape.

    Control, format, surrogate, private and unassigned characters and line or paragraph
    separators become `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`, so the result is one safe line.

    >>> visible("a\\x1b[31m\\n")
    'a\\\\x1b[31m\\\\n'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if c == " " or unicodedata.category(c)[0] not in "CZ" else c.encode("unicode_escape").decode() for c in text
    )


def window(text: str, span: Span) -> tuple[str, int, int]:
    """The line of `text` that holds `span`, cut to a window and safe to show, with the caret's offset and width."""
    start = text.rfind("\n", 0, span.start) + 1
    stop = text.find("\n", span.start)
    stop = len(text) if stop < 0 else stop
    left, right = max(start, span.start - _CARET_WINDOW // 2), stop
    right = min(right, left + _CARET_WINDOW)
    before = ("..." if left > start else "") + visible(text[left : span.start])
    width = max(1, len(visible(text[span.start : max(span.start, min(span.end, right))])))
    shown = before + visible(text[span.start : right]) + ("..." if right < stop else "")
    return shown, len(before), width
