"""A descent for people and for programs: how the value fell, and where the variables came to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from gradcli.errors import visible
from gradcli.report.blocks import ALL_OF_IT, note, plain_table
from gradcli.report.entries import inline, rounded
from gradcli.report.grid import aligned
from gradcli.report.hanging import Hanging
from gradcli.report.json_text import dumps
from gradcli.report.symbols import VERDICT_STYLES, check_sign, symbols_for
from gradcli.result import plain

SCHEMA = "gradcli/descent/1"
_SHOWN = 12  #: states in the table


def descent_table(
    console: Console,
    *,
    output: str,
    steps: Sequence[tuple[int, float, float]],
    final: dict[str, Any],
    unconnected: Sequence[str],
    stopped: str | None,
    verdict: str,
    final_verdict: str,
) -> str:
    """Some of the states (the first, the last, and evenly between), and the final values.

    Args:
        console: gives width, colours and encoding.
        output: what went down.
        steps: number, value and gradient norm of every state.
        final: arrays by variable.
        unconnected: those of them on which the output does not depend.
        stopped: why it ended early.
        verdict: of the gradient at the start.
        final_verdict: of the gradient at the end; told where it is another one.
    """
    symbols = symbols_for(console.encoding)
    states = [steps[k] for k in chosen(len(steps))]
    table = plain_table()
    table.add_column("step", justify="right", no_wrap=True)
    for heading in (visible(output), "norm of the gradient"):
        table.add_column(heading, no_wrap=True)
    values, norms = aligned([rounded(s[1], 12) for s in states]), aligned([rounded(s[2], 6) for s in states])
    for state, value, norm in zip(states, values, norms, strict=True):
        table.add_row(str(state[0]), value, norm)
    with console.capture() as capture:
        if states:
            console.print(table)
            console.print()
        places = {name: inline(plain(value.tolist()), symbols.times) for name, value in final.items()}
        for variable, place in places.items():
            stays = f"   ({visible(output)} is not connected to it: it stays)" if variable in unconnected else ""
            console.print(Hanging(Text.assemble(f"{visible(variable)} = {place}", (stays, "dim"))))
        if any(place.endswith(" numbers") for place in places.values()):
            console.print(note(ALL_OF_IT))
        console.print()
        if stopped is not None:
            console.print(Text(f"{symbols.bad} {stop_sentence(stopped)}", style="bold red"))
        for said, where in ((verdict, "start"), (final_verdict, "end")):
            if where == "start" or said != verdict:
                sign = Text(f"{check_sign(said, symbols)} {said}", style=VERDICT_STYLES.get(said, ""))
                console.print(sign + Text(f": the gradient at the {where}"))
    return "".join(line.rstrip() + "\n" for line in capture.get().splitlines())


def descent_json(
    *,
    source: str,
    output: str,
    rate: float,
    momentum: float,
    steps: Sequence[tuple[int, float, float]],
    final: dict[str, Any],
    unconnected: Sequence[str],
    stopped: str | None,
    verdict: str,
    final_verdict: str,
    ascii_only: bool = False,
) -> str:
    """One strict JSON object with every state and the final values, a line for each state.

    Args:
        source: the expression or the file.
        output: what went down.
        rate: factor of the gradient.
        momentum: how much of the step before was taken again.
        steps: number, value and gradient norm of every state.
        final: arrays by variable.
        unconnected: those of them on which the output does not depend.
        stopped: why it ended early, or None.
        verdict: of the gradient at the start.
        final_verdict: of the gradient at the end.
        ascii_only: escape every character beyond ASCII.
    """

    def line(value: Any) -> str:
        return dumps(plain(value), ascii_only=ascii_only)

    head = {
        "schema": SCHEMA, "source": source, "output": output, "rate": rate, "momentum": momentum,
        "verdict": verdict, "final_verdict": final_verdict, "stopped": stopped, "unconnected": list(unconnected),
    }  # fmt: skip
    states = [line({"step": n, "value": v, "gradient_norm": g}) for n, v, g in steps]
    parts = [f"  {line(key)}: {line(value)}" for key, value in head.items()]
    parts.append('  "steps": [' + ",".join(f"\n    {state}" for state in states) + "\n  ]")
    places = ",".join(f"\n    {line(name)}: {line(value.tolist())}" for name, value in final.items())
    parts.append(f'  "final": {{{places}\n  }}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def stop_sentence(stopped: str) -> str:
    """Why a descent ended early, as its `stopped` tells: `interrupted`, or `stopped at step 3: ...`."""
    return stopped if " " not in stopped else f"stopped at {visible(stopped)}"


def chosen(count: int) -> list[int]:
    """Indices of at most `_SHOWN` of `count` states: every 1st, 2nd, 5th, 10th, 20th, ..., and the last.

    >>> chosen(31)
    [0, 5, 10, 15, 20, 25, 30]
    """
    if count <= _SHOWN:
        return list(range(count))
    strides = (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))
    stride = next(stride for stride in strides if len(range(0, count, stride)) < _SHOWN)
    return sorted({*range(0, count, stride), count - 1})
