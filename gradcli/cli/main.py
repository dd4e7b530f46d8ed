"""The program's entry: nothing is imported before an interrupt can be answered in peace."""

from __future__ import annotations

import sys

_COLLECT = (50_000, 20, 50)  #: objects and rounds between collections of garbage


class Terminated(BaseException):
    """SIGTERM arrived; raised wherever the program is, so that temporary files are removed."""


def main(arguments: list[str] | None = None) -> int:
    """Run gradcli on the command line's arguments.

    Args:
        arguments: default `sys.argv[1:]`.

    Returns:
        The exit status, see `exit_codes`.
    """
    try:
        import gc
        import signal

        gc.set_threshold(*_COLLECT)  # imports and trees make many objects and no garbage

        signal.signal(signal.SIGTERM, _terminate)
        from gradcli.cli.program import run
        from gradcli.cli.streams import Streams

        with Streams.of_process() as streams:
            return run(sys.argv[1:] if arguments is None else arguments, streams)
    except KeyboardInterrupt:
        return 130
    except Terminated:
        return 143


def _terminate(_number: int, _frame: object) -> None:
    raise Terminated
