"""Einsum patterns of any number of arrays, reduced to products of two whose transposes are einsums again."""

from __future__ import annotations

import string

from gradcli.autodiff.broadcasting import broadcast_shape
from gradcli.autodiff.primitive import Shape
from gradcli.autodiff.structural import DIAGONAL, EINSUM, SUM, permute, reshape
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
        text, values = _lettered(tape, pattern, text, values, span)
        return einsum_call(tape, String(text, (pattern.span.start, pattern.span.end)), values, span)
    if repeated := next((c for c in result if c in string.ascii_letters and result.count(c) > 1), None):
        raise ExpressionError(
            f"the result '{result}' of an einsum pattern names '{repeated}' more than once",
            span=pattern.span,
            hint="diag(v) puts a vector on the diagonal of a matrix",
        )
    if any(c not in string.ascii_letters for c in letters + result):
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


def _lettered(tape: Tape, pattern: String, text: str, values: list[int], span: Span) -> tuple[str, list[int]]:
    """The pattern with letters for the axes `...` stands for, and the arrays; these axes broadcast as NumPy's do."""
    left, arrow, result = text.partition("->")
    terms = left.split(",")
    if any("." in part.replace("...", "", 1) for part in (*terms, result)):
        raise ExpressionError("'...' stands at most once in each part of an einsum pattern", span=pattern.span)
    if len(terms) != len(values):
        raise ExpressionError(f"the pattern is for {len(terms)} of the {len(values)} arrays given", span=pattern.span)
    if arrow and "..." not in result:
        raise ExpressionError("'...' stands before -> but not after it", span=pattern.span)
    leading = [_stood_for(term, tape.shape(value), span) for term, value in zip(terms, values, strict=True)]
    most = max(map(len, leading))
    free = [c for c in string.ascii_letters if c not in text]
    if most > len(free):
        raise ExpressionError("an einsum pattern has at most 52 axes", span=pattern.span)
    spread = broadcast_shape(leading)
    if spread is None:
        apart = " and ".join(str(tape.shape(v)) for v, axes in zip(values, leading, strict=True) if axes)
        raise ShapeError(f"the axes that '...' stands for in shapes {apart} do not fit", span=span)
    written, kept = [], []
    for term, value, axes in zip(terms, values, leading, strict=True):
        shape, at = tape.shape(value), term.find("...")
        wide = [k for k, n in enumerate(axes) if n == spread[most - len(axes) + k]]
        letters = "".join(free[most - len(axes) + k] for k in wide)
        after = shape[at + len(axes) :] if at >= 0 else ()
        stays = (*shape[:at], *(axes[k] for k in wide), *after) if at >= 0 else shape
        kept.append(value if stays == shape else reshape(tape, value, stays))
        written.append(term.replace("...", letters))
    if not arrow:
        result = "..." + "".join(sorted(c for c in set(left) - {",", "."} if left.count(c) == 1))
    return f"{','.join(written)}->{result.replace('...', ''.join(free[:most]))}", kept


def _stood_for(term: str, shape: Shape, span: Span) -> Shape:
    """The lengths of the axes of an array that `...` stands for in its term."""
    before, dots, after = term.partition("...")
    if not dots:
        return ()
    named = len(before) + len(after)
    if len(shape) < named:
        axes = "1 axis" if named == 1 else f"{named} axes"
        raise ShapeError(f"'{term}' names {axes} of an array of shape {shape}", span=span)
    return shape[len(before) : len(shape) - len(after)]


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
