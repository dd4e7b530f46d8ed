"""TOML to plain data: the standard parser, after a scan that caps nesting and finds each key's line.

The scan follows the parser's order and stops where the text is no TOML, which is where the
parser will stop too; so whatever the parser gets to see has been counted.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from gradcli.errors import Origin, SpecError
from gradcli.limits import LIMITS
from gradcli.problems.documents import (
    LAYERS,
    Keys,
    Lines,
    Path,
    Place,
    beyond_float64,
    quoted_end,
    too_deep,
    twice,
)

_BLANK = re.compile(r"[ \t\r\n]*")
_SPACE = re.compile(r"[ \t]*")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_IN_VALUE = re.compile(r"[\"'\[\]{}#\n]")
_IN_TABLE = re.compile(r"[\"'\[\]{}#\n,]")
_PLACE_IN_MESSAGE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

#: A value that opens no string, list or table, and has a letter or a sign of a formula.
_UNQUOTED = re.compile(r"[^\"'\[{](?=.*[A-Za-z(*/^])[^\"']*|[A-Za-z]")
_LONGEST_HINT = 80

_REPEATED = re.compile(r"Duplicate inline table key '(.*)'")


def parse_toml(text: str) -> tuple[Any, Mapping[Path, Place]]:
    """Parse TOML.

    Returns:
        The plain data (dates and times included) and the places of the keys outside of lists.

    Raises:
        LimitError: nested too deeply, or too many keys.
        SpecError: not TOML, or a key twice.
    """
    scan = _Scan(text)
    scan.run()
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found, repeated = _not_toml(str(error), text), scan.repeated
        if repeated is not None and (repeated.line or 0) <= (found.line or 0):
            raise repeated from None
        raise found from None
    except ValueError:  # an integer of thousands of digits
        raise beyond_float64(text) from None
    return data, scan.keys.places


def _not_toml(message: str, text: str) -> SpecError:
    found = _PLACE_IN_MESSAGE.search(message)
    what = message[: found.start()] if found else message
    what = what[:1].lower() + what[1:]
    if found and found.group(1):
        line = int(found.group(1))
        repeated = _REPEATED.fullmatch(message[: found.start()])
        if repeated:
            return twice((repeated.group(1),), line)
        hint = _hint(text.split("\n", line)[line - 1])
        return SpecError(f"not TOML: {what}", hint=hint, origin=Origin(line=line, column=int(found.group(2))))
    end = text.rstrip()
    place = Origin(line=end.count("\n") + 1, column=len(end) - (end.rfind("\n") + 1) + 1)
    return SpecError(f"not TOML: {what} (at the end)", origin=place)


def _hint(line: str) -> str | None:
    """What to do about a line that TOML refuses, where a letter or a formula lacks its quotes."""
    key, _, value = line.partition("=")
    if not key.isascii():
        return "TOML wants a key with letters other than a-z in quotes"
    formula = value.partition("#")[0].strip()
    if _UNQUOTED.fullmatch(formula) and len(formula) <= _LONGEST_HINT:
        return f'texts and formulas stand in quotes: {key.strip()} = "{formula}"'
    return None


class _Scan:
    """One pass over the statements of a TOML text."""

    def __init__(self, text: str) -> None:
        self.keys = Keys()
        self.repeated: SpecError | None = None  #: the first key that was assigned twice
        self._text = text
        self._lines = Lines(text)
        self._header: Path = ()
        self._depth = 1  # of the table that the header opened
        self._in_list = False  # below [[...]]
        self._lists: set[Path] = set()
        self._counts: dict[Path, int] = {}  # of the entries of a list so far
        self._assigned: set[Path] = set()

    def run(self) -> None:
        """Scan to the end, or to the first place that is no TOML."""
        text = self._text
        position: int | None = 0
        while position is not None and (position := _skip(_BLANK, text, position)) < len(text):
            if text[position] == "#":
                position = self._line_end(position)
            elif text[position] == "[":
                position = self._table(position)
            else:
                position = self._assignment(position)

    def _table(self, position: int) -> int | None:
        """`[a.b]` or `[[a.b]]`."""
        text, line = self._text, self._lines.at(position)
        twofold = text.startswith("[[", position)
        parts, position = self._key(position + 1 + twofold)
        if not parts or not text.startswith("]", position):
            return None
        path = tuple(parts)
        self._header, self._depth = path, 1 + len(path) + twofold
        if self._depth > LIMITS.spec_nesting:
            raise too_deep(line)
        if twofold:
            self._lists.add(path)
        self._in_list = any(path[:end] in self._lists for end in range(1, len(path) + 1))
        self._record(path, Place(line, line), assigned=not self._in_list)
        if twofold and len(path) == 1:
            self._counts[path] = self._counts.get(path, 0) + 1
            self._header = (f"{path[0]}[{self._counts[path]}]",)
            self.keys.add(self._header, Place(line, line))
        return self._line_end(position)

    def _assignment(self, position: int) -> int | None:
        """`a.b = value`."""
        text, line = self._text, self._lines.at(position)
        parts, position = self._key(position)
        if not parts or not text.startswith("=", position):
            return None
        depth = self._depth + len(parts) - 1
        if depth > LIMITS.spec_nesting:
            raise too_deep(line)
        start = _skip(_SPACE, text, position + 1)
        end = self._value(start, depth, layers=not self._header and parts == [LAYERS])
        self._record((*self._header, *parts), self._place(line, start, end), assigned=not self._in_list)
        return end

    def _record(self, path: Path, place: Place, *, assigned: bool) -> None:
        if self._in_list and path not in self._lists:
            if path[:1] == self._header:  # a key of one [[...]]
                self.keys.add(path, place)
            return
        for end in range(1, len(path)):
            self.keys.add(path[:end], place)
        if assigned and path in self._assigned and self.repeated is None:
            self.repeated = twice(path, place.line)
        self._assigned.add(path)
        self.keys.add(path, place)

    def _place(self, line: int, start: int, end: int) -> Place:
        """The place of a key whose value begins at `start`; a long string without escapes keeps the file's lines."""
        text = self._text
        if not text.startswith(('"""', "'''"), start):
            return Place(line, line)
        literal = text[start] == "'" or "\\" not in text[start:end]
        broken = text.startswith(("\n", "\r\n"), start + 3)
        return Place(line, line + broken, literal)

    def _key(self, position: int) -> tuple[list[str], int]:
        """The parts of a dotted key at `position` and the offset after it; no parts if there is no key."""
        text, parts = self._text, list[str]()
        while True:
            position = _skip(_SPACE, text, position)
            word = _WORD.match(text, position)
            if word:
                parts.append(word.group())
                position = word.end()
            elif text.startswith('"', position):
                end = quoted_end(text, position, '"')
                parts.append(_plain_key(text[position:end]))
                position = end
            elif text.startswith("'", position):
                end = text.find("'", position + 1)
                if end < 0:
                    return [], position
                parts.append(text[position + 1 : end])
                position = end + 1
            else:
                return [], position
            if len(parts) > LIMITS.spec_nesting:
                raise too_deep(text.count("\n", 0, position) + 1)
            position = _skip(_SPACE, text, position)
            if not text.startswith(".", position):
                return parts, position
            position += 1

    def _value(self, position: int, depth: int, *, layers: bool) -> int:
        """Offset of the end of the value's statement; counts the brackets opened on the way, and layers in a list."""
        text, number = self._text, 0
        levels: list[int] = []  # depth that each open bracket added: 1, and in a table its dotted key's parts
        tables: list[bool] = []
        while True:
            token = (_IN_TABLE if tables and tables[-1] else _IN_VALUE).search(text, position)
            if token is None:
                return len(text)
            mark, position = token.group(), token.end()
            if mark == "\n":
                if not levels:
                    return position
            elif mark == "#":
                position = self._line_end(position)
                if not levels:
                    return position
            elif mark in "\"'":
                position = self._string_end(token.start(), mark)
            elif mark in "]}":
                if not levels:
                    return position
                depth -= levels.pop()
                tables.pop()
            else:
                if mark == ",":
                    depth -= levels[-1] - 1
                    levels[-1] = 1
                else:
                    levels.append(1)
                    tables.append(mark == "{")
                    depth += 1
                    if layers and tables == [False, True]:
                        number += 1
                        self.keys.inside(number, None, self._lines.at(position))
                if tables[-1]:
                    parts, position = self._key(_skip(_BLANK, text, position))
                    if layers and parts and len(tables) == 2:
                        self.keys.inside(number, parts[0], self._lines.at(position))
                    levels[-1] += max(0, len(parts) - 1)
                    depth += levels[-1] - 1
                if depth > LIMITS.spec_nesting:
                    raise too_deep(text.count("\n", 0, position) + 1)

    def _string_end(self, start: int, mark: str) -> int:
        text, long = self._text, mark * 3
        if not text.startswith(long, start):
            if mark == '"':
                return quoted_end(text, start, mark)
            end = text.find(mark, start + 1)
            return len(text) if end < 0 else end + 1
        if mark == '"':
            end = quoted_end(text, start, long)
        else:
            end = text.find(long, start + 3)
            end = len(text) if end < 0 else end + 3
        for _ in range(2):  # one or two quotes may stand before the closing three
            end += text.startswith(mark, end)
        return end

    def _line_end(self, position: int) -> int:
        end = self._text.find("\n", position)
        return len(self._text) if end < 0 else end + 1


def _skip(blank: re.Pattern[str], text: str, position: int) -> int:
    found = blank.match(text, position)
    return found.end() if found else position


def _plain_key(quoted: str) -> str:
    """A quoted key's text; one with escapes is read by the parser itself."""
    if "\\" not in quoted:
        return quoted[1:-1]
    try:
        return next(iter(tomllib.loads(f"{quoted} = 0")))
    except ValueError:
        return quoted
