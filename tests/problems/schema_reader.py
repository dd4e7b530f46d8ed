"""As much of JSON Schema as gradcli's own schemas use; a keyword it does not know is an error."""

from __future__ import annotations

from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_REMARKS = {"$schema", "$id", "$defs", "title", "description", "default"}


def faults(value: Any, schema: Any, root: Any, where: str = "$") -> list[str]:
    """What is wrong with `value`; nothing if it satisfies `schema`."""
    found: list[str] = []
    for keyword, wanted in schema.items():
        if keyword in _REMARKS:
            continue
        if keyword == "$ref":
            target = root
            for part in wanted.removeprefix("#/").split("/"):
                target = target[part]
            found += faults(value, target, root, where)
        elif keyword == "type":
            names = wanted if isinstance(wanted, list) else [wanted]
            if not any(_is(value, name) for name in names):
                found.append(f"{where}: not of type {wanted}")
        elif keyword == "enum":
            found += [] if value in wanted else [f"{where}: not one of {wanted}"]
        elif keyword == "const":
            found += [] if value == wanted else [f"{where}: not {wanted}"]
        elif keyword == "anyOf":
            options = [faults(value, option, root, where) for option in wanted]
            found += [] if not all(options) else min(options, key=len)
        elif keyword == "properties":
            for key, inner in wanted.items():
                if isinstance(value, dict) and key in value:
                    found += faults(value[key], inner, root, f"{where}.{key}")
        elif keyword == "required":
            found += [f"{where}: without {key}" for key in wanted if isinstance(value, dict) and key not in value]
        elif keyword == "additionalProperties":
            others = set(value) - set(schema.get("properties", {})) if isinstance(value, dict) else set()
            if wanted is False:
                found += [f"{where}: unknown {key}" for key in others]
            else:
                for key in others:
                    found += faults(value[key], wanted, root, f"{where}.{key}")
        elif keyword == "items":
            for i, item in enumerate(value if isinstance(value, list) else []):
                found += faults(item, wanted, root, f"{where}[{i}]")
        elif keyword == "minItems":
            found += [f"{where}: too short"] if isinstance(value, list) and len(value) < wanted else []
        elif keyword == "uniqueItems":
            found += [f"{where}: repeats"] if isinstance(value, list) and len({*map(repr, value)}) < len(value) else []
        else:
            raise AssertionError(f"unknown keyword {keyword}")
    return found


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])
