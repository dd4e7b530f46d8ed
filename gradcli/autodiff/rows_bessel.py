"""Rows of scaled, spherical and normalised Bessel and Airy functions: where the plain ones overflow, vanish or divide by 0.

The derivatives of a scaled function are small differences of large terms, so each row counts its own and its kernel
computes them. Formulas: NIST Digital Library of Mathematical Functions, chapters 9 and 10.
"""

from __future__ import annotations

from gradcli.autodiff.primitive import Row, RowKink

_K = "gradcli.targets.kernels.scaled:"
_X = ("x",)
_POSITIVE = (0.3, 5.0)
_ANY = (-3.0, 3.0)

ROWS = (
    Row("besselix", _X, "exp(-abs(x))*besseli(n, x), which does not overflow", ("besselix(n, x, k + 1)",), _K + "besselix",
        definition="exp(-abs(x))*besseli(n, x)", orders=("n", "k"), parameters=(None,), typical=(1,),
        spelled=("besselix(n + 1, x) + (n/x - sign(x))*besselix(n, x)",
                 "(2 + n^2/x^2)*besselix(n, x) - (1/x + 2*sign(x))*(besselix(n + 1, x) + n/x*besselix(n, x))"),
        domain=(_POSITIVE,), aliases=("ive",),
        kinks=(RowKink("x == 0 and n == 0", "that from the right at the kink", "1", "-1"),
               RowKink("x == 0 and abs(n) == 1", "the second derivative from the right at the kink", order=2)), group="special"),
    Row("besselkx", _X, "exp(x)*besselk(n, x), which does not vanish", ("besselkx(n, x, k + 1)",), _K + "besselkx",
        definition="exp(x)*besselk(n, x)", orders=("n", "k"), parameters=(None,), typical=(1,),
        spelled=("(1 + n/x)*besselkx(n, x) - besselkx(n + 1, x)",
                 "(2 + n^2/x^2)*besselkx(n, x) + (2 - 1/x)*(n/x*besselkx(n, x) - besselkx(n + 1, x))"),
        domain=(_POSITIVE,), aliases=("kve",), group="special", defined="x > 0"),
    Row("sphericalbesselj", _X, "spherical Bessel function of the first kind of order n", ("sphericalbesselj(n, x, k + 1)",), _K + "sphericalbesselj",
        definition="sqrt(pi/(2*x))*besselj(n + 0.5, x)", ball="gradcli:sphericalbesselj", orders=("n", "k"), parameters=(None,), typical=(1,), whole=True,
        spelled=("n/x*sphericalbesselj(n, x) - sphericalbesselj(n + 1, x)",
                 "(n*(n + 1)/x^2 - 1)*sphericalbesselj(n, x) - 2/x*(n/x*sphericalbesselj(n, x) - sphericalbesselj(n + 1, x))"),
        domain=(_POSITIVE,), aliases=("spherical_jn",), latex=r"j_{{{0}}}\left({1}\right)", group="special"),
    Row("sphericalbessely", _X, "spherical Bessel function of the second kind of order n", ("sphericalbessely(n, x, k + 1)",), _K + "sphericalbessely",
        definition="sqrt(pi/(2*x))*bessely(n + 0.5, x)", orders=("n", "k"), parameters=(None,), typical=(1,), whole=True,
        spelled=("n/x*sphericalbessely(n, x) - sphericalbessely(n + 1, x)",
                 "(n*(n + 1)/x^2 - 1)*sphericalbessely(n, x) - 2/x*(n/x*sphericalbessely(n, x) - sphericalbessely(n + 1, x))"),
        domain=(_POSITIVE,), aliases=("spherical_yn",), latex=r"y_{{{0}}}\left({1}\right)", group="special", defined="x > 0"),
    Row("jinc", _X, "2*besselj(1, pi*x)/(pi*x), 1 at 0", ("jinc(x, k + 1)",), _K + "jinc", sympy="gradcli:jinc", ball="gradcli:jinc", orders=("k",),
        spelled=("-(2*besselj(2, pi*x)/x)", "2*besselj(2, pi*x)/x^2 - pi*(besselj(1, pi*x) - besselj(3, pi*x))/x"), domain=(_ANY,), group="special"),
    Row("airyaix", _X, "exp(2/3*x^(3/2))*airyai(x), which does not vanish", ("airyaix(x, k + 1)",), _K + "airyaix",
        definition="exp(2/3*x^(3/2))*airyai(x)", orders=("k",),
        spelled=("airyaiprimex(x) + sqrt(x)*airyaix(x)", "(2*x + 1/(2*sqrt(x)))*airyaix(x) + 2*sqrt(x)*airyaiprimex(x)"),
        domain=(_POSITIVE,), group="special", defined="x >= 0"),
    Row("airyaiprimex", _X, "exp(2/3*x^(3/2))*airyaiprime(x)", ("airyaiprimex(x, k + 1)",), _K + "airyaiprimex",
        definition="exp(2/3*x^(3/2))*airyaiprime(x)", orders=("k",),
        spelled=("sqrt(x)*airyaiprimex(x) + x*airyaix(x)", "(1 + 2*x^(3/2))*airyaix(x) + (2*x + 1/(2*sqrt(x)))*airyaiprimex(x)"),
        domain=(_POSITIVE,), group="special", defined="x >= 0"),
    Row("airybix", _X, "exp(-2/3*x^(3/2))*airybi(x), which does not overflow", ("airybix(x, k + 1)",), _K + "airybix",
        definition="exp(-(2/3*x^(3/2)))*airybi(x)", orders=("k",),
        spelled=("airybiprimex(x) - sqrt(x)*airybix(x)", "(2*x - 1/(2*sqrt(x)))*airybix(x) - 2*sqrt(x)*airybiprimex(x)"),
        domain=(_POSITIVE,), group="special", defined="x >= 0"),
    Row("airybiprimex", _X, "exp(-2/3*x^(3/2))*airybiprime(x)", ("airybiprimex(x, k + 1)",), _K + "airybiprimex",
        definition="exp(-(2/3*x^(3/2)))*airybiprime(x)", orders=("k",),
        spelled=("x*airybix(x) - sqrt(x)*airybiprimex(x)", "(1 - 2*x^(3/2))*airybix(x) + (2*x - 1/(2*sqrt(x)))*airybiprimex(x)"),
        domain=(_POSITIVE,), group="special", defined="x >= 0"),
)  # fmt: skip
