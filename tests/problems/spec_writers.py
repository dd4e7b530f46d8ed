"""Plain data written as JSON, TOML and YAML, without any of the libraries that read them back."""

from __future__ import annotations

from typing import Any


def quoted(text: str) -> str:
    """A double-quoted string that TOML and YAML read alike."""
    out = []
    for c in text:
        if c in '"\\':
            out.append("\\" + c)
        elif c.isprintable() and c != "\ufeff":
            out.append(c)
        else:
            out.append(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}")
    return '"' + "".join(out) + '"'


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    return "1e999" if value == float("inf") else repr(value)  # digits, as a person would write them


def to_json(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_json_text(k)}: {to_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_json, value)) + "]"
    return _json_text(value) if isinstance(value, str) else _scalar(value)


def _json_text(text: str) -> str:
    """JSON has no \\U: what lies beyond the first plane is written as it is, or as a surrogate pair."""
    out = quoted(text)
    for c in {c for c in text if ord(c) >= 0x10000}:
        high, low = divmod(ord(c) - 0x10000, 0x400)
        out = out.replace(f"\\U{ord(c):08x}", f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}")
    return out


def to_toml(table: dict[str, Any]) -> str:
    """Tables of the first level as [headers], everything below inline."""
    lines = [f"{quoted(k)} = {_inline(v)}" for k, v in table.items() if not isinstance(v, dict)]
    for key, value in table.items():
        if isinstance(value, dict):
            lines.append(f"\n[{quoted(key)}]  # a comment with [brackets and \"quotes'")
            lines += [f"{quoted(k)} = {_inline(v)}" for k, v in value.items()]
    return "\n".join(lines) + "\n"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quoted(k)} = {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return _scalar(value)


def to_yaml(value: Any, indent: str = "") -> str:
    """Block tables; lists in the flow style, and texts in quotes."""
    lines = []
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            lines.append(f"{indent}{quoted(key)}:\n{to_yaml(inner, indent + '  ')}")
        else:
            lines.append(f"{indent}{quoted(key)}: {_flow(inner)}\n")
    return "".join(lines)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


WRITERS = {"json": to_json, "toml": to_toml, "yaml": to_yaml}
