"""Where results and words go: stdout carries results only, everything else is said on stderr."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import BinaryIO, TextIO

from gradcli.cli.exit_codes import NOT_WRITTEN
from gradcli.errors import GradcliError

_RED, _PLAIN = "\x1b[1;31m", "\x1b[0m"


class OutputError(GradcliError):
    """A result that could not be written."""

    exit_code = NOT_WRITTEN
    kind = "output"


class Streams:
    """The three standard streams, passed in so that tests swap them; None where the caller closed one."""

    def __init__(self, out: TextIO | None, err: TextIO | None, stdin: BinaryIO | None = None) -> None:
        self.out, self.err, self.stdin = out, err, stdin

    @classmethod
    def of_process(cls) -> Streams:
        """The process's own streams, set to escape what their encoding cannot hold."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        return cls(sys.stdout, sys.stderr, getattr(sys.stdin, "buffer", None))

    def __enter__(self) -> Streams:
        return self

    def __exit__(self, *_: tuple[type[BaseException], BaseException, TracebackType]) -> None:
        """Flush what is left; what cannot be flushed is dropped, so that the interpreter does not fail on it."""
        for stream in (self.out, self.err):
            try:
                if stream is not None:
                    stream.flush()
            except (OSError, ValueError):
                _drop(stream)

    def write(self, text: str, *, flush: bool = False) -> None:
        """Write results.

        Raises:
            BrokenPipeError: the reader went away.
            OutputError: any other failure.
        """
        if self.out is None:
            raise OutputError("cannot write the result: standard output is closed")
        try:
            self.out.write(text)
            if flush:
                self.out.flush()
        except BrokenPipeError:
            raise
        except (OSError, ValueError) as error:
            _drop(self.out)
            raise OutputError(f"cannot write the result: {reason(error)}") from None

    def say(self, text: str) -> None:
        """Write lines for a person to stderr; if that fails there is nobody to tell."""
        if self.err is None:
            return
        try:
            self.err.write(text + "\n")
            self.err.flush()
        except (OSError, ValueError):
            _drop(self.err)

    def complain(self, text: str) -> None:
        """Say an error whose text begins with `error:`, in red on a terminal that takes colours."""
        if self.colours and text.startswith("error:"):
            text = f"{_RED}error:{_PLAIN}{text.removeprefix('error:')}"
        self.say(text)

    @property
    def ascii_only(self) -> bool:
        """Whether stdout's encoding may lack a character of JSON."""
        return not (getattr(self.out, "encoding", None) or "utf-8").lower().replace("_", "-").startswith("utf")

    @property
    def colours(self) -> bool:
        """Whether stderr is a terminal that wants colours."""
        if self.err is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return self.err.isatty()

    def drop_output(self) -> None:
        """Let whatever is still buffered for stdout disappear."""
        _drop(self.out)


def _drop(stream: TextIO | None) -> None:
    """Point a broken stream's descriptor at the null device: closing it cannot fail any more."""
    try:
        if stream is not None:
            descriptor = stream.fileno()
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, descriptor)
            os.close(null)
    except (OSError, ValueError):
        return


def reason(error: BaseException) -> str:
    """What the system says went wrong, in lower case."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
