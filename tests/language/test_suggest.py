"""Suggestions: slips people make, and the distance against an enumeration of all single edits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.language.suggest import did_you_mean

FUNCTIONS = [
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "exp",
    "log",
    "sqrt",
    "abs",
    "sum",
    "mean",
    "gamma",
    "lgamma",
    "softplus",
]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("tanhh", "tanh"),
        ("Sin", "sin"),
        ("EXP", "exp"),
        ("sqr", "sqrt"),
        ("lgo", "log"),
        ("gama", "gamma"),
        ("softpuls", "softplus"),
        ("meen", "mean"),
        ("sihn", "sinh"),
        ("frobnicate", None),
        ("q", None),
        ("", None),
        ("sin", "asin"),
        ("x" * 10_000, None),
    ],
)
def test_suggestions(word, meant):
    found = did_you_mean(word, FUNCTIONS)
    assert found == meant or (word == "sin" and found in ("asin", "sinh"))


@pytest.mark.parametrize(
    ("word", "meant", "near"),
    [
        ("sinn", "sin", "sinc"),
        ("coss", "cos", "cosc"),
        ("expp", "exp", "exp1"),
        ("logg", "log", "log2"),
        ("gama", "gamma", "Gamma"),
    ],
)
def test_a_letter_typed_twice_is_the_likeliest_slip(word, meant, near):
    assert did_you_mean(word, [near, meant]) == did_you_mean(word, [meant, near]) == meant


def test_the_suggestion_does_not_depend_on_the_order():
    for word in ("sanh", "tam", "aco", "lok"):
        assert did_you_mean(word, FUNCTIONS) == did_you_mean(word, reversed(FUNCTIONS))


def test_a_long_word_is_found_by_its_letters():
    word = "a_rather_long_name_" * 10
    assert did_you_mean(word.upper(), ["x", word]) == word


def single_edits(word: str, alphabet: str) -> set[str]:
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    deleted = {a + b[1:] for a, b in splits if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    replaced = {a + c + b[1:] for a, b in splits if b for c in alphabet}
    inserted = {a + c + b for a, b in splits for c in alphabet}
    return deleted | swapped | replaced | inserted


@given(st.text("abc", min_size=2, max_size=4), st.text("abc", min_size=1, max_size=5))
def test_short_words_are_one_edit_away(word, known):
    near = known in single_edits(word, "abc") and known != word
    assert did_you_mean(word, [known]) == (known if near else None)


@given(st.text("abc", min_size=5, max_size=7), st.text("abc", min_size=3, max_size=9))
def test_longer_words_are_two_edits_away(word, known):
    # The distance counts a swap only between letters that stay neighbours, so it may refuse what two free edits reach.
    once = single_edits(word, "abc")
    twice = once | {b for a in once for b in single_edits(a, "abc")}
    if did_you_mean(word, [known]) == known:
        assert known in twice
    if known in once and known != word:
        assert did_you_mean(word, [known]) == known
