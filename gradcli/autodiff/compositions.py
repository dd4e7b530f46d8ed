"""Functions written in the language itself, over the primitives: one row each, nothing else to differentiate.

A body sees its parameters and its options (`axis`, `keepdims`), may call private rows, and is
lowered as if the person had typed it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gradcli.autodiff.primitive import RowKink


class Composition(NamedTuple):
    """A function whose body is an expression.

    `options` are static keyword parameters with their defaults; `private` ones exist for other
    bodies only.
    """

    name: str
    parameters: tuple[str, ...]
    body: str
    meaning: str
    options: tuple[tuple[str, Any], ...] = ()
    group: str = "reductions"
    aliases: tuple[str, ...] = ()
    private: bool = False
    kinks: tuple[RowKink, ...] = ()


_AXIS = (("axis", None), ("keepdims", 0))
_X = ("x",)
_EQUAL = (RowKink("all entries are equal", "0 at the tip of the cone"),)
_ZERO = (RowKink("all entries are 0", "0 at the tip of the cone"),)
_ENTRY = (RowKink("an entry is 0", "0 from that entry"),)
_LARGEST = (RowKink("several entries tie for the largest", "ties share the derivative equally; 0 where it is 0"),)

COMPOSITIONS: tuple[Composition, ...] = (
    Composition("mean", _X, "sum(x, axis=axis, keepdims=keepdims)/size(x, axis=axis)", "arithmetic mean", _AXIS),
    Composition("var", _X, "mean((x - mean(x, axis=axis, keepdims=1))^2, axis=axis, keepdims=keepdims)", "population variance", _AXIS),
    Composition("std", _X, "norm(x - mean(x, axis=axis, keepdims=1), axis=axis, keepdims=keepdims)/sqrt(size(x, axis=axis))",
                "population standard deviation", _AXIS, kinks=_EQUAL),
    Composition("norm1", _X, "sum(abs(x), axis=axis, keepdims=keepdims)", "sum of absolute values", _AXIS, kinks=_ENTRY),
    Composition("norm2", _X, "norm(x, axis=axis, keepdims=keepdims)", "Euclidean norm", _AXIS, kinks=_ZERO),
    Composition("norminf", _X, "max(abs(x), axis=axis, keepdims=keepdims)", "largest absolute value", _AXIS, kinks=_LARGEST),
    Composition("any", _X, "sum(x != 0, axis=axis, keepdims=keepdims) > 0", "1 where an entry is not 0, else 0", _AXIS),
    Composition("all", _X, "sum(x == 0, axis=axis, keepdims=keepdims) == 0", "1 where no entry is 0, else 0", _AXIS),
    Composition("dot", ("x", "y"), "x @ y", "matrix product; of two vectors their inner product", group="shape"),
    Composition("outer", ("x", "y"), 'einsum("i,j->ij", x, y)', "matrix of all products of two vectors' entries", group="shape"),
    Composition("logsumexp", _X, "shifted_logsumexp(x, stop_gradient(max(x, axis=axis, keepdims=1)), axis=axis, keepdims=keepdims)",
                "log of the sum of exponentials, without overflow", _AXIS, group="models"),
    Composition("shifted_logsumexp", ("x", "m"),
                "sum(m, axis=axis, keepdims=keepdims) + log(sum(exp(x - m), axis=axis, keepdims=keepdims))",
                "logsumexp about the offset m", _AXIS, private=True),
    Composition("softmax", _X, "shifted_softmax(x, stop_gradient(max(x, axis=axis, keepdims=1)), axis=axis)",
                "exponentials divided by their sum, without overflow", (("axis", None),), group="models"),
    Composition("shifted_softmax", ("x", "m"), "exp(x - m)/sum(exp(x - m), axis=axis, keepdims=1)", "softmax about the offset m",
                (("axis", None),), private=True),
    Composition("log_softmax", _X, "x - logsumexp(x, axis=axis, keepdims=1)", "logarithm of softmax", (("axis", None),), group="models"),
    Composition("mse", ("y", "p"), "mean((y - p)^2)", "mean squared error", group="models"),
    Composition("mae", ("y", "p"), "mean(abs(y - p))", "mean absolute error", group="models", kinks=(RowKink("an error is 0", "0 from that entry"),)),
    Composition("gelu", _X, "x*normcdf(x)", "x times the standard normal distribution function", group="models"),
    Composition("trigamma", _X, "polygamma(1, x)", "second derivative of lgamma", group="special"),
    Composition("log_to_base", ("x", "base"), "log(x)/log(base)", "logarithm to a base", private=True),
)  # fmt: skip

BY_NAME: dict[str, Composition] = {name: c for c in COMPOSITIONS for name in (c.name, *c.aliases)}
