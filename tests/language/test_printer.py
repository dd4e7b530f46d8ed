"""Printing: reading it back gives the same tree, and no pair of parentheses could be left out."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from language_trees import outline, trees

from gradcli.errors import GradcliError
from gradcli.language.parser import parse
from gradcli.language.printer import to_text
from gradcli.language.syntax import Array, Binary, Expression, Name, Node, Number, Unary


@given(trees)
def test_reading_what_is_printed_gives_the_same_tree(tree):
    text = to_text(tree)
    assert outline(parse(text).tree) == outline(tree)
    assert to_text(parse(text).tree) == text


@given(trees)
def test_no_parentheses_are_superfluous(tree):
    text = to_text(tree)
    for start, end in _grouping(text):
        without = f"{text[:start]} {text[start + 1 : end]} {text[end + 1 :]}"
        with suppress(GradcliError):
            assert outline(parse(without).tree) != outline(tree)


def _grouping(text: str) -> list[tuple[int, int]]:
    """Offsets of the parentheses that group (rather than hold a call's arguments)."""
    pairs, opened = [], []
    for i, c in enumerate(text):
        if c == "(":
            opened.append(i)
        elif c == ")":
            start = opened.pop()
            if not (text[:start][-1:].isalnum() or text[:start].endswith("_")):
                pairs.append((start, i))
    return pairs


X, Y = Name("x", (0, 0)), Name("y", (0, 0))


def number(text: str) -> Number:
    return Number(float(text), text, (0, 0))


def binary(left: Node, operator: str, right: Node) -> Binary:
    return Binary(operator, left, right, (0, 0), (0, 0))


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (binary(number("-2"), "^", X), "(-2)^x"),
        (binary(X, "-", number("-2")), "x - -2"),
        (binary(X, "^", number("-2")), "x^-2"),
        (Unary("-", number("-2"), (0, 0)), "--2"),
        (binary(X, "*", binary(Y, "*", X)), "x*(y*x)"),
        (binary(binary(X, "<", Y), "and", Unary("not", X, (0, 0))), "x < y and not x"),
        (Array((X, Unary("-", Y, (0, 0))), (0, 0)), "[x, -y]"),
    ],
)
def test_trees_that_were_derived(tree, text):
    assert to_text(tree) == text
    parse(text)


def test_what_is_no_node_is_refused():
    with pytest.raises(TypeError, match="not a node"):
        to_text(Expression("x", X))  # type: ignore[arg-type]
