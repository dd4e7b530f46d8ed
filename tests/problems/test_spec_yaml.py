"""YAML is read as YAML 1.2, whichever parser is there."""

from __future__ import annotations

from typing import Any

import pytest

from gradcli.errors import SpecError
from gradcli.problems.formats import read_document


def yaml_value(text: str) -> Any:
    return read_document(f"key: {text}\n".encode(), "f.yaml", "yaml").table["key"]


# YAML 1.2.2, section 10.3.2 (core schema), and the words that only YAML 1.1 resolves
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000.0),
        ("-2E05", -2e5),
        (".5", 0.5),
        ("12e03", 12000.0),
        ("0.", 0.0),
        ("0o14", 12),
        ("0x3A", 58),
        ("-19", -19),
        ("014", 14),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("on", "on"),
        ("Off", "Off"),
        ("yes", "yes"),
        ("no", "no"),
        ("y", "y"),
        ("N", "N"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2001-12-14", "2001-12-14"),
        ("=", "="),
        ("'1e3'", "1e3"),
        ('"true"', "true"),
        ("x^2 # note", "x^2"),
        ("-x^2", "-x^2"),
        ("e", "e"),
    ],
)
def test_yaml_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    found = yaml_value(text)
    assert found == value
    assert type(found) is type(value)


def test_yaml_keys_are_their_text() -> None:
    table = read_document(b"on: 1\ny: 2\n1: 3\nnull: 4\ntrue: 5\n1e3: 6\n", "f.yaml", "yaml").table
    assert list(table) == ["on", "y", "1", "null", "true", "1e3"]


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_what_only_some_yaml_readers_take_for_a_line_break_is_refused(character: str) -> None:
    with pytest.raises(SpecError, match=f"U\\+{ord(character):04X}") as caught:
        read_document(f"a: 1\nb: 'x{character}y'\n".encode(), "f", "yaml")
    assert caught.value.line == 2
    assert read_document(f'a: "x\\u{ord(character):04x}y"'.encode(), "f", "yaml").table == {"a": f"x{character}y"}


def test_yaml_is_read_alike_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        "# note\na: [1,\n  2]\nb:\n  c: |\n    x +\n    y\n",
        "a: [1, {b: c}]\n",
        "%YAML 1.2\n--- # note\na: >-\n  b\n  c\n...\n",
        "? a\n: 1e3\n",
    ]
    fast = [read_document(text.encode(), "f", "yaml") for text in texts]
    monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    assert [read_document(text.encode(), "f", "yaml") for text in texts] == fast
