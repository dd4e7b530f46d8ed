"""Patterns of subexpressions: which trees have a form, and a form filled in with what a person wrote.

A pattern is a small tree whose names stand for any subexpression. Sums and products match in every order and
grouping, so `1 + exp(x)` is also found in `exp(a) + 1`. At the top of a pattern something may be left over, which is
kept: `exp(x) - 1` is also found in `exp(a) + b - 1`, and `exp(x)/exp(y)` in `exp(a)/b/exp(c)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gradcli.language.printer import to_text
from gradcli.language.syntax import Binary, Call, Expression, Name, Node, Number, Unary, children

Bindings = Mapping[str, Node]
Spelling = Callable[[str], str]  #: the one name of a function that is also written otherwise

_MOST_TERMS = 30  #: terms or factors among which those of a pattern are looked for
_MOST_PARTS = 6  #: terms or factors up to which a sum or product is matched in every order


def same(a: Node, b: Node) -> bool:
    """Whether two trees are written the same, blanks and needless parentheses aside."""
    return a is b or to_text(a) == to_text(b)


def matches(pattern: Node, node: Node, spelled: Spelling, bound: Bindings | None = None) -> Iterator[dict[str, Node]]:
    """Every way in which a subexpression has the form of a pattern.

    Args:
        pattern: a tree whose names are variables; its depth bounds how deep this looks.
        node: the subexpression.
        spelled: gives equal texts for the names of one function.
        bound: what variables stand for already.

    Yields:
        What each variable stands for.
    """
    found = dict(bound or {})
    if isinstance(pattern, Name):
        known = found.get(pattern.name)
        if known is None or same(known, node):
            yield {**found, pattern.name: node}
    elif isinstance(pattern, Number):
        if isinstance(node, Number) and node.value == pattern.value:
            yield found
    elif isinstance(pattern, Unary):
        if isinstance(node, Unary) and node.operator == pattern.operator:
            yield from matches(pattern.operand, node.operand, spelled, found)
    elif isinstance(pattern, Call):
        if isinstance(node, Call) and spelled(node.function) == pattern.function:
            wanted, given = dict(pattern.keywords), dict(node.keywords)
            if wanted.keys() == given.keys():
                forms = (*pattern.arguments, *wanted.values())
                yield from _each(forms, (*node.arguments, *(given[key] for key in wanted)), spelled, found)
    elif isinstance(pattern, Binary) and isinstance(node, Binary):
        if pattern.operator in "+*":
            yield from _in_any_order(pattern, node, spelled, found)
        elif node.operator == pattern.operator:
            yield from _each((pattern.left, pattern.right), (node.left, node.right), spelled, found)


def _each(
    patterns: tuple[Node, ...], nodes: tuple[Node, ...], spelled: Spelling, bound: Bindings
) -> Iterator[dict[str, Node]]:
    """Every way in which all of several nodes have the forms of as many patterns."""
    if len(patterns) != len(nodes):
        return
    if not patterns:
        yield dict(bound)
        return
    for found in matches(patterns[0], nodes[0], spelled, bound):
        yield from _each(patterns[1:], nodes[1:], spelled, found)


def _in_any_order(pattern: Binary, node: Binary, spelled: Spelling, bound: Bindings) -> Iterator[dict[str, Node]]:
    """The same for the terms of a sum, or the factors of a product."""
    wanted, given = parts(pattern, pattern.operator), parts(node, pattern.operator)
    if len(wanted) != len(given) or len(given) > _MOST_PARTS or node.operator != pattern.operator:
        return
    wanted.sort(key=lambda part: isinstance(part, Name))  # a name takes anything, so it comes last

    def assigned(k: int, left: tuple[Node, ...], found: Bindings) -> Iterator[dict[str, Node]]:
        if k == len(wanted):
            yield dict(found)
            return
        for j, part in enumerate(left):
            for more in matches(wanted[k], part, spelled, found):
                yield from assigned(k + 1, left[:j] + left[j + 1 :], more)

    yield from assigned(0, tuple(given), bound)


def parts(node: Node, operator: str) -> list[Node]:
    """The terms of a sum (`+`) or the factors of a product (`*`), in the order of the text."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Binary) and part.operator == operator:
            waiting += (part.right, part.left)
        else:
            found.append(part)
    return found


def rewritings(pattern: Node, replacement: Node, node: Node, spelled: Spelling) -> Iterator[str]:
    """Every text that a subexpression becomes where the whole of it, or some of its terms or factors, is replaced.

    Args:
        pattern: the form that is looked for.
        replacement: what is written for it.
        node: the subexpression.
        spelled: gives equal texts for the names of one function.
    """
    for bound in matches(pattern, node, spelled):
        yield filled(replacement, bound)
    if not (isinstance(pattern, Binary) and isinstance(node, Binary)) or pattern.operator not in _INVERSE:
        return
    if node.operator not in (pattern.operator, _INVERSE[pattern.operator]):
        return
    wanted, given = _signed(pattern), _signed(node)
    if len(wanted) <= len(given) <= _MOST_TERMS:
        for chosen, bound in _among(wanted, given, spelled):
            rest = [part for k, part in enumerate(given) if k not in chosen]
            rest.insert(min(chosen), (True, _put(replacement, bound)))
            yield to_text(_joined(rest, node))


_INVERSE = {"+": "-", "-": "+", "*": "/", "/": "*"}
_Signed = tuple[bool, Node]  #: a term and whether it is added, or a factor and whether it is not divided by


def _signed(node: Binary) -> list[_Signed]:
    """The terms of a sum with differences, or the factors of a product with quotients, in the order of the text."""
    family = (node.operator, _INVERSE[node.operator])
    found: list[_Signed] = []
    waiting: list[_Signed] = [(True, node)]
    while waiting:
        plain, part = waiting.pop()
        if isinstance(part, Binary) and part.operator in family:
            waiting += ((plain == (part.operator in "+*"), part.right), (plain, part.left))
        elif isinstance(part, Unary) and part.operator == "-" and "-" in family:
            waiting.append((not plain, part.operand))
        else:
            found.append((plain, part))
    return found


def _among(
    wanted: list[_Signed], given: list[_Signed], spelled: Spelling
) -> Iterator[tuple[tuple[int, ...], dict[str, Node]]]:
    """Which of the given parts have the forms of all that are wanted, and what the names stand for."""
    wanted = sorted(wanted, key=lambda part: isinstance(part[1], Name))  # a name takes anything, so it comes last

    def assigned(chosen: tuple[int, ...], bound: Bindings) -> Iterator[tuple[tuple[int, ...], dict[str, Node]]]:
        if len(chosen) == len(wanted):
            yield chosen, dict(bound)
            return
        plain, form = wanted[len(chosen)]
        for k, (sign, part) in enumerate(given):
            if sign == plain and k not in chosen:
                for more in matches(form, part, spelled, bound):
                    yield from assigned((*chosen, k), more)

    yield from assigned((), {})


def _joined(parts_: list[_Signed], like: Binary) -> Node:
    """A sum or a product of such parts; one that is added or multiplied comes first where there is any."""
    plain, inverse = ("+", "-") if like.operator in "+-" else ("*", "/")
    first = next(k for k, (sign, _) in enumerate(parts_) if sign)
    whole = parts_[first][1]
    for sign, part in (*parts_[:first], *parts_[first + 1 :]):
        if sign and plain == "+" and isinstance(part, Unary) and part.operator == "-":
            sign, part = False, part.operand
        whole = Binary(plain if sign else inverse, whole, part, like.operator_span, like.span)
    return whole


def filled(pattern: Node, bound: Bindings) -> str:
    """The text of a pattern with its variables replaced by what they stand for, parentheses where they are needed."""
    return to_text(_put(pattern, bound))


def _put(pattern: Node, bound: Bindings) -> Node:
    if isinstance(pattern, Name):
        return bound.get(pattern.name, pattern)
    if isinstance(pattern, Unary):
        return Unary(pattern.operator, _put(pattern.operand, bound), pattern.span)
    if isinstance(pattern, Binary):
        left, right = _put(pattern.left, bound), _put(pattern.right, bound)
        return Binary(pattern.operator, left, right, pattern.operator_span, pattern.span)
    if isinstance(pattern, Call):
        arguments = tuple(_put(a, bound) for a in pattern.arguments)
        keywords = tuple((key, _put(value, bound)) for key, value in pattern.keywords)
        return Call(pattern.function, arguments, keywords, pattern.name_span, pattern.span)
    return pattern


def replaced(expression: Expression, node: Node, text: str) -> str:
    """The text of an expression with one node written otherwise, in parentheses where they are needed."""
    from gradcli.language.parser import parse

    before, after = expression.text[: node.span.start], expression.text[node.span.end :]
    safe = f"{before}({text}){after}"
    plain = f"{before}{text}{after}"
    return plain if to_text(parse(plain).tree) == to_text(parse(safe).tree) else safe


def node_at(expression: Expression, start: int, end: int) -> Node | None:
    """The node of that place in the text, None if there is no such one."""
    waiting = [expression.tree]
    while waiting:
        node = waiting.pop()
        if tuple(node.span) == (start, end):
            return node
        waiting += [c for c in children(node) if c.span.start <= start and end <= c.span.end]
    return None
