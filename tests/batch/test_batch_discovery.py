"""Which specs a batch finds: folders in sorted order, globs, lines, and nothing hidden, linked or written by itself."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from gradcli.batch.discovery import discover, walk
from gradcli.batch.globs import expand
from gradcli.errors import UsageError
from gradcli.limits import LIMITS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Specs, data and things to be left alone; the working folder is set to it."""
    for name in ("b.toml", "a.json", "a/z.yaml", "a/b/c.yml", "a-b/d.toml", "x.JSON", "data.csv", "w.npy", "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    for name in (".hidden.toml", ".git/e.toml", "a/.f.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "lines.jsonl").write_bytes(b'{"a": 1}\n\n  \n{"b": 2}\r\n{"c": 3}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sources(*paths: str, stdin: bytes | None = None, leave_out: str | None = None) -> list[str]:
    stream = None if stdin is None else io.BytesIO(stdin)
    return [found.source for found in discover(paths, stream, leave_out=leave_out)]


SPECS = ["a/b/c.yml", "a/z.yaml", "a-b/d.toml", "a.json", "b.toml", "x.JSON"]


def test_a_folder_is_walked_in_sorted_order(folder: Path) -> None:
    found = sources(".")
    assert found == [f"./{name}" for name in SPECS[:5]] + [
        "./lines.jsonl:1",
        "./lines.jsonl:4",
        "./lines.jsonl:5",
        "./x.JSON",
    ]
    assert sources("a", "b.toml") == ["a/b/c.yml", "a/z.yaml", "b.toml"]
    assert sources("a/") == ["a/b/c.yml", "a/z.yaml"]


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_links_are_followed_only_when_they_are_named(folder: Path) -> None:
    (folder / "a" / "loop").symlink_to(folder)
    (folder / "a" / "link.toml").symlink_to(folder / "b.toml")
    assert walk("a") == ["a/b/c.yml", "a/z.yaml"]
    assert expand("a/**/*.toml", (".toml",)) == []
    assert sources("a/link.toml") == ["a/link.toml"]


def test_a_named_file_is_a_spec_whatever_its_name(folder: Path) -> None:
    assert sources("data.csv", ".hidden.toml") == ["data.csv", ".hidden.toml"]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*.toml", ["b.toml"]),
        ("*", ["a.json", "b.toml", "lines.jsonl:1", "lines.jsonl:4", "lines.jsonl:5", "x.JSON"]),
        ("**/*.y*ml", ["a/b/c.yml", "a/z.yaml"]),
        ("**", [*SPECS[:5], "lines.jsonl:1", "lines.jsonl:4", "lines.jsonl:5", "x.JSON"]),
        ("a*/?.toml", ["a-b/d.toml"]),
        ("a/**/c.yml", ["a/b/c.yml"]),
        ("a/**/b/**/*", ["a/b/c.yml"]),
        ("[ab].*", ["a.json", "b.toml"]),
        ("./*.json", ["a.json"]),
    ],
)
def test_globs(folder: Path, pattern: str, matches: list[str]) -> None:
    assert sources(pattern) == matches


def test_an_absolute_glob(folder: Path) -> None:
    assert sources(str(folder / "*.toml")) == [str(folder / "b.toml")]


def test_a_file_whose_name_looks_like_a_glob(folder: Path) -> None:
    (folder / "b[1].toml").write_text("")
    assert sources("b[1].toml") == ["b[1].toml"]


def test_a_path_that_does_not_exist_is_told_before_any_work(folder: Path) -> None:
    for paths, says in [
        (["b.toml", "no.toml"], "no.toml: no such file or folder"),
        (["b.toml", "no*.toml"], "no*.toml: matches no spec"),
        (["-"], "standard input"),
    ]:
        with pytest.raises(UsageError) as caught:
            discover(paths)
        assert says in caught.value.message


def test_folders_without_any_spec_are_told_before_any_work(folder: Path) -> None:
    (folder / "none" / "below").mkdir(parents=True)
    (folder / "none" / "below" / "data.csv").write_text("x\n1\n")
    with pytest.raises(UsageError, match="none, none/below: no spec is found there"):
        discover(["none", "none/below"])
    assert sources("none", "b.toml") == ["b.toml"]


def test_stdin_is_read_once(folder: Path) -> None:
    assert sources("-", "b.toml", stdin=b"{}\n\n{}") == ["-:1", "-:3", "b.toml"]
    with pytest.raises(UsageError, match="only once"):
        sources("-", "-", stdin=b"")


def test_the_file_being_written_is_no_spec(folder: Path) -> None:
    (folder / "out.jsonl").write_text('{"verdict": "verified"}\n')
    assert "./out.jsonl:1" in sources(".")
    assert "./out.jsonl:1" not in sources(".", leave_out="a/../out.jsonl")
    assert "out.jsonl:1" not in sources("*.jsonl", leave_out="out.jsonl")


def test_lines_are_read_as_they_are_needed(folder: Path) -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            buffer[:3] = b"{}\n"
            return 3

    specs = discover(["-"], io.BufferedReader(Endless()))
    assert [next(specs).source for _ in range(3)] == ["-:1", "-:2", "-:3"]


def test_a_line_at_the_limit_and_one_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.batch.discovery.LIMITS", LIMITS._replace(spec_bytes=10))
    lines = b"a" * 10 + b"\n" + b"b" * 11 + b"\n" + b"c" * 3_000_000 + b"\nd\n" + b"e" * 10
    found = list(discover(["-"], io.BytesIO(lines)))
    assert [(one.number, one.fault is None) for one in found] == [
        (1, True),
        (2, False),
        (3, False),
        (4, True),
        (5, True),
    ]
    assert "spec_bytes" in str(found[1].fault)
