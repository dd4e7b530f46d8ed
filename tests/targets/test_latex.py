"""Trees as LaTeX: what a typesetter needs, no sign after a sign, parentheses only where they are needed."""

from __future__ import annotations

import pytest

from gradcli.language.parser import parse
from gradcli.targets.source.latex import latex, name_in_latex


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-x^2*y/z", r"-\frac{x^{2} y}{z}"),
        ("a/b/c", r"\frac{\frac{a}{b}}{c}"),
        ("-a/b/c", r"-\frac{\frac{a}{b}}{c}"),
        ("a*(b/c)", r"a \frac{b}{c}"),
        ("a*(-b/c)", r"a \left(-\frac{b}{c}\right)"),
        ("(a/b)^2", r"\left(\frac{a}{b}\right)^{2}"),
        ("x - -y", r"x - \left(-y\right)"),
        ("2*(1 - x)", r"2 \left(1 - x\right)"),
        ("2*3^x", r"2 \cdot 3^{x}"),
        ("2^-x^2", r"2^{-x^{2}}"),
        ("1e-11*x", r"10^{-11} x"),
        ("6.02e23*x", r"6.02 \cdot 10^{23} x"),
        ("sin(x)^2", r"\sin^{2}\left(x\right)"),
        ("sin(x)^n", r"\left(\sin\left(x\right)\right)^{n}"),
        ("sqrt(x + 1)", r"\sqrt{x + 1}"),
        ("cbrt(x)", r"\sqrt[3]{x}"),
        ("abs(x)*floor(y)", r"\left|x\right| \left\lfloor y \right\rfloor"),
        ("log2(x)", r"\log_{2}\left(x\right)"),
        ("A' @ b", r"A^{\top} \cdot b"),
        ("inv(A)", r"A^{-1}"),
        ("inv(A + B)'", r"\left(\left(A + B\right)^{-1}\right)^{\top}"),
        ("2*solve(A', b + c)", r"2 \left(A^{\top}\right)^{-1} \left(b + c\right)"),
        ("det(A)*logdet(A + B)", r"\det\left(A\right) \log \det\left(A + B\right)"),
        ("logabsdet(A)", r"\log \left|\det\left(A\right)\right|"),
        ("pinv(A) @ adj(B)", r"A^{+} \cdot \operatorname{adj}\left(B\right)"),
        ("norm(v)", r"\left\lVert v \right\rVert"),
        ("v[0, 1:]", r"v\left[0, 1:\right]"),
        ("sum(A, axis=0)", r"\operatorname{sum}\left(A, \mathrm{axis} = 0\right)"),
        ("x >= 1 and not y < 2", r"x \ge 1 \wedge \neg y < 2"),
        (
            "where(x > 0, 1, 0)*y",
            r"\left(\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}\right) y",
        ),
        ('einsum("ij,j->i", A, b)', r"\operatorname{einsum}\left(\text{``ij,j->i''}, A, b\right)"),
        ("[x, 2]", r"\left[x, 2\right]"),
    ],
)
def test_latex(text: str, expected: str) -> None:
    assert latex(parse(text).tree) == expected


def test_e_is_upright_unless_it_is_a_persons_own() -> None:
    tree = parse("e*x").tree
    assert latex(tree) == r"\mathrm{e} x"
    assert latex(tree, {"e", "x"}) == "e x"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"),
        ("x1", "x_{1}"),
        ("theta12", r"\theta_{12}"),
        ("omega_0", r"\omega_{0}"),
        ("mu_drift", r"\mu_{\mathrm{drift}}"),
        ("rho_c_0", r"\rho_{c,0}"),
        ("lambda", r"\lambda"),
        ("λ", r"\lambda"),
        ("Λ", r"\Lambda"),
        ("ς", r"\varsigma"),
        ("mass", r"\mathrm{mass}"),
        ("_x", r"\mathrm{\_x}"),
        ("g_", r"\mathrm{g\_}"),
        ("x1y", r"\mathrm{x1y}"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert name_in_latex(name) == expected


def test_a_long_sum_is_no_deeper_than_a_short_one() -> None:
    assert latex(parse(" + ".join(["x"] * 20_000)).tree).count("x") == 20_000
