"""The program's entry: nothing is imported before an interrupt can be answered in peace."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

_COLLECT = (50_000, 20, 50)  #: objects and rounds between collections of garbage


class Terminated(BaseException):
    """SIGTERM arrived; raised wherever the program is, so that temporary files are removed."""


def main() -> NoReturn:
    """Run gradcli on the process's arguments and end the process with its exit status, see `exit_codes`."""
    status = status_of(sys.argv[1:])
    if sys.getprofile() is None and sys.gettrace() is None:
        os._exit(status)  # all is flushed and closed; taking SymPy's objects apart would cost 100 ms
    sys.exit(status)


def status_of(arguments: list[str]) -> int:
    """Run gradcli on these arguments with the process's streams, which are flushed then.

    Args:
        arguments: without the program's name.

    Returns:
        The exit status.
    """
    try:
        import gc
        import signal
        import warnings

        gc.set_threshold(*_COLLECT)  # imports and trees make many objects and no garbage
        if not sys.warnoptions:
            warnings.simplefilter("ignore")  # they are for programmers, and name files of this installation
        signal.signal(signal.SIGTERM, _terminate)
        from gradcli.cli.program import run
        from gradcli.cli.streams import Streams

        with Streams.of_process() as streams:
            return run(arguments, streams)
    except KeyboardInterrupt:
        return 130
    except Terminated:
        return 143


def _terminate(_number: int, _frame: object) -> None:
    raise Terminated
