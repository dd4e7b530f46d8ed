"""Printed formulas: as a person would write them, in the language and in LaTeX, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from printed import VECTORS, gradient, lowered, printed

from gradcli.autodiff.elementwise import BY_NAME
from gradcli.autodiff.jvp import jvp
from gradcli.autodiff.lowering import lower
from gradcli.autodiff.tape import Tape
from gradcli.autodiff.vjp import vjp
from gradcli.errors import LimitError
from gradcli.language.parser import parse
from gradcli.limits import LIMITS
from gradcli.targets.source import Formulas, NotExpressible, to_latex, to_text


def second(text: str, first: str, then: str) -> str:
    """The printed second derivative, forward over reverse."""
    tape, index, inputs = lowered(text)
    (adjoint,) = vjp(tape, index, tape.constant(1.0), [inputs[first]])
    assert adjoint is not None
    (tangent,) = jvp(tape, [adjoint], {inputs[then]: tape.constant(1.0)})
    assert tangent is not None
    return to_text(tape, tangent)


GRADIENTS = [
    ("x^2 + sin(y)", "x", "2*x"),
    ("x^2 + sin(y)", "y", "cos(y)"),
    ("x^2*y", "x", "2*x*y"),
    ("x*x*x", "x", "3*x^2"),
    ("x^3 + x^2 + 5*x", "x", "3*x^2 + 2*x + 5"),
    ("5 - x", "x", "-1"),
    ("x", "x", "1"),
    ("0*x", "x", "0"),
    ("x - x", "x", "0"),
    ("x^0", "x", "0"),
    ("floor(x)*x", "x", "floor(x)"),
    ("x/y", "x", "1/y"),
    ("x/y", "y", "-x/y^2"),
    ("1/(1 + x^2)", "x", "-2*x/(1 + x^2)^2"),
    ("sin(x*y)*exp(-x^2)/(1 + y^2)", "x", "y*cos(x*y)*exp(-x^2)/(1 + y^2) - 2*x*sin(x*y)*exp(-x^2)/(1 + y^2)"),
    ("100*(y - x^2)^2 + (1 - x)^2", "x", "-400*x*(y - x^2) - 2*(1 - x)"),
    ("100*(y - x^2)^2 + (1 - x)^2", "y", "200*(y - x^2)"),
    ("sqrt(x^2 + y^2)", "x", "x/sqrt(x^2 + y^2)"),
    ("sqrt(x)", "x", "1/(2*sqrt(x))"),
    ("x^1.5", "x", "1.5*sqrt(x)"),
    ("x^(1/3)", "x", "1/(3*x^(2/3))"),
    ("x^-2", "x", "-2/x^3"),
    ("x^n", "x", "n*x^(n - 1)"),
    ("x^n", "n", "x^n*log(x)"),
    ("2^-x", "x", "-2^-x*log(2)"),
    ("e^x", "x", "e^x"),
    ("log(x, 10)", "x", "1/(x*log(10))"),
    ("log2(x)", "x", "1/(x*log(2))"),
    ("sin(pi*x)", "x", "pi*cos(pi*x)"),
    ("tan(x)", "x", "1 + tan(x)^2"),
    ("x*sin(x)", "x", "sin(x) + x*cos(x)"),
    ("tanh(x)", "x", "sech(x)^2"),
    ("asin(x)", "x", "1/sqrt(1 - x^2)"),
    ("acos(x)", "x", "-1/sqrt(1 - x^2)"),
    ("atan(x)", "x", "1/(1 + x^2)"),
    ("atanh(x)", "x", "1/(1 - x^2)"),
    ("acosh(x)", "x", "1/(sqrt(x - 1)*sqrt(x + 1))"),
    ("hypot(x, y)", "y", "y/hypot(x, y)"),
    ("abs(x)", "x", "sign(x)"),
    ("erf(x)", "x", "2*exp(-x^2)/sqrt(pi)"),
    ("gamma(x)", "x", "gamma(x)*digamma(x)"),
    ("sigmoid(x)", "x", "sigmoid(x)*sigmoid(-x)"),
    ("sinc(x)", "x", "(cospi(x) - sinc(x))/x"),
    ("sind(x)", "x", "deg2rad(1)*cosd(x)"),
    ("0.1*x^3", "x", "0.3*x^2"),
    ("0.5*k*x^2", "x", "k*x"),
    ("x^2/2", "x", "x"),
    ("x^3/9", "x", "x^2/3"),
    ("1e-11*x^2", "x", "2e-11*x"),
    ("x/6.02e23", "x", "1/6.02e23"),
    ("2*x*y + y*x*2", "x", "4*y"),
    ("(x + y)*(x + y)", "x", "2*x + 2*y"),
    ("-(a - b)*x", "x", "b - a"),
    ("where(x > y, x^2*y, y^3)", "x", "where(x > y, 2*x*y, 0)"),
    ("where(x > y, x^2*y, y^3)", "y", "where(x > y, x^2, 3*y^2)"),
    ("where(x > 0, log(x), 0) + log(x + 2)", "x", "where(x > 0, 1/x, 0) + 1/(x + 2)"),
    ("relu(x)*y", "x", "where(x > 0, y, 0)"),
    ("max(x, y)", "x", "where(x >= y, where(x == y, 0.5, 1), 0)"),
    ("stop_gradient(x)*x", "x", "stop_gradient(x)"),
    ("m*c^2/sqrt(1 - v^2/c^2)", "v", "m*v/(1 - v^2/c^2)^(3/2)"),
    ("m*c^2/sqrt(1 - v^2/c^2)", "c", "2*m*c/sqrt(1 - v^2/c^2) - m*v^2/(c*(1 - v^2/c^2)^(3/2))"),
    ("G*m1*m2/((x2 - x1)^2 + (y2 - y1)^2)", "x1", "2*G*m1*m2*(x2 - x1)/((x2 - x1)^2 + (y2 - y1)^2)^2"),
    ("n*k*T/V", "V", "-n*k*T/V^2"),
    ("x1*y1 + x2*y2", "x2", "y2"),
    ("exp(-(x - mu)^2/(2*s^2))/(s*sqrt(2*pi))", "x", "-(x - mu)*exp(-(x - mu)^2/(2*s^2))/(s^3*sqrt(2*pi))"),
    ("norm([x, y])", "x", "where(norm([x, y]) != 0, x/norm([x, y]), 0)"),
    ("prod([x, y, z])", "y", "x*z"),
    ("sum([x, y, x*y]^2)", "x", "2*x + 2*x*y^2"),
    ("logsumexp([x, y])", "x", "exp(x)/(exp(x) + exp(y))"),
    ("mean([x, y, 3*x])", "x", "4/3"),
    ("det([[a, b], [c, d]])", "b", "-c"),
    ("det([[x, 1, 0], [1, x, 1], [0, 1, x]])", "x", "3*x^2 - 2"),
    ("logdet([[a, b], [b, c]])", "b", "-2*b/(a*c - b^2)"),
    ("inv([[a, b], [0, c]])[0, 1]", "b", "-1/(a*c)"),
    ("solve([[a, 0], [0, c]], [x, y])[1]", "c", "-y/c^2"),
]


@pytest.mark.parametrize(("text", "name", "expected"), GRADIENTS, ids=[f"{t} by {n}" for t, n, _ in GRADIENTS])
def test_derivatives_are_written_as_on_paper(text: str, name: str, expected: str) -> None:
    assert gradient(text, name) == expected


@pytest.mark.parametrize(
    ("text", "first", "then", "expected"),
    [
        ("x^3 + x^2 + 5*x", "x", "x", "6*x + 2"),
        ("x^2*y", "x", "y", "2*x"),
        ("sqrt(x^2 + y^2)", "x", "y", "-x*y/(x^2 + y^2)^(3/2)"),
        ("asin(x)", "x", "x", "x/(1 - x^2)^(3/2)"),
        ("x^n", "x", "x", "n*(n - 1)*x^(n - 2)"),
        ("x^n", "x", "n", "n*x^(n - 1)*log(x) + x^(n - 1)"),
        ("x/y", "y", "y", "2*x/y^3"),
        ("lgamma(x)", "x", "x", "trigamma(x)"),
        ("digamma(x)", "x", "x", "polygamma(2, x)"),
        ("tanh(x)", "x", "x", "-2*tanh(x)*sech(x)^2"),
        ("exp(-(x - m)^2)", "x", "m", "2*exp(-(x - m)^2) - 4*(x - m)^2*exp(-(x - m)^2)"),
        ("norm([x, y])", "x", "y", "where(norm([x, y]) != 0, -x*y/norm([x, y])^3, 0)"),
    ],
)
def test_second_derivatives_are_written_as_on_paper(text: str, first: str, then: str, expected: str) -> None:
    assert second(text, first, then) == expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("sum(v)", "v", "ones([3])"),
        ("sum(v^2)", "v", "2*v"),
        ("mean(c*v)", "v", "c*ones([3])/3"),
        ("mean(c*v)", "c", "sum(v)/3"),
        ("mean((y - X @ w)^2)", "w", "-2*(X' @ (y - X @ w))/5"),
        ("v' @ A @ v", "v", "v @ A + A @ v"),
        ("v' @ A @ v", "A", "outer(v, v)"),
        ("sum((A @ B)^2)", "A", "2*(A @ B @ B')"),
        ("trace(A @ A)", "A", "2*A'"),
        ("norm(v)", "v", "where(norm(v) != 0, v/norm(v), 0)"),
        ("norm(A)", "A", "where(norm(A) != 0, A/norm(A), 0)"),
        ("logsumexp(A @ v)", "v", "A' @ exp(A @ v)/sum(exp(A @ v))"),
        ("v[0]^2*v[1]", "v", "[2*v[0]*v[1], v[0]^2, 0]"),
        ("A[0, 1]*A[-1, -1] + sum(A[:, 1])", "A", "[[0, A[2, 2] + 1, 0], [0, 1, 0], [0, 1, A[0, 1]]]"),
        ("sum(x[1:]^2)", "x", "2*concat(zeros([1]), x[1:])"),
        ("sum(x[::2]^2)", "x", "2*(eye(6)[:, ::2] @ x[::2])"),
        ("sum(x[::-1]*x)", "x", "2*x[::-1]"),
        ("sum(cumsum(u)^2)", "u", "2*cumsum(cumsum(u)[::-1])[::-1]"),
        ("sum(diag(v) @ A)", "v", "sum(A, axis=1)"),
        ("max(v)", "v", "where(v == max(v), 1/sum(v == max(v)), 0)"),
        ("median(v)", "v", "where(v == median(v), 1/sum(v == median(v)), 0)"),
        ("sum(reshape(B', [6])*x)", "B", "reshape(x, [2, 3])'"),
        ("sum(A/v)", "v", "-sum(A, axis=0)/v^2"),
        ("logdet(A)", "A", "inv(A)'"),
        ("det(A)^2", "A", "2*det(A)*adj(A)'"),
        ("trace(inv(A) @ W)", "A", "-(inv(A)' @ W' @ inv(A)')"),
        ("v @ solve(A, b)", "A", "-outer(solve(A', v), solve(A, b))"),
        ("v @ solve(A, b)", "b", "solve(A', v)"),
        ("trace(adj(A) @ W)", "A", "(adj(A)*trace(inv(A) @ W) - inv(A) @ W @ adj(A))'"),
        ("sum(tril(A)^2)", "A", "2*tril(A)"),
    ],
)
def test_derivatives_of_arrays_are_written_as_on_paper(text: str, name: str, expected: str) -> None:
    assert gradient(text, name, VECTORS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x**2 * (3)", "3*x^2"),
        ("(a + b) - (a - c)", "b + c"),
        ("a/b/c", "a/(b*c)"),
        ("a/(b/c)", "a*c/b"),
        ("x*x^-1", "1"),
        ("-x + y", "y - x"),
        ("-(x^2)", "-x^2"),
        ("(-x)^2", "x^2"),
        ("(-x)^3", "-x^3"),
        ("sqrt(x)^2", "x"),
        ("sqrt(x^2)", "sqrt(x^2)"),
        ("sqrt(4)*x", "2*x"),
        ("sqrt(2*pi)/pi", "2/sqrt(2*pi)"),
        ("(x^y)^2", "(x^y)^2"),
        ("2^3*x", "8*x"),
        ("0.1 + 0.2 + x", "0.3 + x"),
        ("x/3", "x/3"),
        ("1/0 + x", "1/0 + x"),
        ("9007199254740993*x", "9007199254740992*x"),
        ("1e300*1e300*x", "1e300*1e300*x"),
        ("not (x > y) or x == 2", "not x > y or x == 2"),
        ("log(e*x)", "log(e*x)"),
        ("max(x, max(y, z))", "max(x, max(y, z))"),
        ("max(x, y, z)", "max(x, y, z)"),
        ("x - stop_gradient(x)", "x - stop_gradient(x)"),
    ],
)
def test_expressions_are_simplified_modestly(text: str, expected: str) -> None:
    assert printed(text) == expected


def test_names_that_a_person_took_from_the_constants() -> None:
    assert gradient("sinpi(x)", "x") == "pi*cospi(x)"
    tape = Tape()
    inputs = {name: tape.input(name) for name in ("x", "pi", "e")}
    index = lower(tape, parse("sinpi(x)*pi*e"), inputs)
    (adjoint,) = vjp(tape, index, tape.constant(1.0), [inputs["x"]])
    assert adjoint is not None
    assert to_text(tape, adjoint) == "pi*e*cospi(x)*acos(-1)"


def doubled(times: int, step: Callable[[Tape, int], int]) -> tuple[Tape, int]:
    tape = Tape()
    index = tape.input("x")
    for _ in range(times):
        index = step(tape, index)
    return tape, index


def test_doublings_are_short_where_they_can_be() -> None:
    assert to_text(*doubled(50, lambda tape, i: tape.add(i, i))) == f"{2**50}*x"
    assert to_text(*doubled(50, lambda tape, i: tape.multiply(i, i))) == f"x^{2**50}"


@pytest.mark.parametrize(
    "step",
    [
        lambda tape, i: tape.add(i, tape.append(BY_NAME["sin"], (i,))),
        lambda tape, i: tape.multiply(i, tape.append(BY_NAME["sin"], (i,))),
        lambda tape, i: tape.append(BY_NAME["hypot"], (i, i)),
        lambda tape, i: tape.append(BY_NAME["power"], (i, i), (0, 0)),
        lambda tape, i: tape.append(
            BY_NAME["where"], (tape.append(BY_NAME["greater"], (i, tape.constant(0.0))), tape.negate(i), i)
        ),
    ],
)
def test_formulas_nobody_could_read_are_refused(step: Callable[[Tape, int], int]) -> None:
    tape, index = doubled(60, step)
    with pytest.raises(LimitError, match="formula_characters"):
        to_text(tape, index)
    with pytest.raises(LimitError, match="formula_characters"):
        to_latex(tape, index)


NESTED = ["sin({})", "relu({} - 1)", "({} + 1)*x", "2^{}", "1/(1 + {})", "where(x > 1, {}, x)", "max({}, x)"]


@pytest.mark.parametrize("template", NESTED)
def test_deep_formulas_are_printed_or_refused(template: str) -> None:
    text = "x"
    for _ in range(400):
        text = template.format(text)
    tape, index, inputs = lowered(text)
    (adjoint,) = vjp(tape, index, tape.constant(1.0), list(inputs.values()))
    assert adjoint is not None
    parse(to_text(tape, index))
    try:
        parse(to_text(tape, adjoint))
    except LimitError:
        with pytest.raises(LimitError, match="formula"):
            to_latex(tape, adjoint)


def test_the_limit_of_characters() -> None:
    longest = "x" * LIMITS.formula_characters
    tape = Tape()
    assert to_text(tape, tape.input(longest)) == longest
    with pytest.raises(LimitError, match="formula_characters"):
        to_text(tape, tape.input(longest + "x"))


def test_one_formula_that_fails_leaves_the_others() -> None:
    tape = Tape()
    x, hidden = tape.input("x"), tape.fresh_input("tangent", ())
    product, double = tape.multiply(x, hidden), tape.add(x, x)
    infinite = tape.multiply(x, tape.constant(float("inf")))
    formulas = Formulas(tape, [product, double, infinite])
    assert formulas.text(double) == "2*x"
    for index in (product, infinite):
        with pytest.raises(NotExpressible):
            formulas.text(index)


LATEX: Sequence[tuple[str, str, str]] = [
    ("x^2*y", "x", "2 x y"),
    ("sqrt(x^2 + y^2)", "x", r"\frac{x}{\sqrt{x^{2} + y^{2}}}"),
    ("x/y", "y", r"-\frac{x}{y^{2}}"),
    ("tan(x)", "x", r"1 + \tan^{2}\left(x\right)"),
    ("tanh(x)", "x", r"\operatorname{sech}^{2}\left(x\right)"),
    ("omega_0*sin(theta1)", "theta1", r"\omega_{0} \cos\left(\theta_{1}\right)"),
    ("2^x", "x", r"2^{x} \ln\left(2\right)"),
    ("e^x", "x", r"\mathrm{e}^{x}"),
    ("mass*c^2", "c", r"2 \, \mathrm{mass} \, c"),
    ("erf(x)", "x", r"\frac{2 \exp\left(-x^{2}\right)}{\sqrt{\pi}}"),
    ("where(x > y, x^2, y)", "x", r"\begin{cases} 2 x & \text{if } x > y \\ 0 & \text{otherwise} \end{cases}"),
    ("asec(x)*y", "y", r"\operatorname{arcsec}\left(x\right)"),
    ("x^(1/3)", "x", r"\frac{1}{3 x^{2/3}}"),
]


@pytest.mark.parametrize(("text", "name", "expected"), LATEX)
def test_latex_of_derivatives(text: str, name: str, expected: str) -> None:
    tape, index, inputs = lowered(text)
    (adjoint,) = vjp(tape, index, tape.constant(1.0), [inputs[name]])
    assert adjoint is not None
    assert to_latex(tape, adjoint) == expected
