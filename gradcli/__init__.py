"""gradcli: gradients, Hessians and Jacobians whose every number is cross-checked by independent witnesses.

Names are imported when they are asked for, so that the command line starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcli.errors import GradcliError as GradcliError
    from gradcli.gradient_tape import Tape as Tape
    from gradcli.gradient_tape import Variable as Variable
    from gradcli.gradient_tape import constant as constant
    from gradcli.gradient_tape import custom_gradient as custom_gradient
    from gradcli.gradient_tape import stop_gradient as stop_gradient
    from gradcli.model import Model as Model
    from gradcli.model import load as load
    from gradcli.model import parse as parse

__all__ = [
    "GradcliError",
    "Model",
    "Tape",
    "Variable",
    "__version__",
    "constant",
    "custom_gradient",
    "load",
    "parse",
    "stop_gradient",
]
__version__ = "0.1.0"

_HOMES = {
    "GradcliError": "gradcli.errors",
    "Model": "gradcli.model",
    "Tape": "gradcli.gradient_tape",
    "Variable": "gradcli.gradient_tape",
    "constant": "gradcli.gradient_tape",
    "custom_gradient": "gradcli.gradient_tape",
    "load": "gradcli.model",
    "parse": "gradcli.model",
    "stop_gradient": "gradcli.gradient_tape",
}


def __getattr__(name: str) -> Any:
    """The public names, and every function of the language as one of recordable values (`gradcli.sigmoid`)."""
    from importlib import import_module

    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name.startswith("_"):
        raise AttributeError(f"module 'gradcli' has no attribute {name!r}")
    else:
        try:
            value = import_module("gradcli.gradient_tape").recorded_function(name)
        except KeyError:
            raise AttributeError(f"module 'gradcli' has no attribute {name!r}") from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
