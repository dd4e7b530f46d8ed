"""Which characters make a name, and what to say of every other character.

A name is a letter or `_`, then letters, digits and `_`, where letters are ASCII and the
Greek ones that cannot be mistaken for them: `α`-`ω` without omicron (final sigma `ς` lies in
that range and is a letter of its own) and `Γ Δ Θ Λ Ξ Π Σ Φ Ψ Ω`. The micro sign `µ`
(U+00B5) reads as the letter `μ` (U+03BC), because keyboards and fonts confuse the two.
"""

from __future__ import annotations

import re
import unicodedata

from gradcli import language
from gradcli.errors import NOWHERE, ExpressionError, Origin, Span, visible

RESERVED = frozenset({"and", "or", "not"})

_LETTERS = "A-Za-z_α-ξπ-ωΓΔΘΛΞΠΣΦΨΩµ"
NAME_PATTERN = f"[{_LETTERS}][{_LETTERS}0-9]*"
_NAME = re.compile(NAME_PATTERN)
_NOT_IN_NAMES = re.compile(f"[^{_LETTERS}0-9]")

_LONGEST_SHOWN = 60  # characters of a name that is no name

#: Superscripts and what they stand for.
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")


def _table(*rows: tuple[str, str]) -> dict[str, str]:
    return {character: spelling for characters, spelling in rows for character in characters}


#: Characters that people type or paste for something the language spells otherwise.
SPELLINGS = _table(
    ("×·⋅∙•∗⋆", "*"),
    ("÷∕⁄", "/"),
    ("−–—‐‑‒﹣", "-"),
    ("√", "sqrt(...)"),
    ("∛", "cbrt(...)"),
    ("≤⩽≦", "<="),
    ("≥⩾≧", ">="),
    ("≠", "!="),
    ("≡", "=="),
    ("∧", "and"),
    ("∨", "or"),
    ("¬", "not"),
    ("‘’′ʹ´ᵀ⊤", "'"),
    ("“”″„", '"'),
    ("∑", "sum(...)"),
    ("∏", "prod(...)"),
    ("°", "*pi/180"),
    ("½", "(1/2)"),
    ("⅓", "(1/3)"),
    ("¼", "(1/4)"),
    ("¾", "(3/4)"),
    ("…", ":"),
    ("‖∥", "norm(...)"),
    ("ϕ", "φ"),
    ("ϵ", "ε"),
    ("ϑ", "θ"),
    ("ϰ", "κ"),
    ("ϱ", "ρ"),
    ("ϖ", "π"),
    ("\u2126", "Ω"),
    ("\u2206", "Δ"),
)

#: Letters of other alphabets that are drawn like a letter of the language.
_LOOK_ALIKES = dict(
    zip(
        "аеорсухіјѕԁһԛԝοАВЕКМНОРСТХУІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧГФПЅԚԜ",
        "aeopcyxijsdhqwoABEKMHOPCTXYIJSABEZHIKMNOPTYXΓΦΠSQW",
        strict=True,
    )
)


def is_name(text: str) -> bool:
    """Whether `text` can name a value or a function (so it is not reserved either)."""
    return _NAME.fullmatch(text) is not None and text not in RESERVED


def normalise_name(text: str) -> str:
    """The one spelling of a name: the micro sign reads as the Greek letter mu."""
    return text.replace("\u00b5", "\u03bc") if "\u00b5" in text else text


def check_name(text: str, what: str, origin: Origin = NOWHERE) -> str:
    """The normalised name, if `text` is one.

    Args:
        text: the name as typed.
        what: what it shall name, as the message says it (`variable`, `output`, ...).
        origin: where it was typed.

    Raises:
        ExpressionError: it is empty, reserved, begins with a digit or holds another character.
    """
    if is_name(text):
        return normalise_name(text)
    rule = "a name is a letter or `_`, then letters, digits and `_`"
    shown = visible(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "...")
    bad = _NOT_IN_NAMES.search(text)
    hint: str | None = rule
    span = Span(0, len(text))
    if not text:
        message = f"the {what} name is empty"
    elif text in RESERVED:
        message, hint = f"{text}: a reserved word is no name ({what})", f"rename it, for example `{text}_`"
    elif bad is None:
        message = f"{shown}: a name ({what}) cannot begin with a digit"
        word = text.lstrip("0123456789")
        if word and len(text) <= _LONGEST_SHOWN:
            hint = f"{rule}; for example `{word}{text[: -len(word)]}`"
    else:
        message = f"{shown}: {describe_character(bad.group())} cannot be part of a name ({what})"
        span = Span(*bad.span())
        letter = _letter_meant(bad.group())
        hint = f"type `{letter}` ({_code_point(letter)}) instead" if letter else rule
    raise ExpressionError(message, text=text, span=span, hint=hint, origin=origin)


def describe_character(character: str) -> str:
    """A character by itself, its code point and its Unicode name: `а` (U+0430 CYRILLIC SMALL LETTER A)."""
    name = unicodedata.name(character, "")
    if not name:
        name = "a control character" if unicodedata.category(character) == "Cc" else "an unnamed character"
    shown = visible(character)
    return f"`{shown}` ({_code_point(character)} {name})"


def refused_character(text: str, offset: int) -> ExpressionError:
    """The error for the character at `offset`, which no expression may contain.

    Well-known look-alikes and signs get the spelling of the language as a hint.
    """
    character = text[offset]
    span = Span(offset, offset + 1)
    run = SUPERSCRIPT_RUN.match(text, offset)
    letter = _letter_meant(character)
    hint: str | None = None
    if run:
        span = Span(*run.span())
        hint = f"write `^{run.group().translate(SUPERSCRIPTS)}`"
    elif character in _LOOK_ALIKES:
        hint = f"it only looks like `{letter}` ({_code_point(letter)}): type that letter"
    elif character in SPELLINGS:
        hint = f"write `{SPELLINGS[character]}`"
    elif letter:
        hint = f"write `{letter}`"
    elif _plain(character):
        hint = f"write `{_plain(character)}`"
    elif character.isspace():
        hint = "write an ordinary space"
    elif unicodedata.category(character) in ("Cc", "Cf"):
        hint = "it is invisible: delete it"
    elif unicodedata.category(character) == "Mn":
        hint = "names carry no accents: write for example `x_hat`"
    elif character == "∞":
        hint = "there is no infinite number in the language"
    elif character.isalpha():
        hint = "names are made of ASCII letters, Greek letters, digits and `_`"
    proposal = language.notations.rewritten(text)
    if proposal and SPELLINGS.get(character) in ("'", '"') and not {"'", '"'} & set(proposal):
        hint = f"quotes belong to einsum's pattern only: `{proposal}`"
    elif proposal:
        hint = f"{hint}: `{proposal}`" if hint else f"write `{proposal}`"
    return ExpressionError(
        f"{describe_character(character)} is not part of the language", text=text, span=span, hint=hint
    )


def _letter_meant(character: str) -> str:
    """The character of a name that `character` is drawn like or a compatibility variant of, or nothing."""
    for candidate in (
        _LOOK_ALIKES.get(character, ""),
        SPELLINGS.get(character, ""),
        _plain(character),
    ):
        if len(candidate) == 1 and candidate != character and not _NOT_IN_NAMES.match(candidate):
            return candidate
    return ""


def _plain(character: str) -> str:
    """The ASCII that `character` is a typographic variant of (`＋` of `+`), or nothing."""
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain.isascii() and plain.isprintable() and not plain.isspace() else ""


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"
