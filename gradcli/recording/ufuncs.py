"""NumPy's universal functions read as texts of the language, found through the rows' own names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcli.autodiff.elementwise import ROWS
from gradcli.autodiff.primitive import Row

#: What NumPy (some of it from version 2 on) has as one function and the language says with several.
_WRITTEN = {
    "positive": "x0",
    "conjugate": "x0",
    "square": "x0*x0",
    "reciprocal": "1/x0",
    "floor_divide": "where(x1 == 0, x0/x1, where(x1 - x1 == 0, round((x0 - mod(x0, x1))/x1), "
    "floor(sign(x0)*sign(x1)/2 + (x0 - x0))))",
    "float_power": "x0^x1",
    "fmax": "where(x0 != x0, x1, where(x1 != x1, x0, maximum(x0, x1)))",
    "fmin": "where(x0 != x0, x1, where(x1 != x1, x0, minimum(x0, x1)))",
    "logaddexp2": "logaddexp(x0*log(2), x1*log(2))/log(2)",
    "heaviside": "where(x0 == 0, x1, where(x0 != x0, x0, heaviside(x0, 0)))",
    "i0": "besseli(0, x0)",
    "vecdot": "sum(x0*x1, axis=-1)",
}


def row_text(row: Row) -> str:
    """A row applied to x0, x1, ... as it is written."""
    names = [f"x{k}" for k in range(len(row.arguments))]
    if row.operator is None:
        return f"{row.name}({', '.join(names)})"
    return f"{row.operator} {names[0]}" if len(names) == 1 else f" {row.operator} ".join(names)


def numpy_functions(row: Row) -> set[Callable[..., Any]]:
    """NumPy's functions for a row: the one the row states, and those that share a name with it."""
    stated = () if ":" in row.numpy else (row.numpy,)
    found = {getattr(np, name, None) for name in (*stated, row.name, *row.aliases)}
    return {function for function in found if callable(function)}


def _texts() -> dict[Callable[..., Any], str]:
    texts = {function: row_text(row) for row in ROWS if not row.private for function in numpy_functions(row)}
    return texts | {getattr(np, name): text for name, text in _WRITTEN.items() if hasattr(np, name)}


#: The text of every elementwise NumPy function that has one (`np.where` and `np.sinc` are no ufuncs).
TEXTS: dict[Callable[..., Any], str] = _texts()


def gives_truth(ufunc: np.ufunc) -> bool:
    """Whether its values are true or false: no derivative passes through those."""
    return "d" * ufunc.nin + "->" + "?" * ufunc.nout in ufunc.types
