"""The checkers of PyTorch, JAX, SciPy and numdifftools, each asked in the way its documentation shows, in float64.

An answer is `accepts`, `rejects`, `raises` (an exception that is no rejection) or `no number`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from verdict_cases import Case

SCIPY = 1e-6  #: `check_grad` gives a number; it is taken as an acceptance up to this times max(1, |claim|)
NUMDIFFTOOLS = 1e-9  #: a claim is accepted within the error estimate and this times |claim|
Answer = Callable[[Case], str]


def _spike(ones: Any) -> Any:
    """Ones, but for the entry 500."""
    return ones + 0.0005 * (np.arange(1000) == 500)


COMMON = ("sin", "cos", "tanh", "cosh", "exp", "log", "sqrt", "sign", "floor", "where", "stack", "sum", "maximum")


def namespace(package: str) -> SimpleNamespace:
    """The functions that the cases are written in."""
    if package == "torch":
        import torch

        spike = torch.tensor(_spike(np.ones(1000)))
        own = {name: getattr(torch, name) for name in (*COMMON, "sigmoid", "lgamma")}
        return SimpleNamespace(**own, normcdf=torch.special.ndtr, spike=lambda x: spike)
    if package == "jax":
        import jax

        module: Any = jax.numpy
        special: Any = jax.scipy.special
    else:
        import scipy.special as special

        module = np
    return SimpleNamespace(
        **{name: getattr(module, name) for name in COMMON},
        sigmoid=special.expit,
        lgamma=special.gammaln,
        normcdf=special.ndtr,
        spike=lambda x: _spike(np.ones(1000)),
    )


def torch_gradcheck(case: Case) -> str:
    """`torch.autograd.gradcheck` (of order 2: `gradgradcheck`) on a custom `Function`, with its defaults."""
    import torch

    m = namespace("torch")

    class Slope(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return (case.gradient or case.claim)(m, x)

        @staticmethod
        def backward(ctx: Any, cotangent: Any) -> Any:
            (x,) = ctx.saved_tensors
            return cotangent * case.claim(m, x)

    class Claimed(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return case.function(m, x)

        @staticmethod
        def backward(ctx: Any, cotangent: Any) -> Any:
            (x,) = ctx.saved_tensors
            return cotangent * (Slope.apply(x) if case.order == 2 else case.claim(m, x))

    x = torch.tensor(case.at, dtype=torch.float64, requires_grad=True)
    check = torch.autograd.gradgradcheck if case.order == 2 else torch.autograd.gradcheck
    return "accepts" if check(Claimed.apply, (x,), raise_exception=False) else "rejects"


def jax_check_grads(case: Case) -> str:
    """`jax.test_util.check_grads` on a `custom_jvp` function, with its defaults."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    m = namespace("jax")

    @jax.custom_jvp
    def slope(x: Any) -> Any:
        return (case.gradient or case.claim)(m, x)

    slope.defjvp(lambda primals, tangents: (slope(*primals), case.claim(m, *primals) * tangents[0]))

    @jax.custom_jvp
    def claimed(x: Any) -> Any:
        return case.function(m, x)

    def rule(primals: Any, tangents: Any) -> Any:
        gradient = slope(*primals) if case.order == 2 else case.claim(m, *primals)
        return claimed(*primals), jax.numpy.sum(gradient * tangents[0])

    claimed.defjvp(rule)
    try:
        check_grads(claimed, (jax.numpy.array(case.at),), order=case.order)
    except AssertionError:
        return "rejects"
    return "accepts"


def scipy_check_grad(case: Case) -> str:
    """`scipy.optimize.check_grad`; of order 2 on the gradient."""
    from scipy.optimize import check_grad

    m = namespace("scipy")
    function = case.gradient if case.order == 2 else case.function
    assert function is not None
    x = np.array(case.at)
    found = float(check_grad(lambda p: function(m, p), lambda p: np.atleast_1d(case.claim(m, p)), x))
    if not np.isfinite(found):
        return "no number"
    return "accepts" if found <= SCIPY * max(1.0, float(np.linalg.norm(case.claim(m, x)))) else "rejects"


def numdifftools_gradient(case: Case) -> str:
    """`numdifftools.Gradient` (of order 2: `Hessdiag`) and its error estimate, beside the claim."""
    import numdifftools as nd

    m = namespace("scipy")
    x = np.array(case.at)
    method = nd.Hessdiag if case.order == 2 else nd.Gradient
    found = method(lambda p: case.function(m, p), full_output=True)(x)
    claim = case.claim(m, x)
    estimate, error = np.ravel(found.estimate), np.ravel(found.error_estimate)
    if not (np.isfinite(estimate).all() and np.isfinite(error).all()):
        return "no number"
    close = np.abs(estimate - claim) <= error + NUMDIFFTOOLS * np.abs(claim)
    return "accepts" if close.all() else "rejects"


PEERS: dict[str, Answer] = {
    "torch": torch_gradcheck,
    "jax": jax_check_grads,
    "scipy": scipy_check_grad,
    "numdifftools": numdifftools_gradient,
}


def asked(package: str, case: Case) -> str:
    """A peer's answer; what it raises is one too."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return PEERS[package](case)
        except Exception as error:  # a peer may refuse in any way of its own
            return f"raises {type(error).__name__}"
