"""YAML 1.2 (core schema) to plain data, built from the parser's events one by one.

PyYAML's own constructors follow YAML 1.1, where `on` is true and `1e3` a text; only its event
stream is used. So nesting is capped before the parser goes deeper, and what a spec does not
need (aliases, anchors, tags, merges, several documents) is refused where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from gradcli.errors import Origin, SpecError
from gradcli.limits import LIMITS
from gradcli.problems.documents import LAYERS, Keys, Path, Place, beyond_float64, layer_path, too_deep, twice

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_STARTS = frozenset("0123456789+-.~nNtTfF")  # what begins a scalar that is not plain text
_FOREIGN_BREAK = re.compile("[\x85\u2028\u2029]")


def parse_yaml(text: str) -> tuple[Any, Mapping[Path, Place]]:
    """Parse one YAML document; keys of tables are the text as written, whatever it looks like.

    Returns:
        The plain data and the places of the keys outside of lists.

    Raises:
        LimitError: nested too deeply, or too many keys.
        SpecError: not YAML, a key twice, an alias, anchor, tag, merge, directive or second document.
    """
    foreign = _FOREIGN_BREAK.search(text)
    if foreign:
        line = text.count("\n", 0, foreign.start()) + 1
        raise SpecError(
            f"the character U+{ord(foreign.group()):04X} is a line break to some YAML readers",
            hint='write it as an escape in a "quoted" text',
            origin=Origin(line=line),
        )
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = error.problem or error.context or "it cannot be read"
        place = Origin(line=mark.line + 1, column=mark.column + 1) if mark else Origin()
        raise SpecError(f"not YAML: {what}", origin=place) from None
    except yaml.reader.ReaderError as error:
        character = error.character if isinstance(error.character, int) else ord(error.character[:1] or "\0")
        raise SpecError(f"not YAML: the character U+{character:04X} is not allowed") from None
    except yaml.YAMLError as error:
        raise SpecError(f"not YAML: {error}") from None
    return builder.root, builder.keys.places


def _events(text: str) -> Iterator[yaml.Event]:
    """The event stream of libyaml where PyYAML was built with it (ten times as fast), else of PyYAML."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.parse(text, Loader=loader)


class _Builder:
    """Builds the plain data; `_open` holds the tables and lists not closed yet, so nothing recurses."""

    def __init__(self) -> None:
        self.root: Any = None
        self.keys = Keys()
        self._documents = 0
        self._open: list[dict[str, Any] | list[Any]] = []
        self._path: list[str | None] = []  # the key each open table waits to fill; None where none is read
        self._lists = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event of the stream."""
        line = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            self._refuse(event, line)
            self._scalar(event, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._refuse(event, line)
            if self._waits_for_key():
                raise SpecError("a key is a plain word, not a list or a table", origin=Origin(line=line))
            if len(self._open) >= LIMITS.spec_nesting:
                raise too_deep(line)
            opened: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
            self._put(opened)
            if len(self._open) == 2 and isinstance(opened, dict) and self._path[0] == LAYERS and self._lists == 1:
                self.keys.inside(len(self._open[1]), None, line)
            self._open.append(opened)
            self._path.append(None)
            self._lists += isinstance(opened, list)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._lists -= isinstance(self._open.pop(), list)
            self._path.pop()
            self._filled()
        elif isinstance(event, yaml.AliasEvent):
            raise SpecError(
                f"*{event.anchor} is a YAML alias; specs have none",
                hint="put an expression that begins with * or & in quotes",
                origin=Origin(line=line),
            )
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise SpecError("a second YAML document begins here; a file holds one spec", origin=Origin(line=line))
            if event.tags or event.version not in (None, (1, 2)):
                raise SpecError("a directive other than %YAML 1.2", origin=Origin(line=line))

    def _waits_for_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], dict) and self._path[-1] is None

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        text = str(event.value)
        plain = event.style is None or event.style == ""
        if not self._waits_for_key():
            if not self._lists and self._open:
                path = tuple(str(key) for key in self._path)
                self.keys.places[path] = _place(self.keys.places[path].line, event)
            elif self._in_layer() and isinstance(self._open[-1], dict):
                path = (layer_path(len(self._open[1])), str(self._path[-1]))
                self.keys.places[path] = _place(self.keys.places[path].line, event)
            self._put(_resolve(text, line) if plain else text)
            self._filled()
            return
        if plain and text == "<<":
            raise SpecError("<< is a YAML merge; specs have none", origin=Origin(line=line))
        table = self._open[-1]
        assert isinstance(table, dict)
        path = (*(str(key) for key in self._path[:-1]), text)
        if text in table:
            raise twice(path, line)
        self._path[-1] = text
        if not self._lists:
            self.keys.add(path, Place(line, line))
        elif self._in_layer():
            self.keys.inside(len(self._open[1]), text, line)

    def _in_layer(self) -> bool:
        """Whether a table in the list of layers is what is being filled."""
        return len(self._open) == 3 and self._lists == 1 and isinstance(self._open[1], list) and self._path[0] == LAYERS

    def _put(self, value: Any) -> None:
        if not self._open:
            self.root = value
            return
        inner = self._open[-1]
        if isinstance(inner, list):
            inner.append(value)
            return
        key = self._path[-1]
        assert key is not None
        inner[key] = value

    def _filled(self) -> None:
        if self._path:
            self._path[-1] = None

    def _refuse(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            raise SpecError(f"&{event.anchor} is a YAML anchor; specs have none", origin=Origin(line=line))
        if event.tag is not None:
            raise SpecError(f"{event.tag} is a YAML tag; specs have none", origin=Origin(line=line))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _place(line: int, event: yaml.ScalarEvent) -> Place:
    """The place of a key whose value is this scalar; only a `|` block keeps the lines of the file."""
    first = _line(event)
    if event.style in ("|", ">"):
        return Place(line, first + 1, event.style == "|")
    return Place(line, first)


def _resolve(text: str, line: int) -> Any:
    """A plain scalar by the core schema of YAML 1.2."""
    if text and text[0] not in _STARTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) or _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        try:
            return int(text, base) if base == 10 else int(text[2:], base)
        except ValueError:  # thousands of digits
            error = beyond_float64(text)
            error.origin = Origin(line=line)
            raise error from None
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITY.fullmatch(text):
        return float("-inf") if text[0] == "-" else float("inf")
    return text
