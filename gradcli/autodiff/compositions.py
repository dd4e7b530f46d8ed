"""Functions written in the language itself, over the primitives: one row each, nothing else to differentiate.

A body sees its parameters and its options (`axis`, `keepdims`), may call private rows, and is
lowered as if the person had typed it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gradcli.autodiff.primitive import RowKink


class Composition(NamedTuple):
    """A function whose body is an expression.

    `defaults` are values of the last parameters, which may be given by keyword too; `options` are
    static parameters with their defaults, given after the others or by keyword; `private` functions
    exist for other bodies only; `takes` says which shapes fit.
    """

    name: str
    parameters: tuple[str, ...]
    body: str
    meaning: str
    options: tuple[tuple[str, Any], ...] = ()
    group: str = "reductions"
    aliases: tuple[str, ...] = ()
    private: bool = False
    #: Values of the last parameters where they are not given.
    defaults: tuple[float, ...] = ()
    kinks: tuple[RowKink, ...] = ()
    takes: str = ""

    @property
    def signature(self) -> str:
        """How a person calls it."""
        needed = len(self.parameters) - len(self.defaults)
        optional = [*zip(self.parameters[needed:], self.defaults, strict=True), *self.options]
        options = "".join(f", {name}={value}" for name, value in optional)
        return f"{self.name}({', '.join(self.parameters[:needed])}{options})"


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
    Composition("dot", ("x", "y"), "x @ y", "matrix product; of two vectors their inner product", group="shape",
                takes="vectors and matrices, where the last length of x is the first of y"),
    Composition("outer", ("x", "y"), 'einsum("i,j->ij", x, y)', "matrix of all products of two vectors' entries", group="shape", takes="two vectors"),
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
    Composition("mse", ("y", "p"), "mean((y - p)^2)", "mean squared error", group="models", takes="two arrays of one shape"),
    Composition("mae", ("y", "p"), "mean(abs(y - p))", "mean absolute error", group="models", takes="two arrays of one shape", kinks=(RowKink("an error is 0", "0 from that entry"),)),
    Composition("rmse", ("y", "p"), "norm(y - p)/sqrt(size(y - p))", "root of the mean squared error", group="models",
                kinks=(RowKink("all errors are 0", "0 at the tip of the cone"),)),
    Composition("huber", ("y", "p", "delta"), "mean(huberized(y - p, delta))", "mean of squares up to delta and of tangents beyond, halved",
                group="models", defaults=(1.0,), kinks=(RowKink("an error is exactly delta (second derivatives)", "that of the square"),)),
    Composition("log_cosh", ("y", "p"), "mean(logcosh(y - p))", "mean log(cosh) of the errors", group="models"),
    Composition("hinge", ("y", "p"), "mean(relu(1 - y*p))", "mean hinge loss, y being -1 or 1", group="models",
                kinks=(RowKink("a margin y*p is exactly 1", "0 from that entry"),)),
    Composition("squared_hinge", ("y", "p"), "mean(relu(1 - y*p)^2)", "mean squared hinge loss, y being -1 or 1", group="models",
                kinks=(RowKink("a margin y*p is exactly 1", "0 from that entry"),)),
    Composition("cross_entropy", ("y", "p"), "-mean(sum(xlogy(y, p), axis=-1))",
                "mean over the rows of -sum(y*log(p)); y and p are probabilities along the last axis", group="models"),
    Composition("softmax_cross_entropy", ("y", "z"), "-mean(sum(y*log_softmax(z, axis=-1), axis=-1))",
                "cross_entropy(y, softmax(z)) without overflow; z are logits", group="models"),
    Composition("binary_cross_entropy", ("y", "p"), "-mean(xlogy(y, p) + xlog1py(1 - y, -p))",
                "mean of -(y*log(p) + (1 - y)*log(1 - p)); p are probabilities of y = 1", group="models"),
    Composition("sigmoid_cross_entropy", ("y", "z"), "mean(y*softplus(-z) + (1 - y)*softplus(z))",
                "binary_cross_entropy(y, sigmoid(z)) without overflow; z are logits", group="models"),
    Composition("kl", ("p", "q"), "sum(xlogy(p, p/q))", "Kullback-Leibler divergence of p from q: sum(p*log(p/q))", group="models"),
    Composition("entropy", ("p",), "-sum(xlogy(p, p))", "entropy of probabilities, in nats", group="models"),
    Composition("leaky_relu", ("x", "slope"), "leaky(x, slope)", "x where it is positive, else slope*x", group="models", defaults=(0.01,),
                kinks=(RowKink("x == 0", "the slope, which is the derivative from the left", "slope", "1"),)),
    Composition("elu", ("x", "alpha"), "elu_of(x, alpha)", "x where it is positive, else alpha*(exp(x) - 1)", group="models", defaults=(1.0,),
                kinks=(RowKink("x == 0 and alpha != 1", "alpha, which is the derivative from the left", "alpha", "1"),)),
    Composition("selu", _X, "1.0507009873554805*elu_of(x, 1.6732632423543772)", "scaled elu (Klambauer et al. 2017)", group="models",
                kinks=(RowKink("x == 0", "the derivative from the left"),)),
    Composition("celu", ("x", "alpha"), "alpha*elu_of(x/alpha, 1)", "elu whose derivative is continuous (Barron 2017)", group="models",
                defaults=(1.0,)),
    Composition("mish", _X, "x*tanh(softplus(x))", "x*tanh(softplus(x))", group="models"),
    Composition("hardtanh", _X, "clip(x, -1, 1)", "x held between -1 and 1", group="models",
                kinks=(RowKink("abs(x) == 1", "at an edge the derivative is that of x itself"),)),
    Composition("hard_sigmoid", _X, "clip(x/6 + 0.5, 0, 1)", "x/6 + 1/2 held between 0 and 1", group="models",
                kinks=(RowKink("abs(x) == 3", "at an edge the derivative is that of x itself"),)),
    Composition("relu6", _X, "clip(x, 0, 6)", "x held between 0 and 6", group="models",
                kinks=(RowKink("x == 0 or x == 6", "at an edge the derivative is that of x itself"),)),
    Composition("log_sigmoid", _X, "-softplus(-x)", "logarithm of sigmoid, without overflow", group="models", aliases=("logsigmoid", "loglogistic")),
    Composition("heaviside", ("x", "h"), "where(x == 0, h, where(x > 0, 1, 0))", "0 below 0, 1 above, h at 0", group="choice", defaults=(0.5,),
                kinks=(RowKink("x == 0", "0 in the first argument at the jump"),)),
    Composition("secd", _X, "1/cosd(x)", "secant of an angle in degrees", group="elementary"),
    Composition("cscd", _X, "1/sind(x)", "cosecant of an angle in degrees", group="elementary"),
    Composition("cotd", _X, "cosd(x)/sind(x)", "cotangent of an angle in degrees", group="elementary"),
    Composition("asecd", _X, "rad2deg(asec(x))", "inverse secant, in degrees", group="elementary"),
    Composition("acscd", _X, "rad2deg(acsc(x))", "inverse cosecant, in degrees", group="elementary"),
    Composition("acotd", _X, "rad2deg(acot(x))", "inverse cotangent, in degrees", group="elementary"),
    Composition("cosc", _X, "sinc(x, 1)", "derivative of sinc", group="elementary"),
    Composition("square", _X, "x^2", "x*x", group="elementary"),
    Composition("reciprocal", _X, "1/x", "1/x", group="elementary"),
    Composition("logaddexp2", ("x", "y"), "logaddexp(x*log(2), y*log(2))/log(2)", "log2(2^x + 2^y) without overflow", group="elementary"),
    Composition("log1psq", _X, "log1p(x^2)", "log(1 + x^2)", group="elementary"),
    Composition("log2mexp", _X, "log1p(-expm1(x))", "log(2 - exp(x)) without cancellation", group="elementary"),
    Composition("xlogx", _X, "xlogy(x, x)", "x*log(x), 0 at 0", group="elementary"),
    Composition("xexpx", _X, "x*exp(x)", "x*exp(x)", group="elementary"),
    Composition("xexpy", ("x", "y"), "x*exp(y)", "x*exp(y)", group="elementary"),
    Composition("cloglog", _X, "log(-log1p(-x))", "complementary log-log: log(-log(1 - x))", group="elementary"),
    Composition("cexpexp", _X, "-expm1(-exp(x))", "1 - exp(-exp(x)), the inverse of cloglog", group="elementary"),
    Composition("logerfc", _X, "lognormcdf(-(x*sqrt(2))) + log(2)", "logarithm of erfc, without underflow", group="special"),
    Composition("logerfcx", _X, "log(erfcx(x))", "logarithm of erfcx", group="special"),
    Composition("besselj0", _X, "besselj(0, x)", "Bessel function J0", group="special", aliases=("j0",)),
    Composition("besselj1", _X, "besselj(1, x)", "Bessel function J1", group="special", aliases=("j1",)),
    Composition("bessely0", _X, "bessely(0, x)", "Bessel function Y0", group="special", aliases=("y0",)),
    Composition("bessely1", _X, "bessely(1, x)", "Bessel function Y1", group="special", aliases=("y1",)),
    Composition("besseli0", _X, "besseli(0, x)", "modified Bessel function I0", group="special", aliases=("i0",)),
    Composition("besseli1", _X, "besseli(1, x)", "modified Bessel function I1", group="special", aliases=("i1",)),
    Composition("besselk0", _X, "besselk(0, x)", "modified Bessel function K0", group="special", aliases=("k0",)),
    Composition("besselk1", _X, "besselk(1, x)", "modified Bessel function K1", group="special", aliases=("k1",)),
    Composition("exp1", _X, "expint(1, x)", "exponential integral E1", group="special", aliases=("E1",)),
    Composition("gelu", _X, "x*normcdf(x)", "x times the standard normal distribution function", group="models"),
    Composition("trigamma", _X, "polygamma(1, x)", "second derivative of lgamma", group="special"),
    Composition("log_to_base", ("x", "base"), "log(x)/log(base)", "logarithm to a base", private=True),
)  # fmt: skip

BY_NAME: dict[str, Composition] = {name: c for c in COMPOSITIONS for name in (c.name, *c.aliases)}
