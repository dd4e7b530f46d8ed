"""The console examples of the README and the guides, run in this process: a test compares what they print, or it is
refreshed.

A block of the kind `console` holds lines that begin with `$ `, each followed by what it prints, errors included.
Four commands are understood: `gradcli`, `cat FILE`, `cat > FILE <<'END'` and `echo $?`.
"""

from __future__ import annotations

import io
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"^```(?P<kind>[\w-]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"\bin \d+\.\d s$", re.MULTILINE)
_INTO_FILE = re.compile(r"cat > (\S+) <<'(\w+)'")


class Example(NamedTuple):
    """One command of a console block.

    Attributes:
        line: where it stands.
        command: without its `$ `.
        document: the lines of the file that it writes, with their end marker.
        printed: what follows, without line breaks at the end.
        gap: blank lines before the next command.
    """

    line: int
    command: str
    document: str
    printed: str
    gap: str

    def text(self, printed: str) -> str:
        """The example as it is written in a console block, with this output."""
        return f"$ {self.command}\n{self.document}{printed}" + ("\n" if printed else "") + self.gap


def blocks(text: str, kind: str) -> Iterator[tuple[int, str]]:
    """The fenced blocks of a kind: number of the first line inside, and the text."""
    for found in BLOCK.finditer(text):
        if found["kind"] == kind:
            yield text.count("\n", 0, found.start("body")) + 1, found["body"]


def examples(body: str, first_line: int = 1) -> list[Example]:
    """The commands of one console block.

    Raises:
        ValueError: if it does not begin with one.
    """
    if not body.startswith("$ "):
        raise ValueError(f"line {first_line}: a console block begins with a command")
    found = []
    lines = body.splitlines(keepends=True)
    starts = _commands(lines)
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        command = lines[start][2:].rstrip("\n")
        into = _INTO_FILE.fullmatch(command)
        end = start + 1 + (lines[start + 1 :].index(f"{into[2]}\n") + 1 if into else 0)
        output = "".join(lines[end:stop])
        printed = output.rstrip("\n")
        gap = output[len(printed) + (1 if printed else 0) :]
        found.append(Example(first_line + start, command, "".join(lines[start + 1 : end]), printed, gap))
    return found


def _commands(lines: list[str]) -> list[int]:
    """Positions of the lines that are commands, not lines of a file that is being written."""
    starts = []
    closing = None
    for position, line in enumerate(lines):
        if closing is not None:
            closing = None if line == closing else closing
        elif line.startswith("$ "):
            starts.append(position)
            into = _INTO_FILE.fullmatch(line[2:].rstrip("\n"))
            closing = f"{into[2]}\n" if into else None
    return starts


class Shell:
    """Runs examples one after the other in a folder, and remembers the exit status of the last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.status = 0

    def run(self, example: Example) -> str:
        """What the example prints, stdout and stderr in one, without line breaks at the end.

        Raises:
            ValueError: the command is none of the four.
            RuntimeError: gradcli failed by an error of its own, which no guide shows.
        """
        if into := _INTO_FILE.fullmatch(example.command):
            lines = example.document.splitlines(keepends=True)[:-1]
            (self.folder / into[1]).write_text("".join(lines), encoding="utf-8")
            return ""
        match shlex.split(example.command):
            case ["cat", name]:
                return (self.folder / name).read_text(encoding="utf-8").rstrip("\n")
            case ["echo", "$?"]:
                return str(self.status)
            case ["gradcli", *arguments]:
                return self._gradcli(arguments)
        raise ValueError(f"line {example.line}: no example can be {example.command!r}")

    def _gradcli(self, arguments: list[str]) -> str:
        from gradcli.cli.exit_codes import INTERNAL
        from gradcli.cli.program import run
        from gradcli.cli.streams import Streams

        out = io.StringIO()
        back, columns = os.getcwd(), os.environ.pop("COLUMNS", None)
        os.chdir(self.folder)
        try:
            self.status = run(arguments, Streams(out, out, io.BytesIO()))
        finally:
            os.chdir(back)
            if columns is not None:
                os.environ["COLUMNS"] = columns
        if self.status == INTERNAL:
            raise RuntimeError(f"gradcli {shlex.join(arguments)}: {out.getvalue()}")
        return out.getvalue().rstrip("\n")


def comparable(printed: str) -> str:
    """What an example printed, without the one thing that may differ: how long a batch took."""
    return _SECONDS.sub("in ... s", printed)


def refreshed(text: str, folder: Path) -> str:
    """A guide with what its console examples print now."""
    shell = Shell(folder)

    def block(found: re.Match[str]) -> str:
        if found["kind"] != "console":
            return found[0]
        first = text.count("\n", 0, found.start("body")) + 1
        parts = []
        for example in examples(found["body"], first):
            printed = shell.run(example)
            if comparable(printed) == comparable(example.printed):
                printed = example.printed
            parts.append(example.text(printed))
        return "```console\n" + "".join(parts) + "```"

    return BLOCK.sub(block, text)
