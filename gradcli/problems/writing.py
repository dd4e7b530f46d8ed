"""A Problem as the text of a spec that means the same: layers written out, data in place, values as they are now."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gradcli.errors import LimitError
from gradcli.language.labels import EVERYTHING
from gradcli.limits import LIMITS
from gradcli.problems.problem import CheckOptions, Expect, Problem, Variable

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 100
_LONGEST_NUMBER = len("-2.2250738585072014e-308, ")


def spec_text(problem: Problem, *, note: str | None = None) -> str:
    """The problem as TOML that gradcli reads again.

    Numbers keep all their digits.

    Args:
        problem: what is written.
        note: a comment at the head.

    Raises:
        LimitError: the text is larger than a spec may be, so that it could not be read again.
    """
    text = "\n".join(_lines(problem, note)) + "\n"
    _require_small(len(text.encode()))
    return text


def require_room(problem: Problem) -> None:
    """See that the problem can be written as a spec whatever numbers its variables come to hold.

    Raises:
        LimitError: it may become larger than a spec may be.
    """
    numbers = sum(v.value.size for v in problem.variables.values() if v.value is not None)
    _require_small(len(spec_text(problem).encode()) + _LONGEST_NUMBER * numbers)


def _require_small(size: int) -> None:
    if size > LIMITS.spec_bytes:
        raise LimitError(
            f"written out, the spec is larger than the limit of {LIMITS.spec_bytes} bytes (spec_bytes)",
            hint="it could not be read again: its arrays belong in .npy or .csv files beside it",
        )


def _lines(problem: Problem, note: str | None) -> Iterator[str]:
    if note:
        yield from (f"# {line}" for line in note.splitlines())
    if problem.title is not None:
        yield f"title = {_text(problem.title)}"
    if problem.description is not None:
        yield f"description = {_text(problem.description)}"
    tasks = [_text(task) for task in problem.tasks]
    yield f"task = [{', '.join(tasks)}]"
    yield from _table("constants", {name: _numbers(value) for name, value in problem.constants.items()})
    yield from _table("variables", {n: _variable(v) for n, v in problem.variables.items() if v.value is not None})
    functions = {f"{f.name}({', '.join(f.parameters)})": _text(f.body.text) for f in problem.functions.values()}
    yield from _table("functions", functions)
    yield from _table("let", {name: _text(step.text) for name, step in problem.lets.items()})
    yield from _table("outputs", {name: _text(output.text) for name, output in problem.outputs.items()})
    yield from _table("points", {name: _numbers(values) for name, values in (problem.points or {}).items()})
    claims = problem.claims
    for order, table in (("gradient", claims.gradient), ("hessian", claims.hessian)):
        stated = {
            f"{key[0]}:" * bool(key[0]) + (order if EVERYTHING in key else ",".join(map(str, key[1:]))): _text(e.text)
            for key, e in table.items()
        }
        yield from _table(f"claims.{order}", stated)
    yield from _expected(problem.expect)
    standard = CheckOptions()
    check = problem.check._asdict()
    shown = ("symbolic", "finite_difference", "certificate", "budget_seconds", "rtol")
    yield from _table("check", {k: json.dumps(check[k]) for k in shown if check[k] != getattr(standard, k)})


def _expected(expect: Expect) -> Iterator[str]:
    stated = {key: _numbers(v) for key, v in (("value", expect.value), ("hessian", expect.hessian)) if v is not None}
    if expect and expect.rtol != Expect().rtol:
        stated["rtol"] = repr(expect.rtol)
    yield from _table("expect", stated)
    yield from _table("expect.gradient", {name: _numbers(value) for name, value in expect.gradient.items()})


def _table(name: str, entries: Mapping[str, str]) -> Iterator[str]:
    if entries:
        yield ""
        yield f"[{name}]"
        yield from (f"{_key(key)} = {value}" for key, value in entries.items())


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """A basic string of TOML; JSON's escapes are a part of its, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _variable(variable: Variable) -> str:
    numbers = _numbers(variable.value)
    return numbers if variable.trainable else f"{{ value = {numbers}, trainable = false }}"


def _numbers(value: Any) -> str:
    """Nested lists of numbers, each in the shortest form that reads back to the same bits; a row a line if long."""
    nest = value.tolist()
    line = _nested(nest)
    if len(line) <= _WIDTH or not isinstance(nest, list):
        return line
    if not isinstance(nest[0], list):
        return "[\n" + "".join(f"  {', '.join(map(repr, part))},\n" for part in _parts(nest)) + "]"
    return "[\n" + "".join(f"  {_nested(row)},\n" for row in nest) + "]"


def _nested(nest: Any) -> str:
    return f"[{', '.join(map(_nested, nest))}]" if isinstance(nest, list) else repr(nest)


def _parts(numbers: list[float], count: int = 4) -> Iterator[list[float]]:
    return (numbers[k : k + count] for k in range(0, len(numbers), count))
