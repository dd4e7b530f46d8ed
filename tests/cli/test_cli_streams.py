"""Real processes: stdout carries results only, what cannot be written is never exit 0, signals leave no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Process = Callable[..., Any]
QUICK = ("grad", "x^2", "x=3", "--no-check", "--format", "json")
LONG = ("grad", "x^3", "--sweep", "x=0:1:3000", "--no-check", "--format", "jsonl")
posix = pytest.mark.skipif(os.name != "posix", reason="signals and devices of POSIX")


def test_results_on_stdout_and_nothing_on_stderr(process: Process) -> None:
    ran = process(*QUICK)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert json.loads(ran.stdout)["results"][0]["gradient"] == {"x": 6.0}


def test_errors_on_stderr_and_nothing_on_stdout(process: Process) -> None:
    ran = process("grad", "2x", "x=3")
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(b"error: ")
    assert b"\x1b" not in ran.stderr


def test_the_console_script_is_the_same_program(process: Process) -> None:
    script = Path(sys.executable).with_name("gradcli")
    if not script.exists():
        pytest.skip("not installed")
    for arguments in (QUICK, ("grad", "--help"), ("grad", "x +"), ("--version",)):
        ran = subprocess.run([script, *arguments], capture_output=True, timeout=60, check=False)
        same = process(*arguments)
        assert (ran.returncode, ran.stdout, ran.stderr) == (same.returncode, same.stdout, same.stderr)


@posix
def test_a_reader_that_leaves_is_quiet(process: Process) -> None:
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as stream:
        ran = process(*LONG, stdout=stream)
    assert (ran.returncode, ran.stderr) == (141, b"")


@posix
def test_head(process: Process) -> None:
    command = f"{sys.executable} -m gradcli {' '.join(LONG)} | head -n 1"
    ran = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert json.loads(ran.stdout)["point"] == 0


@posix
@pytest.mark.parametrize("arguments", [QUICK, LONG, ("--help",), ("functions",)])
def test_a_full_disk_is_an_error(process: Process, arguments: tuple[str, ...]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with open("/dev/full", "wb") as stream:
        ran = process(*arguments, stdout=stream)
    assert ran.returncode == 74
    assert ran.stderr == b"error: cannot write the result: no space left on device\n"


@posix
@pytest.mark.parametrize("arguments", [QUICK, ("--help",), ("batch", "-")])
def test_a_closed_stdout_is_an_error(arguments: tuple[str, ...]) -> None:
    command = f"{sys.executable} -m gradcli {' '.join(arguments)} </dev/null >&-"
    ran = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, timeout=60, check=False)
    assert ran.returncode == 74
    assert ran.stderr.startswith(b"error: cannot write the result: standard output is closed")


@posix
def test_a_closed_stderr_changes_nothing() -> None:
    command = f"{sys.executable} -m gradcli grad 2x 2>&-"
    assert subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, check=False).returncode == 2


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_without_traceback_and_leaves_no_file(number: int, code: int, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("as it was")
    command = [sys.executable, "-m", "gradcli", "batch", "-", "--no-check", "-o", str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        running.stdin.write(b'{"expression": "x^2", "variables": {"x": 1}}\n')
        running.stdin.flush()
        deadline = time.monotonic() + 30
        while len(os.listdir(tmp_path)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        running.send_signal(number)
        said = running.stderr.read()
        assert running.wait(timeout=30) == code
    assert b"Traceback" not in said
    assert os.listdir(tmp_path) == ["out.jsonl"]
    assert target.read_text() == "as it was"


@posix
def test_records_are_followed_as_they_are_due() -> None:
    command = [sys.executable, "-m", "gradcli", "batch", "-", "--no-check"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for slope in (2.0, 4.0):
            spec = {"expression": "x^2", "variables": {"x": slope / 2}}
            running.stdin.write(json.dumps(spec).encode() + b"\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["gradient"]["x"] == slope
        running.stdin.close()
        assert running.wait(timeout=30) == 0


@posix
@pytest.mark.parametrize("argument", [b"\xff\xfe + x", b"x\xff.toml", b"no\xff.json"])
def test_bytes_that_are_no_text(process: Process, argument: bytes) -> None:
    ran = process("batch" if argument.startswith(b"no") else "grad", argument)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert b"Traceback" not in ran.stderr
    ran.stderr.decode("ascii")


@posix
def test_a_file_whose_name_is_no_text(process: Process, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/a\xff.json"
    try:
        with open(path, "w", encoding="utf-8") as stream:
            stream.write('{"expression": "x^2", "variables": {"x": 1}}')
    except OSError:
        pytest.skip("the file system takes no such name")
    for form in ("json", "jsonl", "csv", "latex", "markdown", "table"):
        ran = process("grad", path, "--no-check", "--format", form)
        assert ran.returncode == 0
        ran.stdout.decode("utf-8")
    assert json.loads(process("grad", path, "--no-check", "--format", "jsonl").stdout)["source"].endswith(
        "a\udcff.json"
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_that_lacks_letters(process: Process, encoding: str) -> None:
    environment = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for form in ("json", "table"):
        ran = process("grad", "α^2*µ", "α=1", "µ=2", "--no-check", "--format", form, environment=environment)
        assert (ran.returncode, ran.stderr) == (0, b"")
        if form == "json":
            assert json.loads(ran.stdout)["results"][0]["source"] == "α^2*µ"


def test_no_colour_into_a_pipe(process: Process) -> None:
    ran = process("grad", "x^2", "x=3", "--no-check")
    assert b"\x1b" not in ran.stdout + ran.stderr


def test_colours_on_a_terminal_unless_declined(gradcli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in gradcli("grad", "x^2", "x=3", "--no-check", terminal=True).out
    assert gradcli("grad", "2x", terminal=True).err.startswith("\x1b[1;31merror:\x1b[0m ")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in gradcli("grad", "x^2", "x=3", "--no-check", terminal=True).out
    assert gradcli("grad", "2x", terminal=True).err.startswith("error: ")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in gradcli("grad", "2x", terminal=True).err


def test_an_internal_error_is_one_line_unless_debugged(
    gradcli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("planted \x1b[31m")

    monkeypatch.setattr("gradcli.solve.solve", fail)
    ran = gradcli("grad", "x", "x=1")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (70, "", 1)
    assert "internal error: ZeroDivisionError: planted \\x1b[31m" in ran.err
    assert "--debug" in ran.err
    debugged = gradcli("grad", "x", "x=1", "--debug")
    assert debugged.code == 70
    assert "Traceback" in debugged.err


def test_an_interrupt_is_130(gradcli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gradcli.solve.solve", interrupt)
    assert gradcli("grad", "x", "x=1") == (130, "", "interrupted\n")
