"""`-o FILE`: whole or not at all, in the place and with the permissions a person expects."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
GRAD = ("grad", "x^2", "x=3", "--no-check", "--format", "json")


def test_the_file_is_written_and_stdout_stays_empty(gradcli: Run, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    ran = gradcli(*GRAD, "-o", str(file))
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"{file}: 1 record, unchecked\n"
    assert json.loads(file.read_text())["results"][0]["gradient"] == {"x": 6.0}
    assert os.listdir(tmp_path) == ["out.json"]
    assert gradcli(*GRAD, "-o", str(file), "--quiet") == (0, "", "")


@pytest.mark.parametrize("command", ["grad", "check", "batch"])
def test_no_result_replaces_a_spec(gradcli: Run, tmp_path: Path, command: str) -> None:
    text = '{"expression": "x^2", "variables": {"x": 1}, "claims": {"gradient": {"x": "2*x"}}}'
    for name in ("read.json", "other.toml", "results.json"):
        (tmp_path / name).write_text(text)
    for name in ("read.json", "other.toml"):
        ran = gradcli(command, str(tmp_path / "read.json"), "-o", str(tmp_path / name))
        assert (ran.code, ran.out) == (2, "")
        assert "is a spec, and a result would replace it" in ran.err
        assert (tmp_path / name).read_text() == text
    for name in ("results.json", "new.toml"):
        assert gradcli(command, str(tmp_path / "read.json"), "-o", str(tmp_path / name)).code == 0
        assert (tmp_path / name).read_text() not in ("", text)


def test_every_format_is_the_same_in_a_file(gradcli: Run, tmp_path: Path) -> None:
    for form in ("table", "json", "jsonl", "csv", "latex", "markdown"):
        file = tmp_path / form
        gradcli("grad", "x^2", "x=3", "--no-check", "--format", form, "-o", str(file))
        assert file.read_text(encoding="utf-8") == gradcli("grad", "x^2", "x=3", "--no-check", "--format", form).out


def test_a_failure_leaves_what_was_there(gradcli: Run, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert gradcli("grad", "2x", "-o", str(file)).code == 2
    assert os.listdir(tmp_path) == []
    file.write_text("as it was")
    assert gradcli("grad", "2x", "-o", str(file)).code == 2
    assert file.read_text() == "as it was"
    assert os.listdir(tmp_path) == ["out.json"]


def test_a_place_where_no_file_can_be_is_told_before_computing(
    gradcli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradcli.solve.solve", lambda *_: pytest.fail("computed"))
    (tmp_path / "file").write_text("")
    for place, says in [("no/such/out.json", "there is no folder"), ("", "not a file's name"), ("file/x", "no")]:
        ran = gradcli(*GRAD, "-o", str(tmp_path / place) if place else place)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err
    ran = gradcli(*GRAD, "-o", str(tmp_path))
    assert ran.code == 2
    assert "is a folder" in ran.err


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_permissions(gradcli: Run, tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.write_text("")
    old.chmod(0o604)
    before = os.umask(0o027)
    try:
        for file in (new, old):
            assert gradcli(*GRAD, "-o", str(file)).code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(new.stat().st_mode) == 0o640
    assert stat.S_IMODE(old.stat().st_mode) == 0o604


@pytest.mark.skipif(os.name != "posix", reason="links and devices of POSIX")
def test_a_link_stays_a_link_and_a_device_a_device(gradcli: Run, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("")
    link.symlink_to(target)
    assert gradcli(*GRAD, "-o", str(link)).code == 0
    assert link.is_symlink()
    assert json.loads(target.read_text())["verdict"] == "unchecked"
    assert gradcli(*GRAD, "-o", "/dev/null").code == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    if os.path.exists("/dev/full"):
        ran = gradcli(*GRAD, "-o", "/dev/full")
        assert (ran.code, ran.out) == (74, "")
        assert "no space left on device" in ran.err
        assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="pipes with a name in /dev/fd")
def test_a_pipe_of_the_shell_is_written_into(gradcli: Run, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    try:
        ran = gradcli(*GRAD, "-o", f"/dev/fd/{writing}")
        assert ran == (0, "", f"/dev/fd/{writing}: 1 record, unchecked\n")
        assert json.loads(os.read(reading, 65536))["verdict"] == "unchecked"
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_to_nowhere_names_the_folder_that_is_missing(gradcli: Run, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("nowhere/file")
    ran = gradcli(*GRAD, "-o", str(link))
    assert (ran.code, ran.out) == (2, "")
    assert f"there is no folder {tmp_path.resolve()}/nowhere\n" in ran.err


def test_a_disk_that_fills_up_leaves_what_was_there(
    gradcli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "out.json"
    file.write_text("as it was")
    monkeypatch.setattr(os, "fsync", full)
    ran = gradcli(*GRAD, "-o", str(file))
    assert ran.code == 74
    assert f"{file}: cannot be written: no space left on device" in ran.err
    assert os.listdir(tmp_path) == ["out.json"]
    assert file.read_text() == "as it was"
