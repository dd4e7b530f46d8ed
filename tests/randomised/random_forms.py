"""How each function of the language is called: the shapes it takes for the shape it gives, and its operands' domains.

Elementwise functions come from the table itself; a form that is missing here is found by a test.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from gradcli.autodiff import array_functions, compositions
from gradcli.autodiff.elementwise import ROWS

Shape = tuple[int, ...]
Domain = tuple[float, float]

ANY: Domain = (-3.0, 3.0)
PART: Domain = (0.05, 0.95)  #: of a whole: probabilities
SHAPES: tuple[Shape, ...] = ((), (2,), (3,), (2, 2), (2, 3), (3, 2), (3, 3), (1, 3), (2, 1), (2, 2, 3), (4,), (6,))

#: Shapes that two operands are broadcast from.
BROADCAST: Mapping[Shape, tuple[tuple[Shape, Shape], ...]] = {
    (2,): (((2,), ()), ((), (2,))),
    (3,): (((3,), ()), ((), (3,))),
    (2, 2): (((2, 2), (2,)), ((2, 1), (2,)), ((), (2, 2)), ((2, 2), (2, 1))),
    (2, 3): (((2, 3), (3,)), ((2, 1), (3,)), ((2, 1), (1, 3)), ((1, 3), (2, 3)), ((), (2, 3))),
    (3, 2): (((3, 2), (2,)), ((), (3, 2))),
    (3, 3): (((3, 3), (3,)), ((1, 3), (3, 3)), ((3, 3), ())),
    (2, 2, 3): (((2, 2, 3), (2, 3)), ((3,), (2, 2, 3)), ((2, 1), (2, 2, 3))),
}


class Elementwise(NamedTuple):
    """`text` has `{}` for every operand; a domain is strict if nothing outside it may be tried."""

    text: str
    domains: tuple[Domain, ...]
    static: Mapping[str, Any] = {}
    strict: bool = False


def _domain(low: float, high: float, *names: str) -> dict[str, tuple[Domain, ...]]:
    return dict.fromkeys(names, ((low, high),))


_COMPOSED: dict[str, tuple[Domain, ...]] = {
    **_domain(*ANY, "leaky_relu", "elu", "selu", "celu", "mish", "hardtanh", "hard_sigmoid", "relu6", "log_sigmoid",
              "heaviside", "square", "log1psq", "gelu", "xexpx"),
    **_domain(-70.0, 70.0, "secd"), **_domain(20.0, 160.0, "cscd", "cotd"), **_domain(1.1, 4.0, "asecd", "acscd"),
    **_domain(0.2, 3.0, "acotd"), **_domain(0.3, 2.8, "cosc"), **_domain(0.5, 3.0, "reciprocal"),
    **_domain(-3.0, 0.5, "log2mexp"), **_domain(0.2, 3.0, "xlogx"), **_domain(0.1, 0.9, "cloglog"),
    **_domain(-2.0, 1.5, "cexpexp", "logerfc", "logerfcx"), **_domain(0.3, 5.0, "trigamma", "exp1"),
    **_domain(0.3, 5.0, *(f"bessel{k}{n}" for k in "jyik" for n in (0, 1))),
    **_domain(-2.0, 2.0, "cosm1", "exprel"), **_domain(-0.4, 0.4, "tanpi"), **_domain(*ANY, "mod2pi", "log1mlogistic"),
    **_domain(-3.0, -0.1, "logitexp", "logit1mexp"), **_domain(0.2, 3.0, "logabssinh", "entr"),
    **_domain(0.3, 5.0, "rgamma", "logfactorial", "k0e", "k1e"), **_domain(1.3, 5.0, "eta"), **_domain(-3.0, 3.0, "i0e", "i1e"),
    "logaddexp2": (ANY, ANY), "xexpy": (ANY, (-2.0, 2.0)), "ldexp": (ANY, ANY), "muladd": (ANY, ANY, ANY), "flipsign": (ANY, ANY),
    "floor_divide": (ANY, (0.7, 1.3)), "boxcox": ((0.2, 3.0), (-2.0, 2.0)), "boxcox1p": ((-0.6, 3.0), (-2.0, 2.0)),
    "kl_div": ((0.2, 3.0), (0.2, 3.0)), "logerf": ((-2.0, 0.5), (0.6, 2.0)),
}  # fmt: skip


#: Constants that a person types before the arguments; what is not named here has the orders of a Bessel function.
_WHOLE = ((0,), (1,), (2,), (3,))
_PARAMETERS: dict[str, tuple[tuple[float, ...], ...]] = {
    "gammainc": ((0.5,), (1,), (2.5,), (7,)), "gammaincc": ((0.5,), (1,), (2.5,), (7,)), "gammaincinv": ((0.5,), (1,), (2.5,), (7,)),
    "betainc": ((2.5, 1.5), (0.5, 0.5), (1, 2), (4, 3)), "betaincinv": ((2.5, 1.5), (0.5, 0.5), (1, 2), (4, 3)),
    "studentcdf": ((1,), (3,), (2.5,), (10,)), "hurwitz": ((1.5,), (2,), (2.5,), (4,)),
}  # fmt: skip


def _elementwise() -> Iterator[tuple[str, Elementwise]]:
    """Every elementwise form by name; several of one name where it is spelled in several ways."""
    for row in ROWS:
        if row.private:
            continue
        blanks = ["{}"] * len(row.arguments)
        strict = row.group == "special"
        if row.operator and len(blanks) == 2:
            yield row.name, Elementwise(f"({{}} {row.operator} {{}})", row.domain)
        elif row.operator:
            yield row.name, Elementwise(f"({row.operator} {{}})", row.domain)
        elif row.name == "clip":  # its bounds are usually constants
            yield row.name, Elementwise("clip({}, -1.2, {})", (row.domain[0], row.domain[2]), {"lo": -1.2})
        elif row.parameters:
            usual = _WHOLE if row.whole else (*_WHOLE, (-1,), (0.5,), (1.5,))
            for constants in _PARAMETERS.get(row.name, usual):
                text = f"({', '.join(map(str, constants))}, {', '.join(blanks)})"
                static = dict(zip(row.orders, constants, strict=False))
                for name in (row.name, *row.aliases):
                    yield row.name, Elementwise(name + text, row.domain, static, strict)
        else:
            for name in (row.name, *row.aliases):
                yield row.name, Elementwise(f"{name}({', '.join(blanks)})", row.domain, {}, strict)
    rows = {row.name for row in ROWS}
    for name, domains in _COMPOSED.items():
        if name in rows:
            continue
        composed = compositions.BY_NAME[name]
        for spelled in (name, *composed.aliases):
            yield (
                name,
                Elementwise(f"{spelled}({', '.join(['{}'] * len(domains))})", domains, {}, composed.group == "special"),
            )
    for df in (1, 4):
        yield "chi2cdf", Elementwise(f"chi2cdf({{}}, df={df})", ((0.3, 5.0),), {"df": df}, True)
    yield "fcdf", Elementwise("fcdf({}, 3, 5)", ((0.3, 5.0),), {"d1": 3, "d2": 5}, True)
    yield "fcdf", Elementwise("fcdf({}, d1=2, d2=4)", ((0.3, 5.0),), {"d1": 2, "d2": 4}, True)
    yield "power", Elementwise("{}^2", (ANY,), {"y": 2.0})
    yield "power", Elementwise("({})**3", (ANY,), {"y": 3.0})
    yield "power", Elementwise("({})^-1.5", ((0.3, 3.0),), {"y": -1.5})
    yield "log", Elementwise("log({}, {})", ((0.1, 4.0), (1.5, 4.0)))
    yield "leaky_relu", Elementwise("leaky_relu({}, {})", (ANY, (0.05, 0.4)))
    yield "elu", Elementwise("elu({}, {})", (ANY, (0.5, 2.0)))
    yield "celu", Elementwise("celu({}, {})", (ANY, (0.5, 2.0)), {}, True)  # alpha is positive
    for n in (0, 1, 2, 3):
        yield "polygamma", Elementwise(f"polygamma({n}, {{}})", ((0.3, 5.0),), {"n": n}, True)
    for name in ("max", "min"):
        yield f"{name}_of", Elementwise(f"{name}({{}}, {{}})", (ANY, ANY))
        yield f"{name}_of", Elementwise(f"{name}({{}}, {{}}, {{}})", (ANY, ANY, ANY))


ELEMENTWISE: dict[str, list[Elementwise]] = {}
for _name, _form in _elementwise():
    ELEMENTWISE.setdefault(_name, []).append(_form)

#: Functions of two arrays of one shape that give a number, and their domains.
LOSSES: dict[str, tuple[Domain, ...]] = {
    "mse": (ANY, ANY), "mae": (ANY, ANY), "rmse": (ANY, ANY), "huber": (ANY, ANY), "log_cosh": (ANY, ANY),
    "hinge": (ANY, ANY), "squared_hinge": (ANY, ANY), "cross_entropy": (PART, PART), "softmax_cross_entropy": (PART, ANY),
    "binary_cross_entropy": (PART, PART), "sigmoid_cross_entropy": (PART, ANY), "kl": (PART, PART), "entropy": (PART,),
}  # fmt: skip

REDUCTIONS = ("sum", "mean", "prod", "max", "min", "var", "std", "median", "norm", "norm1", "norm2", "norminf",
              "logsumexp", "any", "all", "ptp")  # fmt: skip
ALONG = ("cumsum", "softmax", "log_softmax")  #: they keep the shape

#: Contractions: the letters of the operands and of the result.
EINSUMS = ("ij,jk->ik", "ij,j->i", "i,i->", "i,j->ij", "ij,ij->", "ij->ji", "ij->i", "i,ij,j->", "ii->", "ii->i",
           "ij,ik->ijk", "ijk,k->ij", "ijk,ij->k", "ij,kj->ik", "ij,ij->ij", "ij,ij->j")  # fmt: skip

#: Names that stand for one value in every shape, and single operations on arrays.
CONSTANTS = ("zeros", "ones", "eye", "arange", "linspace", "size", "shape")
MATRICES = ("inv", "det", "adj", "logdet", "logabsdet", "cholesky", "matrix_power", "trace", "solve", "pinv")
OTHERS = ("matmul", "dot", "outer", "einsum", "reshape", "transpose", "concat", "stack", "diag", "tril", "triu",
          "stop_gradient", "list", "index", "step", "person", "cross", "kron", "flatten", "vec", "trapezoid")  # fmt: skip

ARRAYS: tuple[str, ...] = (*LOSSES, *REDUCTIONS, *ALONG, *CONSTANTS, *MATRICES, *OTHERS)
NAMES: tuple[str, ...] = (*ELEMENTWISE, *ARRAYS)


#: Further names of functions of arrays.
ALIASES: Mapping[str, tuple[str, ...]] = {
    f.name: f.aliases for f in (*array_functions.ALL, *compositions.COMPOSITIONS) if f.aliases
}


def public_names() -> set[str]:
    """Every function and operator a person can write."""
    rows = {row.name for row in ROWS if not row.private}
    composed = {c.name for c in compositions.COMPOSITIONS if not c.private}
    return rows | composed | {f.name for f in array_functions.ALL}


def _reduced(shape: Shape, axis: Any, keepdims: bool) -> Shape:
    return np.sum(np.zeros(shape), axis=axis, keepdims=keepdims).shape


def reductions(shape: Shape) -> list[tuple[Shape, Any, bool]]:
    """From which shape, along which axis, with keepdims or not, a reduction gives this shape."""
    found = []
    for given, keepdims in itertools.product(SHAPES, (False, True)):
        axes = [None, *range(-len(given), len(given)), *itertools.combinations(range(len(given)), 2)]
        found += [(given, axis, keepdims) for axis in axes if given and _reduced(given, axis, keepdims) == shape]
    return found


#: How a smaller array is cut out of a larger one: text and key.
KEYS: tuple[tuple[str, Any], ...] = (
    ("0", 0), ("-1", -1), ("1", 1), ("0, 1", (0, 1)), ("-1, 0", (-1, 0)), (":, 0", (slice(None), 0)),
    (":, -1", (slice(None), -1)), (":2", slice(2)), ("::2", slice(None, None, 2)), ("::-1", slice(None, None, -1)),
    ("1:", slice(1, None)), (":1", slice(1)), (":, :1", (slice(None), slice(1))), (":, ::2", (slice(None), slice(None, None, 2))),
    ("::-1, 1:", (slice(None, None, -1), slice(1, None))), ("-2:", slice(-2, None)), ("0, 1, 2", (0, 1, 2)), ("1, :, 1", (1, slice(None), 1)),
    (":, 1, :", (slice(None), 1, slice(None))), ("2:0:-1", slice(2, 0, -1)), ("::-2", slice(None, None, -2)),
    ("-1, ::-1", (-1, slice(None, None, -1))), (":, 2::-2", (slice(None), slice(2, None, -2))), ("1:3, :2", (slice(1, 3), slice(2))),
    ("-1:, 1:, ::2", (slice(-1, None), slice(1, None), slice(None, None, 2))),
)  # fmt: skip


def cuts(shape: Shape) -> list[tuple[Shape, str, Any]]:
    """From which shape, by which index, an array of this shape is cut."""
    found = []
    for given, (text, key) in itertools.product(SHAPES, KEYS):
        if isinstance(key, tuple) and len(key) > len(given):
            continue
        try:
            cut = np.zeros(given)[key]
        except IndexError:
            continue
        if cut.shape == shape:
            found.append((given, text, key))
    return found
