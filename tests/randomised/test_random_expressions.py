"""Random expressions over the whole table: gradient and Hessian against FLINT's balls, and JAX where it is installed.

`GRADCLI_RANDOM=1000:5000` judges 5000 expressions from seed 1000 on instead of the usual few.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from random_court import judge, report, shrunk
from random_expressions import expression
from random_forms import NAMES, public_names
from random_trees import Node, literal, valued, walk

from gradcli.autodiff.elementwise import BY_NAME

START, COUNT = (int(part) for part in os.environ.get("GRADCLI_RANDOM", "0:0").split(":"))
#: The balls judge every function's expression, JAX (which takes ten times as long) every sixth.
BALLS = range(START, START + (COUNT or len(NAMES)))
BEFORE_JAX = range(START, START + (COUNT or len(NAMES)), 1 if COUNT else 6)


def _judged(seeds: range, jax: bool) -> tuple[Counter[str], int, int]:
    """The reasons used for these seeds' expressions, entries with an enclosure, and all; any other difference fails."""
    reasons: Counter[str] = Counter()
    enclosed = entries = 0
    for seed in seeds:
        root = expression(seed)
        verdict = judge(root, jax)
        assert not verdict.unexplained, f"seed {seed}: {report(root, jax)}"
        reasons.update(reason.name for reason in verdict.reasons.elements())
        enclosed += verdict.enclosed
        entries += verdict.entries
    return reasons, enclosed, entries


def test_every_function_of_the_language_is_drawn() -> None:
    assert public_names() <= set(NAMES)
    for seed in range(0, len(NAMES), 7):
        assert NAMES[seed] in {node.kind for node in walk(expression(seed))}


def test_balls_confirm_gradient_and_hessian() -> None:
    reasons, enclosed, entries = _judged(BALLS, jax=False)
    assert enclosed > 0.99 * entries  # kinks and points without a derivative have none
    assert reasons.total() < 0.1 * len(BALLS)


def test_jax_has_a_meaning_for_every_function() -> None:
    pytest.importorskip("jax")
    from jax_meanings import MEANINGS

    assert set(NAMES) - {"person"} == set(MEANINGS)


def test_jax_agrees_on_value_gradient_and_hessian() -> None:
    pytest.importorskip("jax")
    reasons, _, _ = _judged(BEFORE_JAX, jax=True)
    assert reasons["DIGITS"] < 0.05 * len(BEFORE_JAX) + 5


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
