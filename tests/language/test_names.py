"""Names: exactly the letters of the interface, and what is said of every other character."""

from __future__ import annotations

import string
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import ExpressionError, Origin
from gradcli.language.names import check_name, is_name, normalise_name
from gradcli.language.parser import parse
from gradcli.language.syntax import Name

MICRO, MU = "\u00b5", "\u03bc"
LETTERS = set(string.ascii_letters + "_" + "αβγδεζηθικλμνξπρςστυφχψω" + "ΓΔΘΛΞΠΣΦΨΩ" + MICRO)
ASCII = {chr(i) for i in range(128)}


def test_the_letters_are_those_of_the_interface():
    assert {c for c in map(chr, range(sys.maxunicode + 1)) if is_name(c)} == LETTERS
    assert {c for c in map(chr, range(sys.maxunicode + 1)) if is_name("x" + c)} == LETTERS | set(string.digits)


@pytest.mark.parametrize("name", ["lambda", "I", "E", "S", "beta", "in", "pi", "e", "None", "_", "__x1", "σ_2", "Ψ"])
def test_ordinary_names(name):
    assert is_name(name)
    tree = parse(name).tree
    assert isinstance(tree, Name)
    assert tree.name == name


def test_the_micro_sign_reads_as_mu():
    assert normalise_name(f"{MICRO}_0") == f"{MU}_0"
    assert check_name(MICRO, "variable") == MU
    tree = parse(MICRO).tree
    assert isinstance(tree, Name)
    assert tree.name == MU


@pytest.mark.parametrize(
    ("name", "column", "says"),
    [
        ("", 1, ["empty"]),
        ("and", 1, ["reserved", "`and_`"]),
        ("2x", 1, ["digit", "`x2`"]),
        ("x y", 2, ["U+0020 SPACE"]),
        ("a-b", 2, ["U+002D HYPHEN-MINUS"]),
        ("alph\u0430", 5, ["U+0430 CYRILLIC SMALL LETTER A", "type `a`"]),
        ("x\u200b", 2, ["U+200B ZERO WIDTH SPACE", "letter"]),
        ("x\x1b", 2, ["U+001B"]),
    ],
)
def test_names_that_are_refused(name, column, says):
    origin = Origin("spec.toml", 3, "variables")
    with pytest.raises(ExpressionError) as caught:
        check_name(name, "variable", origin)
    error = caught.value
    shown = f"{error.message} {error.hint}"
    assert [fragment for fragment in says if fragment not in shown] == [], shown
    assert (error.column, error.origin) == (column, origin)
    assert error.render().isprintable() or "\n" in error.render()


@given(st.characters().filter(lambda c: c not in LETTERS | ASCII), st.sampled_from(["{}", "x{}", "x + {}", "sin({})"]))
def test_every_other_character_is_refused_by_code_point_and_name(character, template):
    text = template.format(character)
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    error = caught.value
    assert f"U+{ord(character):04X}" in error.message
    assert unicodedata.name(character, "") in error.message
    assert error.span is not None
    assert text[error.span.start] == character


@given(st.text(max_size=8))
def test_a_name_is_refused_exactly_if_it_is_none(text):
    if is_name(text):
        assert check_name(text, "output") == normalise_name(text)
    else:
        with pytest.raises(ExpressionError):
            check_name(text, "output")
