"""Rows of piecewise functions: those that models are made of, and NumPy's; each kink with the order it begins at."""

from __future__ import annotations

from gradcli.autodiff.primitive import Row, RowKink

_ANY = (-3.0, 3.0)
_K = "gradcli.targets.kernels.models:"
_SLOPE = RowKink("x == 0 and slope != 1", "the slope, which is the derivative from the left", "slope", "1")
_ELU = (
    RowKink("x == 0 and alpha != 1", "alpha, which is the derivative from the left", "alpha", "1"),
    RowKink("x == 0", "the second derivative where elu is curved", order=2),
)
_CELU = (RowKink("x == 0", "the second derivative where celu is curved", order=2),)
_HUBER = (RowKink("abs(x) == delta", "the second derivative of the square", order=2),)

ROWS = (
    Row("leaky", ("x", "slope"), "x where it is positive, else slope*x", ("where(x > 0, 1, slope)", "x"), _K + "leaky",
        definition="where(x > 0, x, slope*x)", domain=(_ANY, (0.05, 0.4)), private=True, edges=(None, "not x > 0"), kinks=(_SLOPE,),
        group="models"),
    Row("elu_of", ("x", "alpha"), "x where it is positive, else alpha*expm1(x)", ("where(x > 0, 1, alpha*exp(x))", "expm1(x)"),
        _K + "elu_of", definition="where(x > 0, x, alpha*expm1(x))", domain=(_ANY, (0.5, 2.0)), private=True, edges=(None, "not x > 0"),
        kinks=_ELU, group="models"),
    Row("celu_of", ("x", "alpha"), "x where it is positive, else alpha*expm1(x/alpha)", ("where(x > 0, 1, exp_ratio(x, alpha))", "celu_sag(x, alpha)"),
        _K + "celu_of", definition="where(x > 0, x, alpha*expm1(x/alpha))", domain=(_ANY, (0.5, 2.0)), private=True, edges=(None, "not x > 0"),
        kinks=_CELU, group="models", defined="x > 0 or alpha != 0"),
    Row("celu_sag", ("x", "y"), "(1 - x/y)*exp(x/y) - 1", ("-(x/y*exp_ratio(x, y)/y)", "(x/y)^2*exp_ratio(x, y)/y"), _K + "celu_sag",
        definition="(1 - x/y)*exp(x/y) - 1", domain=((-3.0, -0.2), (0.5, 2.0)), private=True, group="models"),
    Row("exp_ratio", ("x", "y"), "exp(x/y) with the quotient's rounding error carried along", ("out/y", "-(x/y*out/y)"), _K + "exp_ratio",
        definition="exp(x/y)", domain=(_ANY, (0.5, 2.0)), private=True, group="models"),
    Row("huberized", ("x", "delta"), "x^2/2 up to |x| = delta, from there on its tangent", ("clip(x, -delta, delta)", "abs(x) - delta"),
        _K + "huberized", definition="where(abs(x) <= delta, x^2/2, delta*(abs(x) - delta/2))", domain=(_ANY, (0.5, 2.0)), private=True,
        edges=(None, "abs(x) > delta"), kinks=_HUBER, defined="delta >= 0", group="models"),
    Row("softsign", ("x",), "x/(1 + abs(x))", ("softsign_slope(x)",), _K + "softsign", definition="x/(1 + abs(x))", domain=(_ANY,),
        kinks=(RowKink("x == 0", "0, between -2 and 2", order=2),), group="models"),
    Row("softsign_slope", ("x",), "1/(1 + abs(x))^2", ("-(2*sign(x)*out/(1 + abs(x)))",), _K + "softsign_slope", definition="1/(1 + abs(x))^2",
        domain=(_ANY,), private=True, group="models"),
    Row("trunc", ("x",), "x without its fraction: rounded towards 0", ("0",), "trunc", definition="where(x < 0, ceil(x), floor(x))",
        domain=(_ANY,), kinks=(RowKink("x == out and x != 0", "0 at the jump", across=("out - sign(x)",)),), aliases=("fix",), group="choice"),
    Row("fmod", ("x", "y"), "x - y*trunc(x/y): the remainder with the sign of x", ("1", "-round((x - out)/y)"), "fmod",
        sympy="gradcli:mod",
        definition="x - y*trunc(x/y)", domain=(_ANY, (0.7, 1.3)), kinks=(RowKink("out == 0 and x != 0", "1 in the first argument at the jump", across=("sign(x)*abs(y)",)),), aliases=("rem",),
        group="choice", defined="y != 0"),
    Row("copysign", ("x", "y"), "abs(x) with the sign of y", ("where(x == 0, 0, copysign(1, y)*sign(x))", "0"), "copysign",
        math="copysign", definition="where(y < 0, -abs(x), abs(x))", domain=(_ANY, _ANY),
        kinks=(RowKink("x == 0", "0 at the kink"), RowKink("y == 0", "0 in the second argument at the jump", across=("-out",))), group="choice"),
)  # fmt: skip
