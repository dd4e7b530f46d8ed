"""The decision on one entry: which objection counts, and which voice is the suspect.

Every witness confirms the tape's number (+), contradicts it (-), or has nothing to say (.): what is inconclusive
or skipped weighs nothing either way. A conclusive ball decides: where it confirms the tape, a single objection is
the objector's own error and no mismatch, be it SymPy's (which has been silently wrong) or an estimate's. Two
independent objections against one ball are not waved away. Without a ball that confirms, any conclusive objection
makes the record a mismatch, for the printed number is contradicted and nothing has proved it; that alone convicts
nobody. The suspect is the voice that the others leave standing alone. Two voices cannot tell.

Voices are counted by what they say: a witness whose error bar holds the tape's number and the objector's as well
stands for neither, and objectors that contradict one another do not add up. Where two of three give one number and
the ball is among them, the third is left aside: differences are made of the tape's values, and err as those do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

IntArray = np.ndarray[Any, np.dtype[np.intp]]
BoolArray = np.ndarray[Any, np.dtype[np.bool_]]

SYMBOLIC, DIFFERENCES, CERTIFICATE = "symbolic", "finite_difference", "certificate"
WITNESSES = (SYMBOLIC, DIFFERENCES, CERTIFICATE)
TAPE, FORWARD = "tape", "forward"

#: What the witnesses (symbolic, differences, certificate) say -> what becomes of the entry, and the suspect
#: (None: nobody, or nobody can tell).
DECISIONS: dict[str, tuple[str, str | None]] = {
    # the ball confirms the tape
    "+++": ("confirmed", None),
    "+.+": ("confirmed", None),
    ".++": ("confirmed", None),
    "..+": ("confirmed", None),
    "-++": ("confirmed", SYMBOLIC),
    "-.+": ("confirmed", SYMBOLIC),
    "+-+": ("confirmed", DIFFERENCES),
    ".-+": ("confirmed", DIFFERENCES),
    "--+": ("contradicted", None),  # tape and ball against SymPy and differences
    # the ball contradicts the tape
    "---": ("contradicted", TAPE),
    "--.": ("contradicted", TAPE),
    "-.-": ("contradicted", TAPE),
    ".--": ("contradicted", TAPE),
    "-+-": ("contradicted", TAPE),  # differences share the tape's values, the ball decides
    "+--": ("contradicted", TAPE),  # SymPy is no match for a ball that another witness supports
    "++-": ("contradicted", CERTIFICATE),  # three independent voices against one
    "+.-": ("contradicted", None),
    ".+-": ("contradicted", None),
    "..-": ("contradicted", None),
    # no ball
    "++.": ("confirmed", None),
    "+..": ("confirmed", None),
    ".+.": ("confirmed", None),
    "-+.": ("contradicted", SYMBOLIC),
    "+-.": ("contradicted", DIFFERENCES),
    "-..": ("contradicted", None),
    ".-.": ("contradicted", None),
    "...": ("open", None),
}

AGREE, DISAGREE = "agree", "disagree"
_ORDER = ".+-"  #: the signs by the numbers that stand for them in arrays
_MARGIN = {DIFFERENCES: 10.0}  #: error bars from which on an estimate excludes a number
_DIGITS = 15.95  #: of a float64

#: How a voice is called in a sentence.
CALLED = {
    TAPE: "the tape",
    FORWARD: "the forward sweep",
    SYMBOLIC: "SymPy",
    DIFFERENCES: "the differences",
    CERTIFICATE: "the ball",
}
_SUSPECT = CALLED | {SYMBOLIC: "the symbolic witness", CERTIFICATE: "the certificate"}
_PLURAL = (DIFFERENCES,)


class Voice(NamedTuple):
    """What one witness says of one entry: its own number (None if it has none), its error bar, the outcome."""

    value: float | None
    error: float | None
    outcome: str


class Opinion(NamedTuple):
    """Who is suspected (None: nobody, or it cannot be told), and the reasoning in a sentence."""

    suspect: str | None
    why: str


def contradicted(signs: Mapping[str, IntArray], shape: tuple[int, ...]) -> BoolArray:
    """Which entries stand contradicted.

    Args:
        signs: what each witness says of them: 0 for nothing, 1 where it confirms, 2 where it contradicts.
        shape: of the entries.
    """
    table = np.array([DECISIONS[s + d + c][0] == "contradicted" for s in _ORDER for d in _ORDER for c in _ORDER])
    said = [signs[w] if w in signs else np.zeros(shape, dtype=np.intp) for w in WITNESSES]
    return np.asarray(table.reshape(3, 3, 3)[tuple(said)])


def opinion(tape: float, voices: Mapping[str, Voice], rtol: float, forward: Voice | None = None) -> Opinion:
    """Who is off on one entry.

    Args:
        tape: the printed number.
        voices: the witnesses by name.
        rtol: relative difference that agrees.
        forward: the other sweep of the tape, where it was run.
    """
    against = [w for w in WITNESSES if w in voices and voices[w].outcome == DISAGREE]
    with_it = [w for w in WITNESSES if w in voices and voices[w].outcome == AGREE]
    if forward is not None and forward.outcome == DISAGREE:
        return _two_sweeps(tape, voices, rtol, forward, against, with_it)
    if not against:
        listed = _listed(with_it)
        verb = "confirms" if len(with_it) == 1 and with_it[0] not in _PLURAL else "confirm"
        return Opinion(None, f"{listed} {verb} the tape" if with_it else "no witness is conclusive here")
    third = _third(voices, against, rtol)
    if third is not None:
        against.remove(third)
    for k, one in enumerate(against):
        for other in against[k + 1 :]:
            if not _same(voices, one, other, rtol):
                return Opinion(
                    None,
                    f"the tape, {_listed([one, other])} give three different numbers: it cannot be told who is off",
                )
    apart = [w for w in with_it if not all(_same(voices, w, other, rtol) for other in against)]
    key = "".join("-" if w in against else "+" if w in apart else "." for w in WITNESSES)
    suspect = DECISIONS[key][1]
    if suspect is None:
        return Opinion(None, f"{_sides(tape, voices, apart, against)}: it cannot be told who is off")
    if suspect != TAPE:
        whose = f"{CALLED[suspect]}' values are" if suspect in _PLURAL else f"{CALLED[suspect]}'s value is"
        verb = "are" if suspect in _PLURAL else "is"
        near = f"{_listed(['tape', *apart])} agree{_digits(tape, voices, apart)}"
        return Opinion(
            suspect, f"{near}; {whose} {_off(tape, voices[suspect])} off: {_SUSPECT[suspect]} {verb} the suspect"
        )
    first, *rest = sorted(against, key=(CERTIFICATE, SYMBOLIC, DIFFERENCES).index)
    verb = "excludes" if first == CERTIFICATE else "contradicts"
    agreeing = f" and agrees with {_listed(rest)}" if rest else ""
    other = f", against {_listed(apart)}" if apart else ""
    if third is not None:
        other = f", while {CALLED[third]} {'give' if third in _PLURAL else 'gives'} a third number{other}"
    said = f"{CALLED[first]} {verb} the tape's value{agreeing}{other}"
    return Opinion(TAPE, f"{said}: the tape is wrong here, by {_of(tape, voices[first])}")


def _two_sweeps(
    tape: float, voices: Mapping[str, Voice], rtol: float, forward: Voice, against: list[str], with_it: list[str]
) -> Opinion:
    """The tape's sweeps differ from one another, so one of them is wrong whatever the witnesses say."""
    both = {**voices, FORWARD: forward}
    backing = [w for w in against if _same(both, w, FORWARD, rtol)]
    start = f"the tape's two sweeps differ by {_of(tape, forward)}"
    proved = CERTIFICATE in with_it and len(against) == 1  # as in the table: one objection to a ball is the objector's
    if with_it and (not against or proved):
        return Opinion(
            TAPE, f"{start}: {_listed(with_it)} confirm{_s(with_it)} the printed one, the other sweep is wrong"
        )
    if CERTIFICATE in against and CERTIFICATE not in backing:
        return Opinion(TAPE, f"{start}: the ball excludes both")
    if backing and not with_it:
        return Opinion(TAPE, f"{start}: the other one agrees with {_listed(backing)}, the printed sweep is wrong")
    return Opinion(TAPE, f"{start}: one of them is wrong")


def _third(voices: Mapping[str, Voice], against: list[str], rtol: float) -> str | None:
    """Of three objectors the one that contradicts the other two, where the ball is one of these."""
    if len(against) < len(WITNESSES):
        return None
    odd = [w for w in against if w != CERTIFICATE and not _same(voices, w, CERTIFICATE, rtol)]
    return odd[0] if len(odd) == 1 else None


def _same(voices: Mapping[str, Voice], one: str, other: str, rtol: float) -> bool:
    """Whether two voices give one number, as far as their error bars tell; unknown numbers contradict nothing."""
    a, b = voices[one], voices[other]
    if a.value is None or b.value is None:
        return True
    bars = sum(_MARGIN.get(w, 1.0) * (voices[w].error or 0.0) for w in (one, other))
    return abs(a.value - b.value) <= rtol * max(abs(a.value), abs(b.value)) + bars


def _sides(tape: float, voices: Mapping[str, Voice], apart: list[str], against: list[str]) -> str:
    """`the tape stands against SymPy, 0.3 of it away`."""
    verb = "stand" if apart else "stands"
    return f"{_listed(['tape', *apart])} {verb} against {_listed(against)}, {_of(tape, voices[against[0]])} away"


def _listed(names: list[str]) -> str:
    called = [CALLED[n] for n in names]
    return called[0] if len(called) == 1 else f"{', '.join(called[:-1])} and {called[-1]}" if called else ""


def _s(names: list[str]) -> str:
    return "s" if len(names) == 1 and names[0] not in _PLURAL else ""


def _relative(tape: float, other: float) -> float:
    size = max(abs(tape), abs(other))
    return abs(tape - other) / size if size else 0.0


def _digits(tape: float, voices: Mapping[str, Voice], apart: list[str]) -> str:
    """To how many digits the tape and its nearest supporter agree."""
    known = [v for v in (voices[w].value for w in apart) if v is not None]
    if not known:
        return ""
    nearest = min(_relative(tape, v) for v in known)
    digits = _DIGITS if nearest == 0 else min(_DIGITS, -math.log10(nearest))
    return f" to {math.floor(digits)} digits"


def _off(tape: float, voice: Voice) -> str:
    return "an unknown amount" if voice.value is None else f"{abs(voice.value - tape):.2g}"


def _of(tape: float, voice: Voice) -> str:
    """How far a voice is from the tape: relative where the tape is not 0."""
    if voice.value is None:
        return "an unknown amount"
    gap = abs(voice.value - tape)
    return f"{gap:.2g} ({gap / abs(voice.value):.1%} of the value)" if voice.value else f"{gap:.2g}"
