"""`[[layers]]`: a small network's layers become the variables and the steps of `let` that a person would have typed.

A dense layer with weights W (inputs x units) and bias b is `activation(input @ W + b)`; nothing else knows of layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET

from gradcli.autodiff import array_functions, compositions
from gradcli.autodiff.frames import Function
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.errors import GradcliError, Origin, ShapeError, SpecError
from gradcli.language.names import check_name, is_name
from gradcli.language.parser import parse
from gradcli.language.suggest import hint_for
from gradcli.language.syntax import Expression, Index, Name
from gradcli.problems.documents import Document, Path, layer_path
from gradcli.problems.expressions import expression_at
from gradcli.problems.tables import LayerTable, typed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KINDS = ("dense",)
#: Random initialisations by name: the half-width (uniform) or the standard deviation (normal) for n inputs, m units.
#: Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998.
SCALES: dict[str, tuple[str, Callable[[int, int], float]]] = {
    "glorot_uniform": ("uniform", lambda n, m: sqrt(6 / (n + m))),
    "glorot_normal": ("normal", lambda n, m: sqrt(2 / (n + m))),
    "he_uniform": ("uniform", lambda n, m: sqrt(6 / n)),
    "he_normal": ("normal", lambda n, m: sqrt(2 / n)),
    "lecun_uniform": ("uniform", lambda n, m: sqrt(3 / n)),
    "lecun_normal": ("normal", lambda n, m: sqrt(1 / n)),
}
INITS = (*SCALES, "normal", "uniform", "zeros", "ones", "eye")
LINEAR = ("linear", "identity", "none")


class Layer(NamedTuple):
    """What a layer stands for: weights and bias by name, and its step of `let`."""

    variables: Mapping[str, dict[str, Any]]
    name: str
    step: Expression


def expand(
    document: Document,
    tables: list[Any],
    shapes: Mapping[str, tuple[int, ...]],
    functions: Mapping[str, Function],
    check: Callable[[Expression, Mapping[str, Any]], None],
) -> list[Layer]:
    """The layers of a spec, written out.

    Args:
        document: the spec.
        tables: its `layers`, as plain data.
        shapes: of its constants and variables, by name.
        functions: its functions; an activation may be one of them.
        check: looks up the names of an input among its constants, variables and the layers so far.

    Returns:
        The layers in order; each variable is a table as it might stand in [variables].

    Raises:
        GradcliError: a layer that cannot be made, with its number and key.
    """
    tape = Tape()
    known = {name: tape.input(name, shape) for name, shape in shapes.items()}
    made: list[Layer] = []
    for number, raw in enumerate(tables, 1):
        path = path_of(number)
        try:
            table = typed(document, path, raw, LayerTable)
            layer, inputs = _dense(
                document, table, number, made[-1].name if made else None, tape, known, functions, check
            )
            for name in (layer.name, *layer.variables):
                if name in known:
                    raise SpecError(f"'{name}' is a name of the spec already", hint="give the layer another `name`")
            for name, value in layer.variables.items():
                known[name] = tape.input(name, tuple(value["shape"]))
            known[layer.name] = lower(tape, layer.step, known, functions)
            shape, meant = tape.shape(known[layer.name]), (*inputs[:-1], table.units)
            if shape != meant:
                raise ShapeError(
                    f"activation: {table.activation} makes shape {shape} of {meant}",
                    hint="an activation keeps the shape of what it is given",
                    origin=document.origin((*path, "activation")),
                )
        except GradcliError as error:
            raise error.at(document.origin(path)) from None
        made.append(layer)
    return made


def path_of(number: int) -> Path:
    """Where the layer of that number, from 1, stands in a spec."""
    return (layer_path(number),)


def _dense(
    document: Document,
    table: LayerTable,
    number: int,
    before: str | None,
    tape: Tape,
    known: Mapping[str, int],
    functions: Mapping[str, Function],
    check: Callable[[Expression, Mapping[str, Any]], None],
) -> tuple[Layer, tuple[int, ...]]:
    """The layer, and the shape of its input."""
    path = path_of(number)
    if table.type not in KINDS:
        raise SpecError(f"type: no layer is called '{table.type}'", hint=f"there is {', '.join(KINDS)}")
    if table.units < 1:
        raise SpecError("units: a layer has at least 1 unit")
    given = table.input
    if given is UNSET:
        if before is None:
            raise SpecError("the first layer needs its `input`", hint='for example input = "x"')
        given = before
    source = expression_at(document, (*path, "input"), given)
    check(source, known)
    shape = tape.shape(lower(tape, source, known, functions))
    if len(shape) not in (1, 2):
        raise ShapeError(f"input: its shape is {shape}; a layer takes (features,) or (rows, features)")
    name = f"layer{number}" if table.name is UNSET else check_name(table.name, "layer")
    weights, bias = (f"W{number}", f"b{number}") if table.name is UNSET else (f"{name}_W", f"{name}_b")
    variables: dict[str, dict[str, Any]] = {weights: _weights(table, number, shape[-1])}
    text = f"{_operand(source)} @ {weights}"
    if table.bias:
        variables[bias] = {"shape": [table.units], "init": "zeros"}
        text += f" + {bias}"
    origin = document.origin((*path, "activation"))
    return Layer(variables, name, parse(_activated(table.activation, text, functions, origin), origin)), shape


def _operand(source: Expression) -> str:
    return source.text if isinstance(source.tree, Name | Index) else f"({source.text})"


def _weights(table: LayerTable, number: int, inputs: int) -> dict[str, Any]:
    """The weights as a table of [variables]: a rule with its scale and seed."""
    init = "glorot_uniform" if table.init is UNSET else table.init
    if init not in INITS:
        raise SpecError(f"init: no rule is called '{init}'", hint=hint_for(init, INITS))
    rule: dict[str, Any] = {"shape": [inputs, table.units], "init": init}
    if init in SCALES:
        if table.scale is not UNSET:
            raise SpecError(f"scale: {init} has its own", hint="`scale` belongs to normal and uniform")
        rule["init"], scale = SCALES[init]
        rule["scale"] = scale(inputs, table.units)
    elif table.scale is not UNSET:
        rule["scale"] = table.scale
    if rule["init"] in ("normal", "uniform"):
        rule["seed"] = number if table.seed is UNSET else table.seed
    elif table.seed is not UNSET:
        rule["seed"] = table.seed
    return rule


def _activated(activation: Any, text: str, functions: Mapping[str, Function], origin: Origin) -> str:
    """The activation around the affine part; along the last axis, if it is a function of a whole axis."""
    if activation is UNSET or activation in LINEAR:
        return text
    if not is_name(activation):
        raise SpecError(
            f"activation: '{activation}' is not the name of a function",
            hint='write another one under [functions], such as "act(z)" = "z + tanh(z)"',
            origin=origin,
        )
    composition, built = compositions.BY_NAME.get(activation), array_functions.BY_NAME.get(activation)
    options = dict(composition.options) if composition is not None else built.static if built is not None else ()
    along = activation not in functions and "axis" in options and "keepdims" not in options  # it sums up nothing
    return f"{activation}({text}, axis=-1)" if along else f"{activation}({text})"
