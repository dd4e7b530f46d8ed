"""Rows of the special functions, with closed partials: gamma by polygamma, erf by its Gaussian.

Derivative formulas: NIST Digital Library of Mathematical Functions, chapters 5 (gamma,
polygamma, beta) and 7 (error functions).
"""

from __future__ import annotations

from gradcli.autodiff.primitive import Row

_K = "gradcli.targets.kernels:"
_ANY = (-2.0, 2.0)
_POSITIVE = (0.3, 5.0)

ROWS = (
    Row("erf", ("x",), "error function", ("2/sqrt(pi)*gauss(x)",), "scipy.special:erf", math="erf", sympy="erf", ball="erf",
        domain=(_ANY,), group="special"),
    Row("erfc", ("x",), "1 - erf(x) without cancellation", ("-(2/sqrt(pi)*gauss(x))",), "scipy.special:erfc", math="erfc", sympy="erfc",
        ball="erfc", domain=(_ANY,), group="special"),
    Row("gauss", ("x",), "exp(-x^2) with the square's rounding error carried along", ("-(2*x*out)",), _K + "gauss",
        definition="exp(-x^2)", domain=(_ANY,), private=True, group="special"),
    Row("normpdf", ("x",), "density of the standard normal distribution", ("-(x*out)",), _K + "normpdf",
        definition="exp(-x^2/2)/sqrt(2*pi)", domain=(_ANY,), group="special"),
    Row("normcdf", ("x",), "distribution function of the standard normal distribution", ("normpdf(x)",), "scipy.special:ndtr",
        definition="erfc(-x/sqrt(2))/2", domain=(_ANY,), group="special"),
    Row("gamma", ("x",), "gamma function", ("out*digamma(x)",), "scipy.special:gamma", sympy="gamma", ball="gamma",
        domain=(_POSITIVE,), aliases=("Gamma", "tgamma"), latex=r"\Gamma", group="special"),
    Row("lgamma", ("x",), "logarithm of |gamma(x)|", ("digamma(x)",), "scipy.special:gammaln", sympy="gradcli:lgamma",
        ball="gradcli:lgamma", domain=(_POSITIVE,), aliases=("gammaln", "loggamma"), group="special"),
    Row("digamma", ("x",), "derivative of lgamma; with order n its n-th derivative", ("digamma(x, n + 1)",), _K + "digamma",
        sympy="gradcli:digamma", ball="gradcli:digamma", orders=("n",), domain=(_POSITIVE,), aliases=("psi",), latex=r"\psi",
        group="special"),
    Row("beta", ("x", "y"), "gamma(x)*gamma(y)/gamma(x + y)", ("out*(digamma(x) - digamma(x + y))", "out*(digamma(y) - digamma(x + y))"),
        "scipy.special:beta", definition="gamma(x)*gamma(y)/gamma(x + y)", domain=(_POSITIVE, _POSITIVE), commutative=True,
        latex=r"\mathrm{{B}}", group="special"),
    Row("lbeta", ("x", "y"), "logarithm of |beta(x, y)|", ("digamma(x) - digamma(x + y)", "digamma(y) - digamma(x + y)"),
        "scipy.special:betaln", definition="lgamma(x) + lgamma(y) - lgamma(x + y)", domain=(_POSITIVE, _POSITIVE), commutative=True,
        aliases=("betaln",), group="special"),
)  # fmt: skip
