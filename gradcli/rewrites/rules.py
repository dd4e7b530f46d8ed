"""The table of rewrites: forms that overflow, cancel or divide 0 by 0, and the function that says the same without.

Both sides are expressions of the language in which names stand for any subexpression. A rule is an identity for
positive operands, most wherever the left side has a value; whether it holds and helps at a point is found by trying.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from gradcli.language.parser import parse
from gradcli.language.syntax import Call, Name, Node, walk


class Rule(NamedTuple):
    """A form (`found`) and what may be written for it (`written`)."""

    found: str
    written: str

    @property
    def pattern(self) -> Node:
        """The tree of the form."""
        return _tree(self.found)

    @property
    def replacement(self) -> Node:
        """The tree of what is written for it."""
        return _tree(self.written)

    @property
    def introduces(self) -> frozenset[str]:
        """Names of functions and constants that the replacement uses by their built-in meaning."""
        own = {node.name for node in walk(self.pattern) if isinstance(node, Name)}
        nodes = list(walk(self.replacement))
        functions = {node.function for node in nodes if isinstance(node, Call)}
        return frozenset(functions | {node.name for node in nodes if isinstance(node, Name)} - own)


@cache
def _tree(text: str) -> Node:
    return parse(text).tree


#: The larger form first, where one contains another.
RULES: tuple[Rule, ...] = tuple(
    Rule(found, written)
    for found, written in (
        # logarithms of sums of exponentials
        ("log(sum(exp(v)))", "logsumexp(v)"),
        ("log(mean(exp(v)))", "logsumexp(v) - log(size(v))"),
        ("log(sum(exp(v), axis=n))", "logsumexp(v, axis=n)"),
        ("log(sum(exp(v), axis=n, keepdims=k))", "logsumexp(v, axis=n, keepdims=k)"),
        ("log(mean(exp(v), axis=n))", "logsumexp(v, axis=n) - log(size(v, axis=n))"),
        ("log(1/(1 + exp(-x)))", "log_sigmoid(x)"),
        ("log(1 + exp(x))", "softplus(x)"),
        ("log1p(exp(x))", "softplus(x)"),
        ("log(exp(x) - 1)", "logexpm1(x)"),
        ("log(expm1(x))", "logexpm1(x)"),
        ("log(1 - exp(x))", "log1mexp(x)"),
        ("log1p(-exp(x))", "log1mexp(x)"),
        ("log(exp(x) + exp(y))", "logaddexp(x, y)"),
        ("log(exp(x) - exp(y))", "logsubexp(x, y)"),
        # logarithms of functions that overflow or vanish
        ("log(sigmoid(x))", "log_sigmoid(x)"),
        ("log(1 - sigmoid(x))", "log1mlogistic(x)"),
        ("log(softmax(v))", "log_softmax(v)"),
        ("log(softmax(v, axis=n))", "log_softmax(v, axis=n)"),
        ("log(normcdf(x))", "lognormcdf(x)"),
        ("log(erfc(x))", "logerfc(x)"),
        ("log(gamma(x))", "lgamma(x)"),
        ("log(beta(x, y))", "lbeta(x, y)"),
        ("log(cosh(x))", "logcosh(x)"),
        ("log(sinh(x))", "logabssinh(x)"),
        ("log(exp(x))", "x"),
        ("log(prod(v))", "sum(log(v))"),
        ("log(prod(v, axis=n))", "sum(log(v), axis=n)"),
        ("log(1 + x^2)", "log1psq(x)"),
        ("log(1 + x)", "log1p(x)"),
        ("log(1 - x)", "log1p(-x)"),
        ("log(x^y)", "y*log(x)"),
        ("log(sqrt(x))", "0.5*log(x)"),
        ("log(x*y*z)", "log(x) + log(y) + log(z)"),
        ("log(x*y)", "log(x) + log(y)"),
        ("log(x/y)", "log(x) - log(y)"),
        # quotients of exponentials
        ("exp(v)/sum(exp(v))", "softmax(v)"),
        ("exp(v)/sum(exp(v), axis=n)", "softmax(v, axis=n)"),
        ("exp(v)/sum(exp(v), axis=n, keepdims=1)", "softmax(v, axis=n)"),
        ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", "tanh(x)"),
        ("(exp(2*x) - 1)/(exp(2*x) + 1)", "tanh(x)"),
        ("sinh(x)/cosh(x)", "tanh(x)"),
        ("exp(x)/(1 + exp(x))", "sigmoid(x)"),
        ("1/(1 + exp(-x))", "sigmoid(x)"),
        ("1/(1 + exp(x))", "sigmoid(-x)"),
        ("exp(x)/exp(y)", "exp(x - y)"),
        ("exp(x)*exp(y)", "exp(x + y)"),
        ("gamma(x)/gamma(y)", "exp(lgamma(x) - lgamma(y))"),
        ("exp(x^2)*erfc(x)", "erfcx(x)"),
        # differences that cancel
        ("(exp(x) - 1)/x", "exprel(x)"),
        ("expm1(x)/x", "exprel(x)"),
        ("exp(x) - 1", "expm1(x)"),
        ("1 - exp(x)", "-expm1(x)"),
        ("1 - tanh(x)^2", "sech(x)^2"),
        ("1 - sigmoid(x)", "sigmoid(-x)"),
        ("1 - normcdf(x)", "normcdf(-x)"),
        ("1 - erf(x)", "erfc(x)"),
        ("1 - erfc(x)", "erf(x)"),
        ("(1 - cos(x))/x^2", "0.5*sinc(x/(2*pi))^2"),
        ("1 - cos(x)", "2*sin(x/2)^2"),
        ("cos(x) - 1", "cosm1(x)"),
        ("(exp(x) - exp(-x))/2", "sinh(x)"),
        ("sqrt(1 + x) - 1", "x/(sqrt(1 + x) + 1)"),
        ("sqrt(x) - sqrt(y)", "(x - y)/(sqrt(x) + sqrt(y))"),
        ("log(1 + x) - x", "log1pmx(x)"),
        # roots and quotients at 0
        ("sqrt(x^2 + y^2)", "hypot(x, y)"),
        ("sqrt(x*x + y*y)", "hypot(x, y)"),
        ("(x^2 + y^2)^0.5", "hypot(x, y)"),
        ("sqrt(sum(v^2))", "norm(v)"),
        ("sqrt(sum(v^2, axis=n))", "norm(v, axis=n)"),
        ("sqrt(x^2)", "abs(x)"),
        ("sqrt(x)*sqrt(x)", "x"),
        ("sqrt(x)^2", "x"),
        ("x/sqrt(x)", "sqrt(x)"),
        ("sqrt(x)*sqrt(y)", "sqrt(x*y)"),
        ("sqrt(x)/sqrt(y)", "sqrt(x/y)"),
        ("sin(x)/x", "sinc(x/pi)"),
        ("sinh(x)/x", "sinhc(x)"),
        ("x*log(x)", "xlogy(x, x)"),
        ("x*log(y)", "xlogy(x, y)"),
        ("x*log1p(y)", "xlog1py(x, y)"),
    )
)
