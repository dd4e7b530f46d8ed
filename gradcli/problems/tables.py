"""The tables of a spec and their keys, as types: the one list that reading and the JSON Schema share.

msgspec checks a plain table against its type; what it finds is told with the key, the line
and the nearest key that exists. Tables whose keys a person chooses hold `Any` and are read
by the modules that know what belongs there.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType, ValidationError, convert

from gradcli.errors import GradcliError, SpecError, UnknownNameError
from gradcli.language.suggest import hint_for
from gradcli.problems.documents import Document, Path

AnyTable = dict[str, Any]
Value = Annotated[Any, Meta(extra_json_schema={"$ref": "#/$defs/Value"})]
Numbers = Annotated[Any, Meta(extra_json_schema={"$ref": "#/$defs/Numbers"})]
Formula = Annotated[Any, Meta(extra_json_schema={"$ref": "#/$defs/Expression"})]
Points = Annotated[Any, Meta(extra_json_schema={"$ref": "#/$defs/Points"})]
ValueTable = Annotated[AnyTable, Meta(extra_json_schema={"additionalProperties": {"$ref": "#/$defs/Value"}})]
FormulaTable = Annotated[AnyTable, Meta(extra_json_schema={"additionalProperties": {"$ref": "#/$defs/Expression"}})]
NumbersTable = Annotated[AnyTable, Meta(extra_json_schema={"additionalProperties": {"$ref": "#/$defs/Numbers"}})]


def _described(text: str) -> Meta:
    return Meta(description=text)


class ClaimsTable(Struct, forbid_unknown_fields=True):
    """Hand-derived formulas to be checked."""

    gradient: Annotated[FormulaTable, _described("by variable, `x` or `output:x`")] = {}
    hessian: Annotated[FormulaTable, _described("by two variables, `x,y` or `output:x,y`")] = {}


class ExpectTable(Struct, forbid_unknown_fields=True):
    """Numbers the result must equal."""

    value: Numbers | UnsetType = UNSET
    gradient: Annotated[NumbersTable, _described("by variable")] = {}
    hessian: Numbers | UnsetType = UNSET
    rtol: Annotated[float, _described("relative tolerance")] = 1e-9


class CheckTable(Struct, forbid_unknown_fields=True):
    """Which witnesses are heard, for how long, and how close an entry must be."""

    symbolic: bool = True
    finite_difference: bool = True
    certificate: bool = True
    budget_seconds: float = 10.0
    rtol: Annotated[float, _described("relative tolerance")] = 1e-9


class LayerTable(Struct, forbid_unknown_fields=True):
    """A layer of a small network: activation(input @ W + b)."""

    units: Annotated[int, _described("how many outputs")]
    input: Annotated[Formula, _described("what it takes; the layer before if not given")] | UnsetType = UNSET
    activation: (
        Annotated[str, _described("a function of the language or of the spec; none if not given")] | UnsetType
    ) = UNSET
    bias: bool = True
    init: Annotated[str, _described("rule of the weights; glorot_uniform if not given")] | UnsetType = UNSET
    scale: Annotated[Numbers, _described("of normal and uniform")] | UnsetType = UNSET
    seed: Annotated[int, _described("the layer's number if not given")] | UnsetType = UNSET
    name: Annotated[str, _described("of its result; layer1, layer2, ... if not given")] | UnsetType = UNSET
    type: str = "dense"


class SpecTable(Struct, forbid_unknown_fields=True):
    """A problem: values, expressions, and what to do with them."""

    title: Annotated[str, _described("shown with the result")] | UnsetType = UNSET
    description: Annotated[str, _described("a note for readers")] | UnsetType = UNSET
    task: Annotated[str | list[str], _described("grad, hessian, jacobian, or a list of them")] | UnsetType = UNSET
    expression: Annotated[Formula, _described("shorthand for one output called `f`")] | UnsetType = UNSET
    constants: Annotated[ValueTable, _described("never differentiated")] = {}
    variables: Annotated[ValueTable, _described("trainable unless said otherwise")] = {}
    layers: Annotated[
        list[Any],
        Meta(
            description="they expand into variables and let",
            extra_json_schema={"items": {"$ref": "#/$defs/LayerTable"}},
        ),
    ] = []
    functions: Annotated[FormulaTable, _described("bodies by signature, such as `f(a, b)`")] = {}
    let: Annotated[FormulaTable, _described("named steps; each sees the earlier ones only")] = {}
    outputs: Annotated[FormulaTable, _described("what is differentiated")] = {}
    points: Annotated[Points, _described("the derivative is taken at each of them")] | UnsetType = UNSET
    claims: ClaimsTable | UnsetType = UNSET
    expect: ExpectTable | UnsetType = UNSET
    check: CheckTable | UnsetType = UNSET


class GivenValue(Struct, forbid_unknown_fields=True):
    """A value that says whether it is trainable."""

    value: Value
    trainable: bool = True


class FileValue(Struct, forbid_unknown_fields=True):
    """A value from a data file: a .npy, or columns of a .csv (all of them if none are named)."""

    file: str
    column: Annotated[str, _described("one column, a 1-D array")] | UnsetType = UNSET
    columns: Annotated[list[str], _described("a 2-D array with a column each")] | UnsetType = UNSET
    trainable: bool = True


class InitValue(Struct, forbid_unknown_fields=True):
    """A value made by a rule: zeros, ones, eye, or random numbers with a seed."""

    shape: int | list[int]
    init: Annotated[str, Meta(extra_json_schema={"enum": ["zeros", "ones", "eye", "normal", "uniform"]})]
    scale: Annotated[Numbers, _described("standard deviation (normal) or half-width (uniform); 1")] | UnsetType = UNSET
    seed: Annotated[int, _described("0 if not given")] | UnsetType = UNSET
    trainable: bool = True


class PointsFile(Struct, forbid_unknown_fields=True):
    """Points from a .csv with a header of variables or entries, a .npy or a .npz."""

    file: str


_T = TypeVar("_T", bound=Struct)
_AT = re.compile(r"(?s)(.*?)(?: - at `\$(.*)`)?")
_UNKNOWN = re.compile(r"(?s)Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")
_EXPECTED = re.compile(r"Expected `(.*)`, got `(.*)`")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_WORDS = {
    "str": "a text",
    "array": "a list",
    "object": "a table",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing (null)",
}


def typed(document: Document, path: Path, raw: object, table: type[_T]) -> _T:
    """`raw`, which stands at `path` of the document, as a `table`.

    Raises:
        UnknownNameError: a key that the table does not have.
        SpecError: a key is missing, or its value is of another type.
    """
    try:
        return convert(raw, table)
    except ValidationError as error:
        raise _told(str(error), document, path, table) from None


def _told(message: str, document: Document, path: Path, table: type[Struct]) -> GradcliError:
    """msgspec's message in the words of a spec, at the key it is about."""
    found = _AT.fullmatch(message)
    what, where = (found.group(1), found.group(2) or "") if found else (message, "")
    inner = tuple(key for key, _ in _STEP.findall(where) if key)
    entry = "".join(f"[{index}]" for _, index in _STEP.findall(where) if index)
    unknown, missing, expected = _UNKNOWN.fullmatch(what), _MISSING.fullmatch(what), _EXPECTED.fullmatch(what)
    if unknown:
        key = unknown.group(1)
        return unknown_key(document, (*path, *inner), key, keys_of(table, inner))
    origin = document.origin((*path, *inner))
    if missing:
        return SpecError(f"the key '{missing.group(1)}' is missing", origin=origin)
    if expected:
        meant, given = expected.groups()
        words = " or ".join(_WORDS.get(word, word) for word in meant.split(" | "))
        number = "a fraction" if meant == "int" else "a number"
        got = {"int": "a number", "float": number, "bool": "true or false"}.get(given) or _WORDS.get(given)
        at = f"{(*path, *inner)[-1]}{entry}: " if path or inner else ""
        return SpecError(f"{at}{words} is meant, not {got or f'a {given}'}", origin=origin)
    return SpecError(what[:1].lower() + what[1:], origin=origin)


def keys_of(table: type[Struct], inner: Path = ()) -> tuple[str, ...]:
    """The keys of a table's type, or of the table that `inner` leads to."""
    subtables = {"claims": ClaimsTable, "expect": ExpectTable, "check": CheckTable}
    return (subtables[inner[-1]] if inner else table).__struct_fields__


def unknown_key(document: Document, path: Path, key: str, known: tuple[str, ...]) -> UnknownNameError:
    """The error of a key that the table at `path` does not have."""
    hint = hint_for(key, known, f"the keys here are {', '.join(known)}")
    return UnknownNameError(f"unknown key '{key}'", hint=hint, origin=document.origin((*path, key)))
