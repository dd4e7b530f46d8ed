"""The value of a constant expression such as `pi/2` or `[1, 2, 3]`, as specs and the command line take values."""

from __future__ import annotations

from typing import Any

from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.errors import NOWHERE, Origin
from gradcli.language.parser import parse
from gradcli.targets.arrays import evaluate


def constant_value(text: str, origin: Origin = NOWHERE) -> Any:
    """Evaluate an expression without names (but `pi` and `e`).

    Args:
        text: the expression as typed.
        origin: where it stands, for messages.

    Returns:
        A float64 array of the expression's shape; it may hold NaN or infinities.

    Raises:
        GradcliError: if it is no expression, uses a name, or its shapes do not fit.
    """
    tape = Tape()
    index = lower(tape, parse(text, origin), {})
    return evaluate(tape, [index], {})[0].copy()
