"""A SOURCE that was meant as a file: what to say where it is a folder, or where a name is nearly that of a spec."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress

from gradcli.errors import UsageError, visible
from gradcli.language.names import is_name
from gradcli.language.suggest import did_you_mean

_LISTED = 2000  #: names of a folder that are looked at


def refuse_folder(source: str, given: Collection[str], endings: Collection[str]) -> None:
    """Refuse a folder where an expression or a spec is meant.

    Args:
        source: as typed. A bare name is the folder of that name, unless it has a value.
        given: names with values.
        endings: of specs.

    Raises:
        UsageError: it is a folder.
    """
    name = source.rstrip("/" + os.sep)
    bare = is_name(source)
    if (bare and source in given) or not (bare or _is_path(source)):
        return
    if not os.path.isdir(source) or (bare and not _specs(source, endings)):
        return
    shown = visible(source)
    raise UsageError(f"{shown} is a folder", hint=f"every spec in it: gradcli batch {visible(name) or shown}")


def near_file(source: str, endings: Collection[str]) -> str | None:
    """What to do about a path that is no file, or None if it is no path: the nearest spec beside it.

    Args:
        source: as typed.
        endings: of specs.
    """
    if not _is_path(source):
        return None
    folder, name = os.path.split(source)
    if folder and not os.path.isdir(folder):
        return f"there is no folder {visible(folder)}"
    near = did_you_mean(name, _specs(folder or ".", endings))
    return None if near is None else f"did you mean the file '{visible(os.path.join(folder, near))}'?"


def is_like_file(source: str) -> bool:
    """Whether a text that is no expression looks like a path: a word with an ending, perhaps in folders."""
    folder, name = os.path.split(source)
    stem, dot, ending = name.rpartition(".")
    return _is_path(source) and bool(stem and dot) and ending.isalpha() and (not folder or os.path.isdir(folder))


def _is_path(source: str) -> bool:
    """Whether a text may be a path: no blanks, brackets or operators but the slash and the minus."""
    return bool(source) and len(source) < 4096 and not set(source) & set(" ()[]{}^*+=<>,'\"\n\0")


def _specs(folder: str, endings: Collection[str]) -> list[str]:
    found: list[str] = []
    with suppress(OSError, ValueError), os.scandir(folder) as entries:
        for _, entry in zip(range(_LISTED), entries, strict=False):
            if entry.name.lower().endswith(tuple(endings)):
                found.append(entry.name)
    return sorted(found)
