"""Golden pages: hand-made records and the table a person sees of them, read and found good by eye."""

from __future__ import annotations

from textwrap import dedent

import pytest
import report_records as records

from gradcli.report.console import plain_console
from gradcli.report.table import table

GOLDEN = {
    "gradient": (
        [records.GRADIENT],
        """\
        x^2*y
        f = 18

        variable  at  derivative of f
        ─────────────────────────────
        x         3   12
        y         2    9

        ✓ symbolic           agree 2 of 2, largest error 1.3e-16
        ✓ finite difference  agree 2 of 2 (random direction), largest error 4.1e-11
        ✓ certificate        agree 2 of 2, 15.9 digits proved
        ✓ verified: every entry is confirmed by an independent witness
        """,
    ),
    "arrays": (
        [records.ARRAYS],
        """\
        A small net
        net.toml
        loss = 9.91

        variable  at                  derivative of loss
        ──────────────────────────────────────────────────────
        w[0]      0.5                 -13.6
        w[1]      0.3333333333333333    3.3333333333333337e-18
        q         1                   not connected

        ∂loss/∂M   (2 × 3)
              0                   1   2
        ───────────────────────────────
        0  -0.5                   0  12
        1     1  0.3333333333333333   2

        – symbolic     inconclusive 0 of 8: the budget of 10 s was used up
        – certificate  skipped: no ball arithmetic for besselj
        – unverified: no conclusive witness covers every entry
        """,
    ),
    "hessian": (
        [records.HESSIAN],
        """\
        x^2*y
        f = 18   at x = 3, y = 2

        Hessian of f
           x  y
        ───────
        x  4  6
        y  6  0

        eigenvalues   -4.324555320336759, 8.32455532033676
        definiteness  indefinite

        ✓ symbolic           agree 2 of 2, largest error 1.3e-16
        ✓ finite difference  agree 2 of 2 (random direction), largest error 4.1e-11
        ✓ certificate        agree 2 of 2, 15.9 digits proved
        ✓ verified: every entry is confirmed by an independent witness
        """,
    ),
    "jacobian": (
        [records.JACOBIAN],
        """\
        [x*y, sin(x)]
        f = [2, 0.8414709848078965]   at x = 1, y = 2

        Jacobian of f
                               x  y
        ───────────────────────────
        f[0]                   2  1
        f[1]  0.5403023058681398  0

        – unchecked: no witness was asked (--no-check)
        """,
    ),
    "kink": (
        [records.KINK],
        """\
        abs(x)
        f = 0

        variable  at  derivative of f
        ─────────────────────────────
        x         0   0

        abs(x) (column 1): abs is not differentiable here; slope -1 from the left, 1
          from the right; convention: 0 at the kink
        – kink: not differentiable here; the number is a convention
        """,
    ),
    "nonfinite": (
        [records.NONFINITE],
        """\
        log(x)
        f = nan

        variable  at  derivative of f
        ─────────────────────────────
        x         -1  nan

        log(x) (column 1): log(-1) is nan
        – nonfinite: a number is not finite
        """,
    ),
    "formulas": (
        [records.FORMULAS],
        """\
        x^2 + sin(y)

        ∂f/∂x = 2*x
        ∂f/∂y = cos(y)

        – unchecked: a formula, no number was asked for
        """,
    ),
    "second formulas": (
        [records.SECOND_FORMULAS],
        """\
        x*y

        ∂²f/∂x∂x = 0
        ∂²f/∂x∂y = 1

        – unchecked: a formula, no number was asked for
        """,
    ),
    "enclosures": (
        [records.CERTIFIED],
        """\
        x^2
        f = 9

        variable  at  derivative of f
        ─────────────────────────────
        x         3   6

        enclosures, proved by interval arithmetic
        entry  proved lower bound   upper bound
        ───────────────────────────────────────────────
        x      5.99999999999999999  6.00000000000000001

        ✓ verified: every entry is confirmed by an independent witness
        """,
    ),
    "error": (
        [records.ERROR],
        """\
        specs.jsonl:3
        ✗ error: the expression ends here (expression, line 3, column 4)
          help: write a term after +
        """,
    ),
    "claims": (
        [records.CLAIMS],
        """\
        x^2*y
        ✓ x = 2*x*y  right (symbolic)
        ✗ y = x  wrong
          the derivative is x^2
          the difference is x^2 - x
          counterexample: at x = 3, y = 2 the claim is 3, the derivative 9

        ✗ mismatch: a conclusive check disagrees
        """,
    ),
    "points": (
        records.sweep(4),
        """\
        x^3

        point  x                   f                    ∂f/∂x               verdict
        ────────────────────────────────────────────────────────────────────────────
        0      0                   0                    0                   kink
        1      0.3333333333333333  0.03703703703703703  0.3333333333333333  verified
        2      0.6666666666666666  0.2962962962962962   1.3333333333333333  verified
        3      1                   1                    3                   verified

        ✓ symbolic  agree at all 4 points (4 of 4 entries), largest error 3e-17
        point 0: abs(x) (column 1): abs is not differentiable here; slope -1 from the
        left, 1 from the right; convention: 0 at the kink
        kink at 1 of 4 points: not differentiable here; the number is a convention
        verified at 3 of 4 points: every entry is confirmed by an independent witness
        """,
    ),
    "two outputs of one source": (
        [records.FORMULAS, records.FORMULAS],
        """\
        x^2 + sin(y)

        ∂f/∂x = 2*x
        ∂f/∂y = cos(y)

        – unchecked: a formula, no number was asked for

        ∂f/∂x = 2*x
        ∂f/∂y = cos(y)

        – unchecked: a formula, no number was asked for
        """,
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_page(name: str) -> None:
    shown, expected = GOLDEN[name]
    assert "".join(table(shown, plain_console())) == dedent(expected)
