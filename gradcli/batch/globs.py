"""Glob patterns that the shell did not expand: `*` and `?` within a name, `**` for any folders between.

The walk follows no links and sees no hidden files, so it ends, whatever the folders hold.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import translate
from re import Pattern
from re import compile as compile_pattern

_SIGNS = "*?["


def is_glob(path: str) -> bool:
    """Whether a path has a sign of a pattern."""
    return any(sign in path for sign in _SIGNS)


def expand(pattern: str, endings: Sequence[str]) -> list[str]:
    """The files with one of `endings` that a pattern matches, sorted by path.

    Args:
        pattern: with at least one of `* ? [`.
        endings: of the names wanted, in lower case.
    """
    parts = os.path.normpath(pattern).split(os.sep)
    fixed = next(i for i, part in enumerate(parts) if is_glob(part))
    base = os.sep.join(parts[:fixed]) or (os.sep if pattern.startswith(os.sep) else "")
    wanted = [None if part == "**" else compile_pattern(translate(part)) for part in parts[fixed:]]
    found: list[tuple[tuple[str, ...], str]] = []
    waiting: list[tuple[tuple[str, ...], str]] = [((), base)]
    while waiting:
        names, folder = waiting.pop()
        try:
            listing = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in listing:
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            below = (*names, entry.name)
            if entry.is_dir():
                if None in wanted or len(below) < len(wanted):
                    waiting.append((below, os.path.join(folder, entry.name)))
            elif entry.name.lower().endswith(tuple(endings)) and _matches(below, wanted):
                found.append((below, os.path.join(folder, entry.name)))
    return [path for _, path in sorted(found)]


def _matches(names: Sequence[str], wanted: Sequence[Pattern[str] | None]) -> bool:
    """Whether the names of a path match the parts of a pattern, None standing for any number of names."""
    reachable = {0}
    for part in wanted:
        if part is None:
            reachable = set(range(min(reachable), len(names) + 1)) if reachable else set()
        else:
            reachable = {at + 1 for at in reachable if at < len(names) and part.match(names[at])}
    return len(names) in reachable
