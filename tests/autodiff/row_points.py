"""Where the rows are measured, and how closely: hard points of each function, and the exceptions to the promise.

The promise: values, first and second derivatives of elementary functions within 4 ulp; special functions within
16 ulp, or within 16 ulp of the argument's effect |x f'(x)|. What does not keep it is named here with its bound.
"""

from __future__ import annotations

from typing import NamedTuple

Point = tuple[float, ...]


class Tolerance(NamedTuple):
    """How far a number may be off: units in its last place, and of the argument's effect (where `effect`).

    The effect of an argument is eps·|x·∂f/∂x|: how far the true value moves if x does by its own rounding. Nothing
    more can be asked for where f passes through 0 at a point that is no float64.
    """

    ulps: float
    effect: bool = False


ELEMENTARY = Tolerance(4)
SPECIAL = Tolerance(16, effect=True)
#: Order 2 of a private row is order 3 of the public one it serves.
THIRD = Tolerance(32, effect=True)

#: Public rows (and order) that are less accurate than promised, or pass through 0 away from any float64.
EXCEPTIONS: dict[tuple[str, int], Tolerance] = {
    # x·r³ with r = 1/√((1-x)(1+x)) carries three times the rounding of r
    ("asin", 2): Tolerance(8),
    ("acos", 2): Tolerance(8),
    ("asind", 2): Tolerance(8),
    ("acosd", 2): Tolerance(8),
    ("asin_slope", 1): Tolerance(8),
    ("acosh", 2): Tolerance(6),
    ("acosh_slope", 1): Tolerance(6),
    ("acoth", 2): Tolerance(6),
    ("acoth_slope", 1): Tolerance(6),
    ("logit", 2): Tolerance(6),
    ("logit_slope", 1): Tolerance(6),
    ("tand", 2): Tolerance(8),
    ("atan2", 2): Tolerance(6),
    ("logaddexp", 1): Tolerance(5),
    ("logexpm1", 0): Tolerance(4, effect=True),
    # 1 - r(x + r) with r the ratio cancels in the far tail; a third derivative of lognormcdf
    ("mills", 2): Tolerance(1e16),
    # half the digits of a third derivative are lost where x and y differ by many orders of magnitude
    ("turning", 2): Tolerance(2e7),
    # a derivative of that order passes through 0 inside the domain
    ("power", 2): Tolerance(8, effect=True),
    ("asech", 2): Tolerance(8, effect=True),
    ("asech_slope", 1): Tolerance(8, effect=True),
    ("sech", 2): Tolerance(8, effect=True),
    ("silu", 1): Tolerance(4, effect=True),
    ("silu", 2): Tolerance(8, effect=True),
    ("sinc", 1): Tolerance(8, effect=True),
    ("sinc", 2): Tolerance(8, effect=True),
}

#: 0, tiny, at the edge of the domain, huge, and where a formula changes its form.
HARD: dict[str, tuple[Point, ...]] = {
    "divide": ((3, 7), (1e-300, 1e10), (1e200, 1e100), (-5e-324, 2)),
    "multiply": ((1e-200, 1e200), (0, 3)),
    "power": ((1e-3, 7.5), (1e300, 0.1), (2.5, -1.3), (1e-300, 0.1), (1e10, 2.0), (1.0, 1e9)),
    "mod": ((7.5, 2), (-7.5, 2), (7.5, -2)),
    "sin": ((0,), (1e-10,), (1e5,), (1e22,), (-1e-300,)),
    "cos": ((0,), (1e-10,), (1e22,)),
    "tan": ((0,), (1e-10,), (1.5,), (1e5,)),
    "sec": ((0,), (1.5,), (-1.5,)),
    "csc": ((1e-10,), (3.1,), (-1.5,)),
    "cot": ((1e-10,), (3.1,), (-1.5,)),
    "asin": ((0,), (1e-10,), (0.999999999,), (-0.999999999,)),
    "acos": ((0,), (1e-10,), (0.999999999,), (-0.999999999,)),
    "atan": ((0,), (1e-10,), (1e8,), (1e100,), (-1e150,)),
    "asec": ((1.000000001,), (1e9,), (-1.5,), (-1.000000001,), (1e100,)),
    "acsc": ((1.000000001,), (1e9,), (-2.5,), (-1.000000001,), (1e100,)),
    "acot": ((1e-9,), (1e9,), (-2.5,), (-1e-9,)),
    "asin_slope": ((0,), (1e-10,), (0.9999999999,)),
    "atan_slope": ((0,), (1e-10,), (1e8,), (1e100,)),
    "asec_slope": ((-1.000000001,), (1.000000001,), (-1e100,)),
    "atan2": ((1.5, -2), (-1e-3, 4), (1e8, 1), (1e-8, 1), (1e200, 1e200), (0, 2)),
    "hypot": ((1e8, 1), (1e200, 1e200), (3, 4), (1e-200, 1e-200), (0, 2)),
    "toward": ((1e8, 1), (1, 1e8)),
    "turning": ((1e8, 1), (1e100, 1e100)),
    "sind": ((0,), (30,), (1e-10,), (360030,), (180,)),
    "cosd": ((0,), (90,), (1e-10,), (-60,)),
    "tand": ((0,), (45,), (1e-10,), (180,)),
    "asind": ((0,), (0.999999999,)),
    "acosd": ((0,), (-0.999999999,)),
    "atand": ((0,), (1e8,)),
    "sinpi": ((0,), (0.5,), (1,), (1e-10,), (1e15,)),
    "cospi": ((0,), (0.5,), (1e-10,), (1e15,)),
    "sinc": ((0,), (1e-10,), (1e-5,), (0.4999,), (0.5001,), (1,), (5.3,), (100.25,), (-2,)),
    "sinh": ((0,), (1e-10,), (700,), (-700,)),
    "cosh": ((0,), (1e-10,), (700,)),
    "tanh": ((0,), (1e-10,), (1e-300,), (20,), (-19.5,), (300,)),
    "sech": ((0,), (20,), (-300,), (1e-10,)),
    "csch": ((1e-10,), (300,), (-300,)),
    "coth": ((1e-10,), (15,), (300,), (-15,)),
    "sech2": ((0,), (1e-10,), (20,), (-350,)),
    "csch2": ((1e-10,), (15,), (300,)),
    "asinh": ((0,), (1e-10,), (-1e9,), (1e100,), (1e150,)),
    "acosh": ((1.000000001,), (1e9,), (1e100,)),
    "atanh": ((0,), (1e-10,), (0.999999999,), (-0.999999999,)),
    "asech": ((1e-200,), (1e-10,), (0.999999999,)),
    "acsch": ((1e-100,), (1e10,), (1e100,), (-1e10,)),
    "acoth": ((1.000000001,), (1e9,), (1e100,), (-1.000000001,)),
    "asinh_slope": ((0,), (1e-10,), (1e9,), (1e100,)),
    "acosh_slope": ((1.000000001,), (1e100,)),
    "atanh_slope": ((0,), (1e-10,), (0.999999999,)),
    "exp": ((0,), (-700,), (700,), (1e-10,)),
    "exp2": ((0,), (1000,), (-1000,)),
    "exp10": ((0,), (300,), (-300,)),
    "expm1": ((0,), (1e-10,), (-30,), (700,)),
    "log": ((1e-300,), (1e300,), (1.0000001,)),
    "log2": ((1e-300,), (1e300,)),
    "log10": ((1e-300,), (1e300,)),
    "log1p": ((0,), (1e-10,), (1e300,), (-0.999999,)),
    "sqrt": ((1e-300,), (1e300,)),
    "cbrt": ((-2.5,), (1e-300,), (1e300,)),
    "cbrt_slope": ((-2.5,),),
    "xlogy": ((0, 2), (1e-300, 1e300)),
    "xlog1py": ((0, 2), (1e-300, 1e-300)),
    "logaddexp": ((700, 701), (-3, 2), (1000, 0), (-1000, -1001), (2, 2)),
    "sigmoid": ((0,), (40,), (-40,), (700,), (-700,), (1e-10,)),
    "dsigmoid": ((0,), (40,), (-40,), (1e-10,)),
    "logit": ((1e-10,), (0.5,), (0.5000001,), (0.9999999,), (0.25,), (0.75,)),
    "softplus": ((0,), (30,), (-30,), (-700,), (700,), (1e-10,)),
    "silu": ((0,), (-30,), (20,), (1e-10,)),
    "erf": ((0,), (1e-10,), (5,)),
    "erfc": ((0,), (5,), (10,), (20,), (-2,)),
    "gauss": ((0,), (5,), (10,), (26,)),
    "normpdf": ((0,), (10,), (30,)),
    "normcdf": ((-8,), (-20,), (0,), (5,)),
    "gamma": ((0.5,), (100.25,), (-1.5,)),
    "lgamma": ((1.00001,), (2,), (100.25,), (1e10,)),
    "digamma": ((0.3,), (1.4616,), (100,)),
    "beta": ((0.5, 0.5), (20, 30)),
    "lbeta": ((0.5, 0.5), (20, 30)),
    "leaky": ((-1e300, 0.01), (2, 3)),
    "elu_of": ((-1e-10, 1), (-700, 2), (3, 3)),
    "huberized": ((1e-200, 1), (1e200, 1), (-1, 1.5)),
    "softsign": ((1e-10,), (-1e10,), (1e200,)),
    "erfcx": ((0,), (1e-10,), (1.49,), (1.51,), (5,), (30,), (1e8,), (-5,), (-20,)),
    "erfi": ((0,), (1e-10,), (0.011,), (0.049,), (0.051,), (5,), (-20,)),
    "exp_square": ((0,), (5,), (26,)),
    "erfinv": ((0,), (1e-10,), (0.999999,), (-0.999,)),
    "erfcinv": ((1,), (1e-10,), (1e-300,), (1.999,)),
    "dawson": ((0,), (1e-10,), (0.249,), (0.251,), (0.924,), (4.9,), (5.1,), (30,), (1e5,)),
    "fresnels": ((0,), (1e-5,), (1,), (20,), (100.3,)),
    "fresnelc": ((0,), (1e-5,), (1,), (20,), (100.3,)),
    "lognormcdf": ((-1e-9,), (-5,), (-38,), (-1e5,), (5,), (20,), (37,)),
    "mills": ((0,), (-5,), (-1e8,), (5,), (30,)),
    "normppf": ((0.5,), (1e-10,), (1e-300,), (0.999999,)),
    "zeta": ((1.0001,), (0.5,), (-0.5,), (-7.5,), (30,), (0,)),
    "lambertw": ((0,), (1e-10,), (-0.3678,), (1e10,), (1e300,)),
    "besselj": ((0,), (1e-8,), (2.404825557695773,), (30,), (1e4,), (-3,)),
    "bessely": ((1e-8,), (0.8935769662791675,), (30,), (1e4,)),
    "besseli": ((0,), (1e-8,), (30,), (700,), (-3,)),
    "besselk": ((1e-8,), (30,), (700,)),
    "airyai": ((0,), (1e-8,), (-2.338107410459767,), (20,), (100,), (-50,)),
    "airyaiprime": ((0,), (1e-8,), (-2.338107410459767,), (20,), (100,), (-50,)),
    "airybi": ((0,), (1e-8,), (-1.173713222709128,), (20,), (100,), (-50,)),
    "airybiprime": ((0,), (1e-8,), (20,), (100,), (-50,)),
    "ellipk": ((0,), (1e-10,), (0.4999,), (0.5001,), (-0.4999,), (-0.5001,), (0.999999,), (-1e5,)),
    "ellipe": ((0,), (1e-10,), (0.4999,), (0.5001,), (-0.4999,), (-0.5001,), (0.999999,), (-1e5,)),
    "expint": ((1e-10,), (30,), (700,)),
    "expi": ((1e-10,), (0.37250741078136663,), (30,), (700,), (-5,)),
    "sinint": ((0,), (1e-10,), (30,), (1e5,)),
    "cosint": ((1e-10,), (0.6165054856207162,), (30,), (1e5,)),
    "sinhint": ((0,), (1e-10,), (7.9,), (8.1,), (30,), (-300,)),
    "coshint": ((1e-10,), (0.5238225713898644,), (30,), (300,)),
    "sinhc": ((0,), (1e-10,), (30,)),
    "logsubexp": ((700, 699), (1, 0.9999999), (1000, 0), (-1000, -1001)),
    "log1mexp": ((-1e-10,), (-0.69,), (-0.7,), (-30,), (-700,)),
    "logexpm1": ((1e-10,), (0.6931471805599453,), (0.99,), (1.01,), (30,), (700,)),
    "logcosh": ((0,), (1e-10,), (0.99,), (1.01,), (20,), (-400,), (1e10,)),
    "bose": ((1e-10,), (30,)),
}
