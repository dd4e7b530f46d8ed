"""A spec as plain data, and where in the text each of its keys stands; what its three readers have in common.

TOML, JSON and YAML come out as the same dictionaries, lists, texts, numbers and truth
values, so nothing after them knows which of them a person wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gradcli.errors import LimitError, Origin, SpecError
from gradcli.limits import LIMITS

Path = tuple[str, ...]  #: the keys that lead from the root of a spec to one of its values

LAYERS = "layers"  #: the one list of tables
_BARE = re.compile(r"[^\W\d][\w-]*|layers\[\d+\]")
_MARKS = {'"': re.compile(r'"|\\'), '"""': re.compile(r'"""|\\')}
_LONG_INTEGER = re.compile(r"(?<![0-9_.])[0-9](?:_?[0-9]){309,}(?![0-9_.eE])")
_BOM = b"\xef\xbb\xbf"


class Place(NamedTuple):
    """Where a key stands: its 1-based line, the line where its text begins, and whether that text keeps its lines."""

    line: int
    text_line: int
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A spec as plain data.

    Attributes:
        source: the file as given, for messages.
        table: dictionaries, lists, `str`, `int`, `float`, `bool`, None (TOML: also dates).
        places: for every key outside of lists, where it stands, as far as the format tells it. What stands in
            the second of `layers` has the path ("layers[2]", ...).
        first_line: the 1-based line of `source` that is the document, if `source` holds several.
    """

    source: str
    table: dict[str, Any]
    places: Mapping[Path, Place]
    first_line: int | None = None

    def place(self, path: Path) -> Place | None:
        """Where `path`, or the nearest table around it that has a place, stands in `source`."""
        for end in range(len(path), 0, -1):
            found = self.places.get(path[:end])
            if found is not None:
                shift = (self.first_line or 1) - 1
                return Place(found.line + shift, found.text_line + shift, found.literal and end == len(path))
        if path and path[0].endswith("]"):  # one of a list, where the format tells the place of the list only
            return self.place((path[0].partition("[")[0],))
        return Place(self.first_line, self.first_line) if self.first_line else None

    def origin(self, path: Path) -> Origin:
        """The source, line and dotted key of `path`, for an error about the key or its value."""
        found = self.place(path)
        return Origin(self.source, found.line if found else None, dotted(path) or None)

    def text_origin(self, path: Path, text: str) -> tuple[Origin, str]:
        """Origin and text of an expression at `path`.

        A line break that was written as an escape, or folded away, is no line of the file; it
        becomes a blank there, so that lines and columns of an error can be counted.
        """
        found = self.place(path)
        if not (found and found.literal) and "\n" in text:
            text = text.replace("\r\n", "  ").replace("\n", " ")
        return Origin(self.source, found.text_line if found else None, dotted(path)), text


def dotted(path: Path) -> str:
    """`path` as one key; parts that are no bare words stand in quotes.

    >>> dotted(("functions", "f(a, b)"))
    'functions."f(a, b)"'
    """
    return ".".join(part if _BARE.fullmatch(part) else f'"{part}"' for part in path)


def kind(value: object) -> str:
    """What a plain value is, in the words of a message."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    names: dict[type, str] = {dict: "a table", list: "a list", str: "a text", int: "a number", float: "a number"}
    return names.get(type(value), "a date or time")


class Keys:
    """Collects the places of keys while a document is scanned; refuses one too many."""

    def __init__(self) -> None:
        self.places: dict[Path, Place] = {}
        self._count = 0

    def inside(self, number: int, key: str | None, line: int) -> None:
        """Remember where the layer of that number stands, or a key of it."""
        if key is None:
            self.places.setdefault((layer_path(number),), Place(line, line))
        else:
            self.add((layer_path(number), key), Place(line, line))

    def add(self, path: Path, place: Place) -> None:
        """Remember where `path` stands, unless it is known already."""
        self._count += 1
        if self._count > LIMITS.spec_keys:
            raise LimitError(f"the spec has more keys than the limit of {LIMITS.spec_keys} (spec_keys)")
        self.places.setdefault(path, place)


def layer_path(number: int) -> str:
    """The first part of the path of what stands in a layer, which are counted from 1."""
    return f"{LAYERS}[{number}]"


class Lines:
    """Line numbers of ascending offsets in a text, each found by counting on from the one before."""

    def __init__(self, text: str) -> None:
        self._text, self._offset, self._line = text, 0, 1

    def at(self, offset: int) -> int:
        """The 1-based line of `offset`; offsets must not decrease from call to call."""
        self._line += self._text.count("\n", self._offset, offset)
        self._offset = offset
        return self._line


def too_deep(line: int) -> LimitError:
    """The error of a spec that is nested deeper than the limit."""
    return LimitError(
        f"arrays and tables are nested deeper than the limit of {LIMITS.spec_nesting} (spec_nesting)",
        origin=Origin(line=line),
    )


def twice(path: Path, line: int) -> SpecError:
    """The error of a key that stands twice in one table."""
    return SpecError(f"the key '{path[-1]}' is given twice", origin=Origin(line=line, key=dotted(path)))


def quoted_end(text: str, start: int, quote: str) -> int:
    """Offset after the string with backslash escapes that opens with `quote` at `start`; the text's end if open."""
    mark, position = _MARKS[quote], start + len(quote)
    while (found := mark.search(text, position)) is not None:
        if found.group() == quote:
            return found.end()
        position = found.end() + 1  # whatever is escaped, it closes nothing
    return len(text)


def decoded(data: bytes) -> str:
    """UTF-8 with at most one byte order mark, and no NUL.

    Raises:
        SpecError: it is something else; with the line, and without the source.
    """
    body = data.removeprefix(_BOM)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(
            f"not UTF-8: byte 0x{body[error.start]:02x} at offset {error.start}",
            hint="save the file as UTF-8",
            origin=Origin(line=body.count(b"\n", 0, error.start) + 1),
        ) from None
    if text.startswith("\ufeff"):
        raise SpecError("the file begins with two byte order marks", origin=Origin(line=1))
    nul = text.find("\0")
    if nul >= 0:
        raise SpecError("the file holds a NUL character", origin=Origin(line=text.count("\n", 0, nul) + 1))
    return text


def beyond_float64(text: str) -> SpecError:
    """The error of a whole number with so many digits that Python's parsers refuse it (4300 by default)."""
    found = _LONG_INTEGER.search(text)
    digits = f" of {len(found.group().replace('_', ''))} digits" if found else ""
    line = text.count("\n", 0, found.start()) + 1 if found else None
    return SpecError(
        f"a whole number{digits} is beyond float64",
        hint="numbers lie between -1.8e308 and 1.8e308",
        origin=Origin(line=line),
    )
