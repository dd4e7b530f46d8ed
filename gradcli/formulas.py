"""Formulas of derivatives: the tape's own program, printed in the language and in LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from gradcli.autodiff.structural import INDEX
from gradcli.autodiff.vjp import vjp
from gradcli.derivative import Programs, labels
from gradcli.errors import LimitError
from gradcli.result import Formula
from gradcli.targets.source import Formulas, NotExpressible


def formulas(programs: Programs, task: str) -> Mapping[str, Formula]:
    """Derivatives as formulas.

    Args:
        programs: of one output.
        task: `grad` (keys are variables), `hessian` (keys `x,y`) or `jacobian` (keys `f[0],x`).

    Returns:
        A formula per key; entries that are zero by structure are "0"; what the language cannot
        express, or what is too long to read, has a reason instead.
    """
    found: dict[str, Formula] = {}
    entries = list(_entries(programs, task))
    written = Formulas(programs.tape, [index for _, index in entries if index is not None])
    for key, index in entries:
        if index is None:
            if task != "grad":
                found[key] = Formula("0", "0")
            continue
        try:
            found[key] = Formula(written.text(index), written.latex(index))
        except (NotExpressible, LimitError) as error:
            found[key] = Formula(None, None, error.message)
    return found


def _entries(programs: Programs, task: str) -> Iterator[tuple[str, int | None]]:
    tape, names = programs.tape, programs.names
    adjoints = programs.gradient.adjoints if task != "jacobian" else []
    if task == "grad":
        yield from zip(names, adjoints, strict=True)
    elif task == "hessian":
        rows = [(name, entry) for name, g in zip(names, adjoints, strict=True) for entry in _scalars(programs, name, g)]
        for name, (label, index) in rows:
            yield from _row(programs, label or name, index)
    else:
        shape = tape.shape(programs.output)
        name = next(n for n, i in programs.assembly.outputs.items() if i == programs.output)
        for at, label in zip(np.ndindex(shape), labels([name], [shape]), strict=True):
            index = (
                programs.output if not shape else tape.append(INDEX, (programs.output,), (tuple(int(k) for k in at),))
            )
            yield from _row(programs, label, index)


def _scalars(programs: Programs, name: str, adjoint: int | None) -> Iterator[tuple[str, int | None]]:
    """The entries of one variable's gradient, each with its label."""
    tape = programs.tape
    shape = tape.shape(programs.sources[programs.names.index(name)])
    for at, label in zip(np.ndindex(shape), labels([name], [shape]), strict=True):
        if adjoint is None or not shape:
            yield label, adjoint
        else:
            yield label, tape.append(INDEX, (adjoint,), (tuple(int(k) for k in at),))


def _row(programs: Programs, label: str, index: int | None) -> Iterator[tuple[str, int | None]]:
    """Derivatives of one scalar instruction by every variable."""
    tape = programs.tape
    found = [None] * len(programs.names) if index is None else vjp(tape, index, tape.constant(1.0), programs.sources)
    yield from ((f"{label},{name}", g) for name, g in zip(programs.names, found, strict=True))
