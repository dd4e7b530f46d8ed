"""Which specs a batch's paths stand for: files, folders, globs, lines of a .jsonl and lines on stdin.

Paths are checked before any work; specs are then yielded one by one, so that a file of 10^6
lines is never in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO

from gradcli.batch.globs import expand, is_glob
from gradcli.errors import GradcliError, LimitError, Origin, SpecError, UsageError, visible
from gradcli.limits import LIMITS
from gradcli.problems.problem import Problem

if TYPE_CHECKING:
    from gradcli.problems.spec import Overrides

LINES = ".jsonl"
ENDINGS = (".toml", ".json", ".yaml", ".yml", LINES)


@dataclass(frozen=True, slots=True)
class Found:
    """One spec that was found, not read yet.

    Attributes:
        path: the file as given, or `-`.
        number: the 1-based line of a .jsonl; None for a file that is one spec.
        line: the bytes of that line.
        fault: why there is nothing to read.
    """

    path: str
    number: int | None = None
    line: bytes | None = None
    fault: GradcliError | None = None

    @property
    def source(self) -> str:
        """How results name it: the file, or `FILE:LINE`."""
        return self.path if self.number is None else f"{self.path}:{self.number}"

    def read(self, *, allow_outside: bool = False, overrides: Overrides | None = None) -> Problem:
        """The problem this spec states, with points given beside it.

        Raises:
            GradcliError: it is none.
        """
        from gradcli.problems.reading import spec_from_file, spec_from_line

        if self.fault is not None:
            raise self.fault
        if self.number is not None and self.line is not None:
            return spec_from_line(self.line, self.path, self.number, allow_outside=allow_outside, overrides=overrides)
        if not self.path.lower().endswith(ENDINGS):
            raise SpecError("not a spec: its name ends in none of " + " ".join(ENDINGS), origin=Origin(self.path))
        return spec_from_file(self.path, allow_outside=allow_outside, overrides=overrides)


def discover(paths: Iterable[str], stdin: BinaryIO | None = None, *, leave_out: str | None = None) -> Iterator[Found]:
    """The specs that `paths` stand for, in order.

    Args:
        paths: files, folders (walked recursively in sorted order, without hidden files and links),
            glob patterns that the shell did not expand, or `-` for lines on stdin.
        stdin: read for `-`.
        leave_out: the file being written, which is no spec although a folder may hold it.

    Raises:
        UsageError: at once, if a path does not exist, a pattern matches nothing, the folders hold no spec at all (a
            batch of none would succeed), or there is no stdin.
    """
    files: list[str] = []
    given = list(paths)
    for path in given:
        if path == "-":
            if stdin is None:
                raise UsageError("-: there is no standard input")
            if path in files:
                raise UsageError("-: standard input can be read only once")
            files.append(path)
        elif os.path.isdir(path):
            files += _without(walk(path), leave_out)
        elif os.path.exists(path):
            files.append(path)
        elif is_glob(path):
            matches = _without(expand(path, ENDINGS), leave_out)
            if not matches:
                raise UsageError(f"{visible(path)}: matches no spec")
            files += matches
        else:
            raise UsageError(f"{visible(path)}: no such file or folder")
    if not files:
        raise UsageError(
            f"{', '.join(map(visible, given))}: no spec is found there",
            hint=f"the name of a spec ends in {', '.join(ENDINGS)}",
        )
    return _specs(files, stdin)


def _without(files: list[str], left_out: str | None) -> list[str]:
    if left_out is None:
        return files
    target = os.path.realpath(left_out)
    return [path for path in files if os.path.realpath(path) != target]


def walk(folder: str) -> list[str]:
    """Files with a spec's ending below a folder, sorted by path; hidden ones and links are left out.

    Raises:
        UsageError: the folder itself cannot be listed.
    """
    found: list[tuple[tuple[str, ...], str]] = []
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            with os.scandir(current) as listing:
                for entry in listing:
                    if entry.name.startswith(".") or entry.is_symlink():
                        continue
                    path = os.path.join(current, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    elif entry.name.lower().endswith(ENDINGS) and entry.is_file(follow_symlinks=False):
                        found.append((PurePath(path).parts, path))
        except OSError as error:
            raise UsageError(f"{visible(current)}: cannot be listed: {error.strerror}") from None
    return [path for _, path in sorted(found)]


def _specs(files: Iterable[str], stdin: BinaryIO | None) -> Iterator[Found]:
    for path in files:
        if path == "-":
            assert stdin is not None
            yield from _lines(path, stdin)
        elif path.lower().endswith(LINES):
            try:
                stream = open(path, "rb")  # noqa: SIM115 (closed below; an error of opening is a record)
            except OSError as error:
                yield Found(path, fault=SpecError(f"{visible(path)}: {error.strerror}"))
                continue
            with stream:
                yield from _lines(path, stream)
        else:
            yield Found(path)


def _lines(path: str, stream: BinaryIO) -> Iterator[Found]:
    """The lines that are not blank, numbered as an editor numbers them."""
    number = 0
    while line := stream.readline(LIMITS.spec_bytes + 1):
        number += 1
        if len(line) > LIMITS.spec_bytes and not line.endswith(b"\n"):
            while (rest := stream.readline(1 << 20)) and not rest.endswith(b"\n"):
                continue
            fault = LimitError(
                f"the line is longer than the limit of {LIMITS.spec_bytes} bytes (spec_bytes)",
                origin=Origin(path, number),
            )
            yield Found(path, number, fault=fault)
        elif line.strip():
            yield Found(path, number, line)
