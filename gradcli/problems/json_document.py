"""JSON to plain data: the standard parser, after a scan that caps nesting and finds each key's line.

The scan reads strings, brackets and braces only; it also sees the duplicate keys that a
parser would drop without a word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from gradcli.errors import Origin, SpecError
from gradcli.limits import LIMITS
from gradcli.problems.documents import LAYERS, Keys, Lines, Path, Place, beyond_float64, quoted_end, too_deep, twice

_TOKEN = re.compile(r'["{}\[\]]')
_COLON = re.compile(r"[ \t\n\r]*:")
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(text: str) -> tuple[Any, Mapping[Path, Place]]:
    """Parse JSON strictly (RFC 8259).

    Returns:
        The plain data and the places of the keys outside of lists.

    Raises:
        LimitError: nested too deeply, or too many keys.
        SpecError: not JSON, a key twice, a lone surrogate.
    """
    keys, repeated = _scan(text)

    def refuse(name: str) -> float:
        raise _no_constant(text, name)

    try:
        data = json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        raise SpecError(f"not JSON: {what}", origin=Origin(line=error.lineno, column=error.colno)) from None
    except ValueError:  # an integer of thousands of digits
        raise beyond_float64(text) from None
    if repeated is not None:
        raise repeated
    if _SURROGATE.search(text):
        _refuse_surrogates(data)
    return data, keys.places


def _scan(text: str) -> tuple[Keys, SpecError | None]:
    """Places of all keys and the first duplicate, which is an error only if the text is JSON at all."""
    keys, lines = Keys(), Lines(text)
    repeated: SpecError | None = None
    open_keys: list[set[str] | None] = []  # of each open bracket: an object's keys so far, None for an array
    path: list[str] = []
    arrays = 0  # open arrays: inside of them a path names nothing, but for the tables of `layers`
    layers = 0
    position = 0
    while (token := _TOKEN.search(text, position)) is not None:
        start, position = token.start(), token.end()
        mark = token.group()
        if mark in "{[":
            if len(open_keys) >= LIMITS.spec_nesting:
                raise too_deep(lines.at(start))
            if mark == "{" and path[:1] == [LAYERS] and open_keys[1:] == [None]:
                layers += 1
                keys.inside(layers, None, lines.at(start))
            open_keys.append(set() if mark == "{" else None)
            arrays += mark == "["
            path.append("")
        elif mark in "}]":
            if open_keys:
                arrays -= open_keys.pop() is None
                path.pop()
        else:
            position = quoted_end(text, start, '"')
            seen = open_keys[-1] if open_keys else None
            if seen is None or _COLON.match(text, position) is None:
                continue
            key = _key(text[start:position])
            path[-1] = key
            if key in seen and repeated is None:
                repeated = twice(tuple(part for part in path if part) or (key,), lines.at(start))
            seen.add(key)
            if not arrays:
                line = lines.at(start)
                keys.add(tuple(path), Place(line, line))
            elif arrays == 1 and len(path) == 3 and path[0] == LAYERS and open_keys[1] is None:
                keys.inside(layers, key, lines.at(start))
    return keys, repeated


def _key(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted[1:-1]
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted


def _no_constant(text: str, name: str) -> SpecError:
    """The error of a NaN or an Infinity, the first that stands outside of a string."""
    start = next((found.start() for found in _CONSTANT.finditer(text) if not found.group().startswith('"')), 0)
    place = Origin(line=text.count("\n", 0, start) + 1, column=start - text.rfind("\n", 0, start))
    return SpecError(f"{name} is not JSON, and a number must be finite", origin=place)


def _refuse_surrogates(data: Any) -> None:
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.keys()
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError as error:
                code = ord(value[error.start])
                raise SpecError(f"a text holds half a character (the lone surrogate U+{code:04X})") from None
