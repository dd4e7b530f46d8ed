"""Einsum patterns of any number of arrays, reduced to products of two whose transposes are einsums again."""

from __future__ import annotations

import string

from gradcli.autodiff.primitive import Shape
from gradcli.autodiff.structural import DIAGONAL, EINSUM, SUM, permute
from gradcli.autodiff.tape import Tape
from gradcli.errors import ExpressionError, ShapeError, Span
from gradcli.language.syntax import String


def einsum_call(tape: Tape, pattern: String, values: list[int], span: Span) -> int:
    """`einsum("ij,jk->ik", A, B)`: letters name axes; without `->` the result has those that occur once, sorted."""
    text = pattern.value.replace(" ", "")
    left, arrow, result = text.partition("->")
    terms = left.split(",")
    letters = "".join(terms)
    if "..." in text:
        raise ExpressionError("einsum has no '...': every axis needs a letter", span=pattern.span)
    if any(c not in string.ascii_letters for c in letters + result) or (arrow and len(set(result)) < len(result)):
        raise ExpressionError(
            "an einsum pattern is letters, commas and one ->", span=pattern.span, hint='einsum("ij,jk->ik", A, B)'
        )
    if len(terms) != len(values):
        raise ExpressionError(f"the pattern is for {len(terms)} of the {len(values)} arrays given", span=pattern.span)
    if not arrow:
        result = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    sizes: dict[str, tuple[int, Shape]] = {}
    for term, value in zip(terms, values, strict=True):
        shape = tape.shape(value)
        if len(term) != len(shape):
            axes = "1 axis" if len(term) == 1 else f"{len(term)} axes"
            raise ShapeError(f"'{term}' names {axes} of an array of shape {shape}", span=span)
        for letter, n in zip(term, shape, strict=True):
            known, earlier = sizes.setdefault(letter, (n, shape))
            if known != n:
                raise ShapeError(
                    f"axis '{letter}' has length {known} in shape {earlier} and {n} in shape {shape}", span=span
                )
    missing = [c for c in result if c not in sizes]
    if missing:
        raise ExpressionError(f"'{missing[0]}' stands after -> but in no array", span=pattern.span)
    held, term = values[0], terms[0]
    for k, (value, other) in enumerate(zip(values[1:], terms[1:], strict=True), 2):
        later = set(result).union(*terms[k:])
        kept = "".join(dict.fromkeys(c for c in term + other if c in later))
        held, term = product(tape, held, value, term, other, kept), kept
    held, term = _reduced(tape, held, term, set(result))
    return permute(tape, held, tuple(term.index(c) for c in result))


def product(tape: Tape, left: int, right: int, a: str, b: str, result: str) -> int:
    """Sum over the letters not in `result` of the product of two arrays with axes `a` and `b`."""
    left, a = _reduced(tape, left, a, set(b) | set(result))
    right, b = _reduced(tape, right, b, set(a) | set(result))
    return tape.append(EINSUM, (left, right), (a, b, result))


def _reduced(tape: Tape, x: int, letters: str, needed: set[str]) -> tuple[int, str]:
    """`x` with repeated letters replaced by diagonals and letters that nobody needs summed away."""
    while len(set(letters)) < len(letters):
        letter = next(c for c in letters if letters.count(c) > 1)
        i = letters.index(letter)
        j = letters.index(letter, i + 1)
        rest = [k for k in range(len(letters)) if k not in (i, j)]
        x = tape.append(DIAGONAL, (permute(tape, x, (*rest, i, j)),))
        letters = "".join(letters[k] for k in rest) + letter
    lone = tuple(k - len(letters) for k, c in enumerate(letters) if c not in needed)
    if lone:
        x = tape.append(SUM, (x,), (lone,))
        letters = "".join(c for c in letters if c in needed)
    return x, letters
