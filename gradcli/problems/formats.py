"""One reading of the bytes of a spec in any format: bounded before a parser sees them, errors with their place."""

from __future__ import annotations

import re

from gradcli.errors import LimitError, Origin, Span, SpecError, UsageError
from gradcli.limits import LIMITS
from gradcli.problems.documents import Document, decoded, kind

FORMATS = ("toml", "json", "yaml")
ENDINGS = {".toml": "toml", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def read_document(data: bytes, source: str, form: str, *, first_line: int | None = None) -> Document:
    """Read the bytes of one spec.

    Args:
        data: UTF-8 with at most one byte order mark.
        source: the file as given, for messages.
        form: one of `FORMATS`.
        first_line: the line of `source` that `data` is, if `source` holds several.

    Raises:
        LimitError: more bytes, keys or nesting than `LIMITS` allows, found before a parser sees them.
        SpecError: not this format, a key twice, or something that is not plain data.
    """
    whole = Origin(source, first_line)
    if len(data) > LIMITS.spec_bytes:
        raise LimitError(
            f"the spec is larger than the limit of {LIMITS.spec_bytes} bytes (spec_bytes)",
            hint="keep large arrays in a .npy or .csv file beside the spec",
            origin=whole,
        )
    if form == "json":
        from gradcli.problems.json_document import parse_json as parse
    elif form == "yaml":
        from gradcli.problems.yaml_document import parse_yaml as parse
    elif form == "toml":
        from gradcli.problems.toml_document import parse_toml as parse
    else:
        raise UsageError(f"{form}: not a format of specs", hint=f"the formats are {', '.join(FORMATS)}")
    try:
        text = decoded(data)
        _refuse_long_numbers(text)
        table, places = parse(text)
    except (SpecError, LimitError) as error:
        line, column = error.origin.line, error.origin.column
        if line is not None and column is not None and error.text is None:
            lines = text.split("\n", line)
            if line > len(lines):  # libyaml counts a line more than there are where the text ends too early
                line, column = len(lines), len(lines[-1]) + 1
            error.text = lines[line - 1].rstrip("\r")
            error.span = Span(min(column - 1, len(error.text)), column)
        if first_line is not None:
            line = first_line + (line or 1) - 1
        error.origin = Origin(source, line, error.origin.key, column)
        raise
    if not isinstance(table, dict):
        what = "is empty" if table is None else f"is {kind(table)}"
        raise SpecError(f"the spec {what}; a table of keys is meant", origin=whole)
    return Document(source, table, places, first_line)


def form_of(name: str) -> str | None:
    """The format that a file's ending names, or None if it is no spec's ending."""
    lower = name.lower()
    return next((form for ending, form in ENDINGS.items() if lower.endswith(ending)), None)


def _refuse_long_numbers(text: str) -> None:
    """Parsers find numbers with patterns that take memory for every digit."""
    digits = re.search(f"(?<![0-9_])[0-9_]{{{LIMITS.spec_digits + 1}}}", text)
    if digits:
        raise LimitError(
            f"a number has more digits than the limit of {LIMITS.spec_digits} (spec_digits)",
            origin=Origin(line=text.count("\n", 0, digits.start()) + 1),
        )
