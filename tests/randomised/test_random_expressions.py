"""Random expressions over the whole table: gradient and Hessian against FLINT's balls, and JAX where it is installed.

`GRADCLI_RANDOM=1000:5000` judges 5000 expressions from seed 1000 on instead of the usual few.
"""

from __future__ import annotations

import os

import pytest
from random_court import judge, report, shrunk
from random_expressions import expression
from random_forms import NAMES, public_names
from random_tally import tally
from random_trees import Node, literal, valued, walk

from gradcli.autodiff.elementwise import BY_NAME

START, COUNT = (int(part) for part in os.environ.get("GRADCLI_RANDOM", "0:0").split(":"))
#: The balls judge every function's expression, JAX every seventh and the court every fortieth: they take longer.
BALLS = range(START, START + (COUNT or len(NAMES)))
BEFORE_JAX = range(START, START + (COUNT or len(NAMES)), 1 if COUNT else 7)
BEFORE_THE_COURT = range(START, START + (COUNT or len(NAMES)), 10 if COUNT else 40)


def test_every_function_of_the_language_is_drawn() -> None:
    assert public_names() <= set(NAMES)
    for seed in range(0, len(NAMES), 7):
        assert NAMES[seed] in {node.kind for node in walk(expression(seed))}


def test_balls_confirm_gradient_and_hessian() -> None:
    found = tally(BALLS, jax=False)
    assert not found.unexplained, "\n".join(found.unexplained.values())
    assert found.enclosed > 0.99 * found.entries  # kinks and points without a derivative have none
    assert sum(found.reasons.values()) < 0.1 * len(BALLS)
    if len(BALLS) >= len(NAMES):
        assert public_names() <= set(found.kinds)


def test_the_court_does_not_accuse_what_is_right() -> None:
    found = tally(BEFORE_THE_COURT, jax=False, court=1)
    assert not found.unexplained, "\n".join(found.unexplained.values())
    assert found.verdicts["grad by court: verified"] > 0.7 * len(BEFORE_THE_COURT)  # a quarter is at hard points
    assert len(found.unverified) <= 0.1 * len(BEFORE_THE_COURT) + 1, found.unverified


def test_jax_has_a_meaning_for_every_function() -> None:
    pytest.importorskip("jax")
    from jax_meanings import MEANINGS

    assert set(NAMES) - {"person"} == set(MEANINGS)


def test_jax_agrees_on_value_gradient_and_hessian() -> None:
    pytest.importorskip("jax")
    found = tally(BEFORE_JAX, jax=True)
    assert not found.unexplained, "\n".join(found.unexplained.values())
    assert found.reasons["DIGITS"] + found.reasons["ALONE"] < 0.08 * len(BEFORE_JAX) + 5


def _variable(name: str, value: float) -> Node:
    return Node("variable", name, value=literal(value).value)


def test_a_wrong_rule_is_found_and_shrunk() -> None:
    """A derivative 1e-8 off is an unexplained difference, whose smallest expression is the function itself."""
    row = BY_NAME["tanh"]
    right = row.partials
    x, y = _variable("x", 0.7), _variable("y", 1.3)
    inner = valued(Node("tanh", "tanh({})", (valued(Node("multiply", "({} * {})", (x, y))),)))
    root = valued(Node("add", "({} + {})", (valued(Node("exp", "exp({})", (inner,))), y)))
    assert not judge(root, jax=False).unexplained
    object.__setattr__(row, "partials", (f"1.00000001*({right[0]})",))
    try:
        assert judge(root, jax=False).unexplained
        accused = judge(root, jax=False, court=True).unexplained
        assert [d.what for d in accused] == [
            "gradient: accused by ['symbolic', 'finite_difference']",
            "Hessian: accused by ['symbolic', 'finite_difference']",
        ]
        assert [node.kind for node in walk(shrunk(root, jax=False))] == ["tanh", "variable"]
        assert "tanh" in report(root, jax=False)
    finally:
        object.__setattr__(row, "partials", right)


def test_a_wrong_reading_is_found_by_jax() -> None:
    """What the tape and the balls have in common, the program as read, is JAX's to judge."""
    pytest.importorskip("jax")
    u = Node("variable", "u", value=literal([0.3, 0.5, 0.9]).value)
    squares = valued(Node("square", "square({})", (u,)))
    assert not judge(valued(Node("sum", "sum({})", (squares,))), jax=True).unexplained
    misread = valued(Node("sum", "mean({})", (squares,)))
    assert [d.what for d in judge(misread, jax=True).unexplained] == ["value of JAX"]


def test_jax_differentiates_otherwise_where_the_path_is_cut() -> None:
    """The same value with another derivative: the balls side with the tape, and still it is not explained away."""
    pytest.importorskip("jax")
    x = _variable("x", 0.7)
    cut = valued(Node("multiply", "({} * stop_gradient({}))", (x, x)))
    assert [d.what for d in judge(cut, jax=True).unexplained] == [
        f"{order}: JAX differs, the balls confirm the tape" for order in ("gradient", "Hessian")
    ]


@pytest.mark.parametrize(
    ("kinds", "x", "reason"),
    [
        (("log1pmx", "reciprocal"), 1e-10, "LOST"),  # log1p(x) - x keeps five digits
        (("besselj0",), 1e5, "ALONE"),  # the integral oscillates beyond the quadrature
        (("square", "sqrt"), 1e-160, "SPOILT"),  # the square is a subnormal number, which has few digits
        (("acot",), 0.0, "KINK"),  # JAX divides by 0
    ],
)
def test_why_jax_differs_is_told(kinds: tuple[str, ...], x: float, reason: str) -> None:
    pytest.importorskip("jax")
    root = _variable("x", x)
    for kind in kinds:
        root = valued(Node(kind, f"{kind}({{}})", (root,)))
    verdict = judge(root, jax=True)
    assert not verdict.unexplained
    assert reason in {found.name for found in verdict.reasons}


def test_a_number_beyond_floats_on_the_way_is_told() -> None:
    """cosc(x)/x at 1e-160: -pi^2/3, by terms of 1e160, and of 1e320 for its second derivative."""
    pytest.importorskip("jax")
    x = _variable("x", 1e-160)
    cosc = valued(Node("cosc", "cosc({})", (x,)))
    verdict = judge(valued(Node("divide", "({} / {})", (cosc, x))), jax=True)
    assert {"LOST", "RANGE"} <= {reason.name for reason in verdict.reasons}
    assert not verdict.unexplained


def test_a_comparison_that_rounding_decides_is_told() -> None:
    """tanh(x) is below x, by less than float64 sees: the court rightly says that the value is wrong."""
    pytest.importorskip("jax")
    x = _variable("x", 1e-160)
    equal = valued(Node("equal", "({} == {})", (x, valued(Node("tanh", "tanh({})", (x,))))))
    verdict = judge(valued(Node("add", "({} + {})", (equal, x))), jax=True)
    assert {reason.name for reason in verdict.reasons} == {"JUMP"}
    assert not verdict.unexplained


def test_another_convention_at_a_kink_is_found() -> None:
    pytest.importorskip("jax")
    relu = valued(Node("leaky_relu", "relu({})", (_variable("x", 0.0),)))
    assert [d.what for d in judge(relu, jax=True).unexplained] == ["gradient: JAX has another convention"]
