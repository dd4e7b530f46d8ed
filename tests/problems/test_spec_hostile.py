"""What may arrive from strangers: it costs one clear error, and neither time, memory nor code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gradcli.errors import GradcliError, LimitError, SpecError, UsageError
from gradcli.limits import LIMITS
from gradcli.problems import documents, formats
from gradcli.problems.formats import read_document
from gradcli.problems.reading import spec_from_bytes, spec_from_file

N = LIMITS.spec_nesting


def nested(form: str, style: str, depth: int) -> str:
    """A text that is nested `depth` deep, the table of the root included."""
    lists = depth - 1
    tables = depth - 2
    return {
        ("json", "lists"): '{"a": ' + "[" * lists + "]" * lists + "}",
        ("json", "tables"): '{"a": ' + '{"a": ' * tables + "{}" + "}" * tables + "}",
        ("json", "in strings"): '{"a": "' + "[" * 500 + '\\"[", "b": ' + "[" * lists + '"]}"' + "]" * lists + "}",
        ("toml", "lists"): "a = " + "[" * lists + "]" * lists,
        ("toml", "tables"): "a = " + "{a = " * tables + "{}" + "}" * tables,
        ("toml", "headers"): "[" + ".".join("a" * lists) + "]\nb = 1",
        ("toml", "quoted headers"): "[" + " . ".join(['"a.[b"', "'c'"] * (lists // 2) + ["d"] * (lists % 2)) + "]",
        ("toml", "dots"): ".".join("a" * depth) + " = 1",
        ("toml", "dots in a table"): "a = {" + ".".join("a" * (depth - 1)) + " = 1}",
        ("toml", "headers and lists"): "[a.b.c]\nd = " + "[" * (depth - 4) + "]" * (depth - 4),
        ("toml", "lists of tables"): "[[" + ".".join("a" * (depth - 2)) + "]]\nb = 1",
        ("toml", "in strings"): "a = '''[[[[" + "\n[" * 500 + "''' # [[[[\nb = " + "[" * lists + "']'" + "]" * lists,
        ("yaml", "lists"): "a: " + "[" * lists + "]" * lists,
        ("yaml", "block lists"): "a:\n  " + "- " * lists + "1",
        ("yaml", "tables"): "".join(" " * i + "a:\n" for i in range(depth - 1)) + " " * depth + "a: 1",
        ("yaml", "flow tables"): "a: " + "{a: " * tables + "{}" + "}" * tables,
        ("yaml", "in strings"): "a: '" + "[" * 500 + "' # [[[\nb: " + "[" * lists + '"]"' + "]" * lists,
    }[form, style]


NESTINGS = [
    ("json", "lists"),
    ("json", "tables"),
    ("json", "in strings"),
    ("toml", "lists"),
    ("toml", "tables"),
    ("toml", "headers"),
    ("toml", "quoted headers"),
    ("toml", "dots"),
    ("toml", "dots in a table"),
    ("toml", "headers and lists"),
    ("toml", "lists of tables"),
    ("toml", "in strings"),
    ("yaml", "lists"),
    ("yaml", "block lists"),
    ("yaml", "tables"),
    ("yaml", "flow tables"),
    ("yaml", "in strings"),
]


@pytest.mark.parametrize(("form", "style"), NESTINGS)
def test_nesting_at_the_limit_and_one_beyond(form: str, style: str) -> None:
    read_document(nested(form, style, N).encode(), "f", form)
    with pytest.raises(LimitError, match="spec_nesting"):
        read_document(nested(form, style, N + 1).encode(), "f", form)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("json", '{"a": ' + "[" * 1_000_000),
        ("json", '{"a": ' * 1_000_000),
        ("toml", "a = " + "[" * 1_000_000),
        ("toml", "a = " + "{a = " * 1_000_000),
        ("toml", ".".join("a" * 1_000_000) + " = 1"),
        ("toml", "a = {b = 1, " + ".".join("a" * 1_000_000) + " = 1}"),
        ("toml", "[" + ".".join("a" * 1_000_000) + "]"),
        ("yaml", "a: " + "[" * 1_000_000),
        ("yaml", "a: " + "{a: " * 1_000_000),
        ("yaml", "- " * 1_000_000),
        ("yaml", "? " * 1_000_000),
    ],
    ids=lambda text: text[:12],
)
def test_a_tower_of_brackets_is_stopped_before_the_parser(form: str, text: str) -> None:
    with pytest.raises((LimitError, SpecError)):
        read_document(text.encode(), "f", form)


@pytest.mark.parametrize("form", ["json", "toml", "yaml"])
def test_bytes_at_the_limit_and_one_beyond(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = {"json": '{"a": 1}', "toml": "a = 1", "yaml": "a: 1"}[form].encode()
    monkeypatch.setattr(formats, "LIMITS", LIMITS._replace(spec_bytes=len(text)))
    read_document(text, "f", form)
    with pytest.raises(LimitError, match="spec_bytes"):
        read_document(text + b" ", "f", form)


@pytest.mark.parametrize("form", ["json", "toml", "yaml"])
def test_keys_at_the_limit_and_one_beyond(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LIMITS", LIMITS._replace(spec_keys=3))
    texts = {"json": "{%s}", "toml": "%s", "yaml": "%s"}
    pairs = {
        "json": lambda n: ",".join(f'"k{i}": 1' for i in range(n)),
        "toml": lambda n: "\n".join(f"k{i} = 1" for i in range(n)),
        "yaml": lambda n: "\n".join(f"k{i}: 1" for i in range(n)),
    }[form]
    read_document((texts[form] % pairs(3)).encode(), "f", form)
    with pytest.raises(LimitError, match="spec_keys"):
        read_document((texts[form] % pairs(4)).encode(), "f", form)


def test_a_yaml_bomb_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [lol, lol]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(SpecError, match="anchor") as caught:
        read_document(bomb.encode(), "f", "yaml")
    assert caught.value.line == 1


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system",
        "!!python/name:os.system",
        "!!binary",
        "!!set",
        "!<tag:yaml.org,2002:map>",
        "!",
    ],
)
def test_no_yaml_tag_is_followed(tag: str) -> None:
    with pytest.raises(SpecError):
        read_document(f"a: {tag} [x]\n".encode(), "f", "yaml")


@pytest.mark.parametrize("form", ["json", "toml", "yaml"])
@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xfea\x00", "not UTF-8"),
        (b"a: 1\n\xc0\xaf", "not UTF-8"),
        (b"\xed\xa0\x80", "not UTF-8"),
        (b'{"a": "\x00"}', "NUL"),
        (b"\x00" * 100, "NUL"),
    ],
)
def test_bytes_that_are_no_text(form: str, data: bytes, says: str) -> None:
    with pytest.raises(SpecError, match=says) as caught:
        read_document(data, "f", form)
    assert caught.value.line == data.count(b"\n") + 1


@pytest.mark.parametrize("form", ["json", "toml", "yaml"])
def test_digits_at_the_limit_and_one_beyond(form: str) -> None:
    text = {"json": '{"a": 0.%s}', "toml": "a = 0.%s"}.get(form, "a: 0.%s")
    assert read_document((text % ("1" * LIMITS.spec_digits)).encode(), "f", form).table == {"a": 1 / 9}
    with pytest.raises(LimitError, match="spec_digits"):
        read_document((text % ("1" * (LIMITS.spec_digits + 1))).encode(), "f", form)


@pytest.mark.parametrize("form", ["json", "toml", "yaml"])
@pytest.mark.parametrize("digits", [4_299, 5_000, 1_000_000])
def test_a_number_of_thousands_of_digits_is_no_number(form: str, digits: int) -> None:
    number = "1" * digits
    text = {"json": '{"expression": "x", "variables": {"x": %s}}', "toml": "expression='x'\nvariables.x = %s"}.get(
        form, "expression: x\nvariables: {x: %s}"
    )
    with pytest.raises(GradcliError):
        spec_from_bytes((text % number).encode(), "f", form)


@pytest.mark.parametrize("form", ["json", "toml", "yaml"])
@pytest.mark.parametrize(
    "text", ['{"a": "' + '\\"' * 200_000, 'a = "' + '\\"' * 200_000, '"""' + '\\"' * 200_000, "'" * 99_999]
)
def test_strings_that_never_close(form: str, text: str) -> None:
    with pytest.raises(GradcliError):
        spec_from_bytes(text.encode(), "f", form)


def test_what_a_stranger_wrote_is_shown_escaped() -> None:
    with pytest.raises(GradcliError) as caught:
        spec_from_bytes(b'{"\\u001b[31m\\nexpression": "x"}', "f", "json")
    shown = caught.value.render()
    assert "\x1b" not in shown
    assert "\\x1b[31m\\n" in shown


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no_such.toml: no such file"):
        spec_from_file("no_such.toml")
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    with pytest.raises(UsageError, match="a folder"):
        spec_from_file(str(folder))
    with pytest.raises(UsageError):
        spec_from_file("a\0b.toml")
    with pytest.raises(UsageError):
        spec_from_file("\ud800.toml")
    with pytest.raises(UsageError, match=r"\.toml, \.json"):
        spec_from_file("spec.txt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_make_it_wait(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="not an ordinary file"):
        spec_from_file(str(pipe))
