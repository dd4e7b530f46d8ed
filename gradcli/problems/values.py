"""The value of a variable or constant: a number, an array, a constant expression, a file or a rule.

Every value becomes a frozen float64 array of finite numbers; what is wrong with one is said
with the entry in which it is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from math import isfinite, prod
from typing import TYPE_CHECKING, Any

from gradcli.errors import GradcliError, LimitError, Origin, SpecError, ValueProblem
from gradcli.language.suggest import hint_for
from gradcli.limits import LIMITS
from gradcli.problems.problem import Variable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from gradcli.problems.data import DataFolder
    from gradcli.problems.documents import Document, Path
    from gradcli.problems.tables import FileValue, InitValue

    Floats = NDArray[np.float64]

_DATE = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9:.+Zz-]*)?\s*")
_LITERAL = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
INITS = ("zeros", "ones", "eye", "normal", "uniform")


def frozen(values: ArrayLike) -> Floats:
    """A read-only float64 array of its own, in C order."""
    import numpy as np

    copy = np.array(values, dtype=np.float64, order="C")
    copy.setflags(write=False)
    return copy


def variable(document: Document, path: Path, raw: Any, data: DataFolder) -> Variable:
    """The value at `path` of a spec, and whether it is trainable (it is, unless a table says otherwise).

    Args:
        document: the spec.
        path: the keys that lead to the value.
        raw: the value: a number, nested lists, a constant expression, or a table.
        data: where files are looked for.

    Raises:
        GradcliError: it is none of these, or holds something that is no finite number.
    """
    trainable = True
    if isinstance(raw, dict) and "value" in raw:
        from gradcli.problems.tables import GivenValue, typed

        given = typed(document, path, raw, GivenValue)
        trainable, raw = given.trainable, given.value
        if isinstance(raw, dict) and "value" in raw:
            raise SpecError("a value inside of a value", origin=document.origin(path))
    if not isinstance(raw, dict):
        return Variable(numbers(raw, path[-1], document.origin(path)), trainable)
    from gradcli.problems.tables import FileValue, InitValue, typed, unknown_key

    if "file" in raw:
        file = typed(document, path, raw, FileValue)
        try:
            return Variable(_from_file(file, data), trainable and file.trainable)
        except GradcliError as error:
            raise error.at(document.origin(path)) from None
    if "shape" in raw or "init" in raw:
        rule = typed(document, path, raw, InitValue)
        return Variable(_from_rule(document, path, rule), trainable and rule.trainable)
    if raw:
        key = next(iter(raw))
        raise unknown_key(document, path, key, ("value", "file", "shape", "init"))
    raise SpecError(
        "an empty table is no value", hint="it has `value`, `file` or `shape`", origin=document.origin(path)
    )


def numbers(raw: Any, name: str, origin: Origin, *, label: str | None = None) -> Floats:
    """A number, a rectangular nest of lists, or a constant expression, as an array.

    The entries of a list may be constant expressions of one number each.

    Args:
        raw: plain data as a spec's reader gives it.
        name: what it is called, for messages (`W` gives `W[0,2]`).
        origin: where it stands.
        label: the item as typed, with which a message begins; default `name = text`.

    Raises:
        ValueProblem: not a number, not finite, empty, or not rectangular, with the entry.
        LimitError: more elements than `LIMITS.array_elements`, or expressions than `LIMITS.expression_entries`.
    """
    import numpy as np

    if isinstance(raw, str):
        return _finite(constant(raw, label or f"{name} = {shortened(raw)}", origin), name, origin, label)
    shape, leaves = _flat(raw, name, origin)
    if len(leaves) > LIMITS.array_elements:
        raise too_large(name, origin)
    kinds = set(map(type, leaves))
    if kinds <= {int, float}:
        try:
            return _finite(np.array(leaves, dtype=np.float64).reshape(shape), name, origin)
        except OverflowError:
            pass  # an integer beyond float64: found below, with its place
    if sum(isinstance(leaf, str) for leaf in leaves) > LIMITS.expression_entries:
        raise LimitError(
            f"{name}: more expressions in quotes than the limit of {LIMITS.expression_entries} (expression_entries)",
            hint="numbers without quotes are read at once",
            origin=origin,
        )
    values = np.empty(len(leaves))
    for i, leaf in enumerate(leaves):
        values[i] = _number(leaf, name, shape, i, origin)
    return _finite(values.reshape(shape), name, origin)


def constant(text: str, label: str, origin: Origin) -> Floats:
    """The value of a constant expression.

    Args:
        text: the expression; it sees no names but `pi` and `e`.
        label: how the message begins: the item as typed.
        origin: where it stands.

    Raises:
        ValueProblem: it is no constant expression.
        LimitError: it is too large a one.
    """
    import numpy as np

    from gradcli.targets.constant_value import constant_value

    if _LITERAL.fullmatch(text) and isfinite(number := float(text)):
        return np.array(number)  # most values are: no need of a tape
    if _DATE.fullmatch(text):  # YAML and JSON have no dates, and 2020-01-01 would be the number 2018
        raise ValueProblem(f"{label}: a date or time is not a number", origin=origin)
    try:
        value: Floats = constant_value(text, origin)
    except LimitError:
        raise
    except MemoryError:
        raise too_large(label, origin) from None
    except GradcliError as error:
        raise ValueProblem(
            f"{label}: not a number ({error.message})",
            text=text if error.text is None else error.text,
            span=error.span,
            hint=_hint(text, error),
            origin=origin,
        ) from None
    return value


def shortened(text: str, most: int = 60) -> str:
    """`text`, or its beginning if it is long."""
    return text if len(text) <= most else text[: most - 3] + "..."


def too_large(name: str, origin: Origin) -> LimitError:
    """The error of an array with too many elements."""
    return LimitError(
        f"{name}: more elements than the limit of {LIMITS.array_elements} (array_elements)", origin=origin
    )


def _hint(text: str, error: GradcliError) -> str | None:
    if "," in text and "[" not in text and "(" not in text:
        return f"decimals are written with a point: {text.strip().replace(',', '.', 1)}; an array is [1, 2]"
    if text.strip(" +-").casefold() in ("nan", "inf", "infinity", "oo", "∞"):
        return "numbers lie between -1.8e308 and 1.8e308"
    if error.hint is None and error.kind == "name":
        return "a value is a constant expression: it sees no names but pi and e"
    return error.hint


def _flat(raw: Any, name: str, origin: Origin) -> tuple[tuple[int, ...], list[Any]]:
    """Shape and entries of a nest of lists, level by level."""
    shape: tuple[int, ...] = ()
    level = [raw]
    while any(isinstance(item, list) for item in level):
        first = level[0]
        for i, item in enumerate(level):
            if isinstance(item, list) != isinstance(first, list) or (
                isinstance(item, list) and len(item) != len(first)
            ):
                here, there = _label(name, shape, i), _label(name, shape, 0)
                raise ValueProblem(f"{here} {_length(item)}, {there} {_length(first)}: not an array", origin=origin)
        if len(shape) >= LIMITS.array_axes:
            raise LimitError(f"{name}: more axes than the limit of {LIMITS.array_axes} (array_axes)", origin=origin)
        if not first:
            raise ValueProblem(f"{_label(name, shape, 0)} is empty", origin=origin)
        shape += (len(first),)
        level = list(chain.from_iterable(level))
    return shape, level


def _length(item: Any) -> str:
    if not isinstance(item, list):
        from gradcli.problems.documents import kind

        return f"is {kind(item)}"
    return "has 1 entry" if len(item) == 1 else f"has {len(item)} entries"


def _label(name: str, shape: Sequence[int], flat: int) -> str:
    """`name[i,j]` of the entry with index `flat` in an array of `shape`."""
    index: list[str] = []
    for length in reversed(shape):
        flat, i = divmod(flat, length)
        index.append(str(i))
    return f"{name}[{','.join(reversed(index))}]" if index else name


def _number(leaf: Any, name: str, shape: Sequence[int], flat: int, origin: Origin) -> float:
    label = _label(name, shape, flat)
    if isinstance(leaf, str):
        value = constant(leaf, f"{label} = {shortened(leaf)}", origin)
        if value.shape != ():
            raise ValueProblem(f"{label}: an array of shape {value.shape} where a number is meant", origin=origin)
        return float(value)
    if isinstance(leaf, bool) or not isinstance(leaf, int | float):
        from gradcli.problems.documents import kind

        hint = "truth values are written 1 and 0" if isinstance(leaf, bool) else None
        raise ValueProblem(f"{label}: {kind(leaf)} is not a number", hint=hint, origin=origin)
    try:
        return float(leaf)
    except OverflowError:
        raise ValueProblem(f"{label}: the number is beyond float64", origin=origin) from None


def _finite(values: Floats, name: str, origin: Origin, label: str | None = None) -> Floats:
    import numpy as np

    if values.size > LIMITS.array_elements:
        raise too_large(name, origin)
    if values.size == 0:
        raise ValueProblem(f"{name} is empty", origin=origin)
    good = np.isfinite(values)
    if not good.all():
        flat = int(np.argmin(good))
        found = float(values.flat[flat])
        undefined = "it is undefined, as 0/0 and log(-1) are"
        raise ValueProblem(
            f"{_label(name, values.shape, flat) if values.shape else label or name}: not a finite number ({found})",
            hint=undefined if found != found else "numbers lie between -1.8e308 and 1.8e308",
            origin=origin,
        )
    return frozen(values)


def _from_file(file: FileValue, data: DataFolder) -> Floats:
    import numpy as np
    from msgspec import UNSET

    from gradcli.problems.data import read_csv

    path = data.locate(file.file)
    if file.file.lower().endswith(".npy"):
        from gradcli.problems.npy import read_npy

        if file.column is not UNSET or file.columns is not UNSET:
            raise SpecError("a .npy file has no columns")
        return frozen(read_npy(path, file.file))
    if file.column is not UNSET:
        if file.columns is not UNSET:
            raise SpecError("`column` and `columns` at once")
        return frozen(read_csv(path, file.file, [file.column])[1][0])
    if file.columns is not UNSET and not file.columns:
        raise SpecError("`columns` is empty")
    chosen = None if file.columns is UNSET else file.columns
    return frozen(np.stack(read_csv(path, file.file, chosen)[1], axis=1))


def _from_rule(document: Document, path: Path, rule: InitValue) -> Floats:
    """Zeros, ones, an identity, or random numbers from `numpy.random.default_rng(seed)`."""
    import numpy as np
    from msgspec import UNSET

    def origin(key: str) -> Origin:
        return document.origin((*path, key))

    shape = (rule.shape,) if isinstance(rule.shape, int) else tuple(rule.shape)
    if any(length < 1 for length in shape):
        raise ValueProblem("shape: a length is less than 1", origin=origin("shape"))
    if len(shape) > LIMITS.array_axes:
        raise LimitError(f"shape: more axes than the limit of {LIMITS.array_axes} (array_axes)", origin=origin("shape"))
    if prod(shape) > LIMITS.array_elements:
        raise too_large("shape", origin("shape"))
    if rule.init not in INITS:
        hint = hint_for(rule.init, INITS)
        raise ValueProblem(f"init: no rule is called '{rule.init}'", hint=hint, origin=origin("init"))
    if rule.init in ("zeros", "ones", "eye"):
        for key, given in (("scale", rule.scale), ("seed", rule.seed)):
            if given is not UNSET:
                raise SpecError(
                    f"`scale` and `seed` belong to normal and uniform, not to {rule.init}", origin=origin(key)
                )
        if rule.init == "eye":
            if len(shape) != 2:
                message = f"init: eye is a matrix; the shape has {len(shape)} lengths"
                raise ValueProblem(message, origin=origin("shape"))
            return frozen(np.eye(*shape))
        return frozen(np.zeros(shape) if rule.init == "zeros" else np.ones(shape))
    scale = numbers(1.0 if rule.scale is UNSET else rule.scale, "scale", origin("scale"))
    if scale.shape != () or not scale > 0:
        raise ValueProblem("scale: not a positive number", origin=origin("scale"))
    seed = 0 if rule.seed is UNSET else rule.seed
    if seed < 0:
        raise ValueProblem("seed: a seed is 0 or more", origin=origin("seed"))
    draw = np.random.default_rng(seed)
    made = draw.normal(0.0, scale, shape) if rule.init == "normal" else draw.uniform(-scale, scale, shape)
    return _finite(np.asarray(made), "value", document.origin(path))
