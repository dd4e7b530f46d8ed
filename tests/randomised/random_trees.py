"""Expressions as trees that are written down twice: here in gradcli's language, in `jax_meanings` as a JAX program.

Every node carries its value at the one point of its problem, so that what is built on it stays inside its domain.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import gradcli
from gradcli.problems.problem import CheckOptions, Problem
from gradcli.problems.reading import spec_from_bytes

Array = np.ndarray[Any, np.dtype[np.float64]]

#: The variables every expression may use, in the order in which they are flattened for JAX.
VARIABLES: dict[str, tuple[int, ...]] = {"x": (), "y": (), "u": (3,), "v": (3,), "A": (2, 2), "B": (2, 3)}

_MODELS: dict[str, gradcli.Model] = {}


@dataclass(frozen=True, eq=False)
class Node:
    """One operation.

    Attributes:
        kind: a function's name in gradcli, or `variable`, `number`, `list`, `index`, `step` (a `let`), `person` (a
            person's own function), `parameter` (of such a function).
        form: the text, with `{}` for each child.
        children: the operands.
        static: constants beside the operands, for the JAX program.
        body: the body of a person's own function.
        value: at the point.
    """

    kind: str
    form: str
    children: tuple[Node, ...] = ()
    static: Mapping[str, Any] = field(default_factory=dict)
    body: Node | None = None
    value: Any = None

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)


def valued(node: Node) -> Node:
    """The node with its value, computed from its children's.

    Raises:
        GradcliError: if the shapes do not fit.
    """
    if node.kind in ("step", "person"):
        value = (node.body or node.children[0]).value
    else:
        names = [f"a{k}" for k in range(len(node.children))]
        text = node.form.format(*names)
        model = _MODELS.setdefault(text, gradcli.parse(text))
        with np.errstate(all="ignore"):
            value = model.value({n: c.value for n, c in zip(names, node.children, strict=True)})["f"]
    return replace(node, value=value)


def call(kind: str, form: str, *children: Node, static: dict[str, Any] | None = None, body: Node | None = None) -> Node:
    """A node with its value."""
    return valued(Node(kind, form, children, static or {}, body))


def rebound(node: Node, parameters: Mapping[str, Node]) -> Node:
    """The tree with other parameters and its values computed anew, also in the bodies of a person's functions."""
    if node.kind == "parameter":
        return parameters.get(node.form, node)
    if not node.children and node.body is None:
        return node
    children = tuple(rebound(child, parameters) for child in node.children)
    body = node.body
    if body is not None:
        names = node.static["parameters"]
        body = rebound(body, {n: Node("parameter", n, value=c.value) for n, c in zip(names, children, strict=True)})
    return valued(replace(node, children=children, body=body))


def written(root: Node) -> dict[str, Any]:
    """The tree as a spec: its text, the steps and functions it uses, its variables."""
    spec: dict[str, Any] = {"expression": "", "variables": {}, "let": {}, "functions": {}}
    steps: dict[int, str] = {}
    functions: dict[int, str] = {}

    def text(node: Node) -> str:
        if id(node) in steps:
            return steps[id(node)]
        parts = [text(child) for child in node.children]
        if node.kind == "variable":
            spec["variables"][node.form] = node.value.tolist()
        if node.kind == "step":
            name = steps[id(node)] = f"step{len(steps)}"
            spec["let"][name] = parts[0]
            return name
        if node.kind == "person":
            assert node.body is not None
            if node.static["function"] in functions:
                return f"{functions[node.static['function']]}({', '.join(parts)})"
            name = functions[node.static["function"]] = f"own{len(functions)}"
            head = f"{name}({', '.join(node.static['parameters'])})"
            spec["functions"][head] = ""  # its place, before those its body calls
            spec["functions"][head] = text(node.body)
            return f"{name}({', '.join(parts)})"
        return node.form.format(*parts)

    spec["expression"] = text(root)
    spec["variables"] = {n: spec["variables"][n] for n in VARIABLES if n in spec["variables"]}
    return {key: part for key, part in spec.items() if part}


def problem(root: Node, court: bool = False) -> Problem:
    """The tree as gradcli reads it, with all witnesses, or with the certificate as the only one."""
    found = spec_from_bytes(json.dumps(written(root)).encode(), "random", "json")
    if court:
        return found.with_(check=CheckOptions(budget_seconds=10.0))
    return found.with_(check=CheckOptions(symbolic=False, finite_difference=False, budget_seconds=30.0))


def walk(root: Node) -> Iterator[Node]:
    """Every node, a person's functions included."""
    yield root
    for child in (*root.children, *((root.body,) if root.body else ())):
        yield from walk(child)


def smaller(root: Node) -> Iterator[Node]:
    """Trees with one subtree replaced by a leaf or by a part of it of the same shape."""

    def leaves(node: Node) -> Iterator[Node]:
        if not node.children:
            return
        yield from (c for c in walk(node) if c is not node and c.shape == node.shape and c.kind != "parameter")
        if node.kind != "list" and np.isfinite(node.value).all():
            yield literal(np.round(node.value, 3))

    def replaced(node: Node) -> Iterator[Node]:
        yield from leaves(node)
        for k, child in enumerate(node.children):
            for other in replaced(child):
                yield valued(replace(node, children=(*node.children[:k], other, *node.children[k + 1 :])))

    for candidate in replaced(root):
        if any(n.kind == "variable" for n in walk(candidate)):
            yield candidate


def literal(value: Any) -> Node:
    """A number or an array literal."""
    array = np.asarray(value, dtype=np.float64)
    if array.ndim:
        inner = tuple(literal(part) for part in array)
        return valued(Node("list", "[" + ", ".join(["{}"] * len(inner)) + "]", inner))
    number = float(array)
    text = repr(int(number)) if number == int(number) and abs(number) < 1e6 else repr(number)
    return Node("number", f"({text})" if number < 0 else text, value=array)
