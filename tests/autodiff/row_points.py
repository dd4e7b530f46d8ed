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
#: What is a third derivative of the public row that a private one serves, or a higher one.
THIRD = Tolerance(32, effect=True)

#: Public rows (and order) that are less accurate than promised, or pass through 0 away from any float64.
EXCEPTIONS: dict[tuple[str, int], Tolerance] = {
    # a product of several rounded factors: the worst of some thousands of points is 4.1 to 4.9
    ("atan2", 2): Tolerance(5),
    ("sech", 2): Tolerance(5),
    ("silu", 2): Tolerance(5),
    ("tand", 2): Tolerance(5),
    # the value passes through 0 along exp(x) + exp(y) = 1
    ("logaddexp", 0): Tolerance(4, effect=True),
    # passes through 0 where y*log(x) = -1 and the like
    ("power", 2): Tolerance(4, effect=True),
    # pass through 0 inside the domain again and again
    ("sinc", 1): Tolerance(4, effect=True),
    ("sinc", 2): Tolerance(4, effect=True),
}

#: 0, tiny, at the edge of the domain, huge, and where a formula changes its form.
HARD: dict[str, tuple[Point, ...]] = {
    "divide": ((3, 7), (1e-300, 1e10), (1e200, 1e100), (-5e-324, 2)),
    "multiply": ((1e-200, 1e200), (0, 3)),
    "power": (
        (1e-3, 7.5),
        (1e300, 0.1),
        (2.5, -1.3),
        (1e-300, 0.1),
        (1e10, 2.0),
        (1.0, 1e9),
        (1e-200, 1e-300),
        (1e-10, 33.3),
        (1e300, -0.01),
        (1e-200, 1e-200),
    ),
    "mod": ((7.5, 2), (-7.5, 2), (7.5, -2)),
    "sin": ((0,), (1e-10,), (1e5,), (1e22,), (-1e-300,), (1e308,)),
    "cos": ((0,), (1e-10,), (1e22,), (1e-320,)),
    "tan": ((0,), (1e-10,), (1.5,), (1e5,), (1.5707963267948966,)),
    "sec": ((0,), (1.5,), (-1.5,), (1.5707963267948966,)),
    "csc": ((1e-10,), (3.1,), (-1.5,), (3.141592653589793,)),
    "cot": ((1e-10,), (3.1,), (-1.5,)),
    "asin": ((0,), (1e-10,), (0.999999999,), (-0.999999999,), (1 - 2**-53,), (1e-320,)),
    "acos": ((0,), (1e-10,), (0.999999999,), (-0.999999999,), (2**-53 - 1,)),
    "atan": ((0,), (1e-10,), (1e8,), (1e100,), (-1e150,), (1e155,), (1e308,), (1e-320,), (-1.0,)),
    "asec": ((1.000000001,), (1e9,), (-1.5,), (-1.000000001,), (1e100,), (1 + 2**-52,), (1e155,)),
    "acsc": ((1.000000001,), (1e9,), (-2.5,), (-1.000000001,), (1e100,), (1 + 2**-52,), (-1e155,)),
    "acot": ((1e-9,), (1e9,), (-2.5,), (-1e-9,), (1e155,), (1e-320,)),
    "asin_slope": ((0,), (1e-10,), (0.9999999999,)),
    "atan_slope": ((0,), (1e-10,), (1e8,), (1e100,)),
    "asec_slope": ((-1.000000001,), (1.000000001,), (-1e100,)),
    "atan2": (
        (1.5, -2),
        (-1e-3, 4),
        (1e8, 1),
        (1e-8, 1),
        (1e200, 1e200),
        (0, 2),
        (1e-160, -1e-160),
        (1e155, 1e-10),
        (1e-320, 1e-3),
        (1 + 2**-52, 1),
        (-1e-100, 1e-270),
    ),
    "hypot": (
        (1e8, 1),
        (1e200, 1e200),
        (3, 4),
        (1e-200, 1e-200),
        (0, 2),
        (1e-100, 1e-270),
        (1e155, 1e-10),
        (1e-320, 1e-3),
        (-1e300, 1e-300),
    ),
    "toward": ((1e8, 1), (1, 1e8)),
    "turning": ((1e8, 1), (1e100, 1e100)),
    "sind": ((0,), (30,), (1e-10,), (360030,), (180,), (90 - 2**-46,), (1e-320,)),
    "cosd": ((0,), (90,), (1e-10,), (-60,), (60,), (90 + 2**-46,)),
    "tand": ((0,), (45,), (1e-10,), (180,), (90 - 2**-46,), (-135,)),
    "asind": ((0,), (0.999999999,), (-1e-16,)),
    "acosd": ((0,), (-0.999999999,)),
    "atand": ((0,), (1e8,), (1e155,), (1e-320,)),
    "sinpi": ((0,), (0.5,), (1,), (1e-10,), (1e15,), (0.5 + 2**-53,), (1e-320,)),
    "cospi": ((0,), (0.5,), (1e-10,), (1e15,), (0.5 + 2**-53,), (-1.5,)),
    "sinc": (
        (0,),
        (1e-10,),
        (1e-5,),
        (0.4999,),
        (0.5001,),
        (1,),
        (5.3,),
        (100.25,),
        (-2,),
        (1e-320,),
        (1e15,),
        (1.3290876370524844,),
        (0.6905405148875264,),
    ),
    "sinh": ((0,), (1e-10,), (700,), (-700,)),
    "cosh": ((0,), (1e-10,), (700,)),
    "tanh": ((0,), (1e-10,), (1e-300,), (20,), (-19.5,), (300,), (-372,)),
    "sech": ((0,), (20,), (-300,), (1e-10,), (740,), (0.881373587019543,), (1e-320,)),
    "csch": ((1e-10,), (300,), (-300,), (740,), (1e-320,)),
    "coth": ((1e-10,), (15,), (300,), (-15,), (1e-160,), (-300,)),
    "sech2": ((0,), (1e-10,), (20,), (-350,)),
    "csch2": ((1e-10,), (15,), (300,)),
    "asinh": ((0,), (1e-10,), (-1e9,), (1e100,), (1e150,), (1e155,), (-1e308,), (1e-320,)),
    "acosh": ((1.000000001,), (1e9,), (1e100,), (1 + 2**-52,), (1e200,), (1e308,)),
    "atanh": ((0,), (1e-10,), (0.999999999,), (-0.999999999,), (2**-53 - 1,), (1e-320,)),
    "asech": ((1e-200,), (1e-10,), (0.999999999,), (5e-324,), (0.7071067811865476,), (1 - 2**-53,)),
    "acsch": ((1e-100,), (1e10,), (1e100,), (-1e10,), (1e155,), (-1e-320,), (1e308,)),
    "acoth": ((1.000000001,), (1e9,), (1e100,), (-1.000000001,), (1 + 2**-52,), (1e155,), (-1e308,)),
    "asinh_slope": ((0,), (1e-10,), (1e9,), (1e100,)),
    "acosh_slope": ((1.000000001,), (1e100,)),
    "atanh_slope": ((0,), (1e-10,), (0.999999999,)),
    "exp": ((0,), (-700,), (700,), (1e-10,), (-745,)),
    "exp2": ((0,), (1000,), (-1000,)),
    "exp10": ((0,), (300,), (-300,)),
    "expm1": ((0,), (1e-10,), (-30,), (700,), (-745,), (1e-320,)),
    "log": ((1e-300,), (1e300,), (1.0000001,), (5e-324,)),
    "log2": ((1e-300,), (1e300,)),
    "log10": ((1e-300,), (1e300,)),
    "log1p": ((0,), (1e-10,), (1e300,), (-0.999999,), (2**-53 - 1,)),
    "sqrt": ((1e-300,), (1e300,)),
    "cbrt": ((-2.5,), (1e-300,), (1e300,), (5e-324,), (-1e308,)),
    "cbrt_slope": ((-2.5,),),
    "xlogy": ((0, 2), (1e-300, 1e300)),
    "xlog1py": ((0, 2), (1e-300, 1e-300)),
    "logaddexp": ((700, 701), (-3, 2), (1000, 0), (-1000, -1001), (2, 2), (700.3, 0.3), (-699.7, 0.3)),
    "sigmoid": ((0,), (40,), (-40,), (700,), (-700,), (1e-10,)),
    "dsigmoid": ((0,), (40,), (-40,), (1e-10,), (-745,)),
    "logit": ((1e-10,), (0.5,), (0.5000001,), (0.9999999,), (0.25,), (0.75,), (1e-320,), (1 - 2**-53,)),
    "softplus": ((0,), (30,), (-30,), (-700,), (700,), (1e-10,)),
    "silu": ((0,), (-30,), (20,), (1e-10,), (-744,), (-1.2784645427610737,), (2.3993572805154675,), (1e308,)),
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
}
