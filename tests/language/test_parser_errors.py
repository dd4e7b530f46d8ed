"""What is said of text that is no expression: golden cases, limits, and that nothing else is ever raised."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from language_trees import outline

from gradcli.errors import ExpressionError, GradcliError, LimitError
from gradcli.language.parser import parse
from gradcli.language.printer import to_text
from gradcli.limits import LIMITS

CASES = Path(__file__).parent.parent / "cases"
ERRORS = tomllib.loads((CASES / "errors_language.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", ERRORS, ids=[case["slip"] for case in ERRORS])
def test_error(case):
    with pytest.raises(ExpressionError) as caught:
        parse(case["input"])
    error = caught.value
    shown = f"{error.message}\n{error.hint or ''}"
    assert [fragment for fragment in case.get("says", []) if fragment not in shown] == [], shown
    for proposal in case.get("proposes", []):
        assert f"`{proposal}`" in (error.hint or "")
        parse(proposal)
    assert error.column == case["column"]
    assert error.line == case.get("line", error.line)
    rendered = error.render().split("\n")
    assert any(line.strip(" |").startswith("^") for line in rendered)
    assert error.exit_code == 2


_WORDS = (
    "x y2 einsum f( f ( ) [ ] , : :: ; ' '' \" 'ij' \"ij\" . .T .t ... + - * / // @ ^ ** = == != ! < <= <> > >= := "
    "&& || | & % ~ ? { } $ \\ # 1 2.5 .5 1. 1e9 1e999 0x1f 1_0 e and or not AND if mod ² × µ а √ \u200b"
)
_soup = st.lists(st.sampled_from([*_WORDS.split(" "), " ", "\n"]), max_size=12)


@given(st.text(max_size=60) | _soup.map("".join) | _soup.map(" ".join))
@example("\ud800")
@example("x\x00")
@example("(" * 20_000)
@example("|" * 5)
@example("1" * 5000 + "x")
def test_nothing_but_our_own_errors(text):
    error = None
    try:
        tree = parse(text).tree
    except GradcliError as raised:
        error = raised
    if error is None:
        assert outline(parse(to_text(tree)).tree) == outline(tree)
        return
    assert error.text == text
    assert error.span is not None
    assert 0 <= error.span.start <= error.span.end <= len(text)
    assert "^" in error.render()
    assert len(error.message) < 400
    assert len(error.hint or "") < 400


def test_long_operands_are_not_repeated_in_a_hint():
    long = " + ".join(f"a{i}" for i in range(1_000))
    for text in (f"({long})(x)", f"({long}) && x", f"x % ({long})", f"1/({long})(x)", f"a < ({long}) < b"):
        with pytest.raises(ExpressionError) as caught:
            parse(text)
        assert len(caught.value.message) < 200
        assert len(caught.value.hint or "") < 200
        assert "a" in (caught.value.hint or "")


# ---- limits ----

NESTED = {
    "parentheses": lambda n: "(" * n + "x" + ")" * n,
    "calls": lambda n: "f(" * n + "x" + ")" * n,
    "powers": lambda n: "2^" * n + "x",
    "signs": lambda n: "-" * n + "x",
    "nots": lambda n: "not " * n + "x",
    "indices": lambda n: "a[" * n + "0" + "]" * n,
    "arrays": lambda n: "[" * n + "x" + "]" * n,
}


@pytest.mark.parametrize("form", NESTED)
def test_the_limit_of_nesting(form):
    limit = LIMITS.expression_nesting
    parse(NESTED[form](limit))
    text = NESTED[form](limit + 1)
    with pytest.raises(LimitError, match="expression_nesting") as caught:
        parse(text)
    assert caught.value.span is not None
    # The place is the opener (or operator) that is one too many.
    tokens_before = text[: caught.value.span.start]
    assert sum(tokens_before.count(opener) for opener in ("(", "^", "-", "not", "[")) == limit


def test_the_limit_of_characters():
    limit = LIMITS.expression_characters
    parse("x".ljust(limit))
    with pytest.raises(LimitError, match="expression_characters") as caught:
        parse("x".ljust(limit + 1))
    assert caught.value.span == (limit, limit + 1)
    assert caught.value.render()


def test_nesting_far_beyond_the_limit():
    with pytest.raises(LimitError, match="expression_nesting"):
        parse("(" * 50_000 + "x" + ")" * 50_000)


def test_no_code_runs(monkeypatch):
    import builtins

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("code was run")

    for name in ("eval", "exec", "compile"):
        monkeypatch.setattr(builtins, name, refuse)
    parse("2*x + 1")
    for text in ("__import__('os').system('id')", "().__class__.__bases__", "exec('x')", "(lambda: 1)()"):
        with pytest.raises(ExpressionError):
            parse(text)
