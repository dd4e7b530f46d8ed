"""Where specs come from: a file, standard input, or a line of a .jsonl.

Nothing is opened that is not an ordinary file, and no more is read than a spec may have.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gradcli.errors import LimitError, Origin, SpecError, UsageError, visible
from gradcli.limits import LIMITS
from gradcli.problems.data import DataFolder
from gradcli.problems.formats import ENDINGS, form_of, read_document
from gradcli.problems.problem import Problem

if TYPE_CHECKING:
    from gradcli.problems.spec import Overrides


def spec_from_file(
    path: str,
    *,
    input_format: str | None = None,
    allow_outside: bool = False,
    overrides: Overrides | None = None,
) -> Problem:
    """The Problem of a spec file.

    Args:
        path: a .toml, .json, .yaml or .yml file, as given.
        input_format: the format, if the ending does not say it.
        allow_outside: whether data files may lie outside of the spec's folder.
        overrides: values and points given beside the spec.

    Raises:
        UsageError: there is no such file, or it cannot be read.
        GradcliError: it is no spec of a problem.
    """
    form = input_format or form_of(path)
    if form is None:
        raise UsageError(f"{path}: a spec's name ends in .toml, .json, .yaml or .yml")
    return spec_from_bytes(
        file_content(path),
        path,
        form,
        folder=os.path.dirname(path) or ".",
        allow_outside=allow_outside,
        overrides=overrides,
    )


def spec_from_bytes(
    data: bytes,
    source: str,
    form: str | None = None,
    *,
    folder: str = ".",
    allow_outside: bool = False,
    overrides: Overrides | None = None,
) -> Problem:
    """The Problem of a spec's bytes.

    Args:
        data: UTF-8.
        source: how it is called in messages and results.
        form: `toml`, `json` or `yaml`; None: `{` begins JSON, else TOML.
        folder: where data files are looked for.
        allow_outside: whether data files may lie outside of `folder`.
        overrides: values and points given beside the spec.
    """
    from gradcli.problems.spec import problem_from_document

    guessed = "json" if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else "toml"
    try:
        document = read_document(data, source, form or guessed)
    except SpecError as error:
        if form is None and guessed == "toml" and error.origin.column is not None and error.hint is None:
            error.hint = "what does not begin with { is read as TOML; --input-format says otherwise"
        raise
    return problem_from_document(document, DataFolder(folder, allow_outside), overrides)


def spec_from_line(
    line: str | bytes,
    path: str,
    number: int,
    *,
    folder: str | None = None,
    allow_outside: bool = False,
    overrides: Overrides | None = None,
) -> Problem:
    """The Problem of one line of a .jsonl.

    Args:
        line: one JSON object.
        path: the .jsonl as given, or `-`.
        number: the line's number, from 1; the problem's source is `PATH:NUMBER`.
        folder: where data files are looked for; default the .jsonl's folder (of `-`: the working folder).
        allow_outside: whether data files may lie outside of it.
        overrides: values and points given beside the spec.
    """
    from gradcli.problems.spec import problem_from_document

    try:
        data = line if isinstance(line, bytes) else line.encode()
    except UnicodeEncodeError:
        raise SpecError("not UTF-8", origin=Origin(path, number)) from None
    document = read_document(data.rstrip(b"\r\n"), path, "json", first_line=number)
    place = DataFolder(folder if folder is not None else os.path.dirname(path) or ".", allow_outside)
    return problem_from_document(document, place, overrides, source=f"{path}:{number}")


def read_stream(stream: BinaryIO, source: str) -> bytes:
    """All of a stream, if it is no larger than a spec may be.

    Raises:
        LimitError: there is more.
    """
    data = stream.read(LIMITS.spec_bytes + 1)
    if len(data) > LIMITS.spec_bytes:
        raise LimitError(f"{source}: larger than the limit of {LIMITS.spec_bytes} bytes (spec_bytes)")
    return data


def file_content(path: str, meant: str = "a spec file") -> bytes:
    """The bytes of an ordinary file that is no larger than a spec may be.

    Raises:
        UsageError: there is none, or it cannot be read; `meant` says what it should be.
        LimitError: it is larger.
    """
    shown = visible(path)
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "not an ordinary file"
            raise UsageError(f"{shown}: {what}, where {meant} is meant")
        with Path(path).open("rb") as stream:
            return read_stream(stream, shown)
    except FileNotFoundError:
        from gradcli.problems.mistaken_source import near_file

        raise UsageError(f"{shown}: no such file", hint=near_file(path, ENDINGS)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{shown}: {reason[:1].lower()}{reason[1:]}") from None
