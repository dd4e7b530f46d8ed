"""Rows of the incomplete gamma and beta functions and of distributions made of them, with constant parameters.

The partial of a distribution function is its density, which is a row of its own because products of powers and
gamma functions overflow long before it does. Formulas: DLMF 8.2, 8.8, 8.17; the derivatives by the parameters have
no closed form, so these are constants.
"""

from __future__ import annotations

from gradcli.autodiff.primitive import Row

_K = "gradcli.targets.kernels.distributions:"
_X = ("x",)
_POSITIVE = (0.3, 5.0)
_UNIT = (0.05, 0.95)

ROWS = (
    Row("gammainc", _X, "regularised lower incomplete gamma function P(a, x): the distribution function of gamma(a)", ("gamma_density(a, x)",),
        _K + "gammainc", sympy="gradcli:gammainc", ball="gradcli:gammainc", orders=("a",), parameters=(None,),
        typical=(2.5,), domain=(_POSITIVE,), latex=r"P\left({0}, {1}\right)", group="special", defined="x >= 0"),
    Row("gammaincc", _X, "regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x)", ("-gamma_density(a, x)",), _K + "gammaincc",
        sympy="gradcli:gammaincc", ball="gradcli:gammaincc", orders=("a",), parameters=(None,), typical=(2.5,), domain=(_POSITIVE,),
        latex=r"Q\left({0}, {1}\right)", group="special", defined="x >= 0"),
    Row("gammaincinv", _X, "inverse of gammainc(a, x) in x: the quantile function of gamma(a)", ("1/gamma_density(a, out)",), _K + "gammaincinv",
        sympy="gradcli:quantile", ball="gradcli:gammaincinv", orders=("a",), parameters=(None,), typical=(2.5,), domain=(_UNIT,), group="special", defined="0 <= x and x < 1"),
    Row("gamma_density", _X, "density of the gamma distribution of shape a", ("out*(a - 1 - x)/x",), _K + "gamma_density",
        definition="x^(a - 1)*exp(-x)/gamma(a)", orders=("a",), parameters=(None,), typical=(2.5,), domain=(_POSITIVE,), private=True, group="special"),
    Row("betainc", _X, "regularised incomplete beta function I_x(a, b): the distribution function of beta(a, b)", ("beta_density(a, b, x)",), _K + "betainc",
        sympy="gradcli:betainc", ball="gradcli:betainc", orders=("a", "b"), parameters=(None, None), typical=(2.5, 1.5), domain=(_UNIT,),
        latex=r"I_{{{2}}}\left({0}, {1}\right)", group="special", defined="0 <= x and x <= 1"),
    Row("betaincinv", _X, "inverse of betainc(a, b, x) in x: the quantile function of beta(a, b)", ("1/beta_density(a, b, out)",), _K + "betaincinv",
        sympy="gradcli:quantile", ball="gradcli:betaincinv", orders=("a", "b"), parameters=(None, None), typical=(2.5, 1.5), domain=(_UNIT,), group="special", defined="0 <= x and x <= 1"),
    Row("beta_density", _X, "density of the beta distribution", ("out*((a - 1)/x - (b - 1)/(1 - x))",), _K + "beta_density",
        definition="x^(a - 1)*(1 - x)^(b - 1)/beta(a, b)", orders=("a", "b"), parameters=(None, None), typical=(2.5, 1.5), domain=(_UNIT,),
        private=True, group="special"),
    Row("studentcdf", _X, "distribution function of Student's t with nu degrees of freedom", ("student_density(nu, x)",), _K + "studentcdf",
        sympy="gradcli:studentcdf", ball="gradcli:studentcdf", orders=("nu",), parameters=(None,), typical=(3,), domain=((-3.0, 3.0),),
        aliases=("stdtr", "tcdf"), group="special"),
    Row("student_density", _X, "density of Student's t", ("-(out*(nu + 1)*x/(nu + x^2))",), _K + "student_density",
        definition="(1 + x^2/nu)^(-(nu + 1)/2)/(sqrt(nu)*beta(0.5, nu/2))", orders=("nu",), parameters=(None,), typical=(3,),
        domain=((-3.0, 3.0),), private=True, group="special"),
)  # fmt: skip
