"""Lowering: a syntax tree becomes instructions, with shapes checked and every error at its place.

The walk keeps its own stack, so a sum of 100,000 terms is no deeper than a sum of two. User
functions and compositions are expanded in place, once for each distinct list of arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from gradcli.autodiff import array_functions, compositions
from gradcli.autodiff.broadcasting import broadcast_row, truth
from gradcli.autodiff.calls import orders_of, reject_keywords, unknown_keyword, with_defaults, wrong_count
from gradcli.autodiff.elementwise import BY_NAME as ROW_BY_NAME
from gradcli.autodiff.elementwise import CALLABLE, INFIX
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import AND, NEGATE, NOT, OR, POWER
from gradcli.autodiff.static import static_value
from gradcli.autodiff.structural import permute
from gradcli.autodiff.tape import Place, Tape
from gradcli.autodiff.templates import CONSTANTS
from gradcli.errors import ExpressionError, GradcliError, UnknownNameError
from gradcli.language.parser import parse
from gradcli.language.suggest import did_you_mean
from gradcli.language.syntax import (
    Array,
    Binary,
    Call,
    Expression,
    Index,
    Name,
    Node,
    Number,
    Slice,
    String,
    Transpose,
    Unary,
)


class Function(Protocol):
    """A user function, as problems state it."""

    @property
    def name(self) -> str: ...
    @property
    def parameters(self) -> tuple[str, ...]: ...
    @property
    def body(self) -> Expression: ...


class Frame(NamedTuple):
    """What names mean in one body: values, static options, and whether private rows may be called.

    `caller` is the place of the call that a trusted body stands for, so that errors and kinks in
    a composition lead to the person's text.
    """

    expression: Expression
    values: Mapping[str, int]
    statics: Mapping[str, Any]
    trusted: bool
    caller: Place | None
    outer: Mapping[str, int]


_GREEK_PI = "π"


def lower(
    tape: Tape,
    expression: Expression,
    names: Mapping[str, int],
    functions: Mapping[str, Function] | None = None,
    function_names: Mapping[str, int] | None = None,
) -> int:
    """Append an expression to the tape.

    Args:
        tape: appended to.
        expression: parsed text.
        names: the instruction of each value it may use; they shadow `pi` and `e`.
        functions: user functions; they shadow built-in ones.
        function_names: what bodies of user functions see besides their parameters; default `names`.

    Returns:
        The index of the expression's value.

    Raises:
        GradcliError: for unknown names, wrong argument counts and shapes that do not fit, with the place.
    """
    place = tape.place
    try:
        return _Lowering(tape, functions or {}).run(
            Frame(expression, names, {}, False, None, names if function_names is None else function_names)
        )
    except GradcliError as error:
        raise error.at(expression.origin, expression.text) from None
    finally:
        tape.place = place


class _Lowering:
    """One run: a stack of work (visit a node, or build it from the values below) and a stack of values."""

    def __init__(self, tape: Tape, functions: Mapping[str, Function]) -> None:
        self.tape = tape
        self.functions = functions
        self.work: list[Any] = []
        self.values: list[int] = []
        self.expanded: dict[Any, int] = {}

    def run(self, frame: Frame) -> int:
        self.work.append((self._visit, frame.expression.tree, frame))
        while self.work:
            step, node, frame = self.work.pop()
            try:
                step(node, frame)
            except GradcliError as error:
                place = frame.caller or Place(frame.expression, error.span or node.span)
                if error.text is None:
                    error.text, error.span, error.origin = place.expression.text, place.span, place.expression.origin
                raise
        return self.values.pop()

    def _visit(self, node: Node, frame: Frame) -> None:
        if isinstance(node, Number):
            self.values.append(self.tape.constant(node.value))
        elif isinstance(node, Name):
            self.values.append(self._name(node, frame))
        elif isinstance(node, String):
            raise ExpressionError("a quoted string stands only as einsum's first argument", span=node.span)
        elif isinstance(node, Slice):
            raise ExpressionError("a slice stands only inside an index", span=node.span)
        else:
            self.work.append((self._build, node, frame))
            operands = self._operands(node, frame)
            self.work.extend((self._visit, operand, frame) for operand in reversed(operands))

    def _operands(self, node: Node, frame: Frame) -> tuple[Node, ...]:
        """The parts of a node that are values (not static arguments such as `axis` or an index)."""
        if isinstance(node, Binary):
            return node.left, node.right
        if isinstance(node, Unary | Transpose | Index):
            return (node.operand,)
        if isinstance(node, Array):
            return node.items
        assert isinstance(node, Call)
        if node.function in self.functions and not frame.trusted:
            return node.arguments
        function = array_functions.BY_NAME.get(node.function)
        if function is not None:
            return function.values_of(node)
        row = self._find_row(node.function, frame)
        if row is not None and row.orders:
            first = len(row.parameters) if len(node.arguments) > len(row.arguments) else 0
            return node.arguments[first : first + len(row.arguments)]
        composition = compositions.BY_NAME.get(node.function)
        if composition is not None and composition.defaults:
            return with_defaults(node, composition.parameters, composition.defaults)
        return node.arguments

    def _build(self, node: Node, frame: Frame) -> None:
        tape = self.tape
        tape.place = frame.caller or Place(frame.expression, node.span)
        if isinstance(node, Binary):
            right, left = self.values.pop(), self.values.pop()
            self.values.append(self._binary(node, left, right))
        elif isinstance(node, Unary):
            operand = self.values.pop()
            if node.operator == "-":
                operand = tape.append(NEGATE, (operand,))
            elif node.operator == "not":
                operand = tape.append(NOT, (truth(tape, operand),))
            self.values.append(operand)
        elif isinstance(node, Transpose):
            operand = self.values.pop()
            rank = len(tape.shape(operand))
            self.values.append(permute(tape, operand, tuple(reversed(range(rank)))))
        elif isinstance(node, Index):
            from gradcli.autodiff.arrangements import index

            self.values.append(index(tape, self.values.pop(), node.parts, frame.statics))
        elif isinstance(node, Array):
            from gradcli.autodiff.arrangements import literal

            self.values.append(literal(tape, self._pop(len(node.items)), node))
        else:
            assert isinstance(node, Call)
            self._call(node, frame)

    def _pop(self, n: int) -> list[int]:
        taken = self.values[len(self.values) - n :]
        del self.values[len(self.values) - n :]
        return taken

    def _name(self, node: Name, frame: Frame) -> int:
        if node.name in frame.values:
            return frame.values[node.name]
        constant = "pi" if node.name == _GREEK_PI else node.name
        if constant in CONSTANTS:
            return self.tape.constant(CONSTANTS[constant], constant)
        if node.name in frame.statics:
            return self.tape.constant(float(frame.statics[node.name]))
        known = [*frame.values, *CONSTANTS]
        guess = did_you_mean(node.name, known)
        if guess is None and (node.name in CALLABLE or node.name in self.functions):
            raise UnknownNameError(
                f"'{node.name}' is a function: it needs its arguments", span=node.span, hint=f"write {node.name}(x)"
            )
        raise UnknownNameError(
            f"unknown name '{node.name}'", span=node.span, hint=f"did you mean '{guess}'?" if guess else None
        )

    def _binary(self, node: Binary, left: int, right: int) -> int:
        tape = self.tape
        if node.operator == "@":
            from gradcli.autodiff.products import matrix_product

            return matrix_product(tape, left, right, node.operator_span)
        row = INFIX[node.operator]
        if row is AND or row is OR:
            left, right = truth(tape, left), truth(tape, right)
        return broadcast_row(
            tape, row, [left, right], (0, 0) if row is POWER else (), node.operator_span, node.operator
        )

    def _call(self, node: Call, frame: Frame) -> None:
        if node.function in self.functions and not frame.trusted:
            self._user_function(node, self.functions[node.function], frame)
            return
        array_function = array_functions.BY_NAME.get(node.function)
        if array_function is not None:
            values = self._pop(len(array_function.values_of(node)))
            self.values.append(array_function.build(self.tape, node, values, frame.statics))
            return
        row = self._find_row(node.function, frame)
        if row is not None:
            self._row(node, row, frame)
            return
        composition = compositions.BY_NAME.get(node.function)
        if composition is not None and (frame.trusted or not composition.private):
            self._composition(node, composition, frame)
            return
        raise self._unknown_function(node, frame)

    def _find_row(self, name: str, frame: Frame) -> Row | None:
        return CALLABLE.get(name) or (ROW_BY_NAME.get(name) if frame.trusted else None)

    def _row(self, node: Call, row: Row, frame: Frame) -> None:
        if row.name == "log" and len(node.arguments) == 2:
            self._composition(node, compositions.BY_NAME["log_to_base"], frame)
            return
        orders = orders_of(node, row, frame.statics, frame.trusted)
        reject_keywords(node)
        values = self._pop(len(row.arguments))
        if row.name == "where":
            values[0] = truth(self.tape, values[0])
        self.values.append(broadcast_row(self.tape, row, values, orders, node.name_span, node.function))

    def _user_function(self, node: Call, function: Function, frame: Frame) -> None:
        if len(node.arguments) != len(function.parameters):
            raise wrong_count(node, function.parameters)
        reject_keywords(node)
        arguments = self._pop(len(node.arguments))
        values = {**frame.outer, **dict(zip(function.parameters, arguments, strict=True))}
        self._expand(
            (node.function, *arguments),
            function.body,
            Frame(function.body, values, {}, False, frame.caller, frame.outer),
        )

    def _composition(self, node: Call, composition: compositions.Composition, frame: Frame) -> None:
        if not composition.defaults and len(node.arguments) != len(composition.parameters):
            raise wrong_count(node, composition.parameters)
        options = dict(composition.options)
        for key, value in () if composition.defaults else node.keywords:
            if key not in options or (key == "keepdims" and not frame.trusted):
                raise unknown_keyword(node, key, [k for k in options if k != "keepdims"])
            options[key] = static_value(value, frame.statics, key)
        arguments = self._pop(len(composition.parameters))
        body = _body(composition.body)
        caller = frame.caller or Place(frame.expression, node.span)
        inner = Frame(body, dict(zip(composition.parameters, arguments, strict=True)), options, True, caller, {})
        self._expand((composition.name, *arguments, *map(str, options.values())), body, inner)

    def _expand(self, key: Any, body: Expression, frame: Frame) -> None:
        """Lower a body in place, or reuse what the same call gave before (60 doublings stay 60 steps)."""
        if key in self.expanded:
            self.values.append(self.expanded[key])
            return

        def remember(node: Node, frame: Frame) -> None:
            self.expanded[key] = self.values[-1]

        self.work.append((remember, body.tree, frame))
        self.work.append((self._visit, body.tree, frame))

    def _unknown_function(self, node: Call, frame: Frame) -> GradcliError:
        if node.function in frame.values:
            text = frame.expression.text
            inside = text[node.name_span.end : node.span.end].lstrip()
            return ExpressionError(
                f"'{node.function}' is a value, not a function",
                span=node.name_span,
                hint=f"for a product write {node.function}*{inside}",
            )
        known = [*CALLABLE, *array_functions.BY_NAME, *self.functions]
        known += [c.name for c in compositions.COMPOSITIONS if not c.private]
        guess = did_you_mean(node.function, known)
        return UnknownNameError(
            f"unknown function '{node.function}'",
            span=node.name_span,
            hint=f"did you mean '{guess}'?" if guess else "gradcli functions lists them all",
        )


_BODIES: dict[str, Expression] = {}


def _body(text: str) -> Expression:
    """A composition's body, parsed on first use."""
    known = _BODIES.get(text)
    if known is None:
        known = _BODIES[text] = parse(text)
    return known
