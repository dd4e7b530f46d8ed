"""What a person types, SOURCE and NAME=VALUE, to one frozen Problem.

A bare expression takes its values from the items alone; a spec takes what it states unless an
item says otherwise. Nothing that only specs or files need is imported for an expression.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from gradcli.errors import ExpressionError, GradcliError, Origin, UnknownNameError, UsageError, ValueProblem, visible
from gradcli.language.names import check_name, is_name, normalise_name
from gradcli.language.parser import parse
from gradcli.language.suggest import did_you_mean, hint_for
from gradcli.language.syntax import Expression
from gradcli.problems.problem import Item, Problem, Variable

if TYPE_CHECKING:
    from gradcli.problems.points import Column

_ENDINGS = (".toml", ".json", ".yaml", ".yml")
_DATA_HINT = "a data file is written @file.csv:column, @file.csv or @file.npy"
_LOOKED_AT = 20  #: names that may be a slip or another language's: to look at one more reads the whole expression


def problem_from_source(
    source: str,
    items: Iterable[str] = (),
    *,
    stdin: BinaryIO | None = None,
    input_format: str | None = None,
    allow_outside: bool = False,
    points_file: str | None = None,
    sweeps: Sequence[str] = (),
    wrt: str | Sequence[str] | None = None,
    output: str | None = None,
) -> Problem:
    """The Problem of a command's SOURCE and items.

    Args:
        source: an expression, a spec file's path, or `-` for a spec on `stdin`.
        items: `NAME=VALUE`, each.
        stdin: read if `source` is `-`.
        input_format: `toml`, `json` or `yaml`, where the ending or the first character misleads.
        allow_outside: whether a spec's data files may lie outside of its folder.
        points_file: a .csv, .npy or .npz of points.
        sweeps: `NAME=START:STOP:COUNT`, each.
        wrt: the variables to differentiate by, separated by commas.
        output: the one output asked for; only looked up here.

    Raises:
        GradcliError: whatever is wrong with what was typed or with the files it names.
    """
    if source != "-" and not source.lower().endswith(_ENDINGS):
        if input_format is not None:
            raise UsageError(
                f"--input-format {input_format}: {_short(source)} is an expression, not a file",
                hint="a spec's name ends in .toml, .json, .yaml or .yml, or is `-`",
            )
        from gradcli.problems.mistaken_source import is_like_file, near_file, refuse_folder

        items = tuple(items)
        refuse_folder(source, {item.partition("=")[0].strip() for item in items}, _ENDINGS)
        try:
            return problem_from_expression(
                source, items, points_file=points_file, sweeps=sweeps, wrt=wrt, output=output
            )
        except ExpressionError as error:
            if error.text == source and os.path.isfile(source):
                raise UsageError(
                    f"{source}: a spec's name ends in {', '.join(_ENDINGS)}",
                    hint="or give it on standard input, with `-` in place of its name",
                ) from None
            if error.text == source and is_like_file(source):
                hint = near_file(source, _ENDINGS)
                if hint is not None:
                    raise UsageError(f"{_short(source)}: neither an expression nor a file", hint=hint) from None
            raise
    from gradcli.problems.reading import read_stream, spec_from_bytes, spec_from_file
    from gradcli.problems.spec import Overrides

    overrides = Overrides(read_items(items), points_reader(points_file, sweeps))
    if source != "-":
        problem = spec_from_file(source, input_format=input_format, allow_outside=allow_outside, overrides=overrides)
    elif stdin is None:
        raise UsageError("-: there is no standard input")
    else:
        data = read_stream(stdin, "-")
        problem = spec_from_bytes(data, "-", input_format, allow_outside=allow_outside, overrides=overrides)
    return select(problem, wrt, output)


def problem_from_expression(
    text: str,
    items: Iterable[str] = (),
    *,
    points_file: str | None = None,
    sweeps: Sequence[str] = (),
    wrt: str | Sequence[str] | None = None,
    output: str | None = None,
) -> Problem:
    """The Problem of a bare expression; its one output is `f`.

    Without any value the variables are the names of the expression and have none: formulas are
    asked for. Else every name needs a value, and a value whose name does not occur in the
    expression makes a variable that is not connected.

    Raises:
        UnknownNameError: some names have no value while others have one.
        GradcliError: the text is no expression, or an item is wrong.
    """
    from gradcli.problems.expressions import free_names

    expression = parse(text)
    given = read_items(items)
    variables = {name: Variable(item.value) for name, item in given.items()}
    free = free_names(expression)
    read_points = points_reader(points_file, sweeps)
    points = None
    if read_points is not None:
        from gradcli.problems.points import assemble, refuse_twice

        open_names = {name: Variable(None) for name in free if name not in variables}
        columns = read_points(open_names or variables)
        refuse_twice(columns, given)
        points, known = assemble(columns, variables, {})
        variables = known
    missing = [name for name in free if name not in variables]
    if (missing and variables) or not free:
        from gradcli.autodiff.unknown import refuse_unknown_functions

        refuse_unknown_functions(expression, dict.fromkeys((*free, *variables)))  # that comes before what is missing
    if missing and variables:
        raise UnknownNameError(
            f"no value for {', '.join(missing)}",
            hint=_missing_hint(missing, variables, expression, free),
            origin=expression.origin,
        )
    variables = variables or {name: Variable(None) for name in free}
    problem = Problem(source=text, outputs={"f": expression}, variables=variables, points=points)
    return select(problem, wrt, output)


def read_items(items: Iterable[str]) -> dict[str, Item]:
    """Values by name, of items `NAME=VALUE` in order.

    VALUE is a constant expression, `@file.csv:column` (n), `@file.csv` (n x columns) or `@file.npy`.

    Raises:
        GradcliError: with a message that begins with the item as typed.
    """
    values: dict[str, Item] = {}
    for item in items:
        name, equals, text = item.partition("=")
        label = _short(item)
        if not equals:
            example = f"for example {label.strip() if is_name(label.strip()) else 'x'}=1"
            hint = "behind `--` all are values: options stand before it" if item.startswith("--") else example
            raise UsageError(f"{label}: a value is given as NAME=VALUE", hint=hint)
        try:
            name = check_name(name.strip(), "variable")
        except GradcliError as error:
            raise error.about(label) from None
        if name in values:
            raise UsageError(f"{label}: {name} has a value already", hint="give each name once")
        values[name] = Item(label, _item_value(label, name, text.strip()))
    return values


def select(problem: Problem, wrt: str | Sequence[str] | None, output: str | None = None) -> Problem:
    """The problem differentiated by the variables of `--wrt`; also sees that `--output` names an output.

    Args:
        problem: as read.
        wrt: names, or names separated by commas; they may be of variables that are not trainable.
        output: the name of one output, or None.

    Raises:
        UnknownNameError: no variable, or no output, of that name.
        UsageError: no name at all, or one twice.
    """
    if output is not None and normalise_name(output) not in problem.outputs:
        raise UnknownNameError(
            f"--output: there is no output '{output}'", hint=hint_for(output, problem.outputs), origin=problem.origin
        )
    if wrt is None:
        return problem
    words = wrt.split(",") if isinstance(wrt, str) else wrt
    names = [normalise_name(word.strip()) for word in words]
    for i, name in enumerate(names):
        if name in problem.constants:
            raise UsageError(f"--wrt: '{name}' is a constant, which is never differentiated", origin=problem.origin)
        if name in problem.lets:
            raise UsageError(f"--wrt: '{name}' is a let, not a variable", origin=problem.origin)
        if name not in problem.variables:
            raise UnknownNameError(
                f"--wrt: there is no variable '{name}'", hint=hint_for(name, problem.variables), origin=problem.origin
            )
        if name in names[:i]:
            raise UsageError(f"--wrt: '{name}' stands twice")
    return problem.with_(wrt=tuple(names))


def require_variables(problem: Problem) -> Problem:
    """The problem itself, if there is something to differentiate by: an empty derivative is never what was meant.

    Raises:
        UsageError: there is no variable, or none is trainable and none is chosen.
    """
    if problem.wrt or any(variable.trainable for variable in problem.variables.values()):
        return problem
    if problem.variables:
        hint = f"none is trainable: choose with --wrt {','.join(list(problem.variables)[:5])}"
    elif problem.origin.source is None:
        hint = 'a variable is a name in the expression, such as x in "3*x"'
    else:
        hint = "name one under [variables]"
    item = f"{visible(problem.source)}: " if problem.origin.source is None else ""
    raise UsageError(f"{item}there is no variable to differentiate by", hint=hint, origin=problem.origin)


def require_values(problem: Problem) -> Problem:
    """The problem itself, if each of its variables has a value or points.

    Raises:
        UsageError: the names that have none.
    """
    missing = [n for n, v in problem.variables.items() if v.value is None and n not in (problem.points or {})]
    if missing:
        raise UsageError(f"no value for {', '.join(missing)}", hint=_giving(missing), origin=problem.origin)
    return problem


def points_reader(
    points_file: str | None, sweeps: Sequence[str]
) -> Callable[[Mapping[str, Variable]], list[Column]] | None:
    """Reads the columns of `--points` or `--sweep` once the variables are known; None without either."""
    if points_file is not None and sweeps:
        raise UsageError("--points and --sweep both say where to differentiate", hint="give one of them")
    if points_file is None and not sweeps:
        return None

    def read(variables: Mapping[str, Variable]) -> list[Column]:
        from gradcli.problems.points import read_points_file, sweep_columns

        if points_file is None:
            return sweep_columns(sweeps)
        from gradcli.problems.data import POINTS_ENDINGS, DataFolder

        shapes = {name: () if v.value is None else v.value.shape for name, v in variables.items() if v.trainable}
        path = DataFolder(".", allow_outside=True).locate(points_file, POINTS_ENDINGS)
        return read_points_file(path, points_file, shapes)

    return read


def _item_value(label: str, name: str, text: str) -> Any:
    from gradcli.problems.values import numbers

    if text.startswith("@"):
        return _file_value(label, text[1:])
    if not text:
        raise ValueProblem(f"{label}: there is no value behind the =")
    try:
        return numbers(text, name, Origin(), label=label)
    except GradcliError as error:
        raise error.about(label) from None


def _file_value(label: str, written: str) -> Any:
    """The numbers of `file.csv:column`, `file.csv` or `file.npy`."""
    import numpy as np

    from gradcli.problems.data import read_csv
    from gradcli.problems.npy import read_npy
    from gradcli.problems.values import frozen

    lower = written.lower()
    cut = lower.find(".csv:")
    try:
        if lower.endswith(".npy"):
            return frozen(read_npy(Path(written), written))
        if lower.endswith(".csv"):
            return frozen(np.stack(read_csv(Path(written), written)[1], axis=1))
        if cut >= 0:
            file, column = written[: cut + 4], written[cut + 5 :].strip()
            return frozen(read_csv(Path(file), file, [column])[1][0])
    except GradcliError as error:
        raise error.about(label) from None
    raise ValueProblem(f"{label}: a data file's name ends in .csv or .npy", hint=_DATA_HINT)


def _missing_hint(missing: Sequence[str], given: Iterable[str], expression: Expression, free: Iterable[str]) -> str:
    """Give the values, unless a given name that the expression lacks looks like a slip."""
    for name in islice(given, _LOOKED_AT):
        meant = did_you_mean(name, missing) if name not in free else None
        if meant:
            return f"'{name}' does not occur in the expression: did you mean '{meant}'?"
    from gradcli.autodiff.unknown import foreign_name

    for name in missing[:_LOOKED_AT]:
        hint = foreign_name(name, expression)
        if hint is not None:
            return hint
    return _giving(missing)


def _giving(missing: Sequence[str]) -> str:
    return f"give {'it' if len(missing) == 1 else 'them'} as {' '.join(f'{name}=1' for name in missing[:5])}"


def _short(item: str) -> str:
    return item if len(item) <= 60 else item[:57] + "..."
