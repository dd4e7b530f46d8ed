"""How tightly each operator binds, and the forms of brackets: read by the parser, the printer and the proposals."""

from __future__ import annotations

BRACKET, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, POSTFIX = range(10)

COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
SIGNS = frozenset({"-", "+"})
PREFIXES = (NOT, SIGN)  #: rungs of the operators that stand before their one operand

#: Rung of every operator between two operands; all group to the left except `^`
#: (to the right) and comparisons (not at all).
BINARY = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(COMPARISONS, COMPARISON),
    "+": SUM,
    "-": SUM,
    "*": PRODUCT,
    "/": PRODUCT,
    "@": PRODUCT,
    "^": POWER,
}

# What a bracket can be: parentheses for grouping, a call's, an array literal, an index.
GROUP, CALL, ARRAY, INDEX = "group", "call", "array", "index"
CLOSERS = {GROUP: ")", CALL: ")", ARRAY: "]", INDEX: "]"}
