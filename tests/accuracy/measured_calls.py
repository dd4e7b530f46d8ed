"""What the table of accuracy measures: every smooth function as a person calls it, and where, in whole ranges of float64."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

import composition_references
from oracles import FUNCTIONS
from row_points import EXCEPTIONS

#: Elementary compositions that pass through 0 (or have a pole) where no float64 is.
PASSING_ZERO = {
    ("cexpexp", 1), ("cexpexp", 2), ("cloglog", 0), ("cloglog", 2), ("cosc", 0), ("cosc", 1), ("cosc", 2), ("gelu", 1), ("gelu", 2),
    ("log2mexp", 0), ("log2mexp", 1), ("log2mexp", 2), ("logaddexp2", 0), ("logsubexp", 0), ("mish", 1), ("mish", 2),
    ("log_cosh", 0), ("log_cosh", 1), ("log_cosh", 2), ("logsumexp", 0),
}  # fmt: skip

_FACTORS = "a product of several rounded factors, at the worst of some thousands of points"
#: What is less accurate than promised: the bound it is held to, and why.
BEYOND: dict[tuple[str, int], tuple[float, str]] = {
    (call, 2): (5.0, _FACTORS) for call in ("atan2(x, y)", "cscd(x)", "sech(x)", "silu(x)", "tand(x)")
}

Reference = Callable[..., object]


class Range(NamedTuple):
    """Numbers lo to hi: evenly spread, by their logarithm (both of one sign), or by their distance from `origin`."""

    lo: float
    hi: float
    logarithmic: bool = False
    origin: float = 0.0

    def draw(self, generator: random.Random) -> float:
        """One number of the range."""
        if not self.logarithmic:
            return generator.uniform(self.lo, self.hi)
        size = math.exp(generator.uniform(math.log(abs(self.lo)), math.log(abs(self.hi))))
        return self.origin + math.copysign(size, self.lo)


class Measured(NamedTuple):
    """A call with its ranges (per argument), hard points, and the function in mpmath.

    `special`: errors count in units of the argument's effect where that is larger than the unit in the last place.
    """

    call: str
    arguments: tuple[str, ...]
    ranges: tuple[tuple[Range, ...], ...]
    reference: Reference
    special: bool
    digits: int  #: of the reference; more where its tail is far smaller than its value

    @property
    def name(self) -> str:
        """The function's name."""
        return self.call.partition("(")[0]

    def by_effect(self, order: int) -> bool:
        """Whether errors of that derivative count in units of the argument's effect where that is larger."""
        listed = EXCEPTIONS.get((self.name, order))
        return self.special or (self.name, order) in PASSING_ZERO or (listed is not None and listed.effect)

    def bound(self, order: int) -> float:
        """The most units that a value (0), first or second derivative is promised to be off."""
        if (self.call, order) in BEYOND:
            return BEYOND[self.call, order][0]
        listed = EXCEPTIONS.get((self.name, order))
        return listed.ulps if listed is not None else 16 if self.special else 4


def even(lo: float, hi: float) -> tuple[Range, ...]:
    """From lo to hi, evenly."""
    return (Range(lo, hi),)


def scales(lo: float = 1e-300, hi: float = 1e300) -> tuple[Range, ...]:
    """From lo to hi by orders of magnitude."""
    return (Range(lo, hi, True),)


def around(origin: float, lo: float = 1e-15, hi: float = 0.1) -> tuple[Range, ...]:
    """Both sides of a number, by the distance from it."""
    return (Range(lo, hi, True, origin), Range(-lo, -hi, True, origin))


def below(origin: float, lo: float = 1e-15, hi: float = 0.5) -> tuple[Range, ...]:
    """Below a number, by the distance from it."""
    return (Range(-lo, -hi, True, origin),)


def above(origin: float, lo: float = 1e-15, hi: float = 0.5) -> tuple[Range, ...]:
    """Above a number, by the distance from it."""
    return (Range(lo, hi, True, origin),)


def signed(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    """The ranges, and what they are with the other sign."""
    turned = tuple(Range(-r.lo, -r.hi, r.logarithmic, -r.origin) for r in ranges)
    return ranges + turned


ALL = signed(scales()) + even(-10, 10)
HUGE = 1e300
POSITIVE = scales() + even(0, 10)
UNIT = signed(scales(1e-300, 1) + below(1)) + even(-1, 1)
OUTSIDE = signed(scales(1, HUGE) + above(1) + even(1, 10))
EXPONENT = signed(scales(1e-300, 700)) + even(-40, 40)
PROBABILITY = scales(1e-300, 0.5) + below(1) + even(0, 1)
NORMAL = signed(scales(1e-300, 1)) + even(-5, 5) + even(-38, 38)
OSCILLATING = signed(scales(1e-300, 1e15)) + even(-50, 50)
BESSEL = scales(1e-30, 1e8) + even(0, 50)

ELEMENTARY: dict[str, tuple[Range, ...]] = {
    **dict.fromkeys(("sin", "cos", "tan", "sec"), ALL + around(math.pi / 2)),
    **dict.fromkeys(("csc", "cot"), ALL + around(math.pi)),
    **dict.fromkeys(("asin", "acos", "atanh", "asind", "acosd"), UNIT),
    **dict.fromkeys(("atan", "acot", "atand", "acotd", "asinh", "acsch", "cbrt"), ALL),
    **dict.fromkeys(("asec", "acsc", "acoth", "asecd", "acscd"), OUTSIDE),
    "acosh": scales(1, HUGE) + above(1) + even(1, 10),
    "asech": scales(1e-300, 1) + below(1) + even(0, 1),
    **dict.fromkeys(("sind", "cosd", "tand", "secd", "cscd", "cotd"), OSCILLATING + even(-720, 720) + around(90, 1e-13) + around(180, 1e-13)),
    **dict.fromkeys(("sinpi", "cospi", "sinc", "cosc"), OSCILLATING + around(0.5) + around(1)),
    **dict.fromkeys(("deg2rad", "rad2deg"), ALL),
    **dict.fromkeys(("sinh", "cosh", "tanh", "sech", "csch", "coth", "exp", "expm1", "logcosh"), EXPONENT),
    "exp2": signed(scales(1e-300, 1020)) + even(-40, 40),
    "exp10": signed(scales(1e-300, 307)) + even(-40, 40),
    **dict.fromkeys(("log", "log2", "log10", "xlogx"), POSITIVE + around(1)),
    "sqrt": POSITIVE,
    "log1p": scales() + signed(scales(1e-300, 0.1)) + above(-1) + even(-1, 10),
    "log1mexp": tuple(Range(-r.lo, -r.hi, r.logarithmic) for r in scales(1e-300, 700) + even(0, 5)),
    "logexpm1": scales() + even(0, 5) + around(math.log(2)),
    "softsign": ALL,
    **dict.fromkeys(("sigmoid", "softplus", "silu", "log_sigmoid", "mish"), EXPONENT),
    "logit": PROBABILITY + around(0.5),
    "square": signed(scales(1e-150, 1e150)) + even(-10, 10),
    "reciprocal": signed(scales(1e-100, 1e100)) + even(-10, 10),
    "log1psq": ALL,
    "log2mexp": tuple(Range(-r.lo, -r.hi, r.logarithmic) for r in scales(1e-300, 700) + even(0, 5)) + around(math.log(2), 1e-15, 0.1)[1:],
    "xexpx": EXPONENT + around(-1) + around(-2),
    "cloglog": PROBABILITY + around(1 - math.exp(-1)),
    "cexpexp": signed(scales(1e-300, 700)) + even(-40, 6),
    "gelu": NORMAL + around(-0.7517915246935645) + around(math.sqrt(2)),
    **dict.fromkeys(("selu", "elu", "celu"), EXPONENT),
    "leaky_relu": ALL,
    "log1pmx": signed(scales(1e-300, 0.9)) + scales(1, 1e300) + above(-1) + even(-1, 5),
    "logmxp1": scales() + around(1) + even(0, 5),
}  # fmt: skip

SPECIAL: dict[str, tuple[Range, ...]] = {
    **dict.fromkeys(("erf", "erfc"), signed(scales(1e-300, 27)) + even(-6, 6) + even(5, 27)),
    **dict.fromkeys(("normpdf", "normcdf"), NORMAL),
    "lognormcdf": signed(scales(1e-300, 1e100)) + even(-40, 40) + even(-5, 5),
    "erfcx": scales(1e-300, 1e100) + even(-26, 30) + even(0, 5),
    "erfi": signed(scales(1e-300, 26)) + even(-5, 5),
    "erfinv": UNIT,
    "erfcinv": scales(1e-100, 1) + below(2) + around(1) + even(0, 2),
    "dawson": ALL + around(0.9241388730045917) + around(1.5019752682682915),
    **dict.fromkeys(("fresnels", "fresnelc"), signed(scales(1e-300, 1e10)) + even(-10, 10)),
    "normppf": scales(1e-100, 0.5) + below(1) + even(0, 1) + around(0.5),
    "gamma": scales(1e-100, 170) + even(0, 170) + even(-10, 10) + even(-170, 0) + around(1.4616321449683623) + around(-1) + around(-3) + around(-0.5040830082644554),
    "lgamma": POSITIVE + around(1) + around(2) + even(-10, 0) + around(-1) + around(-2.4570247382208006) + around(-2.7476826467274127) + around(-3.955294284858598) + even(-1000, 0),
    **dict.fromkeys(("digamma", "trigamma"), POSITIVE + even(-10, 0) + around(-1) + around(1.4616321449683623) + around(-0.5040830082644554) + around(-1.573498473162390) + even(-1000, 0)),
    "zeta": around(1) + even(0, 60) + even(-20, 0) + signed(scales(1e-30, 100)) + around(-2),
    "eta": around(1) + even(0, 60) + even(-20, 0) + signed(scales(1e-15, 100)),
    "lambertw": scales() + above(-0.36787944117144233, 1e-15, 0.36) + signed(scales(1e-300, 0.36)) + even(0, 10),
    **dict.fromkeys(("besselj0", "besselj1"), signed(BESSEL) + around(2.404825557695773) + around(3.8317059702075125) + around(1.8411837813406593)),
    **dict.fromkeys(("bessely0", "bessely1"), BESSEL + around(0.8935769662791675) + around(2.197141326031017)),
    **dict.fromkeys(("besseli0", "besseli1"), signed(scales(1e-300, 700) + even(0, 50))),
    **dict.fromkeys(("besselk0", "besselk1"), scales(1e-20, 700) + even(0, 50)),
    **dict.fromkeys(("airyai", "airyaiprime"), signed(scales(1e-300, 100)) + even(-20, 20) + around(-2.338107410459767) + around(-1.018792971647471) + tuple(Range(-r.lo, -r.hi, True) for r in scales(1, 1e6))),
    **dict.fromkeys(("airybi", "airybiprime"), signed(scales(1e-300, 100)) + even(-20, 20) + around(-1.173713222709128) + around(-2.294439682614123) + tuple(Range(-r.lo, -r.hi, True) for r in scales(1, 1e6))),
    **dict.fromkeys(("ellipk", "ellipe"), below(1, 1e-15, 0.5) + even(-5, 1) + signed(scales(1e-300, 1)) + tuple(Range(-r.lo, -r.hi, True) for r in scales(1, 1e300))),
    "exp1": scales(1e-150, 700) + even(0, 50),
    "expi": signed(scales(1e-150, 700)) + even(-50, 50) + around(0.37250741078136663),
    "sinint": signed(scales(1e-300, 1e15)) + even(-20, 20) + around(math.pi),
    "cosint": scales(1e-100, 1e15) + even(0, 20) + around(0.6165054856207162),
    "sinhint": signed(scales(1e-300, 700)) + even(-20, 20),
    "coshint": scales(1e-100, 700) + even(0, 20) + around(0.5238225713898644),
    "logerfc": signed(scales(1e-300, 1e100)) + even(-6, 40),
    "logerfcx": scales(1e-300, 1e100) + even(-26, 30) + signed(scales(1e-300, 1)),
}  # fmt: skip

#: mpmath takes seconds for these at hundreds of digits; none of them levels off in a tail that would need them.
SLOW = set(SPECIAL) - {"erf", "erfc", "normpdf", "normcdf", "lognormcdf", "erfcx", "logerfc", "logerfcx", "lambertw"}

_ORDERED: dict[str, tuple[Range, ...]] = {
    **{f"besselj({n}, x)": signed(BESSEL) if n in ("2", "5") else BESSEL for n in ("2", "5", "1/2", "-1/3", "10.5")},
    **{f"bessely({n}, x)": scales(1e-20, 1e8) + even(0, 50) for n in ("2", "5", "1/2", "-1/3", "10.5")},
    **{f"besseli({n}, x)": (signed if n in ("2", "5") else tuple)(scales(1e-20, 700) + even(0, 50)) for n in ("2", "5", "1/2", "-1/3", "10.5")},
    **{f"besselk({n}, x)": scales(1e-20, 700) + even(0, 50) for n in ("2", "5", "1/2", "-1/3", "10.5")},
    **{f"expint({n}, x)": scales(1e-30, 700) + even(0, 50) for n in (0, 2, 5)},
    **{f"polygamma({n}, x)": scales(1e-60, 1e60) + even(0, 10) + even(-10, 0) for n in (2, 5)},
}  # fmt: skip

#: Functions of x of which the references have one member: its call, ranges, and digits of the reference.
_MEMBERS: dict[str, tuple[str, tuple[Range, ...], int]] = {
    **{f"{name}(x)": (name, scales(1e-30, 1e6) + even(0, 20), 30) for name in ("airyaix", "airyaiprimex", "airybix", "airybiprimex")},
    "besselix(1, x)": ("besselix", signed(scales(1e-100, 1e100) + even(0, 50)), 30),
    "besselkx(1, x)": ("besselkx", scales(1e-20, 1e100) + even(0, 50), 30),
    "sphericalbesselj(1, x)": ("sphericalbesselj", signed(scales(1e-30, 1e8) + even(0, 50)) + around(4.493409457909064), 30),
    "sphericalbessely(1, x)": ("sphericalbessely", scales(1e-100, 1e8) + even(0, 50) + around(2.798386045783887), 30),
    "jinc(x)": ("jinc", signed(scales(1e-100, 1e8) + even(0, 20)) + around(1.2196698912665045), 30),
    "exprel(x)": ("exprel", scales(1e-300, 700) + even(-60, 60) + signed(scales(1e-300, 700)), 30),
    "sinhc(x)": ("sinhc", signed(scales(1e-300, 700) + even(0, 20)), 30),
    "expintx(1, x)": ("expintx", scales(1e-100, 1e100) + even(0, 50), 30),
    "invdigamma(x)": ("invdigamma", signed(scales(1e-3, 100)) + even(-50, 100), 30),
    "hurwitz(2.5, x)": ("hurwitz", scales(1e-100, 1e100) + even(0, 20), 30),
    "gammainc(2.5, x)": ("gammainc", scales(1e-100, 600) + even(0, 30), 330),
    "gammaincc(2.5, x)": ("gammaincc", scales(1e-100, 600) + even(0, 30), 330),
    "gammaincinv(2.5, x)": ("gammaincinv", scales(1e-10, 0.5) + below(1) + even(0, 1), 30),
    "betainc(2.5, 1.5, x)": ("betainc", scales(1e-100, 1) + below(1) + even(0, 1), 30),
    "betaincinv(2.5, 1.5, x)": ("betaincinv", scales(1e-10, 1) + below(1) + even(0, 1), 30),
    "studentcdf(3, x)": ("studentcdf", signed(scales(1e-100, 1e90)) + even(-10, 10), 400),
}  # fmt: skip

#: Functions of arrays, and of several arguments, at two numbers each.
_OF_TWO: dict[str, tuple[tuple[Range, ...], tuple[Range, ...]]] = {
    "x*y": (signed(scales(1e-150, 1e150)), signed(scales(1e-150, 1e150))),
    "x/y": (signed(scales(1e-75, 1e75)), signed(scales(1e-75, 1e75))),
    "x^y": (scales(1e-30, 1e30) + around(1), even(-5, 5)),
    "logsumexp([x, y])": (even(-50, 50), even(-50, 50)),
    "softmax([x, y])[0]": (even(-50, 50), even(-50, 50)),
    "log_softmax([x, y])[0]": (even(-50, 50), even(-50, 50)),
    "norm([x, y])": (signed(scales(1e-150, 1e150)) + even(-5, 5), signed(scales(1e-150, 1e150)) + even(-5, 5)),
    "huber([x], [y])": (even(-5, 5), even(-5, 5)),
    "log_cosh([x], [y])": (even(-50, 50), even(-50, 50)),
    "celu(x, y)": (EXPONENT, scales(1e-3, 1e3) + even(0.3, 3)),
    "kl([x], [y])": (scales(1e-50, 1), scales(1e-50, 1)),
}

_PLANE: dict[str, tuple[tuple[Range, ...], tuple[Range, ...]]] = {
    "atan2": (signed(scales(1e-150, 1e150)), signed(scales(1e-150, 1e150))),
    "hypot": (signed(scales(1e-150, 1e150)) + even(-5, 5), signed(scales(1e-150, 1e150)) + even(-5, 5)),
    "xlogy": (signed(scales(1e-100, 1e100)), scales(1e-100, 1e100)),
    "xlog1py": (signed(scales(1e-100, 1e100)), scales(1e-100, 1e100) + even(-1, 1)),
    "logaddexp": (even(-50, 50), even(-50, 50)),
    "logaddexp2": (even(-50, 50), even(-50, 50)),
    "logsubexp": (even(0, 50), even(-50, 0)),
    "xexpy": (signed(scales(1e-100, 1e100)), even(-100, 100)),
    "beta": (scales(1e-10, 1e2) + even(0, 20), scales(1e-10, 1e2) + even(0, 20)),
    "logerf": (even(-20, 5) + even(5, 20), even(5, 20) + even(20, 30)),
    "erfdiff": (even(-6, 6) + even(5, 20), even(-6, 6) + even(5, 20)),
    "lbeta": (scales(1e-10, 1e10) + even(0, 20), scales(1e-10, 1e10) + even(0, 20)),
}


def measured() -> Iterator[Measured]:
    """Every call of the table."""
    for ranges, special in ((ELEMENTARY, False), (SPECIAL, True)):
        for name, one in ranges.items():
            yield Measured(f"{name}(x)", ("x",), (one,), _reference(name), special, 30 if name in SLOW else 400)
    for call, one in _ORDERED.items():
        yield Measured(call, ("x",), (one,), composition_references.ordered(call), True, 30)
    for call, (name, one, digits) in _MEMBERS.items():
        yield Measured(call, ("x",), (one,), _reference(name), True, digits)
    for name, (x, y) in _PLANE.items():
        yield Measured(
            f"{name}(x, y)",
            ("x", "y"),
            (x, y),
            _reference(name),
            name in ("beta", "lbeta", "erfdiff", "logerf"),
            60 if name in ("beta", "lbeta") else 400,
        )

    for call, (x, y) in _OF_TWO.items():
        yield Measured(call, ("x", "y"), (x, y), composition_references.FUNCTIONS[call], False, 400)


#: What has no line in the table, by the reason.
NOT_MEASURED: dict[str, tuple[str, ...]] = {
    "comparisons, logic, choices and what is made of straight pieces: at most a rounding or two, and derivatives that are exact": (
        "x + y", "x - y", "-x", "x < y", "x <= y", "x > y", "x >= y", "x == y", "x != y", "and", "or", "not", "where",
        "maximum", "minimum", "clip", "abs", "sign", "floor", "ceil", "round", "mod", "trunc", "fmod", "copysign", "heaviside",
        "relu", "hardtanh", "hard_sigmoid", "relu6", "stop_gradient",
    ),
    "sums over entries: what they sum is in the table": (
        "sum", "mean", "prod", "cumsum", "trace", "var", "std", "norm1", "norm2", "norminf", "max", "min", "median", "any", "all",
        "mse", "mae", "rmse", "hinge", "squared_hinge", "cross_entropy", "softmax_cross_entropy", "binary_cross_entropy",
        "sigmoid_cross_entropy", "entropy", "dot", "outer", "matmul", "einsum", "matrix_power",
    ),
    "arrangements of entries and constants, which do not round": (
        "reshape", "transpose", "concat", "stack", "diag", "tril", "triu", "zeros", "ones", "eye", "linspace", "arange", "size", "shape",
    ),
    "linear algebra: errors grow with the condition of the matrix": (
        "inv", "solve", "det", "adj", "logdet", "logabsdet", "cholesky", "pinv",
    ),
    "a line of other functions, which are in the table": (
        "chi2cdf", "cross", "entr", "fcdf", "flatten", "flipsign", "floor_divide", "i0e", "i1e", "k0e", "k1e", "kron", "ldexp",
        "log1mlogistic", "logabssinh", "logfactorial", "logit1mexp", "logitexp", "mod2pi", "muladd", "ptp", "rel_entr", "tanpi",
        "trapezoid", "vec",
    ),
    "a line of other functions that loses digits somewhere: `boxcox` in derivatives where lam*log(x) is far below 0, `rgamma` "
    "beside the poles of gamma, where it has no value, `cosm1` beside the zeros of its second derivative, `kl_div` near x = y": (
        "boxcox", "boxcox1p", "rgamma", "cosm1", "kl_div",
    ),
}  # fmt: skip


def _reference(name: str) -> Reference:
    return composition_references.FUNCTIONS.get(name) or FUNCTIONS[name]


def drawn(one: Measured, count: int, seed: str = "") -> list[tuple[float, ...]]:
    """So many points of a call's ranges, each range in turn, always the same ones."""
    generator = random.Random(one.call + seed)
    return [tuple(rs[k % len(rs)].draw(generator) for rs in one.ranges) for k in range(count)]
