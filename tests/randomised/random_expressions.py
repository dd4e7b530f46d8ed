"""Random expressions over the whole table: every function in turn, among shapes and functions drawn at random."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from random_arrangements import Arrangements
from random_forms import (
    ALIASES,
    ALONG,
    ANY,
    ARRAYS,
    BROADCAST,
    CONSTANTS,
    ELEMENTWISE,
    LOSSES,
    MATRICES,
    NAMES,
    REDUCTIONS,
    SHAPES,
    Domain,
    Elementwise,
    Shape,
    cuts,
    reductions,
)
from random_trees import VARIABLES, Node, call, literal, rebound

_TOO_LARGE = 1e3
_HARD_SHARE = 0.25  #: of the expressions are at hard points, where rules meet 0, ties, edges and extremes
_HARD_TOO_LARGE = 1e8
_HARD = (0.0, 0.0, 0.0, 1.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, 1e-8, -1e-8, 1e-160, 20.0, -40.0, 1e5, -1e6)
_SMOOTH = ("sin", "tanh", "exp", "sqrt", "log1p", "sigmoid", "add", "multiply", "subtract", "divide", "power", "square")
_EASY = ("matmul", "sum", "index", "list", "transpose", "mean", "reshape", "concat", "stack", "diag", "norm", "outer")


def expression(seed: int) -> Node:
    """The expression of a seed: a number, of the function that the seed is due and of others."""
    generator = Generator(random.Random(seed))
    name = NAMES[seed % len(NAMES)]
    while True:
        root = generator.around(name)
        if root is not None and root.shape == () and generator.fine(root) and any(generator.used(root)):
            return root


class Generator(Arrangements):
    """Draws trees; `names` are the parameters of a person's function while its body is drawn."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.hard = draw.random() < _HARD_SHARE
        self.values = {
            name: np.array([self._coordinate() for _ in range(int(np.prod(shape)))]).reshape(shape)
            for name, shape in VARIABLES.items()
        }
        self.parameters: list[Node] = []
        self.steps: list[Node] = []
        self.functions = 0

    def _coordinate(self) -> float:
        if self.hard and self.draw.random() < 0.7:
            return self.draw.choice(_HARD)
        return round(self.draw.uniform(0.1, 2.0) * self.draw.choice((1, 1, -1)), 3)

    def fine(self, node: Node | None) -> bool:
        """Whether a tree was made, and its value is neither too large nor undefined."""
        most = _HARD_TOO_LARGE if self.hard else _TOO_LARGE
        return node is not None and bool(np.all(np.abs(node.value) < most))

    def used(self, root: Node) -> list[str]:
        """Variables of a tree."""
        parts = (*root.children, *((root.body,) if root.body else ()))
        return ([root.form] if root.kind == "variable" else []) + [n for part in parts for n in self.used(part)]

    def around(self, name: str) -> Node | None:
        """A number made with this function."""
        shape = self.draw.choice(SHAPES)
        root = self.made(name, shape, 2)
        for other in self.draw.sample(SHAPES, len(SHAPES)):
            root = root or self.made(name, other, 2)
        if root is None or not self.fine(root):
            return None
        if self.draw.random() < 0.4:
            root = self.elementwise(self.draw.choice(_SMOOTH), root.shape, 1, root) or root
        root = self.number(root)
        if self.draw.random() < 0.4:
            form = self.draw.choice((("add", "({} + {})"), ("multiply", "({} * {})"), ("divide", "({} / {})")))
            root = call(form[0], form[1], self.array((), 1), root) if form[0] != "divide" else call(
                *form, self.array((), 1), self.fitted(root, (0.5, 3.0), True)
            )  # fmt: skip
        return root

    def number(self, node: Node) -> Node:
        """An array drawn together to a number."""
        if node.shape == ():
            return node
        kind = self.draw.randrange(4)
        if kind == 0:
            return call("norm", "norm({})", node)
        if kind == 1:
            return call("mean", "mean({})", node)
        other = self.weights(node.shape) if kind == 2 else self.array(node.shape, 0)
        return call("sum", "sum({})", call("multiply", "({} * {})", node, other))

    def weights(self, shape: Shape) -> Node:
        size = int(np.prod(shape))
        return literal(np.array([round(self.draw.uniform(-2, 2), 2) or 1.0 for _ in range(size)]).reshape(shape))

    def array(self, shape: Shape, depth: int) -> Node:
        """Any tree of this shape."""
        chance = self.draw.random()
        if depth > 0 and chance < 0.9:
            for _ in range(4):
                kind = self.draw.random()
                if kind < 0.3:
                    name = self.draw.choice(_SMOOTH)
                elif kind < 0.6:
                    name = self.draw.choice(tuple(ELEMENTWISE))
                else:
                    name = self.draw.choice(_EASY if kind < 0.8 else ARRAYS)
                found = self.made(name, shape, depth)
                if found is not None and self.fine(found):
                    return found
        return self.leaf(shape)

    def made(self, name: str, shape: Shape, depth: int) -> Node | None:
        """This function giving this shape; None where it cannot, or not here."""
        if name in ELEMENTWISE:
            return self.elementwise(name, shape, depth)
        return self.respelled(self._made(name, shape, depth))

    def _made(self, name: str, shape: Shape, depth: int) -> Node | None:
        for names, make in (
            (LOSSES, self._loss), (REDUCTIONS, self._reduction), (ALONG, self._along), (CONSTANTS, self._constant),
            (MATRICES, self._matrix),
        ):  # fmt: skip
            if name in names:
                return make(name, shape, depth)
        found: Node | None = getattr(self, f"_{name}")(shape, depth)
        return found

    def respelled(self, node: Node | None) -> Node | None:
        """The same call, sometimes by another of the function's names."""
        if node is None or not node.form.startswith(f"{node.kind}("):
            return node
        aliases = ALIASES.get(node.kind)
        if not aliases or self.draw.random() < 0.6:
            return node
        return replace(node, form=self.draw.choice(aliases) + node.form[len(node.kind) :])

    def elementwise(self, name: str, shape: Shape, depth: int, first: Node | None = None) -> Node | None:
        form = self.draw.choice(ELEMENTWISE[name])
        shapes = [shape] * len(form.domains)
        if len(shapes) > 1 and first is None and shape in BROADCAST and self.draw.random() < 0.4:
            shapes[:2] = self.draw.choice(BROADCAST[shape])
        operands = [self.array(s, depth - 1) for s in shapes]
        if first is not None:
            operands[0] = first
        if self.draw.random() < 0.5 and (
            self.hard or not form.strict
        ):  # also outside the domain that is drawn from, if there is a value
            found = self._tried(name, form, operands)
            if self.fine(found):
                return found
        fitted = [self.fitted(o, d, form.strict) for o, d in zip(operands, form.domains, strict=True)]
        return self._tried(name, form, fitted)

    def _tried(self, name: str, form: Elementwise, operands: list[Node]) -> Node | None:
        found = call(name, form.text, *operands, static=dict(form.static))
        return found if self.fine(found) else None

    def fitted(self, node: Node, domain: Domain, strict: bool = False) -> Node:
        """The node, drawn into the domain if it lies outside."""
        low, high = domain
        if np.all((node.value > low) & (node.value < high)):
            return node
        middle, half = (low + high) / 2, (high - low) / 2 * 0.95
        squash = self.draw.choice(("sin({})", "tanh({})", "sin({})"))
        inside = call(squash.partition("(")[0], squash, node)
        scaled = call("multiply", "({} * {})", literal(round(half, 4)), inside)
        return call("add", "({} + {})", scaled, literal(round(middle, 4)))

    def leaf(self, shape: Shape) -> Node:
        """A variable, a piece of one, or several joined; sometimes constants."""
        fitting = [p for p in self.parameters if p.shape == shape]
        if fitting and self.draw.random() < 0.8:
            return self.draw.choice(fitting)
        if self.draw.random() < 0.12:
            return self.weights(shape)
        known = [s for s in self.steps if s.shape == shape]
        if known and not self.parameters and self.draw.random() < 0.5:
            return self.draw.choice(known)
        names = [n for n, s in VARIABLES.items() if s == shape]
        if names and self.draw.random() < 0.7:
            return self.variable(self.draw.choice(names))
        pieces = [c for c in cuts(shape) if c[0] in VARIABLES.values()]
        if pieces:
            given, text, key = self.draw.choice(pieces)
            source = self.draw.choice([n for n, s in VARIABLES.items() if s == given])
            return call("index", f"{{}}[{text}]", self.variable(source), static={"key": key})
        u, v, a, b = (self.variable(n) for n in "uvAB")
        if shape == (3, 2):
            return call("transpose", "{}'", b)
        if shape == (1, 3):
            return call("reshape", "reshape({}, [1, 3])", self.draw.choice((u, v)), static={"shape": (1, 3)})
        if shape in ((4,), (6,)):
            return call("flatten", "flatten({})", a if shape == (4,) else b)
        if shape == (2, 2, 3):
            return call("einsum", 'einsum("ij,ik->ijk", {}, {})', a, b, static={"letters": "ij,ik->ijk"})
        return call("outer", "outer({}, {})", u, v)

    def variable(self, name: str) -> Node:
        return Node("variable", name, value=self.values[name])

    def _loss(self, name: str, shape: Shape, depth: int) -> Node | None:
        if shape:
            return None
        given = self.draw.choice(SHAPES[1:])
        operands = [self.fitted(self.array(given, depth - 1), d) if d != ANY else self.array(given, depth - 1)
                    for d in LOSSES[name]]  # fmt: skip
        if name == "huber" and self.draw.random() < 0.5:
            operands.append(self.fitted(self.array((), 0), (0.5, 2.0)))
        return call(name, f"{name}({', '.join(['{}'] * len(operands))})", *operands)

    def _reduction(self, name: str, shape: Shape, depth: int) -> Node | None:
        found = [one for one in reductions(shape) if name[:4] != "norm" or not isinstance(one[1], tuple)]
        if not found:
            return None
        given, axis, keepdims = self.draw.choice(found)
        options = "" if axis is None else f", axis={list(axis) if isinstance(axis, tuple) else axis}"
        static = {"axis": axis, "keepdims": int(keepdims)}
        return call(
            name,
            f"{name}({{}}{options}{', keepdims=1' if keepdims else ''})",
            self.array(given, depth - 1),
            static=static,
        )

    def _along(self, name: str, shape: Shape, depth: int) -> Node | None:
        if not shape:
            return None
        axis = self.draw.choice(
            (*range(-len(shape), len(shape)), *((None,) if len(shape) == 1 or name != "cumsum" else ()))
        )
        option = "" if axis is None else f", axis={axis}"
        return call(name, f"{name}({{}}{option})", self.array(shape, depth - 1), static={"axis": axis})

    def _constant(self, name: str, shape: Shape, depth: int) -> Node | None:
        if name in ("zeros", "ones") and shape:
            return call(name, f"{name}({list(shape)})", static={"shape": shape})
        if name == "eye" and len(shape) == 2 and shape[0] == shape[1]:
            return call(name, f"eye({shape[0]})", static={"n": shape[0]})
        if name == "arange" and len(shape) == 1:
            return call(name, f"arange({shape[0]})", static={"n": shape[0]})
        if name == "linspace" and len(shape) == 1:
            ends = self.array((), depth - 1), self.array((), depth - 1)
            return call(name, f"linspace({{}}, {{}}, {shape[0]})", *ends, static={"n": shape[0]})
        if name == "size" and not shape:
            axis = self.draw.choice((None, 0, -1))
            option = "" if axis is None else f", axis={axis}"
            return call(name, f"size({{}}{option})", self.array((2, 3), 0), static={"axis": axis})
        return call(name, "shape({})", self.array((2, 3), 0)) if name == "shape" and shape == (2,) else None

    def regular(self, n: int, depth: int, definite: bool) -> Node:
        """A matrix far from singular ones."""
        any_one = self.array((n, n), depth)
        any_one = any_one if np.max(np.abs(any_one.value)) < 5 else call("tanh", "tanh({})", any_one)
        if definite:
            any_one = call("matmul", "({} @ {})", any_one, call("transpose", "{}'", any_one))
        elif float(np.linalg.cond(any_one.value)) < 20:
            return any_one
        return call(
            "add", "({} + {})", any_one, literal(np.diag([round(self.draw.uniform(1, 3), 1) for _ in range(n)]))
        )

    def _matrix(self, name: str, shape: Shape, depth: int) -> Node | None:
        n = self.draw.choice((2, 3)) if not shape else shape[0]
        square = shape in ((2, 2), (3, 3))
        if name == "pinv" and shape in ((2, 3), (3, 2), (2, 2), (3, 3)):
            given = self.array(shape[::-1], depth - 1)
            values = np.linalg.svd(given.value, compute_uv=False)
            return call(name, "pinv({})", given) if values[-1] > 0.05 * values[0] else None
        if name == "solve" and len(shape) in (1, 2) and n in (2, 3):
            return call(name, "solve({}, {})", self.regular(n, depth - 1, False), self.array(shape, depth - 1))
        if name in ("det", "logdet", "logabsdet", "trace") and not shape:
            given = self.regular(n, depth - 1, name == "logdet") if name[:3] == "log" else self.array((n, n), depth - 1)
            return call(name, f"{name}({{}})", given)
        if name in ("inv", "cholesky", "adj") and square:
            return call(name, f"{name}({{}})", self.regular(n, depth - 1, name == "cholesky"))
        if name == "matrix_power" and square:
            power = self.draw.choice((-2, -1, 0, 1, 2, 3, 4))
            return call(name, f"matrix_power({{}}, {power})", self.regular(n, depth - 1, False), static={"n": power})
        return None

    def _step(self, shape: Shape, depth: int) -> Node | None:
        """A named step, which later leaves of its shape may be again."""
        if self.parameters:
            return None
        step = call("step", "", self.array(shape, depth))
        self.steps.append(step)
        return step

    def _person(self, shape: Shape, depth: int) -> Node | None:
        """A function of one to three arguments, which may call another one and may be called twice."""
        if any(parameter.form.startswith("pp") for parameter in self.parameters):
            return None
        before = self.parameters
        names = tuple(("pp" if before else "p") + letter for letter in "abc"[: self.draw.randint(1, 3)])
        arguments = [
            self.array(shape if k == 0 else self.draw.choice(((), shape)), depth - 1) for k in range(len(names))
        ]
        self.parameters = [Node("parameter", n, value=a.value) for n, a in zip(names, arguments, strict=True)]
        try:
            body = self.array(shape, max(depth, 1))
        finally:
            self.parameters = before
        self.functions += 1
        static = {"parameters": names, "function": self.functions}
        first = call("person", "", *arguments, static=static, body=body)
        if self.draw.random() < 0.6:
            return first
        second = rebound(replace(first, children=tuple(self.array(a.shape, depth - 1) for a in arguments)), {})
        return call("add", "({} + {})", first, second) if self.fine(second) else first
