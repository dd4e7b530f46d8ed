"""Every function a person can call, described from the tables that define it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from gradcli.cli.worked import of_composition, of_row, worked

if TYPE_CHECKING:
    from gradcli.autodiff.primitive import Row, RowKink

_CALLED = re.compile(r"([A-Za-z_]\w*)\(")


@dataclass(frozen=True, slots=True)
class Described:
    """One function for people: its names and meaning, its partials and what happens at its kinks.

    `partials` and `kinks` are empty for functions of arrays, whose rule is the transpose of what
    they do, or stands in `rule`; `needs` says where they are defined, `example` makes a call at a point
    (see `worked`), which costs too much for a list of all; `definition` is the body of a function that is
    written in terms of others, `where` defines the private functions that partials call.
    """

    name: str
    signature: str
    group: str
    meaning: str
    aliases: tuple[str, ...] = ()
    partials: dict[str, str | None] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    definition: str | None = None
    domain: dict[str, tuple[float, float]] = field(default_factory=dict)
    kinks: tuple[dict[str, str | None], ...] = ()
    needs: str | None = None
    rule: str | None = None
    example: Callable[[], str] = str

    def to_dict(self) -> dict[str, Any]:
        """As JSON's own types, without empty parts."""
        parts = {name: getattr(self, name) for name in self.__slots__}
        parts["example"] = worked(self.example()).to_dict()
        return {name: value for name, value in parts.items() if value not in ((), {}, None)}


def catalogue() -> list[Described]:
    """All functions and operators, by group in the order of the tables."""
    found: dict[str, Described] = {}
    for described in (*_array_functions(), *_rows(), *_compositions()):
        found.setdefault(described.name, described)
    groups = dict.fromkeys(one.group for one in sorted(found.values(), key=lambda d: _rank(d.group)))
    return [one for group in groups for one in found.values() if one.group == group]


def find(name: str) -> Described | None:
    """The function of that name or alias, or the operator of that sign."""
    everything = catalogue()
    for one in everything:
        if name == one.name:
            return one
    return next((one for one in everything if name in one.aliases), None)


def in_group(name: str) -> list[Described]:
    """The functions of a group, by its name or the first word of it."""
    return [one for one in catalogue() if name.lower() in (one.group, one.group.split()[0])]


_GROUPS = ("operators", "elementary", "choice", "special", "models", "reductions", "shape", "linear algebra")


def _rank(group: str) -> int:
    return _GROUPS.index(group) if group in _GROUPS else len(_GROUPS)


def _rows() -> Iterator[Described]:
    from gradcli.autodiff.elementwise import ROWS

    for row in ROWS:
        if row.private:
            continue
        name = row.name
        signature = row.signature
        aliases = row.aliases
        if row.operator is not None:
            sign, arguments = row.operator, row.arguments
            between = sign if sign == "^" else f" {sign} "
            prefix = sign + (" " if sign.isalpha() else "")
            signature = between.join(arguments) if len(arguments) == 2 else prefix + arguments[0]
            aliases = (sign, *aliases) if len(arguments) == 2 or sign.isalpha() else aliases
        yield Described(
            name,
            signature,
            row.group,
            row.meaning,
            aliases,
            _derivatives(signature, row),
            _private_functions(row),
            None,
            dict(zip(row.arguments, row.domain, strict=False)),
            _kinks(row.kinks),
            row.defined,
            example=partial(of_row, row),
        )


def _kinks(kinks: Iterable[RowKink]) -> tuple[dict[str, str | None], ...]:
    return tuple({"where": k.condition, "convention": k.convention, "left": k.left, "right": k.right} for k in kinks)


def _derivatives(signature: str, row: Row) -> dict[str, str | None]:
    """The partials as a person reads them, where the row's own only count an order up."""
    if len(row.orders) == len(row.parameters):
        return _partials(row)
    return {row.arguments[0]: row.spelled[0]} if row.parameters else _as_formulas(signature, row)


def _as_formulas(signature: str, row: Row) -> dict[str, str | None]:
    """Partials of a row that holds all its derivatives at once (`power`), as a person writes them."""
    from gradcli.problems.commandline import problem_from_expression
    from gradcli.solve import SolveOptions, solve

    (record,) = solve(problem_from_expression(signature), SolveOptions(task="grad")).results
    formulas = record.formula or {}
    nameless = f"{row.name}'({', '.join(row.arguments)}), which the language has no name for"
    found = {name: formulas[name].text if name in formulas else text for name, text in _partials(row).items()}
    return {name: nameless if text is None and name in formulas else text for name, text in found.items()}


def _partials(row: Row) -> dict[str, str | None]:
    """The partial by each argument, with the condition under which the argument matters at all."""
    edges = row.edges or (None,) * len(row.arguments)
    return {
        argument: f"{partial} where {edge}, else 0" if partial is not None and edge is not None else partial
        for argument, partial, edge in zip(row.arguments, row.partials, edges, strict=True)
    }


def _private_functions(row: Row) -> dict[str, str]:
    """Definitions of the private rows that the partials call, and that those call in turn."""
    from gradcli.autodiff.elementwise import BY_NAME

    found: dict[str, str] = {}
    texts = [partial for partial in row.partials if partial]
    while texts:
        for called in _CALLED.findall(texts.pop()):
            other = BY_NAME.get(called)
            if other is None or not other.private or not other.definition:
                continue
            signature = other.signature
            if signature not in found:
                found[signature] = other.definition
                texts.append(other.definition)
    return found


def _array_functions() -> Iterator[Described]:
    from gradcli.autodiff.array_functions import ALL

    for one in ALL:
        yield Described(
            one.name,
            one.signature,
            one.group,
            one.meaning,
            one.aliases,
            kinks=_kinks(one.kinks),
            needs=one.domain,
            rule=one.rule,
            example=partial(str, one.example),
        )


def _compositions() -> Iterator[Described]:
    from gradcli.autodiff.compositions import COMPOSITIONS

    for one in COMPOSITIONS:
        if one.private:
            continue
        yield Described(
            one.name,
            one.signature,
            one.group,
            one.meaning,
            one.aliases,
            definition=one.body,
            kinks=_kinks(one.kinks),
            example=partial(of_composition, one),
        )
