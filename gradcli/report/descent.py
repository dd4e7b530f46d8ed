"""A descent for people and for programs: how the value fell, and where the variables came to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradcli.errors import visible
from gradcli.report.symbols import symbols_for
from gradcli.result import plain

SCHEMA = "gradcli/descent/1"
_SHOWN = 12  #: states in the table
_ENTRIES = 8  #: entries of an array that are written out


def descent_table(
    console: Console,
    *,
    output: str,
    steps: Sequence[tuple[int, float, float]],
    final: dict[str, Any],
    stopped: str | None,
    verdict: str,
) -> str:
    """Some of the states (the first, the last, and evenly between), and the final values.

    Args:
        console: gives width, colours and encoding.
        output: what went down.
        steps: number, value and gradient norm of every state.
        final: arrays by variable.
        stopped: why it ended early.
        verdict: of the gradient at the start.
    """
    name = visible(output)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("step", name, "norm of the gradient"):
        table.add_column(heading, justify="right", no_wrap=True)
    for k in chosen(len(steps)):
        number, value, norm = steps[k]
        table.add_row(str(number), f"{value:.12g}", f"{norm:.6g}")
    symbols = symbols_for(console.encoding)
    with console.capture() as capture:
        console.print(table)
        console.print()
        for variable, value in final.items():
            console.print(Text(f"{visible(variable)} = {_short(value)}"))
        console.print()
        if stopped is not None:
            console.print(Text(f"{symbols.bad} stopped: {stopped}", style="red"))
        console.print(Text(f"the gradient at the start: {verdict}"))
    return "".join(line.rstrip() + "\n" for line in capture.get().splitlines())


def descent_json(
    *,
    source: str,
    output: str,
    rate: float,
    momentum: float,
    steps: Sequence[tuple[int, float, float]],
    final: dict[str, Any],
    stopped: str | None,
    verdict: str,
) -> str:
    """One strict JSON object with every state and the final values."""
    return (
        json.dumps(
            {
                "schema": SCHEMA,
                "source": source,
                "output": output,
                "rate": rate,
                "momentum": momentum,
                "verdict": verdict,
                "stopped": stopped,
                "steps": [{"step": n, "value": plain(v), "gradient_norm": plain(g)} for n, v, g in steps],
                "final": {name: plain(value.tolist()) for name, value in final.items()},
            },
            indent=2,
            ensure_ascii=False,
            allow_nan=False,
        )
        + "\n"
    )


def chosen(count: int) -> list[int]:
    """Indices of at most `_SHOWN` states: the first and the last among them."""
    if count <= _SHOWN:
        return list(range(count))
    return sorted({round(k * (count - 1) / (_SHOWN - 1)) for k in range(_SHOWN)})


def _short(value: Any) -> str:
    if value.ndim == 0:
        return repr(float(value))
    if value.size <= _ENTRIES:
        return json.dumps(value.tolist())
    entries = ", ".join(f"{x:.6g}" for x in value.ravel()[: _ENTRIES - 2])
    return f"{entries}, ... ({' x '.join(map(str, value.shape))})"
