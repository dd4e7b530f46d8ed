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
from gradcli.errors import GradcliError, LimitError, Origin, ShapeError, SpecError
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
    taken: Mapping[str, str],
    functions: Mapping[str, Function],
    check: Callable[[Expression, Mapping[str, Any]], None],
) -> list[Layer]:
    """The layers of a spec, written out.

    Args:
        document: the spec.
        tables: its `layers`, as plain data.
        shapes: of its constants and variables, by name.
        taken: what each of its names is.
        functions: its functions; an activation may be one of them.
        check: looks up the names of an input among its constants, variables and the layers so far.

    Returns:
        The layers in order; each variable is a table as it might stand in [variables].

    Raises:
        GradcliError: a layer that cannot be made, with its number and key.
    """
    network = _Network(shapes, taken, functions, check)
    for number, raw in enumerate(tables, 1):
        path = path_of(number)
        try:
            network.add(typed(document, path, raw, LayerTable), number, _Places(document, path))
        except GradcliError as error:
            raise error.at(document.origin(path)) from None
    return network.layers


def path_of(number: int) -> Path:
    """Where the layer of that number, from 1, stands in a spec."""
    return (layer_path(number),)


class _Places(NamedTuple):
    """Where the keys of one layer stand."""

    document: Document
    path: Path

    def origin(self, key: str) -> Origin:
        return self.document.origin((*self.path, key))


class _Network:
    """The layers so far, on a tape that tells the shape of each."""

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        taken: Mapping[str, str],
        functions: Mapping[str, Function],
        check: Callable[[Expression, Mapping[str, Any]], None],
    ) -> None:
        self.layers: list[Layer] = []
        self._tape = Tape()
        self._known = {name: self._tape.input(name, shape) for name, shape in shapes.items()}
        self._taken = dict(taken)
        self._functions = functions
        self._check = check

    def add(self, table: LayerTable, number: int, places: _Places) -> None:
        """Write out the next layer.

        Raises:
            GradcliError: it cannot be made; with the place of the key that says so.
        """
        if table.type not in KINDS:
            hint = f"there is {', '.join(KINDS)}"
            raise SpecError(f"type: no layer is called '{table.type}'", hint=hint, origin=places.origin("type"))
        if table.units < 1:
            raise SpecError("units: a layer has at least 1 unit", origin=places.origin("units"))
        source, shape = self._source(table, places)
        if table.name is UNSET:
            name, weights, bias = f"layer{number}", f"W{number}", f"b{number}"
        else:
            name = check_name(table.name, "layer", places.origin("name"))
            weights, bias = f"{name}_W", f"{name}_b"
        variables: dict[str, dict[str, Any]] = {weights: _weights(table, number, shape[-1], places)}
        text = f"{_operand(source)} @ {weights}"
        if table.bias:
            variables[bias] = {"shape": [table.units], "init": "zeros"}
            text += f" + {bias}"
        given_name = places.document.origin(places.path) if table.name is UNSET else places.origin("name")
        for added in (name, *variables):
            if added in self._taken:
                hint = "give the layer another `name`"
                raise SpecError(f"'{added}' is a {self._taken[added]} already", hint=hint, origin=given_name)
            self._taken[added] = "layer" if added == name else "variable"
        origin = places.origin("activation")
        step = parse(_activated(table.activation, text, self._functions, origin), origin)
        try:
            for added, rule in variables.items():
                self._known[added] = self._tape.input(added, tuple(rule["shape"]))
        except LimitError as error:
            raise error.at(places.origin("units")) from None
        made = lower(self._tape, step, self._known, self._functions)
        found, meant = self._tape.shape(made), (*shape[:-1], table.units)
        if found != meant:
            raise ShapeError(
                f"activation: {table.activation} makes shape {found} of {meant}",
                hint="an activation keeps the shape of what it is given",
                origin=origin,
            )
        self._known[name] = made
        self.layers.append(Layer(variables, name, step))

    def _source(self, table: LayerTable, places: _Places) -> tuple[Expression, tuple[int, ...]]:
        """What the layer takes, and its shape."""
        given = table.input
        if given is UNSET:
            if not self.layers:
                raise SpecError("the first layer needs its `input`", hint='for example input = "x"')
            given = self.layers[-1].name
        source = expression_at(places.document, (*places.path, "input"), given)
        self._check(source, self._known)
        shape = self._tape.shape(lower(self._tape, source, self._known, self._functions))
        if len(shape) not in (1, 2):
            raise ShapeError(
                f"input: its shape is {shape}; a layer takes (features,) or (rows, features)",
                origin=places.origin("input"),
            )
        return source, shape


def _operand(source: Expression) -> str:
    return source.text if isinstance(source.tree, Name | Index) else f"({source.text})"


def _weights(table: LayerTable, number: int, inputs: int, places: _Places) -> dict[str, Any]:
    """The weights as a table of [variables]: a rule with its scale and seed."""
    init = "glorot_uniform" if table.init is UNSET else table.init
    if init not in INITS:
        raise SpecError(f"init: no rule is called '{init}'", hint=hint_for(init, INITS), origin=places.origin("init"))
    rule: dict[str, Any] = {"shape": [inputs, table.units], "init": init}
    if init in SCALES:
        if table.scale is not UNSET:
            hint = "`scale` belongs to normal and uniform"
            raise SpecError(f"scale: {init} has its own", hint=hint, origin=places.origin("scale"))
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
    if activation is UNSET or (activation in LINEAR and activation not in functions):
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
