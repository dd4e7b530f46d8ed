"""The closest known word to a mistyped one, by edit distance (insert, delete, replace, swap of neighbours)."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable

_LISTED = 20  # known words that are listed where none is close
_LONGEST = 64  # a longer word is hardly a slip of the fingers, and distances cost its square


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The one known word that `word` most likely stands for, or None.

    A word that differs only in case wins; else at most one edit for words of two to four
    characters, and one more for every three beyond. A single character suggests nothing else.

    >>> did_you_mean("tanhh", ["sin", "tan", "tanh", "atanh"])
    'tanh'
    >>> did_you_mean("Sin", ["asin", "sin"])
    'sin'
    >>> did_you_mean("sinn", ["sinc", "sind", "sin"])
    'sin'
    """
    folded = word.casefold()
    if len(word) > _LONGEST:
        return next((name for name in sorted(known) if name.casefold() == folded), None)
    allowed = 0 if len(word) < 2 else 1 + max(0, len(word) - 2) // 3
    best: tuple[int, bool, int, int, bool, str] | None = None
    for name in known:
        if abs(len(name) - len(word)) > allowed or name == word:
            continue
        other = name.casefold()
        edits = _distance(folded, other, allowed)
        if edits is None:
            continue
        stuttered = _undoubled(folded) == _undoubled(other)  # a key that was hit twice, or not long enough
        rank = (edits, not stuttered, -_common(folded, other), abs(len(name) - len(word)), name != other, name)
        if best is None or rank < best:
            best = rank
    return best[-1] if best else None


def hint_for(word: str, known: Collection[str], otherwise: str | None = None) -> str | None:
    """What to tell a person about an unknown word: the likeliest known one, else what there is.

    Args:
        word: as typed.
        known: the words that exist.
        otherwise: said instead of the list.

    >>> hint_for("tahn", ["sin", "tanh"]), hint_for("q", ["x", "y"]), hint_for("q", ["x"]), hint_for("q", [])
    ("did you mean 'tanh'?", 'there are x, y', 'there is x', None)
    """
    meant = did_you_mean(word, known)
    if meant is not None:
        return f"did you mean '{meant}'?"
    if otherwise is not None or not known:
        return otherwise
    names = ", ".join(itertools.islice(known, _LISTED)) + (", ..." if len(known) > _LISTED else "")
    return f"there {'is' if len(known) == 1 else 'are'} {names}"


def _undoubled(word: str) -> str:
    """The word with every run of a letter cut to one."""
    return "".join(letter for letter, _ in itertools.groupby(word))


def _common(a: str, b: str) -> int:
    """Length of the common beginning: a slip late in a word is likelier than one at its start."""
    return next((k for k, (c, d) in enumerate(zip(a, b, strict=False)) if c != d), min(len(a), len(b)))


def _distance(a: str, b: str, most: int) -> int | None:
    """Optimal-string-alignment distance of `a` and `b`, or None beyond `most`."""
    earlier: list[int] = []
    above = list(range(len(b) + 1))
    for i, c in enumerate(a, 1):
        row = [i]
        for j, d in enumerate(b, 1):
            edits = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (c != d))
            if i > 1 and j > 1 and c == b[j - 2] and a[i - 2] == d:
                edits = min(edits, earlier[j - 2] + 1)
            row.append(edits)
        if min(row) > most:
            return None
        earlier, above = above, row
    return above[-1] if above[-1] <= most else None
