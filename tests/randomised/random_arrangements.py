"""Random calls of what multiplies, joins, cuts and rearranges arrays, each giving the shape that is asked for."""

from __future__ import annotations

import itertools
import random

import numpy as np
from random_forms import EINSUMS, SHAPES, Shape, cuts
from random_trees import Node, call


class Arrangements:
    """Makers by name; None where a function cannot give the shape."""

    draw: random.Random

    def array(self, shape: Shape, depth: int) -> Node:
        """Any tree of this shape."""
        raise NotImplementedError

    def _matmul(self, shape: Shape, depth: int, form: str = "({} @ {})", kind: str = "matmul") -> Node | None:
        k = self.draw.choice((2, 3))
        if len(shape) > 2:
            return None
        left = (shape[0], k) if shape else (k,)
        right = (k, shape[1]) if len(shape) == 2 else (k,)
        if left not in SHAPES or right not in SHAPES:
            return None
        if len(shape) == 1 and self.draw.random() < 0.5:  # of a row
            left, right = (k,), (k, shape[0])
        form = "matmul({}, {})" if kind == "matmul" and self.draw.random() < 0.3 else form
        return call(kind, form, self.array(left, depth - 1), self.array(right, depth - 1))

    def _dot(self, shape: Shape, depth: int) -> Node | None:
        return self._matmul(shape, depth, "dot({}, {})", "dot")

    def _outer(self, shape: Shape, depth: int) -> Node | None:
        if len(shape) != 2 or 1 in shape:
            return None
        return call("outer", "outer({}, {})", self.array(shape[:1], depth - 1), self.array(shape[1:], depth - 1))

    def _einsum(self, shape: Shape, depth: int) -> Node | None:
        letters = self.draw.choice(EINSUMS)
        given, _, result = letters.partition("->")
        sizes = {letter: self.draw.choice((2, 3)) for letter in "ijk"} | dict(zip(result, shape, strict=False))
        shapes = [tuple(sizes[c] for c in part) for part in given.split(",")]
        if len(result) != len(shape) or any(s not in SHAPES for s in shapes):
            return None
        blanks = ", ".join(["{}"] * len(shapes))
        return call(
            "einsum",
            f'einsum("{letters}", {blanks})',
            *(self.array(s, depth - 1) for s in shapes),
            static={"letters": letters},
        )

    def _reshape(self, shape: Shape, depth: int) -> Node | None:
        others = [s for s in SHAPES if s and s != shape and np.prod(s) == np.prod(shape)]
        if not others or not shape:
            return None
        given = self.array(self.draw.choice(others), depth - 1)
        return call("reshape", f"reshape({{}}, {list(shape)})", given, static={"shape": shape})

    def _transpose(self, shape: Shape, depth: int) -> Node | None:
        if len(shape) != 2 or shape[::-1] not in SHAPES:
            return None
        form, static = self.draw.choice((("({})'", {}), ("({}).T", {}), ("transpose({}, [1, 0])", {"axes": (1, 0)})))
        return call("transpose", form, self.array(shape[::-1], depth - 1), static=static)

    def _concat(self, shape: Shape, depth: int) -> Node | None:
        parts = {
            (3,): ((2,), (1,), 0),
            (2, 3): ((2, 2), (2, 1), 1),
            (3, 3): ((2, 3), (1, 3), 0),
            (2, 2): ((2, 1), (2, 1), -1),
        }
        if shape not in parts:
            return None
        first, second, axis = parts[shape]
        other = self.array(second, depth - 1) if second in SHAPES else call("list", "[{}]", self.array((), depth - 1))
        return call(
            "concat", f"concat({{}}, {{}}, axis={axis})", self.array(first, depth - 1), other, static={"axis": axis}
        )

    def _stack(self, shape: Shape, depth: int) -> Node | None:
        axes = [k for k in range(len(shape)) if (*shape[:k], *shape[k + 1 :]) in SHAPES]
        if not axes:
            return None
        axis = self.draw.choice(axes)
        parts = [self.array((*shape[:axis], *shape[axis + 1 :]), depth - 1) for _ in range(shape[axis])]
        return call("stack", f"stack({', '.join(['{}'] * len(parts))}, axis={axis})", *parts, static={"axis": axis})

    def _diag(self, shape: Shape, depth: int) -> Node | None:
        if shape not in ((2,), (3,), (2, 2), (3, 3)):
            return None
        return call("diag", "diag({})", self.array(shape * 2 if len(shape) == 1 else shape[:1], depth - 1))

    def _tril(self, shape: Shape, depth: int, name: str = "tril") -> Node | None:
        if len(shape) != 2:
            return None
        k = self.draw.choice((-1, 0, 1))
        return call(
            name, f"{name}({{}}, k={k})" if k else f"{name}({{}})", self.array(shape, depth - 1), static={"k": k}
        )

    def _triu(self, shape: Shape, depth: int) -> Node | None:
        return self._tril(shape, depth, "triu")

    def _stop_gradient(self, shape: Shape, depth: int) -> Node | None:
        return call("stop_gradient", "stop_gradient({})", self.array(shape, depth - 1))

    def _list(self, shape: Shape, depth: int) -> Node | None:
        if not shape:
            return None
        parts = [
            self.array(shape[1:], depth - 1) if shape[1:] in SHAPES else self._list(shape[1:], depth)
            for _ in range(shape[0])
        ]
        return call("list", f"[{', '.join(['{}'] * len(parts))}]", *(p for p in parts if p))

    def _index(self, shape: Shape, depth: int) -> Node | None:
        found = cuts(shape)
        if not found:
            return None
        given, text, key = self.draw.choice(found)
        return call("index", f"({{}})[{text}]", self.array(given, depth - 1), static={"key": key})

    def _cross(self, shape: Shape, depth: int) -> Node | None:
        if shape != (3,):
            return None
        return call("cross", "cross({}, {})", self.array(shape, depth - 1), self.array(shape, depth - 1))

    def _kron(self, shape: Shape, depth: int) -> Node | None:
        pairs = [(a, b) for a, b in itertools.product(SHAPES, repeat=2)
                 if len(a) == len(b) == len(shape) == 2 and (a[0] * b[0], a[1] * b[1]) == shape]  # fmt: skip
        if not pairs:
            return None
        first, second = self.draw.choice(pairs)
        return call("kron", "kron({}, {})", self.array(first, depth - 1), self.array(second, depth - 1))

    def _flatten(self, shape: Shape, depth: int, name: str = "flatten") -> Node | None:
        wholes = [
            s for s in SHAPES if (len(s) == 2 if name == "vec" else s) and len(shape) == 1 and np.prod(s) == shape[0]
        ]
        if not wholes:
            return None
        given = self.array(self.draw.choice(wholes), depth - 1)
        return call(name, f"{name}({{}})", given)

    def _vec(self, shape: Shape, depth: int) -> Node | None:
        return self._flatten(shape, depth, "vec")

    def _trapezoid(self, shape: Shape, depth: int) -> Node | None:
        if shape:
            return None
        n = self.draw.choice(((2,), (3,)))
        return call("trapezoid", "trapezoid({}, {})", self.array(n, depth - 1), self.array(n, depth - 1))
