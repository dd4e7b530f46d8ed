"""Two ways to run the program: in this process with streams that are swapped, and as a process of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gradcli.cli.program import run
from gradcli.cli.streams import Streams

ROOT = Path(__file__).parents[2]


class Ran(NamedTuple):
    """What a run came to."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def gradcli() -> Callable[..., Ran]:
    """Runs the program in this process: `gradcli("grad", "x^2", stdin=b"...")`."""

    def call(*arguments: str, stdin: bytes | None = b"", terminal: bool = False) -> Ran:
        out, err = (Terminal(), Terminal()) if terminal else (io.StringIO(), io.StringIO())
        code = run(arguments, Streams(out, err, None if stdin is None else io.BytesIO(stdin)))
        return Ran(code, out.getvalue(), err.getvalue())

    return call


@pytest.fixture
def process() -> Callable[..., Any]:
    """Runs `python -m gradcli` with the bytes and streams of a real process."""

    def call(*arguments: str | bytes, timeout: float = 60, **options: Any) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-W", "error", "-m", "gradcli", *arguments]
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        options.setdefault("stdin", subprocess.DEVNULL) if "input" not in options else None
        environment = os.environ | {"PYTHONPATH": str(ROOT)} | options.pop("environment", {})
        return subprocess.run(command, env=environment, timeout=timeout, check=False, **options)

    return call
