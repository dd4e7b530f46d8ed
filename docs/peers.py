"""The functions that autograd and JAX have under a name of their own, with derivatives at many points, in float64."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from measured_calls import Measured
from measuring import Orders, Point, Truth
from measuring import worst as worst_of

#: gradcli's name: the packages' names for it, tried in their modules in turn.
NAMES = {
    **{f"a{name}": (f"arc{name}",) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "tan2")},
    "lgamma": ("gammaln",), "lbeta": ("betaln",), "normcdf": ("ndtr", "cdf"), "normpdf": ("pdf",),
    "normppf": ("ndtri", "ppf"),
    "lognormcdf": ("log_ndtr", "logcdf"), "sigmoid": ("sigmoid", "expit"), "softsign": ("soft_sign",),
    "log_sigmoid": ("log_sigmoid",), "besselj0": ("j0",), "besselj1": ("j1",), "bessely0": ("y0",), "bessely1": ("y1",),
    "besseli0": ("i0",), "besseli1": ("i1",),
}  # fmt: skip
MODULES = {
    "jax": ("jax.numpy", "jax.scipy.special", "jax.nn", "jax.scipy.stats.norm"),
    "autograd": ("autograd.numpy", "autograd.scipy.special", "autograd.scipy.stats.norm"),
}


#: A compiled loop of theirs does not end at one of the points.
ENDLESS = {("jax", "exp1"), ("jax", "expi"), ("jax", "expint")}


def _function(package: str, one: Measured) -> Callable[..., Any] | None:
    if (package, one.name) in ENDLESS:
        return None
    modules = [importlib.import_module(name) for name in MODULES[package]]

    def find(*names: str) -> Any:
        return next((getattr(m, n) for n in names for m in modules if hasattr(m, n)), None)

    numpy = modules[0]
    head, _, rest = one.call.partition("(")
    order = rest.partition(",")[0]
    written: dict[str, Callable[..., Any]] = {
        "x*y": lambda x, y: x * y,
        "x/y": lambda x, y: x / y,
        "x^y": lambda x, y: x**y,
        "norm([x, y])": lambda x, y: numpy.linalg.norm(numpy.array([x, y])),
    }
    if one.call in written:
        return written[one.call]
    if one.call in ("logsumexp([x, y])", "softmax([x, y])[0]", "log_softmax([x, y])[0]"):
        found = find("logsumexp") if head == "logsumexp" else find(head)
        if found is None:
            return None
        return lambda x, y: found(numpy.array([x, y])) if head == "logsumexp" else found(numpy.array([x, y]))[0]
    if head in ("huber", "log_cosh", "kl"):
        return None
    if head in ("polygamma", "trigamma"):
        n, found = (1 if head == "trigamma" else int(order)), find("polygamma")
        return None if found is None else lambda x: found(n, x)
    if head == "zeta":
        found = find("zeta")
        return None if found is None else lambda x: found(x, 1.0)
    if head == "expint":
        found = find("expn")
        return None if found is None or order == "0" else lambda x: found(int(order), x)
    if head == "gelu":
        found = find("gelu")
        return None if found is None else lambda x: found(x, approximate=False)
    if one.call.startswith("bessel") and rest != "x)":
        found = find({"besselj": "jn", "bessely": "yn", "besseli": "iv", "besselk": "kn"}[head])
        whole = order.isdigit()
        if found is None or not (whole or head == "besseli"):
            return None
        n = int(order) if whole else float(np.divide(*map(float, (*order.split("/"), 1)[:2])))
        return lambda x: found(n, x)
    found: Any = find(*NAMES.get(head, (head,)))
    return found


def _derivative(package: str, function: Callable[..., Any], orders: Orders) -> Callable[..., Any]:
    grad = importlib.import_module(package).grad
    for k, n in enumerate(orders):
        for _ in range(n):
            function = grad(function, k)
    return function


def worst(package: str, one: Measured, points: Sequence[Point], true: Sequence[dict[Orders, Truth]]) -> list[Any]:
    """The package's largest errors by order of derivative; None where it lacks the function or the derivative."""
    if package == "jax":
        importlib.import_module("jax").config.update("jax_enable_x64", True)
    function = _function(package, one)
    found: list[Any] = []
    for total in range(3):
        values: dict[Orders, list[list[float]]] = {}
        try:
            for orders in true[0]:
                if sum(orders) == total and function is not None:
                    derived = _derivative(package, function, orders)
                    if package == "jax":
                        jax = importlib.import_module("jax")
                        columns = [np.array(column) for column in zip(*points, strict=True)]
                        values[orders] = [[float(v)] for v in jax.jit(jax.vmap(derived))(*columns)]
                        continue
                    with np.errstate(all="ignore"), warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        values[orders] = [[float(derived(*map(np.float64, at)))] for at in points]
        except Exception:  # a peer may refuse in any way of its own
            values = {}
        found.append(None)
        if values:
            zero = [[0.0]] * len(points)
            found[total] = worst_of(one, points, true, lambda o, v=values, z=zero: v.get(o, z))[total]  # type: ignore[misc]
    return found
