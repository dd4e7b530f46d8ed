"""A spec's plain table to one frozen Problem, whichever format it was written in.

Tables are read in the order in which their names see one another: values, points, functions,
let, outputs, and then what is said about the outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from gradcli.errors import GradcliError, LimitError, Origin, SpecError, UnknownNameError
from gradcli.language.names import check_name
from gradcli.language.suggest import hint_for
from gradcli.language.syntax import Expression
from gradcli.limits import LIMITS
from gradcli.problems.data import POINTS_ENDINGS, DataFolder
from gradcli.problems.documents import Document, Path, kind
from gradcli.problems.expressions import CONSTANTS, check_names, expression_at, read_functions
from gradcli.problems.points import Column, assemble, read_points_file, refuse_twice, target
from gradcli.problems.problem import TASKS, Expect, Item, Problem, Variable
from gradcli.problems.statements import read_check, read_claims, read_expect
from gradcli.problems.tables import PointsFile, SpecTable, typed
from gradcli.problems.values import variable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHORTHAND = "f"  #: the output of `expression = "..."`

PointsReader = Callable[[Mapping[str, Variable]], Sequence[Column]]


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a person gives beside a spec: values that replace the spec's, and points instead of its points."""

    values: Mapping[str, Item] = field(default_factory=dict)
    points: PointsReader | None = None


def problem_from_document(
    document: Document, data: DataFolder, overrides: Overrides | None = None, source: str | None = None
) -> Problem:
    """The Problem that a spec states.

    Args:
        document: the spec as plain data with places.
        data: where its data files are looked for.
        overrides: values and points given beside it.
        source: how results name it; default the document's source.

    Raises:
        GradcliError: whatever is wrong with the spec, with its line, key and column as far as they are known.
    """
    spec = typed(document, (), document.table, SpecTable)
    reading = _Reading(document, data, overrides or Overrides())
    reading.read_values(spec)
    reading.read_layers(spec)
    points = reading.read_points(spec)
    reading.refuse_unknown_items()
    reading.read_formulas(spec)
    outputs = tuple(reading.outputs)
    variables = reading.variables
    moved = overrides is not None and bool(overrides.values or overrides.points)
    expect = read_expect(document, spec.expect, outputs, variables, not moved and points is None)
    expect = Expect() if moved else expect  # it is about the spec's own values
    return Problem(
        source=source or document.source,
        outputs=reading.outputs,
        title=spec.title if isinstance(spec.title, str) else None,
        description=spec.description if isinstance(spec.description, str) else None,
        tasks=_tasks(document, spec),
        constants=reading.constants,
        variables=variables,
        functions=reading.functions,
        lets=reading.lets,
        points=points,
        claims=read_claims(document, spec.claims, outputs, variables, reading.check),
        expect=expect,
        check=read_check(document, spec.check),
        origin=Origin(document.source, document.first_line),
    )


class _Reading:
    """One spec while it is read; its parts fill up in the order in which they see one another."""

    def __init__(self, document: Document, data: DataFolder, overrides: Overrides) -> None:
        self.document, self.data, self.overrides = document, data, overrides
        self.constants: dict[str, Floats] = {}
        self.variables: dict[str, Variable] = {}
        self.functions: Any = {}
        self.lets: dict[str, Expression] = {}
        self.outputs: dict[str, Expression] = {}
        self._kinds: dict[str, str] = {}  # every name of the shared space, with what it is
        self._later: set[str] = set()  # names of `let` that are not defined yet

    def read_values(self, spec: SpecTable) -> None:
        """Constants and variables, and the names of `let`."""
        for key, raw in spec.constants.items():
            path = ("constants", key)
            name = self._declare(path, "constant")
            given = self._value(path, name, raw)
            if isinstance(raw, dict) and raw.get("trainable") is True:
                raise SpecError("a constant is never trainable", origin=self.document.origin((*path, "trainable")))
            assert given.value is not None
            self.constants[name] = given.value
        for key, raw in spec.variables.items():
            path = ("variables", key)
            name = self._declare(path, "variable")
            self.variables[name] = self._value(path, name, raw)
        for key in spec.let:
            self._later.add(self._declare(("let", key), "let"))

    def read_layers(self, spec: SpecTable) -> None:
        """Functions, and the variables and steps of `let` that layers stand for."""
        self.functions = read_functions(self.document, spec.functions)
        if not spec.layers:
            return
        from gradcli.problems.layers import expand, path_of

        values = {**self.constants, **{name: v.value for name, v in self.variables.items()}}
        shapes = {name: value.shape for name, value in values.items() if value is not None}

        def check(expression: Expression, known: Mapping[str, Any]) -> None:
            check_names(expression, known, self._explain_in_layer)

        layers = expand(self.document, spec.layers, shapes, self._kinds, self.functions, check)
        for number, layer in enumerate(layers, 1):
            path = path_of(number)
            for key, rule in layer.variables.items():
                name = self._declare((*path, key), "variable")
                self.variables[name] = self._value(path, name, rule)
            self.lets[self._declare((*path, layer.name), "let")] = layer.step

    def read_points(self, spec: SpecTable) -> dict[str, Floats] | None:
        """Points by variable, from beside the spec or from its own table; adds variables that only they name."""
        given = self.overrides.values
        if self.overrides.points is not None:
            columns = self.overrides.points(self.variables)
            refuse_twice(columns, given)
        elif spec.points is UNSET:
            return None
        elif isinstance(spec.points, dict):
            columns = self._own_points(spec.points)
        else:
            raise SpecError(f"a table is meant, not {kind(spec.points)}", origin=self.document.origin(("points",)))
        taken = {name: f"a {what}" for name, what in self._kinds.items() if what != "variable"}
        if self.overrides.points is None and given:
            names = [target(column)[0] for column in columns]
            for name in names:
                if name in given and name not in self._kinds:
                    self.variables[name] = Variable(given[name].value)
            columns = [column for column, name in zip(columns, names, strict=True) if name not in given]
        points, self.variables = assemble(columns, self.variables, taken)
        for name in points:
            self._kinds.setdefault(name, "variable")
        return points or None

    def refuse_unknown_items(self) -> None:
        """See that every value given beside the spec is of one of its constants or variables."""
        known = [*self.constants, *self.variables]
        for name, item in self.overrides.values.items():
            if name in self.constants or name in self.variables:
                continue
            others = f"it has {', '.join(known[:20])}" if known else "give it a value in the spec, under [variables]"
            hint = hint_for(name, known, others)
            if name in self._kinds:
                hint = f"'{name}' is a {self._kinds[name]}: it has no value of its own"
            raise UnknownNameError(f"{item.label}: the spec has no constant or variable '{name}'", hint=hint)

    def read_formulas(self, spec: SpecTable) -> None:
        """Functions, `let` and outputs, each with its names looked up."""
        document = self.document
        for function in self.functions.values():
            known = {*function.parameters, *self.constants, *self.variables}
            check_names(function.body, known, self._explain_in_function)
        for key, raw in spec.let.items():
            name = check_name(key, "let")
            step = expression_at(document, ("let", key), raw)
            self.check(step)
            self.lets[name] = step
            self._later.discard(name)
        if spec.expression is not UNSET:
            self.outputs[SHORTHAND] = expression_at(document, ("expression",), spec.expression)
        for key, raw in spec.outputs.items():
            path = ("outputs", key)
            name = check_name(key, "output", document.origin(path))
            if name in self.outputs:
                why = (
                    "it is the output of `expression`"
                    if name == SHORTHAND and "expression" in document.table
                    else "given twice"
                )
                raise SpecError(f"the output '{name}': {why}", origin=document.origin(path))
            self.outputs[name] = expression_at(document, path, raw)
        if not self.outputs:
            raise SpecError(
                "the spec has nothing to differentiate",
                hint='give it `expression = "..."` or a table [outputs]',
                origin=document.origin(()),
            )
        for output in self.outputs.values():
            self.check(output)

    def check(self, expression: Expression) -> None:
        """Look up the names of an expression that sees constants, variables and the steps of `let` so far."""
        check_names(expression, _Known(self.constants, self.variables, self.lets), self._explain)

    def _explain(self, name: str) -> str | None:
        if name in self._later:
            return f"'{name}' is a let that is not defined yet: let sees earlier names only"
        if name in CONSTANTS:
            return None
        if name in self.outputs:
            return f"'{name}' is an output, and outputs do not refer to outputs: make it a let"
        if name in self.functions:
            return f"'{name}' is a function: call it, {name}(...)"
        return None

    def _explain_in_function(self, name: str) -> str | None:
        if self._kinds.get(name) == "let":
            return "the body of a function sees its parameters, constants and variables, not let"
        return self._explain(name)

    def _explain_in_layer(self, name: str) -> str | None:
        if name in self._later:
            return f"'{name}' is a let, and layers come before let: write what it stands for as the input"
        return self._explain(name)

    def _declare(self, path: Path, what: str) -> str:
        """The checked name at `path`, entered into the space that constants, variables and `let` share."""
        origin = self.document.origin(path)
        name = check_name(path[-1], what, origin)
        if name in self._kinds:
            other = self._kinds[name]
            raise SpecError(
                f"'{name}' is a {other} already" if other != what else f"'{name}' is given twice",
                hint="constants, variables and let share one space of names",
                origin=origin,
            )
        if len(self._kinds) >= LIMITS.variables:
            raise LimitError(
                f"more constants, variables and let than the limit of {LIMITS.variables} (variables)", origin=origin
            )
        self._kinds[name] = what
        return name

    def _value(self, path: Path, name: str, raw: Any) -> Variable:
        item = self.overrides.values.get(name)
        if item is None:
            try:
                return variable(self.document, path, raw, self.data)
            except GradcliError as error:
                if path[-1] in SpecTable.__struct_fields__:
                    error.hint = (
                        f"`{path[-1]}` is a key of the spec itself; in TOML such keys stand above the first [table]"
                    )
                raise
        trainable = raw.get("trainable") is not False if isinstance(raw, dict) else True
        return Variable(item.value, trainable)

    def _own_points(self, table: dict[str, Any]) -> list[Column]:
        """The columns of the spec's own points."""
        document = self.document
        if isinstance(table.get("file"), str):
            file = typed(document, ("points",), table, PointsFile).file
            origin = document.origin(("points", "file"))
            shapes = {name: v.value.shape for name, v in self.variables.items() if v.trainable and v.value is not None}
            try:
                columns = read_points_file(self.data.locate(file, POINTS_ENDINGS), file, shapes)
            except GradcliError as error:
                raise error.at(origin) from None
            return [column._replace(origin=origin) for column in columns]
        columns = []
        for key, raw in table.items():
            path = ("points", key)
            values = variable(document, path, raw, self.data).value
            columns.append(Column(key, values, key, document.origin(path)))
        return columns


class _Known:
    """The names of several tables at once, without a copy for every step of `let`."""

    def __init__(self, *tables: Mapping[str, Any]) -> None:
        self._tables = tables

    def __contains__(self, name: object) -> bool:
        return any(name in table for table in self._tables)

    def __iter__(self) -> Any:
        return (name for table in self._tables for name in table)

    def __len__(self) -> int:
        return sum(map(len, self._tables))


def _tasks(document: Document, spec: SpecTable) -> tuple[str, ...]:
    given = spec.task
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list):
        return ("grad",)
    origin = document.origin(("task",))
    for task in given:
        if task not in TASKS:
            raise SpecError(f"'{task}' is not a task", hint=hint_for(str(task), TASKS), origin=origin)
    if not given or len(set(given)) < len(given):
        raise SpecError("task names at least one task, each once", origin=origin)
    return tuple(given)
