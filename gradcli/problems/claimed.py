"""What a claim is about, from how a person writes it: `x`, `W[0,1]`, `x,y`, `f[0]:x`, or a whole `gradient`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from gradcli.errors import UnknownNameError, UsageError
from gradcli.language.labels import EVERYTHING
from gradcli.language.names import normalise_name
from gradcli.language.suggest import hint_for
from gradcli.problems.problem import Claims

Key = tuple[str | None, *tuple[str, ...]]  #: the output (None: the only one) and one variable, or two

#: Words for all variables at once, unless a variable is called so.
_WORDS = {"gradient": (EVERYTHING,), "jacobian": (EVERYTHING,), "hessian": (EVERYTHING, EVERYTHING)}
_PART = re.compile(r"\s*([^\[\],:]+?)\s*(?:\[\s*([^\[\]]*?)\s*\])?\s*")
_NAME = re.compile(r"\w+")
_NUMBER = re.compile(r"\s*-?[0-9]{1,9}\s*")
_FORMS = "it is x, W[0,1], output:x, or x,y for second derivatives"


def claim_key(
    key: str, outputs: Iterable[str], variables: Mapping[str, Any], no: str = "there is no {} '{}'", said: str = ""
) -> Key:
    """The output and the variables that the left side of a claim names.

    Args:
        key: as typed.
        outputs, variables: what there is.
        no: how a message says that something does not exist.
        said: with which messages begin, such as the claim as typed.

    Raises:
        GradcliError: it names something that does not exist, leaves open which output is meant, or is no such name.
    """
    known = list(outputs)
    before, colon, after = key.rpartition(":")
    output = None
    if colon:
        base, output = _label(before, said)
        if base not in known:
            raise UnknownNameError(said + no.format("output", base), hint=hint_for(base, known))
    elif len(known) > 1:
        raise UsageError(f"{said}which output is meant?", hint=f"write {known[0]}:{key.strip()}")
    if after.strip() in _WORDS and after.strip() not in variables:
        return output, *_WORDS[after.strip()]
    parts = [_label(part, said) for part in _split(after)]
    for base, _ in parts:
        if base not in variables:
            raise UnknownNameError(said + no.format("variable", base), hint=hint_for(base, variables))
    if len(parts) > 2:
        raise UsageError(f"{said}a claim is about one derivative: x, or x,y for a Hessian's entry")
    return output, *(label for _, label in parts)


def joined(claims: Claims, more: Mapping[Key, Any], outputs: Iterable[str]) -> Claims:
    """Claims with further ones, which replace those about the same derivative."""
    only = _only(outputs)
    new = {(key[0] or only, *key[1:]) for key in more}

    def kept(table: Mapping[Any, Any], count: int) -> dict[Any, Any]:
        old = {key: claim for key, claim in table.items() if (key[0] or only, *key[1:]) not in new}
        return old | {key: claim for key, claim in more.items() if len(key) == count}

    return Claims(kept(claims.gradient, 2), kept(claims.hessian, 3))


def is_claimed(key: Key, claims: Iterable[Key], outputs: Iterable[str]) -> bool:
    """Whether something is claimed already, with or without its only output's name."""
    only = _only(outputs)
    return (key[0] or only, *key[1:]) in {(k[0] or only, *k[1:]) for k in claims}


def _only(outputs: Iterable[str]) -> str | None:
    known = list(outputs)
    return known[0] if len(known) == 1 else None


def _label(text: str, said: str) -> tuple[str, str]:
    """The name, and the name with its index, of `W[0, 1]`."""
    match = _PART.fullmatch(text)
    if match is None:
        raise UsageError(f"{said}'{text.strip()}' names no derivative", hint=_FORMS)
    base = normalise_name(match[1])
    if not _NAME.fullmatch(base):
        raise UsageError(f"{said}'{text.strip()}' names no derivative", hint=_FORMS)
    if match[2] is None:
        return base, base
    numbers = match[2].split(",")
    if not all(_NUMBER.fullmatch(part) for part in numbers):
        raise UsageError(f"{said}'{text.strip()}': an entry is named by whole numbers, as in {base}[0]")
    return base, f"{base}[{','.join(str(int(part)) for part in numbers)}]"


def _split(text: str) -> list[str]:
    """The parts between commas that stand in no brackets."""
    return re.split(r",(?![^\[]*\])", text)
