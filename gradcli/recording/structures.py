"""Nests of lists, tuples and dictionaries: taken apart into leaves, and put together again around others.

As in TensorFlow, the entries of a dictionary come in the order of their sorted keys, so that two
dictionaries with the same keys always correspond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple


class Structure(NamedTuple):
    """A nest taken apart.

    Attributes:
        leaves: what is no list, tuple or dictionary, in order.
        parts: leaves and nests in an order in which the whole can be built.
    """

    leaves: tuple[Any, ...]
    parts: tuple[Any, ...]

    def rebuild(self, leaves: Sequence[Any]) -> Any:
        """The same nest, of the same types and with its keys in the same order, around other leaves."""
        given = iter(leaves)
        built: list[Any] = []
        for part in self.parts:
            if not _is_nest(part):
                built.append(next(given))
                continue
            n = len(part)
            children = built[len(built) - n :]
            del built[len(built) - n :]
            built.append(_like(part, children))
        return built.pop()


def structure_of(nest: Any) -> Structure:
    """Take a nest apart; anything that is no list, tuple or dictionary is a leaf."""
    pending, parts = [nest], []
    while pending:
        part = pending.pop()
        parts.append(part)
        if _is_nest(part):
            pending.extend(_children(part))
    parts.reverse()
    return Structure(tuple(part for part in parts if not _is_nest(part)), tuple(parts))


def paired(nest: Any, others: Any) -> list[tuple[Any, Any]]:
    """Each leaf of a nest with what stands in its place in `others` (None there stands for None everywhere below).

    Raises:
        ValueError: if the two nests are not alike.
    """
    pending, pairs = [(nest, others)], []
    while pending:
        part, other = pending.pop()
        if not _is_nest(part):
            pairs.append((part, other))
        elif other is None:
            pending.extend((child, None) for child in _children(part))
        elif not _is_nest(other) or len(other) != len(part):
            raise ValueError(f"{len(part)} entries in one nest do not match {other!r} in the other")
        elif isinstance(part, Mapping):
            pending.extend((part[key], other[key]) for key in _keys(part))
        else:
            pending.extend(zip(part, _children(other), strict=True))
    return pairs[::-1]


def _children(nest: Any) -> Any:
    return [nest[key] for key in _keys(nest)] if isinstance(nest, Mapping) else nest


def _keys(mapping: Mapping[Any, Any]) -> list[Any]:
    """Its keys sorted, or as they come if they have no order."""
    try:
        return sorted(mapping)
    except TypeError:
        return list(mapping)


def _is_nest(part: Any) -> bool:
    return isinstance(part, list | tuple | Mapping)


def _like(part: Any, children: list[Any]) -> Any:
    if isinstance(part, Mapping):
        result = copy(part) if isinstance(part, dict) else dict(part)  # an OrderedDict or a defaultdict stays one
        result.update(zip(_keys(part), children, strict=True))
        return result
    if isinstance(part, tuple):
        return type(part)(*children) if hasattr(part, "_fields") else tuple(children)
    return children
