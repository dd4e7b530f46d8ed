"""How parts of a function and of its derivatives are quoted in remarks: as they were typed, or as their formula."""

from __future__ import annotations

from gradcli.autodiff.tape import Tape
from gradcli.errors import GradcliError
from gradcli.targets.source import NotExpressible, to_text

_LONGEST = 40  #: characters of a subexpression that is quoted


class Quoting:
    """Quotes the instructions of one function.

    Args:
        tape: holds it.
        output: the function; what is no part of it, such as an operation of its derivative, was not typed.
    """

    def __init__(self, tape: Tape, output: int) -> None:
        self._tape, self._typed = tape, set(tape.needed([output]))

    def quoted(self, i: int, of: int | None = None) -> str:
        """A part as it was typed, in backquotes; its formula, if it was typed as all of `of`."""
        text = self.bare(i)
        return f"`{said(self._tape, i) if of is not None and text == self.bare(of) else text}`"

    def bare(self, i: int) -> str:
        """The same without backquotes."""
        place = self._tape.places.get(i)
        if place is not None and i in self._typed and self._tape[i].arguments and len(place.text) <= _LONGEST:
            return place.text
        return said(self._tape, i)


def said(tape: Tape, i: int) -> str:
    """The formula of an instruction."""
    try:
        text = to_text(tape, i)
    except (NotExpressible, GradcliError):
        return "of it"
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
