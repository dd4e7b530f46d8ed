"""JSON and JSON Lines: the result's own dictionary as strict JSON, records as they are due."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gradcli.result import Record, Result


def dumps(value: Any, *, ascii_only: bool = False) -> str:
    """`value` as one line of strict JSON (RFC 8259); characters that do not print are escaped.

    Args:
        value: JSON's own types; a float that is not finite is a ValueError.
        ascii_only: escape every character beyond ASCII, for a stream that cannot carry UTF-8.
    """
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def jsonl(records: Iterable[Record], *, sparse: bool = False, ascii_only: bool = False) -> Iterator[str]:
    """One record a line, each as soon as it is there."""
    for record in records:
        yield dumps(record.to_dict(sparse=sparse), ascii_only=ascii_only) + "\n"


def json_object(
    records: Iterable[Record],
    *,
    sparse: bool = False,
    ascii_only: bool = False,
    verdict: Callable[[], str] | None = None,
) -> Iterator[str]:
    """The versioned envelope as one object, laid out to be read: a line for every part of a record.

    `verdict` gives that of the whole where the records are only a part of it.
    """
    envelope = Result(tuple(records)).to_dict(sparse=sparse)
    if verdict is not None:
        envelope["verdict"] = verdict()

    def line(value: Any) -> str:
        return dumps(value, ascii_only=ascii_only)

    head = [f"  {line(key)}: {line(value)}" for key, value in envelope.items() if key != "results"]
    blocks = []
    for record in envelope["results"]:
        parts = []
        for key, value in record.items():
            if key == "checks" and value:
                inner = ",\n".join(f"        {line(name)}: {line(check)}" for name, check in value.items())
                parts.append(f'      "checks": {{\n{inner}\n      }}')
            else:
                parts.append(f"      {line(key)}: {line(value)}")
        blocks.append("    {\n" + ",\n".join(parts) + "\n    }")
    results = "[\n" + ",\n".join(blocks) + "\n  ]" if blocks else "[]"
    yield "{\n" + ",\n".join([*head, f'  "results": {results}']) + "\n}\n"


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
