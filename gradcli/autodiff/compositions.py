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
    exist for other bodies only; `takes` says which shapes fit; `paired`: the first two arguments belong together entry
    by entry, so one of them has the shape of both (a column against a row would pair every entry with every other).
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
    paired: bool = False
    #: A call and its point (`mean(x) at x=[1, 2]`); empty for plain numbers.
    example: str = ""

    @property
    def signature(self) -> str:
        """How a person calls it."""
        needed = len(self.parameters) - len(self.defaults)
        optional = [*zip(self.parameters[needed:], self.defaults, strict=True), *self.options]
        options = "".join(f", {name}={value}" for name, value in optional)
        return f"{self.name}({', '.join(self.parameters[:needed])}{options})"


_AXIS = (("axis", None), ("keepdims", 0))
_X = ("x",)
_PAIR = "two arrays of one shape, or one that is stretched to the other's"
_EQUAL = (RowKink("all entries are equal", "0 at the tip of the cone"),)
_ZERO = (RowKink("all entries are 0", "0 at the tip of the cone"),)
_ENTRY = (RowKink("an entry is 0", "0 from that entry"),)
_LARGEST = (RowKink("several entries tie for the largest", "ties share the derivative equally; 0 where it is 0"),)

COMPOSITIONS: tuple[Composition, ...] = (
    Composition("mean", _X, "sum(x, axis=axis, keepdims=keepdims)/size(x, axis=axis)", "arithmetic mean", _AXIS, example="mean(x) at x=[1, 2, 4]"),
    Composition("var", _X, "mean((x - mean(x, axis=axis, keepdims=1))^2, axis=axis, keepdims=keepdims)", "population variance", _AXIS, example="var(x) at x=[1, 2, 6]"),
    Composition("std", _X, "norm(x - mean(x, axis=axis, keepdims=1), axis=axis, keepdims=keepdims)/sqrt(size(x, axis=axis))",
                "population standard deviation", _AXIS, kinks=_EQUAL, example="std(x) at x=[1, 2, 6]"),
    Composition("norm1", _X, "sum(abs(x), axis=axis, keepdims=keepdims)", "sum of absolute values", _AXIS, kinks=_ENTRY, example="norm1(x) at x=[3, -4]"),
    Composition("norm2", _X, "norm(x, axis=axis, keepdims=keepdims)", "Euclidean norm", _AXIS, kinks=_ZERO, example="norm2(x) at x=[3, 4]"),
    Composition("norminf", _X, "max(abs(x), axis=axis, keepdims=keepdims)", "largest absolute value", _AXIS, kinks=_LARGEST, example="norminf(x) at x=[3, -4]"),
    Composition("any", _X, "sum(x != 0, axis=axis, keepdims=keepdims) > 0", "1 where an entry is not 0, else 0", _AXIS, example="any(x > 1)*x[0] at x=[0.5, 2]"),
    Composition("all", _X, "sum(x == 0, axis=axis, keepdims=keepdims) == 0", "1 where no entry is 0, else 0", _AXIS, example="all(x > 1)*x[0] at x=[0.5, 2]"),
    Composition("mse", ("y", "p"), "mean((y - p)^2)", "mean squared error", group="models", takes=_PAIR, paired=True, example="mse(y, p) at y=[1, 2]; p=[1.5, 4]"),
    Composition("mae", ("y", "p"), "mean(abs(y - p))", "mean absolute error", group="models", takes=_PAIR, paired=True, kinks=(RowKink("an error is 0", "0 from that entry"),), example="mae(y, p) at y=[1, 2]; p=[1.5, 4]"),
    Composition("rmse", ("y", "p"), "norm(y - p)/sqrt(size(y - p))", "root of the mean squared error", group="models",
                kinks=(RowKink("all errors are 0", "0 at the tip of the cone"),), takes=_PAIR, paired=True, example="rmse(y, p) at y=[1, 2]; p=[1.5, 4]"),
    Composition("huber", ("y", "p", "delta"), "mean(huberized(y - p, delta))", "mean of squares up to delta and of tangents beyond, halved",
                group="models", defaults=(1.0,), kinks=(RowKink("an error is exactly delta (second derivatives)", "that of the square"),), takes=_PAIR, paired=True, example="huber(y, p) at y=[1, 2]; p=[1.5, 4]"),
    Composition("log_cosh", ("y", "p"), "mean(logcosh(y - p))", "mean log(cosh) of the errors", group="models", takes=_PAIR, paired=True, example="log_cosh(y, p) at y=[1, 2]; p=[1.5, 4]"),
    Composition("hinge", ("y", "p"), "mean(relu(1 - y*p))", "mean hinge loss, y being -1 or 1", group="models",
                kinks=(RowKink("a margin y*p is exactly 1", "0 from that entry"),), takes=_PAIR, paired=True, example="hinge(y, p) at y=[1, -1]; p=[0.5, 0.25]"),
    Composition("squared_hinge", ("y", "p"), "mean(relu(1 - y*p)^2)", "mean squared hinge loss, y being -1 or 1", group="models",
                kinks=(RowKink("a margin y*p is exactly 1", "0 from that entry"),), takes=_PAIR, paired=True, example="squared_hinge(y, p) at y=[1, -1]; p=[0.5, 0.25]"),
    Composition("cross_entropy", ("y", "p"), "-mean(sum(xlogy(y, p), axis=-1))",
                "mean over the rows of -sum(y*log(p)); y and p are probabilities along the last axis", group="models", takes=_PAIR, paired=True, example="cross_entropy(y, p) at y=[0, 1]; p=[0.25, 0.75]"),
    Composition("softmax_cross_entropy", ("y", "z"), "-mean(sum(y*log_softmax(z, axis=-1), axis=-1))",
                "cross_entropy(y, softmax(z)) without overflow; z are logits", group="models", takes=_PAIR, paired=True, example="softmax_cross_entropy(y, z) at y=[0, 1]; z=[1, 2]"),
    Composition("binary_cross_entropy", ("y", "p"), "-mean(xlogy(y, p) + xlog1py(1 - y, -p))",
                "mean of -(y*log(p) + (1 - y)*log(1 - p)); p are probabilities of y = 1", group="models", takes=_PAIR, paired=True, example="binary_cross_entropy(y, p) at y=[0, 1]; p=[0.25, 0.75]"),
    Composition("sigmoid_cross_entropy", ("y", "z"), "mean(y*softplus(-z) + (1 - y)*softplus(z))",
                "binary_cross_entropy(y, sigmoid(z)) without overflow; z are logits", group="models", takes=_PAIR, paired=True, example="sigmoid_cross_entropy(y, z) at y=[0, 1]; z=[-1, 2]"),
    Composition("kl", ("p", "q"), "sum(rel_entr(p, q))", "Kullback-Leibler divergence of p from q: sum(p*log(p/q))", group="models", takes=_PAIR, paired=True, example="kl(p, q) at p=[0.5, 0.5]; q=[0.25, 0.75]"),
    Composition("entropy", ("p",), "-sum(xlogx(p))", "entropy of probabilities, in nats", group="models", example="entropy(p) at p=[0.25, 0.75]"),
    Composition("leaky_relu", ("x", "slope"), "leaky(x, slope)", "x where it is positive, else slope*x", group="models", defaults=(0.01,),
                kinks=(RowKink("x == 0", "the slope, which is the derivative from the left", "slope", "1"),), example="leaky_relu(x) at x=-2"),
    Composition("elu", ("x", "alpha"), "elu_of(x, alpha)", "x where it is positive, else alpha*(exp(x) - 1)", group="models", defaults=(1.0,),
                kinks=(RowKink("x == 0 and alpha != 1", "alpha, which is the derivative from the left", "alpha", "1"),), example="elu(x) at x=-1"),
    Composition("selu", _X, "1.0507009873554805*elu_of(x, 1.6732632423543772)", "scaled elu (Klambauer et al. 2017)", group="models",
                kinks=(RowKink("x == 0", "the derivative from the left"),), example="selu(x) at x=-1"),
    Composition("celu", ("x", "alpha"), "celu_of(x, alpha)", "elu whose derivative is continuous (Barron 2017)", group="models",
                defaults=(1.0,), example="celu(x, 2) at x=-1"),
    Composition("mish", _X, "x*softplus_tanh(x)", "x*tanh(softplus(x))", group="models"),
    Composition("hardtanh", _X, "clip(x, -1, 1)", "x held between -1 and 1", group="models",
                kinks=(RowKink("abs(x) == 1", "at an edge the derivative is that of x itself"),)),
    Composition("hard_sigmoid", _X, "clip(x/6 + 0.5, 0, 1)", "x/6 + 1/2 held between 0 and 1", group="models",
                kinks=(RowKink("abs(x) == 3", "at an edge the derivative is that of x itself"),)),
    Composition("relu6", _X, "clip(x, 0, 6)", "x held between 0 and 6", group="models",
                kinks=(RowKink("x == 0 or x == 6", "at an edge the derivative is that of x itself"),), example="relu6(x) at x=2"),
    Composition("log_sigmoid", _X, "-softplus(-x)", "logarithm of sigmoid, without overflow", group="models", aliases=("logsigmoid", "loglogistic")),
    Composition("heaviside", ("x", "h"), "where(x == 0, h, where(x > 0, 1, 0))", "0 below 0, 1 above, h at 0", group="choice", defaults=(0.5,),
                kinks=(RowKink("x == 0", "0 in the first argument at the jump"),), example="heaviside(x)*x at x=2"),
    Composition("secd", _X, "1/cosd(x)", "secant of an angle in degrees", group="elementary", example="secd(x) at x=60"),
    Composition("cscd", _X, "1/sind(x)", "cosecant of an angle in degrees", group="elementary", example="cscd(x) at x=30"),
    Composition("asecd", _X, "rad2deg(asec(x))", "inverse secant, in degrees", group="elementary", example="asecd(x) at x=2"),
    Composition("acscd", _X, "rad2deg(acsc(x))", "inverse cosecant, in degrees", group="elementary", example="acscd(x) at x=2"),
    Composition("acotd", _X, "rad2deg(acot(x))", "inverse cotangent, in degrees", group="elementary"),
    Composition("cosc", _X, "sinc(x, 1)", "derivative of sinc", group="elementary"),
    Composition("square", _X, "x^2", "x*x", group="elementary", aliases=("abs2",)),
    Composition("tanpi", _X, "sinpi(x)/cospi(x)", "tan(pi*x), exact at multiples of 1/4", group="elementary", example="tanpi(x) at x=0.25"),
    Composition("cosm1", _X, "-2*sin(x/2)^2", "cos(x) - 1 without cancellation", group="elementary"),
    Composition("ldexp", ("x", "n"), "x*2^n", "x*2^n", group="elementary", example="ldexp(x, 3) at x=2"),
    Composition("muladd", ("x", "y", "z"), "x*y + z", "x*y + z", group="elementary", aliases=("fma",)),
    Composition("mod2pi", _X, "mod(x, 2*pi)", "x less the multiple of 2*pi (as a float64) below it", group="choice",
                kinks=(RowKink("x is a multiple of 2*pi", "1 at the jump"),), example="mod2pi(x) at x=7"),
    Composition("flipsign", ("x", "y"), "where(y < 0, -x, x)", "x, with its sign changed where y is negative", group="choice",
                kinks=(RowKink("y == 0", "0 in the second argument at the jump"),), example="flipsign(x, y) at x=2; y=-3"),
    Composition("floor_divide", ("x", "y"), "floor(x/y)", "largest integer not above x/y", group="choice",
                kinks=(RowKink("x/y is whole", "0 at the jump"),), example="x + floor_divide(x, y) at x=7; y=2"),
    Composition("boxcox", ("x", "lam"), "log(x)*exprel(lam*log(x))", "(x^lam - 1)/lam, log(x) where lam is 0", group="elementary"),
    Composition("boxcox1p", ("x", "lam"), "log1p(x)*exprel(lam*log1p(x))", "boxcox(1 + x, lam) without cancellation", group="elementary"),
    Composition("logabssinh", _X, "abs(x) + log1mexp(-2*abs(x)) - log(2)", "log(abs(sinh(x))) without overflow", group="elementary"),
    Composition("logitexp", _X, "x - log1mexp(x)", "logit(exp(x)), for negative x", group="elementary", example="logitexp(x) at x=-1"),
    Composition("logit1mexp", _X, "log1mexp(x) - x", "logit(1 - exp(x)), for negative x", group="elementary", example="logit1mexp(x) at x=-1"),
    Composition("log1mlogistic", _X, "-softplus(x)", "log(1 - sigmoid(x)) without cancellation", group="models", aliases=("log1msigmoid",)),
    Composition("entr", _X, "-xlogx(x)", "-x*log(x), 0 at 0", group="models"),
    Composition("kl_div", ("x", "y"), "rel_entr(x, y) - x + y", "x*log(x/y) - x + y", group="models"),
    Composition("logfactorial", _X, "lgamma(x + 1)", "logarithm of the factorial of x", group="special", aliases=("lfact",)),
    Composition("rgamma", _X, "1/gamma(x)", "1/gamma(x)", group="special"),
    Composition("i0e", _X, "besselix(0, x)", "exp(-abs(x))*besseli(0, x)", group="special"),
    Composition("i1e", _X, "besselix(1, x)", "exp(-abs(x))*besseli(1, x)", group="special"),
    Composition("k0e", _X, "besselkx(0, x)", "exp(x)*besselk(0, x)", group="special"),
    Composition("k1e", _X, "besselkx(1, x)", "exp(x)*besselk(1, x)", group="special"),
    Composition("chi2cdf", _X, "gammainc(df/2, x/2)", "distribution function of chi-squared with df degrees of freedom", (("df", 1),),
                group="special", example="chi2cdf(x, df=4) at x=2"),
    Composition("fcdf", _X, "betainc(d1/2, d2/2, d1*x/(d1*x + d2))", "distribution function of F with d1 and d2 degrees of freedom",
                (("d1", 1), ("d2", 1)), group="special", example="fcdf(x, 3, 5) at x=2"),
    Composition("ptp", _X, "max(x, axis=axis, keepdims=keepdims) - min(x, axis=axis, keepdims=keepdims)", "largest less smallest entry", _AXIS,
                kinks=(RowKink("several entries tie for either", "ties share the derivative equally"),), example="ptp(x) at x=[1, 5, 3]"),
    Composition("trapezoid", ("y", "x"), "sum((reshape(x, shape(y))[1:] - x[:-1])*(y[1:] + y[:-1]))/2", "integral of the polygon through the points (x, y)",
                aliases=("trapz",), takes="two vectors of one length", example="trapezoid(y, x) at y=[1, 2, 5]; x=[0, 1, 3]"),
    Composition("cross", ("x", "y"), "[x[1]*y[2] - x[2]*y[1], x[2]*y[0] - x[0]*y[2], x[0]*y[1] - x[1]*y[0]]", "vector product", group="shape",
                takes="two vectors of length 3", example="cross(x, y) at x=[1, 0, 0]; y=[0, 1, 0]"),
    Composition("kron", ("A", "B"), 'reshape(einsum("ij,kl->ikjl", A, B), [shape(A)[0]*shape(B)[0], shape(A)[1]*shape(B)[1]])',
                "Kronecker product of two matrices", group="shape", takes="two matrices", example="kron(A, B) at A=[[1, 2]]; B=[[3], [4]]"),
    Composition("flatten", _X, "reshape(x, [size(x)])", "the entries as one vector, row by row", group="shape", aliases=("ravel",), example="flatten(x) at x=[[1, 2], [3, 4]]"),
    Composition("vec", ("A",), "reshape(A', [size(A)])", "the entries of a matrix as one vector, column by column", group="shape", example="vec(A) at A=[[1, 2], [3, 4]]"),
    Composition("reciprocal", _X, "1/x", "1/x", group="elementary"),
    Composition("log2mexp", _X, "log1p(-expm1(x))", "log(2 - exp(x)) without cancellation", group="elementary", example="log2mexp(x) at x=-1"),
    Composition("xexpy", ("x", "y"), "x*exp(y)", "x*exp(y)", group="elementary"),
    Composition("cloglog", _X, "log(-log1p(-x))", "complementary log-log: log(-log(1 - x))", group="elementary"),
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
