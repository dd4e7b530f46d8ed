"""Results to stdout as they are due, or to a file that appears whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Protocol

from gradcli.cli.streams import OutputError, Streams, reason
from gradcli.errors import UsageError, visible


class Output(Protocol):
    """Takes a report's pieces."""

    def write(self, text: str) -> None:
        """Take one piece."""


@contextmanager
def open_output(path: str | None, streams: Streams, *, live: bool = False) -> Iterator[Output]:
    """The place for results: stdout without a `path`, else the file, complete when the block ends.

    An exception inside the block leaves the file as it was.

    Args:
        path: of `-o`, or None.
        streams: for stdout.
        live: every piece is flushed at once, for a reader who follows.

    Raises:
        UsageError: the file cannot be made there; raised before the block runs.
        OutputError: writing failed.
    """
    if path is None:
        yield _Stdout(streams, live)
        streams.write("", flush=True)
        return
    mode = _check_target(path)
    replace = mode is None or stat.S_ISREG(mode)  # a device or a pipe cannot be replaced
    # a link stays one; the link that a shell makes to a pipe (>(gzip)) is the pipe's only name
    target = os.path.realpath(path) if replace else path
    beside = os.path.join(os.path.dirname(target), f".gradcli-{os.urandom(6).hex()}.tmp") if replace else target
    flags = os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | (os.O_CREAT | os.O_EXCL if replace else 0)
    file: _File | None = None
    try:  # from here on an interrupt finds the temporary file and removes it
        file = _create(beside, flags, path)
        yield file
        file.finish(stat.S_IMODE(mode) if replace and mode is not None else None, durable=replace)
        if replace:
            _rename(beside, target, path)
    except BaseException:
        if file is not None:
            file.abandon()
        if replace:
            with suppress(OSError):
                os.unlink(beside)
        raise


def keep_specs(path: str | None, sources: Iterable[str]) -> None:
    """See that the file for a result is not a spec that it would replace.

    Args:
        path: of `-o`, or None.
        sources: what is read, as typed.

    Raises:
        UsageError: it is one of them, or a file that only a spec is called as: `-o *.toml` names one by accident.
    """
    if path is None or not os.path.isfile(path):
        return
    from gradcli.problems.formats import form_of

    read = any(os.path.isfile(source) and os.path.samefile(path, source) for source in sources)
    if read or form_of(path) in ("toml", "yaml"):
        raise UsageError(f"-o {visible(path)}: is a spec, and a result would replace it", hint="name another file")


def require_toml(path: str | None) -> None:
    """See that a file that is to hold a spec in TOML is not named as if it held another format.

    Raises:
        UsageError: its name ends in .json, .yaml or .yml.
    """
    from gradcli.problems.formats import form_of

    form = form_of(path or "")
    if form not in (None, "toml"):
        assert path is not None
        better = visible(os.path.splitext(path)[0] + ".toml")
        raise UsageError(f"-o {visible(path)}: the spec is written in TOML", hint=f"name it {better}")


class _Stdout:
    def __init__(self, streams: Streams, live: bool) -> None:
        self._streams, self._live = streams, live

    def write(self, text: str) -> None:
        self._streams.write(text, flush=self._live)


class _File:
    """A file being written; each failure is an OutputError that names it as typed."""

    def __init__(self, stream: BinaryIO, path: str) -> None:
        self._stream, self._path = stream, path

    def write(self, text: str) -> None:
        try:
            self._stream.write(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise _not_written(self._path, error) from None

    def finish(self, mode: int | None, *, durable: bool) -> None:
        """Get everything to the disk, with the permissions `mode`, and close."""
        try:
            self._stream.flush()
            if mode is not None:
                os.chmod(self._stream.fileno(), mode)
            if durable:
                os.fsync(self._stream.fileno())
            self._stream.close()
        except OSError as error:
            raise _not_written(self._path, error) from None

    def abandon(self) -> None:
        """Close without caring for what is lost."""
        with suppress(OSError):
            self._stream.close()


def _create(beside: str, flags: int, path: str) -> _File:
    try:
        return _File(os.fdopen(os.open(beside, flags, 0o666), "wb"), path)
    except OSError as error:
        raise UsageError(f"{visible(path)}: cannot be written: {reason(error)}") from None


def _rename(beside: str, target: str, path: str) -> None:
    """Put the complete file in its place, durably where the system can."""
    try:
        os.replace(beside, target)
    except OSError as error:
        raise _not_written(path, error) from None
    with suppress(OSError):
        folder = os.open(os.path.dirname(target), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _not_written(path: str, error: OSError) -> OutputError:
    return OutputError(f"{visible(path)}: cannot be written: {reason(error)}")


def _check_target(path: str) -> int | None:
    """The mode of what stands at `path`, None for nothing; an error where no file can be made."""
    shown = visible(path)
    if not path or path.endswith(os.sep):
        raise UsageError(f"-o {shown}: not a file's name")
    try:
        mode: int | None = os.stat(path).st_mode
    except FileNotFoundError:
        mode = None
    except (OSError, ValueError) as error:
        raise UsageError(f"{shown}: cannot be written: {reason(error)}") from None
    if mode is not None and stat.S_ISDIR(mode):
        raise UsageError(f"{shown}: is a folder", hint="-o names a file")
    folder = os.path.dirname(os.path.realpath(path))
    if mode is None and not os.path.isdir(folder):
        named = folder if os.path.islink(path) else os.path.dirname(path)
        raise UsageError(f"{shown}: there is no folder {visible(named)}")
    if mode is not None and not os.access(path, os.W_OK):
        raise UsageError(f"{shown}: cannot be written: permission denied")
    return mode
