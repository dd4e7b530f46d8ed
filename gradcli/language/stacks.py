"""Operands and operators that wait to become nodes, and the brackets that are still open.

`places[k]` is the place of `operands[k]` with the parentheses around it, which a node's own
span leaves out but the span of the node above it must cover.
"""

from __future__ import annotations

from gradcli import language
from gradcli.errors import Span
from gradcli.language.grammar import ARRAY, BRACKET, CALL, CLOSERS, GROUP, INDEX, POWER, PREFIXES
from gradcli.language.lexer import Tokens
from gradcli.language.names import normalise_name
from gradcli.language.syntax import Array, Binary, Call, Index, Node, Offsets, Slice, Transpose, Unary
from gradcli.limits import LIMITS


class Frame:
    """An open bracket: its form, the token it opened at, and the entries read so far."""

    __slots__ = ("at", "form", "items", "key", "keyword_places", "keywords", "part", "pieces")

    def __init__(self, form: str, at: int) -> None:
        self.form, self.at = form, at
        self.items: list[Node] = []
        self.keywords: dict[str, Node] = {}
        self.keyword_places: list[Offsets] = []  # of their names
        self.key: str | None = None  # the keyword whose value is being read
        self.part = at + 1  # token at which the entry being read begins
        self.pieces: list[Node | None] = []  # what was before each `:` of that entry


class Stacks:
    """What has been read of an expression; the parser calls one method for each thing that it reads."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.operands: list[Node] = []
        self.places: list[Offsets] = []
        self.operators: list[tuple[int, str, int]] = [(BRACKET, "", -1)]  # rung, operator, token
        self.frames: list[Frame] = []
        self.depth = 0

    def push(self, node: Node, place: Offsets) -> None:
        """A complete operand, and its place with the parentheses around it."""
        self.operands.append(node)
        self.places.append(place)

    def pop(self) -> Node:
        """The last operand."""
        self.places.pop()
        return self.operands.pop()

    def deepen(self, i: int) -> None:
        """Token `i` nests what follows it one deeper."""
        self.depth += 1
        if self.depth > LIMITS.expression_nesting:
            raise language.mistakes.too_deep(self.tokens, i)

    def prefix(self, rung: int, operator: str, i: int) -> None:
        """A sign or `not`, which waits for its operand."""
        self.deepen(i)
        self.operators.append((rung, operator, i))

    def reduce(self, floor: int) -> None:
        """Make nodes of the waiting operators that bind tighter than `floor`."""
        operators, operands, places = self.operators, self.operands, self.places
        starts = self.tokens.starts
        while operators[-1][0] > floor:
            rung, operator, at = operators.pop()
            start = starts[at]
            last = places.pop()
            operand = operands.pop()
            if rung in PREFIXES:
                self.depth -= 1
                place = (start, last[1])
                operands.append(Unary(operator, operand, place))
            else:
                if rung == POWER:
                    self.depth -= 1
                place = (places.pop()[0], last[1])
                own = (start, start + len(self.tokens.texts[at]))
                operands.append(Binary(operator, operands.pop(), operand, own, place))
            places.append(place)

    def transpose(self, following: int) -> int:
        """Transpose the last operand with what ends before token `following`, which is returned."""
        place = (self.places.pop()[0], self.tokens.stop(following - 1))
        self.push(Transpose(self.operands.pop(), place), place)
        return following

    def open(self, form: str, i: int) -> None:
        """Token `i` opens a bracket."""
        self.deepen(i)
        self.frames.append(Frame(form, i))
        self.operators.append((BRACKET, form, i))

    def comma(self, i: int) -> None:
        """Token `i` is a comma after a complete entry."""
        self.reduce(BRACKET)
        if not self.frames or self.frames[-1].form == GROUP:
            raise language.mistakes.comma(self.tokens, i)
        self.end_item(self.frames[-1], i, absent=False)

    def begins_argument(self) -> bool:
        """Whether nothing of the current argument of a call has been read."""
        return self.operators[-1][1] == CALL and self.frames[-1].key is None

    def keyword(self, i: int) -> None:
        """Token `i` is the keyword of the argument that begins."""
        frame, key = self.frames[-1], normalise_name(self.tokens.texts[i])
        if key in frame.keywords:
            raise language.mistakes.repeated_keyword(self.tokens, i)
        frame.key = key
        frame.keyword_places.append((self.tokens.starts[i], self.tokens.stop(i)))

    def colon(self, i: int, *, absent: bool) -> None:
        """Read a `:` of a slice; `absent`: no operand stands before it."""
        if not absent:
            self.reduce(BRACKET)
        if not self.frames or self.frames[-1].form != INDEX:
            raise language.mistakes.colon(self.tokens, i)
        frame = self.frames[-1]
        if len(frame.pieces) == 2:
            raise language.mistakes.third_colon(self.tokens, i)
        frame.pieces.append(None if absent else self.pop())

    def end_item(self, frame: Frame, i: int, *, absent: bool) -> None:
        """Add the entry that ends before token `i` to its frame."""
        if frame.form == INDEX and frame.pieces:
            start, stop, step = [*frame.pieces, None if absent else self.pop(), None][:3]
            place = (self.tokens.starts[frame.part], self.tokens.stop(i - 1))
            frame.items.append(Slice(start, stop, step, place))
            frame.pieces = []
        elif frame.key is not None:
            frame.keywords[frame.key] = self.pop()
            frame.key = None
        elif frame.keywords:
            raise language.mistakes.late_positional(self.tokens, Span(*self.places[-1]), next(iter(frame.keywords)))
        else:
            frame.items.append(self.pop())
        frame.part = i + 1

    def close(self, i: int, *, absent: bool = False) -> None:
        """Close the innermost bracket with token `i`; `absent`: no operand stands before it."""
        if not absent:
            self.reduce(BRACKET)
        frame = self.frames[-1] if self.frames else None
        if frame is None or CLOSERS[frame.form] != self.tokens.kinds[i]:
            raise language.mistakes.mismatched(
                self.tokens, i, frame.at if frame else None, frame.form if frame else None
            )
        self.frames.pop()
        self.operators.pop()
        self.depth -= 1
        start, end = self.tokens.starts[frame.at], self.tokens.starts[i] + 1
        if frame.form == GROUP:
            self.places[-1] = (start, end)
            return
        if not absent or frame.pieces:
            self.end_item(frame, i, absent=absent)
        if frame.form == CALL:
            name = self.tokens.texts[frame.at - 1]
            start = self.tokens.starts[frame.at - 1]
            own, place = (start, start + len(name)), (start, end)
            items, keywords = tuple(frame.items), tuple(frame.keywords.items())
            self.push(Call(normalise_name(name), items, keywords, own, place, tuple(frame.keyword_places)), place)
        elif frame.form == ARRAY:
            self.push(Array(tuple(frame.items), (start, end)), (start, end))
        else:
            place = (self.places.pop()[0], end)
            self.push(Index(self.operands.pop(), tuple(frame.items), place), place)
