"""The JSON Schemas of a spec and of a result, generated from the types that read the one and make the other."""

from __future__ import annotations

from dataclasses import fields
from inspect import cleandoc
from typing import Any

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NUMBER_OR_EXPRESSION = {"type": ["number", "string"], "description": "a number, or a constant expression such as pi/2"}


def spec_schema() -> Schema:
    """The JSON Schema of a spec file (in TOML, JSON or YAML: they mean the same object)."""
    from msgspec.json import schema_components

    from gradcli.problems.problem import TASKS
    from gradcli.problems.tables import FileValue, GivenValue, InitValue, LayerTable, PointsFile, SpecTable

    types = (SpecTable, GivenValue, FileValue, InitValue, PointsFile, LayerTable)
    _, parts = schema_components(types, ref_template="#/$defs/{name}")
    spec = parts.pop("SpecTable")
    task = {"enum": list(TASKS)}
    spec["properties"]["task"] = {
        "description": spec["properties"]["task"]["description"],
        "anyOf": [task, {"type": "array", "items": task, "minItems": 1, "uniqueItems": True}],
    }
    parts["Expression"] = {
        "type": ["string", "number"],
        "description": "an expression of the language; a number stands for itself",
    }
    parts["Numbers"] = {
        "description": "a number, a constant expression, or a rectangular nest of lists of them",
        "anyOf": [_NUMBER_OR_EXPRESSION, {"type": "array", "items": {"$ref": "#/$defs/Numbers"}, "minItems": 1}],
    }
    tables = ("GivenValue", "FileValue", "InitValue")
    parts["Value"] = {
        "description": "a value, or a table that says where it comes from",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in ("Numbers", *tables)],
    }
    parts["Points"] = {
        "anyOf": [
            {"$ref": "#/$defs/PointsFile"},
            {
                "type": "object",
                "properties": {"file": {"type": ["array", "object"]}},  # a text would be a file's name
                "additionalProperties": {"type": ["array", "string", "object"], "$ref": "#/$defs/Value"},
            },
        ],
        "description": "a file, or for each variable a list with its value at every point",
    }
    return _document("spec/1", "A gradcli spec", spec, parts)


def result_schema() -> Schema:
    """The JSON Schema of the object that `--format json` prints; `jsonl` prints its `results`, one a line."""
    from msgspec.json import schema_components

    from gradcli import result
    from gradcli.result import SCHEMA, VERDICTS, Record, record

    vars(record).update({name: getattr(result, name) for name in result.__all__})  # where its annotations are looked up
    _, parts = schema_components((Record,), ref_template="#/$defs/{name}")
    for part in parts.values():
        for name, schema in part["properties"].items():
            part["properties"][name] = _printed(schema)
        part.pop("required", None)  # parts that do not apply are left out
        part["description"] = cleandoc(part["description"]).partition("\n\n")[0]
        kind = getattr(result, part["title"])
        part["required"] = [f.name for f in fields(kind) if not f.metadata.get("optional") and f.name != "matrix"]
    parts["Record"]["required"] = ["source", "verdict"]
    parts["Record"]["properties"]["verdict"] = {"enum": list(VERDICTS)}
    parts["Check"]["properties"]["verdict"] = {"enum": ["agree", "disagree", "inconclusive", "skipped"]}
    parts["VectorProduct"]["properties"]["verdict"] = {"enum": ["agree", "disagree", "inconclusive", "skipped"]}
    for side in ("left", "right"):
        parts["Kink"]["properties"][side]["description"] = (
            "a slope: of the function named, or of the output where arguments tie or are compared; where several "
            "variables leave the kink, the output's slopes by their labels; null: infinite or not known"
        )
    for name in ("Hessian", "Jacobian"):
        parts[name]["properties"] |= _SPARSE
    parts["Number"] = {
        "description": "a float64 with all its digits; non-finite numbers are texts",
        "anyOf": [{"type": "number"}, {"enum": ["nan", "inf", "-inf"]}],
    }
    parts["Values"] = {
        "description": "an array in its variable's shape; null: not connected",
        "anyOf": [
            {"$ref": "#/$defs/Number"},
            {"type": "null"},
            {"type": "array", "items": {"$ref": "#/$defs/Values"}},
        ],
    }
    parts["Bounds"] = {
        "description": "pairs of lower and upper bounds, in the derivative's shape; of nulls where nothing is proved",
        "anyOf": [
            {"type": ["string", "number"]},
            {"type": "null"},
            {"type": "array", "items": {"$ref": "#/$defs/Bounds"}},
        ],
    }
    parts["Record"]["properties"]["enclosures"] = {
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/Bounds"},
    }
    envelope: Schema = {
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "verdict": {"enum": list(VERDICTS), "description": "the worst of the records'"},
            "results": {"type": "array", "items": {"$ref": "#/$defs/Record"}},
        },
        "required": ["schema", "verdict", "results"],
    }
    return _document("result/1", "A gradcli result", envelope, parts)


#: What stands in place of `matrix` with --sparse.
_SPARSE: Schema = {
    "shape": {"type": "array", "items": {"type": "integer"}},
    "row": {"type": "array", "items": {"type": "integer"}},
    "col": {"type": "array", "items": {"type": "integer"}},
    "value": {"type": "array", "items": {"$ref": "#/$defs/Number"}},
}


def _printed(schema: Any) -> Any:
    """A type's schema as it is printed: numbers may be the texts of non-finite ones, `Any` is an array of them."""
    if not isinstance(schema, dict):
        return schema
    schema = {key: inner for key, inner in schema.items() if key != "default"}
    if not schema:
        return {"$ref": "#/$defs/Values"}
    if schema.get("type") == "number":
        return {"$ref": "#/$defs/Number"}
    if schema == {"type": "object"}:
        return schema | {"additionalProperties": {"$ref": "#/$defs/Values"}}
    out: Schema = {}
    for key, inner in schema.items():
        if key == "anyOf":
            out[key] = [_printed(option) for option in inner]
        elif key in ("items", "additionalProperties"):
            out[key] = _printed(inner)
        else:
            out[key] = inner
    return out


def _document(name: str, title: str, schema: Schema, parts: Schema) -> Schema:
    head = {"$schema": DIALECT, "$id": f"urn:gradcli:{name}", "title": title}
    return (
        head | {key: value for key, value in schema.items() if key != "title"} | {"$defs": dict(sorted(parts.items()))}
    )
