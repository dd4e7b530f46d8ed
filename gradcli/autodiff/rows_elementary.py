"""Rows of the elementary functions, each with partials that keep their digits.

Where the textbook derivative cancels (1 - tanh^2 is 0 at 20), a private row holds it in a
form that does not, and that row is closed under differentiation, so that second and third
derivatives keep their digits too. A private row's `definition` is how it is printed.
"""

from __future__ import annotations

from typing import Any

from gradcli.autodiff.primitive import Row, RowKink

_ANY = (-3.0, 3.0)
_UNIT = (-0.95, 0.95)
_POSITIVE = (0.1, 4.0)
_BEYOND_ONE = (1.1, 4.0)
_K = "gradcli.targets.kernels.elementary:"
_CIRCULAR = "gradcli.targets.kernels.circular:"
_INVERSE = "gradcli.targets.kernels.inverse:"
_PLANE = "gradcli.targets.kernels.plane:"
_ACCURATE = "gradcli.targets.kernels.logarithm:"


def _f(
    name: str,
    meaning: str,
    partial: str,
    domain: tuple[float, float],
    numpy: str = "",
    math: str | None = "",
    **more: Any,
) -> Row:
    """A public function of x whose names in NumPy, math and SymPy are its own unless said otherwise."""
    columns: dict[str, Any] = {"sympy": name, "ball": name, **more}
    return Row(
        name, ("x",), meaning, (partial,), numpy or name, math=name if math == "" else math, domain=(domain,), **columns
    )


def _private(name: str, definition: str, partial: str, domain: tuple[float, float], kernels: str = _K) -> Row:
    """A private function of x: its definition prints it, its kernel keeps its digits."""
    return Row(
        name, ("x",), definition, (partial,), kernels + name, definition=definition, domain=(domain,), private=True
    )


def _in_plane(
    name: str, definition: str, by_x: str, by_y: str, commutative: bool = False, edge: str | None = None
) -> Row:
    """A private function of the coordinates x and y."""
    return Row(
        name, ("x", "y"), definition, (by_x, by_y), _PLANE + name, definition=definition,
        domain=((-3.0, 3.0), (0.3, 3.0)), private=True, commutative=commutative, edges=(edge, edge) if edge else (),
    )  # fmt: skip


_TRIGONOMETRIC = (
    _f("sin", "sine", "cos(x)", _ANY, latex=r"\sin"),
    _f("cos", "cosine", "-sin(x)", _ANY, latex=r"\cos"),
    _f("tan", "tangent", "1 + out^2", (-1.2, 1.2), latex=r"\tan"),
    _f("sec", "secant, 1/cos", "out*tan(x)", (-1.2, 1.2), _CIRCULAR + "sec", None, ball=None, definition="1/cos(x)", latex=r"\sec"),
    _f("csc", "cosecant, 1/sin", "-(out*cot(x))", (0.3, 2.8), _CIRCULAR + "csc", None, ball=None, definition="1/sin(x)", latex=r"\csc", defined="sin(x) != 0"),
    _f("cot", "cotangent, 1/tan", "-(1 + out^2)", (0.3, 2.8), _CIRCULAR + "cot", None, ball=None, definition="cos(x)/sin(x)", latex=r"\cot", defined="sin(x) != 0"),
    _f("asin", "inverse sine", "asin_slope(x)", _UNIT, "arcsin", aliases=("arcsin",), latex=r"\arcsin", defined="abs(x) <= 1"),
    _f("acos", "inverse cosine", "-asin_slope(x)", _UNIT, "arccos", aliases=("arccos",), latex=r"\arccos", defined="abs(x) <= 1"),
    _f("atan", "inverse tangent", "atan_slope(x)", _ANY, "arctan", aliases=("arctan",), latex=r"\arctan"),
    _f("asec", "inverse secant, acos(1/x)", "asec_slope(x)", _BEYOND_ONE, _INVERSE + "asec", None, sympy=None, ball=None,
       definition="acos(1/x)", aliases=("arcsec",), latex=r"\operatorname{arcsec}", defined="abs(x) >= 1"),
    _f("acsc", "inverse cosecant, asin(1/x)", "-asec_slope(x)", _BEYOND_ONE, _INVERSE + "acsc", None, sympy=None, ball=None,
       definition="asin(1/x)", aliases=("arccsc",), latex=r"\operatorname{arccsc}", defined="abs(x) >= 1"),
    _f("acot", "inverse cotangent, atan(1/x)", "-atan_slope(x)", (0.2, 3.0), _INVERSE + "acot", None, sympy=None, ball=None,
       definition="atan(1/x)", aliases=("arccot",), latex=r"\operatorname{arccot}",
       kinks=(RowKink("x == 0", "the value jumps from -pi/2 to pi/2; the derivative is -1 on both sides", "-1", "-1", ("-out",)),)),
    Row("atan2", ("y", "x"), "angle of the point (x, y), in radians", ("turning(x, y)", "-turning(y, x)"),
        "arctan2", math="atan2", sympy="atan2", ball="gradcli:atan2", domain=((0.3, 3.0), (-3.0, 3.0)), aliases=("arctan2",),
        kinks=(RowKink("y == 0 and x < 0", "the value jumps by 2*pi here; the derivative is the same on both sides", across=("-out",)),
               RowKink("y == 0 and x == 0", "there is no angle at the origin: every value is as near", across=("-pi", "pi")))),
    Row("hypot", ("x", "y"), "sqrt(x^2 + y^2) without overflow", ("toward(x, y)", "toward(y, x)"), "hypot", math="hypot",
        definition="sqrt(x^2 + y^2)", domain=((-3.0, 3.0), (0.3, 3.0)), commutative=True,
        kinks=(RowKink("x == 0 and y == 0", "0 at the tip of the cone"),)),
    _in_plane("toward", "x/hypot(x, y)", "bending(x, y)", "-shearing(x, y)", edge="x != 0 or y != 0"),
    _in_plane("bending", "y^2/hypot(x, y)^3", "-(3*out*turning(x, y))", "(2*bending(y, x) - out)*turning(y, x)"),
    _in_plane("shearing", "x*y/hypot(x, y)^3", "-((2*bending(y, x) - bending(x, y))*turning(y, x))",
              "-((2*bending(x, y) - bending(y, x))*turning(x, y))", commutative=True),
    _in_plane("turning", "x/(x^2 + y^2)", "turning_along(x, y)", "-turning_across(x, y)"),
    _in_plane("turning_along", "(y - x)*(y + x)/hypot(x, y)^4", "2*turning_twice(x, y)", "-(2*turning_twice(y, x))"),
    _in_plane("turning_across", "2*x*y/hypot(x, y)^4", "2*turning_twice(y, x)", "2*turning_twice(x, y)", commutative=True),
    _in_plane("turning_twice", "x*(x^2 - 3*y^2)/hypot(x, y)^6",
              "-(3*(turning_along(x, y) - turning_across(x, y))*(turning_along(x, y) + turning_across(x, y)))",
              "6*turning_along(x, y)*turning_across(x, y)"),
    _f("sind", "sine of an angle in degrees", "cosd(x)*deg2rad(1)", (-170.0, 170.0), _CIRCULAR + "sind", None, sympy=None, ball=None,
       definition="sinpi(x/180)", example="sind(x) at x=30"),
    _f("cosd", "cosine of an angle in degrees", "-(sind(x)*deg2rad(1))", (-170.0, 170.0), _CIRCULAR + "cosd", None, sympy=None, ball=None,
       definition="cospi(x/180)", example="cosd(x) at x=60"),
    _f("tand", "tangent of an angle in degrees", "tand_slope(x)", (-70.0, 70.0), _CIRCULAR + "tand", None, sympy=None, ball=None,
       definition="sinpi(x/180)/cospi(x/180)", example="tand(x) at x=45", defined="cosd(x) != 0"),
    _f("cotd", "cotangent of an angle in degrees", "-((1 + out^2)*deg2rad(1))", (20.0, 160.0), _CIRCULAR + "cotd", None, sympy=None, ball=None,
       definition="1/tan(deg2rad(x))", example="cotd(x) at x=45", defined="sind(x) != 0"),
    _f("asind", "inverse sine, in degrees", "rad2deg(asin_slope(x))", _UNIT, _INVERSE + "asind", None, sympy=None, ball=None,
       definition="rad2deg(asin(x))", defined="abs(x) <= 1"),
    _f("acosd", "inverse cosine, in degrees", "-rad2deg(asin_slope(x))", _UNIT, _INVERSE + "acosd", None, sympy=None, ball=None,
       definition="rad2deg(acos(x))", defined="abs(x) <= 1"),
    _f("atand", "inverse tangent, in degrees", "rad2deg(atan_slope(x))", _ANY, _INVERSE + "atand", None, sympy=None, ball=None,
       definition="rad2deg(atan(x))"),
    _f("sinpi", "sin(pi*x), exact at multiples of 1/2", "pi*cospi(x)", _ANY, _CIRCULAR + "sinpi", None, sympy="gradcli:sinpi", ball="sin_pi"),
    _f("cospi", "cos(pi*x), exact at multiples of 1/2", "-(pi*sinpi(x))", _ANY, _CIRCULAR + "cospi", None, sympy="gradcli:cospi", ball="cos_pi", example="cospi(x) at x=0.25"),
    Row("sinc", ("x",), "sin(pi*x)/(pi*x), 1 at 0; with order n its n-th derivative", ("sinc(x, n + 1)",), _CIRCULAR + "sinc",
        sympy="gradcli:sinc", ball="gradcli:sinc", orders=("n",), domain=((0.2, 2.8),)),
    _f("deg2rad", "degrees to radians", "deg2rad(1)", _ANY, _CIRCULAR + "deg2rad", None, sympy="gradcli:deg2rad", ball="gradcli:deg2rad",
       aliases=("radians",)),
    _f("rad2deg", "radians to degrees", "rad2deg(1)", _ANY, _CIRCULAR + "rad2deg", None, sympy="gradcli:rad2deg", ball="gradcli:rad2deg",
       aliases=("degrees",)),
    _private("tand_slope", "deg2rad(1)/cosd(x)^2", "2*out*tand(x)*deg2rad(1)", (-70.0, 70.0), _CIRCULAR),
    _private("asin_slope", "1/sqrt((1 - x)*(1 + x))", "asin_bend(x)", _UNIT, _INVERSE),
    _private("asin_bend", "x/((1 - x)*(1 + x))^(3/2)", "(3*x*out + asin_slope(x))*atanh_slope(x)", _UNIT, _INVERSE),
    _private("atan_slope", "1/(1 + x^2)", "atan_bend(x)", _ANY, _INVERSE),
    _private("atan_bend", "-(2*x)/(1 + x^2)^2", "-((4*(x*out) + 2*atan_slope(x))*atan_slope(x))", _ANY, _INVERSE),
    _private("asec_slope", "1/(abs(x)*sqrt(x^2 - 1))", "asec_bend(x)", _BEYOND_ONE, _INVERSE),
    _private("asec_bend", "-(2*x^2 - 1)/(x*abs(x)*(x^2 - 1)^(3/2))",
             "asec_slope(x)*(2/x/x - acoth_slope(x) + 3*(x*acoth_slope(x))^2)", _BEYOND_ONE, _INVERSE),
)  # fmt: skip

_HYPERBOLIC = (
    _f("sinh", "hyperbolic sine", "cosh(x)", _ANY, ball=None, definition="(exp(x) - exp(-x))/2", latex=r"\sinh"),
    _f("cosh", "hyperbolic cosine", "sinh(x)", _ANY, ball=None, definition="(exp(x) + exp(-x))/2", latex=r"\cosh"),
    _f("tanh", "hyperbolic tangent", "sech2(x)", _ANY, ball="gradcli:tanh", latex=r"\tanh"),
    _f("sech", "hyperbolic secant, 1/cosh", "-sech_tanh(x)", _ANY, _K + "sech", None, ball=None, definition="2/(exp(x) + exp(-x))"),
    _f("csch", "hyperbolic cosecant, 1/sinh", "-(out*coth(x))", (0.3, 3.0), _K + "csch", None, ball=None,
       definition="2/(exp(x) - exp(-x))", defined="x != 0"),
    _f("coth", "hyperbolic cotangent, 1/tanh", "-csch2(x)", (0.3, 3.0), _K + "coth", None, ball=None, definition="1/tanh(x)",
       latex=r"\coth", defined="x != 0"),
    _f("asinh", "inverse hyperbolic sine", "asinh_slope(x)", _ANY, "arcsinh", ball="gradcli:asinh", aliases=("arcsinh", "arsinh")),
    _f("acosh", "inverse hyperbolic cosine", "acosh_slope(x)", _BEYOND_ONE, "arccosh", ball=None,
       definition="log(x + sqrt(x - 1)*sqrt(x + 1))", aliases=("arccosh", "arcosh"), defined="x >= 1"),
    _f("atanh", "inverse hyperbolic tangent", "atanh_slope(x)", _UNIT, "arctanh", ball=None, definition="log((1 + x)/(1 - x))/2",
       aliases=("arctanh", "artanh"), defined="abs(x) < 1"),
    _f("asech", "inverse hyperbolic secant, acosh(1/x)", "-asech_slope(x)", (0.1, 0.9), _INVERSE + "asech", None, sympy=None, ball=None,
       definition="acosh(1/x)", aliases=("arcsech", "arsech"), defined="0 < x and x <= 1"),
    _f("acsch", "inverse hyperbolic cosecant, asinh(1/x)", "-acsch_slope(x)", (0.2, 3.0), _INVERSE + "acsch", None, sympy=None, ball=None,
       definition="asinh(1/x)", aliases=("arccsch", "arcsch"), defined="x != 0"),
    _f("acoth", "inverse hyperbolic cotangent, atanh(1/x)", "acoth_slope(x)", _BEYOND_ONE, _INVERSE + "acoth", None, sympy=None, ball=None,
       definition="log((x + 1)/(x - 1))/2", aliases=("arccoth", "arcoth"), defined="abs(x) > 1"),
    _private("sech_tanh", "sech(x)*tanh(x)", "-sech_bend(x)", _ANY),
    _private("sech_bend", "sech(x)*(2*tanh(x)^2 - 1)", "-(sech(x)*tanh(x)*(1 - 6*sech2(x)))", _ANY),
    _private("sech2", "sech(x)^2", "-(2*out*tanh(x))", _ANY),
    _private("csch2", "csch(x)^2", "-(2*out*coth(x))", (0.3, 3.0)),
    _private("asinh_slope", "1/sqrt(1 + x^2)", "asinh_bend(x)", _ANY, _INVERSE),
    _private("asinh_bend", "-x/sqrt(1 + x^2)^3", "-((3*(x*out) + asinh_slope(x))*atan_slope(x))", _ANY, _INVERSE),
    _private("acosh_slope", "1/(sqrt(x - 1)*sqrt(x + 1))", "acosh_bend(x)", _BEYOND_ONE, _INVERSE),
    _private("acosh_bend", "-x/(sqrt(x - 1)*sqrt(x + 1))^3", "(3*(x*out) + acosh_slope(x))*acoth_slope(x)", _BEYOND_ONE, _INVERSE),
    _private("atanh_slope", "1/((1 - x)*(1 + x))", "atanh_bend(x)", _UNIT, _INVERSE),
    _private("atanh_bend", "2*x/((1 - x)*(1 + x))^2", "2*atanh_slope(x)^2 + 4*(x*atanh_slope(x))*out", _UNIT, _INVERSE),
    _private("acoth_slope", "1/((1 - x)*(1 + x))", "acoth_bend(x)", _BEYOND_ONE, _INVERSE),
    _private("acoth_bend", "2*x/((1 - x)*(1 + x))^2", "2*acoth_slope(x)^2 + 4*(x*acoth_slope(x))*out", _BEYOND_ONE, _INVERSE),
    _private("asech_slope", "1/(x*sqrt((1 - x)*(1 + x)))", "asech_bend(x)", (0.1, 0.9), _INVERSE),
    _private("asech_bend", "(2*x^2 - 1)/(x^2*((1 - x)*(1 + x))^(3/2))",
             "asech_slope(x)*(2/x/x - atanh_slope(x) + 3*(x*atanh_slope(x))^2)", (0.1, 0.9), _INVERSE),
    _private("acsch_slope", "1/(abs(x)*sqrt(1 + x^2))", "acsch_bend(x)", (0.2, 3.0), _INVERSE),
    _private("acsch_bend", "-(1 + 2*x^2)/(x*abs(x)*(1 + x^2)^(3/2))",
             "acsch_slope(x)*(2/x/x + atan_slope(x) + 3*(x*atan_slope(x))^2)", (0.2, 3.0), _INVERSE),
)  # fmt: skip

_EXPONENTIAL = (
    _f("exp", "exponential", "out", _ANY, latex=r"\exp"),
    _f("exp2", "2 to the power x", "out*log(2)", _ANY, "exp2", None, sympy="gradcli:exp2", ball="gradcli:exp2"),
    _f("exp10", "10 to the power x", "out*log(10)", (-2.0, 2.0), _K + "exp10", None, sympy="gradcli:exp10", ball="gradcli:exp10"),
    _f("expm1", "exp(x) - 1 without cancellation", "exp(x)", _ANY, sympy=None, ball=None, definition="exp(x) - 1"),
    _f("log", "natural logarithm; log(x, base) to another base", "log_slope(x)", _POSITIVE, aliases=("ln",), latex=r"\ln", defined="x > 0"),
    _f("log2", "logarithm to base 2", "log_slope(x)/log(2)", _POSITIVE, sympy=None, ball=None, definition="log(x)/log(2)",
       latex=r"\log_{{2}}", defined="x > 0"),
    _f("log10", "logarithm to base 10", "log_slope(x)/log(10)", _POSITIVE, sympy=None, ball=None, definition="log(x)/log(10)",
       latex=r"\log_{{10}}", defined="x > 0"),
    _f("log1p", "log(1 + x) without cancellation", "log1p_slope(x)", (-0.9, 4.0), sympy=None, ball=None, definition="log(1 + x)", defined="x > -1"),
    _f("sqrt", "square root", "sqrt_slope(x)", _POSITIVE, latex=r"\sqrt{{{0}}}", defined="x >= 0"),
    _f("cbrt", "real cube root", "cbrt_slope(x)", _POSITIVE, _K + "cbrt", "gradcli.targets.kernels.scalars:cbrt", sympy="gradcli:cbrt", ball="gradcli:cbrt", latex=r"\sqrt[3]{{{0}}}"),
    _private("cbrt_slope", "1/(3*cbrt(x)^2)", "-(2/3*(out/x))", _POSITIVE),
    Row("sqrt_slope", ("x",), "derivative of sqrt", ("sqrt_bend(x)",), _K + "sqrt_slope", "gradcli.targets.kernels.scalars:sqrt_slope",
        definition="0.5/sqrt(x)", domain=(_POSITIVE,), private=True),
    _private("sqrt_bend", "-0.25/(x*sqrt(x))", "-(6*out*sqrt_slope(x)^2)", _POSITIVE),
    _private("log_slope", "1/x", "-(out*out)", _POSITIVE),
    _private("log1p_slope", "1/(1 + x)", "-(out/(1 + x))", (-0.9, 4.0)),
    _f("log1pmx", "log(1 + x) - x without cancellation", "log1pmx_slope(x)", (-0.9, 4.0), _ACCURATE + "log1pmx", None, sympy=None, ball=None,
       definition="log(1 + x) - x", defined="x > -1"),
    _private("log1pmx_slope", "-x/(1 + x)", "-log1p_slope(x)^2", (-0.9, 4.0), _ACCURATE),
    _f("logmxp1", "log(x) - x + 1 without cancellation", "logmxp1_slope(x)", _POSITIVE, _ACCURATE + "logmxp1", None, sympy=None, ball=None,
       definition="log(x) - x + 1", defined="x > 0"),
    _private("logmxp1_slope", "(1 - x)/x", "-log_slope(x)^2", _POSITIVE, _ACCURATE),
    Row("xlogy", ("x", "y"), "x*log(y), 0 where x is 0", ("log(y)", "ratio(x, y)"), _K + "xlogy", sympy="gradcli:xlogy", ball="gradcli:xlogy", definition="where(x == 0, 0, x*log(y))",
        domain=((0.2, 3.0), _POSITIVE), defined="y > 0 or x == 0"),
    Row("xlogx", ("x",), "x*log(x), 0 at 0", ("log_of_ex(x)",), _ACCURATE + "xlogx", definition="where(x == 0, 0, x*log(x))", domain=(_POSITIVE,), defined="x >= 0"),
    _private("log_of_ex", "1 + log(x)", "log_slope(x)", _POSITIVE, _ACCURATE),
    Row("xlog1py", ("x", "y"), "x*log1p(y), 0 where x is 0", ("log1p(y)", "ratio(x, 1 + y)"), _K + "xlog1py",
        sympy="gradcli:xlog1py", ball="gradcli:xlog1py", definition="where(x == 0, 0, x*log(1 + y))", domain=((0.2, 3.0), (-0.8, 3.0)), defined="y > -1 or x == 0"),
    Row("ratio", ("x", "y"), "x/y for positive y, 0 where x is 0: along that line x*log(y) is 0 everywhere", ("log_slope(y)", "-ratio(out, y)"),
        _K + "ratio", definition="x/y", domain=((0.2, 3.0), _POSITIVE), private=True),
    Row("rel_entr", ("x", "y"), "x*log(x/y), 0 where x is 0", ("log_ratio(x, y) + 1", "-ratio(x, y)"), _K + "rel_entr", sympy="gradcli:rel_entr",
        ball="gradcli:rel_entr", definition="where(x == 0, 0, x*log(x/y))", domain=((0.2, 3.0), _POSITIVE),
        defined="(x > 0 and y > 0) or (x == 0 and y >= 0)", group="models"),
    Row("log_ratio", ("x", "y"), "log(x/y), also where x/y is out of range", ("log_slope(x)", "-log_slope(y)"), _K + "log_ratio",
        definition="log(x/y)", domain=(_POSITIVE, _POSITIVE), private=True),
    Row("logaddexp", ("x", "y"), "log(exp(x) + exp(y)) without overflow", ("first_share(x, y)", "first_share(y, x)"), "logaddexp",
        definition="x + log(1 + exp(y - x))", domain=(_ANY, _ANY), commutative=True),
)  # fmt: skip

_MODELS = (
    _f("sigmoid", "1/(1 + exp(-x))", "dsigmoid(x)", _ANY, _K + "sigmoid", None, sympy=None, ball=None, definition="1/(1 + exp(-x))",
       aliases=("expit", "logistic"), group="models"),
    Row("dsigmoid", ("x",), "sigmoid(x)*sigmoid(-x)", ("-(out*tanh(x/2))",), _K + "dsigmoid", definition="sigmoid(x)*sigmoid(-x)",
        domain=(_ANY,), private=True, group="models"),
    _f("logit", "log(x/(1 - x))", "logit_slope(x)", (0.05, 0.95), _K + "logit", None, sympy=None, ball=None,
       definition="log(x/(1 - x))", group="models", defined="0 < x and x < 1"),
    _private("logit_slope", "1/(x*(1 - x))", "logit_bend(x)", (0.05, 0.95)),
    _private("logit_bend", "(2*x - 1)/(x*(1 - x))^2", "2*logit_slope(x)^2 + 2*((2*x - 1)*logit_slope(x))*out", (0.05, 0.95)),
    _f("softplus", "log(1 + exp(x)) without overflow", "sigmoid(x)", _ANY, _K + "softplus", None, sympy=None, ball=None,
       definition="log(1 + exp(x))", aliases=("log1pexp",), group="models"),
    _f("silu", "x*sigmoid(x)", "silu_slope(x)", _ANY, _K + "silu", None, sympy=None, ball=None,
       definition="x/(1 + exp(-x))", aliases=("swish",), group="models"),
    Row("silu_slope", ("x",), "derivative of silu", ("silu_bend(x)",), _K + "silu_slope", definition="sigmoid(x) + x*sigmoid(x)*sigmoid(-x)",
        domain=(_ANY,), private=True, group="models"),
    Row("silu_bend", ("x",), "second derivative of silu", ("-(dsigmoid(x)*(tanh(x/2)*(3 - x*tanh(x/2)) + 2*(x*dsigmoid(x))))",),
        _K + "silu_bend", definition="sigmoid(x)*sigmoid(-x)*(2 - x*tanh(x/2))", domain=(_ANY,), private=True, group="models"),
    Row("first_share", ("x", "y"), "exp(x)/(exp(x) + exp(y))", ("shares_product(x, y)", "-shares_product(x, y)"), _K + "first_share",
        definition="sigmoid(x - y)", domain=(_ANY, _ANY), private=True, group="models"),
    Row("shares_product", ("x", "y"), "exp(x)*exp(y)/(exp(x) + exp(y))^2", ("-(out*tanh((x - y)/2))", "out*tanh((x - y)/2)"),
        _K + "shares_product", definition="sigmoid(x - y)*sigmoid(y - x)", domain=(_ANY, _ANY), private=True, commutative=True,
        group="models"),
    Row("relu", ("x",), "x where it is positive, else 0", ("1",), _K + "relu", sympy="gradcli:relu", ball="gradcli:relu", domain=(_ANY,),
        edges=("not x <= 0",), kinks=(RowKink("x == 0", "0 at the kink", "0", "1"),), group="models"),
)  # fmt: skip

ROWS = _TRIGONOMETRIC + _HYPERBOLIC + _EXPONENTIAL + _MODELS
