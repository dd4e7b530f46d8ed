"""SciPy's special functions read as texts of the language; SciPy is not imported for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradcli.recording.translation import shape_of, whole

#: `scipy.special`'s universal functions by name; {0} is a whole number that is the first argument.
WRITTEN: dict[str, str] = {
    "erf": "erf(x0)", "erfc": "erfc(x0)", "erfcx": "erfcx(x0)", "erfi": "erfi(x0)", "erfinv": "erfinv(x0)",
    "erfcinv": "erfcinv(x0)", "dawsn": "dawson(x0)", "ndtr": "normcdf(x0)", "log_ndtr": "lognormcdf(x0)",
    "ndtri": "normppf(x0)", "gamma": "gamma(x0)", "gammaln": "lgamma(x0)", "loggamma": "lgamma(x0)",
    "psi": "digamma(x0)", "digamma": "digamma(x0)", "beta": "beta(x0, x1)", "betaln": "lbeta(x0, x1)",
    "zetac": "zeta(x0) - 1", "jv": "besselj({0}, x1)", "jn": "besselj({0}, x1)", "yn": "bessely({0}, x1)",
    "yv": "bessely({0}, x1)", "iv": "besseli({0}, x1)", "kv": "besselk({0}, x1)", "kn": "besselk({0}, x1)",
    "j0": "besselj(0, x0)", "j1": "besselj(1, x0)", "y0": "bessely(0, x0)", "y1": "bessely(1, x0)",
    "i0": "besseli(0, x0)", "i1": "besseli(1, x0)", "k0": "besselk(0, x0)", "k1": "besselk(1, x0)",
    "ellipk": "ellipk(x0)", "ellipe": "ellipe(x0)", "exp1": "expint(1, x0)", "expn": "expint({0}, x1)",
    "expi": "expi(x0)", "expit": "sigmoid(x0)", "logit": "logit(x0)", "log_expit": "-softplus(-x0)",
    "softplus": "softplus(x0)", "xlogy": "xlogy(x0, x1)", "xlog1py": "xlog1py(x0, x1)", "entr": "-xlogy(x0, x0)",
    "exp2": "exp2(x0)", "exp10": "exp10(x0)", "expm1": "expm1(x0)", "log1p": "log1p(x0)", "cbrt": "cbrt(x0)",
    "cosdg": "cosd(x0)", "sindg": "sind(x0)", "tandg": "tand(x0)",
}  # fmt: skip


def special_text(ufunc: np.ufunc, inputs: Sequence[Any]) -> str | None:
    """The text of one of SciPy's functions, None for any other (and for an order that is no whole number)."""
    special = sys.modules.get("scipy.special")  # whoever has a function of it has imported it
    if special is None or getattr(special, ufunc.__name__, None) is not ufunc:
        return None
    text = WRITTEN.get(ufunc.__name__)
    if text is None or "{0}" not in text:
        return text
    order = inputs[0]
    return text.format(whole(int(order))) if not shape_of(order) and _is_whole(order) else None


def _is_whole(order: Any) -> bool:
    return isinstance(order, int | float | np.number) and float(order).is_integer()
