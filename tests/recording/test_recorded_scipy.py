"""SciPy's special functions on recorded values: SciPy's value, and the derivative that mpmath finds."""

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import linalg, special

import gradcli
from gradcli import Tape, Variable
from gradcli.recording.scipy_functions import WRITTEN

#: For each function the point, and the same function for mpmath; an order stands before the point.
ONE: dict[str, tuple[float, Callable[..., Any]]] = {
    "erf": (0.7, mp.erf), "erfc": (0.7, mp.erfc), "erfcx": (0.7, lambda x: mp.exp(x * x) * mp.erfc(x)),
    "erfi": (0.7, mp.erfi), "erfinv": (0.3, mp.erfinv), "erfcinv": (0.3, lambda x: mp.erfinv(1 - x)),
    "dawsn": (0.7, lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x)), "ndtr": (0.7, mp.ncdf),
    "log_ndtr": (0.7, lambda x: mp.log(mp.ncdf(x))), "ndtri": (0.3, lambda p: -mp.sqrt(2) * mp.erfinv(1 - 2 * p)),
    "gamma": (2.3, mp.gamma), "gammaln": (2.3, mp.loggamma), "loggamma": (2.3, mp.loggamma), "psi": (2.3, mp.digamma),
    "digamma": (2.3, mp.digamma), "zetac": (2.3, lambda x: mp.zeta(x) - 1), "j0": (2.3, mp.j0), "j1": (2.3, mp.j1),
    "y0": (2.3, lambda x: mp.bessely(0, x)), "y1": (2.3, lambda x: mp.bessely(1, x)),
    "i0": (1.3, lambda x: mp.besseli(0, x)), "i1": (1.3, lambda x: mp.besseli(1, x)),
    "k0": (1.3, lambda x: mp.besselk(0, x)), "k1": (1.3, lambda x: mp.besselk(1, x)), "ellipk": (0.3, mp.ellipk),
    "ellipe": (0.3, mp.ellipe), "exp1": (1.3, lambda x: mp.expint(1, x)), "expi": (1.3, mp.ei),
    "expit": (0.7, lambda x: 1 / (1 + mp.exp(-x))), "logit": (0.3, lambda p: mp.log(p / (1 - p))),
    "log_expit": (0.7, lambda x: -mp.log(1 + mp.exp(-x))), "softplus": (0.7, lambda x: mp.log(1 + mp.exp(x))),
    "entr": (0.3, lambda x: -x * mp.log(x)), "exp2": (0.7, lambda x: mp.mpf(2) ** x),
    "exp10": (0.7, lambda x: mp.mpf(10) ** x), "expm1": (0.7, mp.expm1), "log1p": (0.7, mp.log1p),
    "cbrt": (0.7, mp.cbrt), "cosdg": (40.0, lambda x: mp.cos(mp.radians(x))),
    "sindg": (40.0, lambda x: mp.sin(mp.radians(x))), "tandg": (40.0, lambda x: mp.tan(mp.radians(x))),
}  # fmt: skip
ORDERED: dict[str, tuple[int, Callable[..., Any]]] = {
    "jv": (2, mp.besselj), "jn": (3, mp.besselj), "yv": (2, mp.bessely), "yn": (3, mp.bessely), "iv": (2, mp.besseli),
    "kv": (2, mp.besselk), "kn": (3, mp.besselk), "expn": (2, mp.expint),
}  # fmt: skip
TWO: dict[str, Callable[..., Any]] = {
    "beta": mp.beta, "betaln": lambda x, y: mp.log(mp.beta(x, y)), "xlogy": lambda x, y: x * mp.log(y),
    "xlog1py": lambda x, y: x * mp.log1p(y),
}  # fmt: skip
POINT = (1.7, 0.6)


def slope(f: Callable[..., Any], at: float, order: int = 1) -> float:
    with mp.workdps(40):
        return float(mp.diff(f, mp.mpf(at), order))


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_argument(name: str) -> None:
    if not hasattr(special, name):
        pytest.skip(f"this SciPy has no {name}")
    at, known = ONE[name]
    function = getattr(special, name)
    x = Variable(at)
    with Tape(persistent=True) as tape:
        y = function(x)
        dy = tape.gradient(y, x)
    assert float(y) == pytest.approx(function(at), rel=1e-14)
    assert float(dy) == pytest.approx(slope(known, at), rel=1e-13)
    assert float(tape.gradient(dy, x)) == pytest.approx(slope(known, at, 2), rel=1e-12)


@pytest.mark.parametrize("name", ORDERED)
def test_functions_with_an_order(name: str) -> None:
    order, known = ORDERED[name]
    function = getattr(special, name)
    x = Variable(2.3)
    with Tape() as tape:
        y = function(order, x)
    assert float(y) == pytest.approx(function(order, 2.3), rel=1e-13)
    assert float(tape.gradient(y, x)) == pytest.approx(slope(lambda t: known(order, t), 2.3), rel=1e-12)


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arguments(name: str) -> None:
    a, b = map(Variable, POINT)
    function = getattr(special, name)
    with Tape() as tape:
        y = function(a, b)
    da, db = tape.gradient(y, [a, b])
    assert float(y) == pytest.approx(function(*POINT), rel=1e-14)
    assert float(da) == pytest.approx(slope(lambda t: TWO[name](t, mp.mpf(POINT[1])), POINT[0]), rel=1e-12)
    assert float(db) == pytest.approx(slope(lambda t: TWO[name](mp.mpf(POINT[0]), t), POINT[1]), rel=1e-12)


def test_every_function_of_the_table_is_tested() -> None:
    assert set(WRITTEN) == {*ONE, *ORDERED, *TWO}


def test_what_scipy_cannot_hand_over_is_refused() -> None:
    x = Variable([0.3, 0.7])
    with Tape():
        for function in (special.sici, special.struve):
            with pytest.raises(TypeError, match=rf"scipy\.special\.{function.__name__} is not recorded"):
                function(*[2] * (function is special.struve), x)
        with pytest.raises(TypeError, match="jv is not recorded"):
            special.jv(x, 1.0)  # there is no derivative by an order here
        with pytest.raises(TypeError, match="jv is not recorded"):
            special.jv(0.5, x)
        assert gradcli.logsumexp(x).shape == ()
    np.testing.assert_array_equal(special.struve(2, x).numpy(), special.struve(2, [0.3, 0.7]))


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
def test_plain_functions_of_scipy_name_what_stands_for_them(name: str) -> None:
    values = [[0.3, 0.7], [-1.0, 2.0]]
    x = Variable(values)
    plain, own = getattr(special, name), getattr(gradcli, name)
    with Tape():
        with pytest.raises(TypeError, match=rf"scipy\.special\.{name} is not recorded.*; gradcli\.{name} is; \.numpy"):
            plain(x, axis=1)
        np.testing.assert_allclose(own(x, axis=1).numpy(), plain(values, axis=1), rtol=1e-14)
    np.testing.assert_allclose(plain(x, axis=1), plain(values, axis=1))  # where no tape looks it is SciPy's


def test_functions_of_other_rooms_of_scipy_are_named_too() -> None:
    x = Variable([[2.0, 1.0], [1.0, 3.0]])
    with Tape():
        with pytest.raises(TypeError, match=r"scipy\.linalg\.inv is not recorded.*; gradcli\.inv is"):
            linalg.inv(x)
        with pytest.raises(TypeError, match=r"scipy\.linalg\.expm is not recorded.*; write it with functions that are"):
            linalg.expm(x)
        with pytest.raises(TypeError, match=r"a plain array here.*np\.stack"):
            np.array([x[0], x[1]])
