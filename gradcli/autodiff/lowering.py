"""Lowering: a syntax tree becomes instructions, with shapes checked and every error at its place.

The walk keeps its own stack, so a sum of 100,000 terms is no deeper than a sum of two. User
functions and compositions are expanded in place, once for each distinct list of arguments.
"""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import Any

from gradcli.autodiff import array_functions, compositions
from gradcli.autodiff.broadcasting import broadcast_row, broadcast_shape, truth
from gradcli.autodiff.calls import orders_of, reject_keywords, unknown_keyword, with_defaults, wrong_count
from gradcli.autodiff.elementwise import BY_NAME as ROW_BY_NAME
from gradcli.autodiff.elementwise import CALLABLE, INFIX
from gradcli.autodiff.frames import Frame, Function, Typed
from gradcli.autodiff.primitive import Row
from gradcli.autodiff.rows_arithmetic import AND, NEGATE, NOT, OR, POWER
from gradcli.autodiff.static import Statics, measured, static_value
from gradcli.autodiff.structural import permute
from gradcli.autodiff.tape import Place, Tape
from gradcli.autodiff.templates import CONSTANTS
from gradcli.autodiff.unknown import unknown_function, unknown_name
from gradcli.errors import ExpressionError, GradcliError, LimitError, ShapeError
from gradcli.language.parser import parse
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
from gradcli.limits import LIMITS

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
                told = error
                place = frame.caller or Place(frame.expression, error.span or node.span)
                if frame.typed is not None and isinstance(error, ShapeError):
                    told = frame.typed.retold(error)
                    place = Place(place.expression, told.span or place.span)
                if told.text is None:
                    told.text, told.span, told.origin = place.expression.text, place.span, place.expression.origin
                raise told from None
        return self.values.pop()

    def _visit(self, node: Node, frame: Frame) -> None:
        work = self.work
        visited = 1
        while isinstance(node, Binary):  # down the left side at once: long sums and products are deep there
            work.append((self._build_binary, node, frame))
            work.append((self._visit, node.right, frame))
            node = node.left
            visited += 1
        self.tape.operations += visited
        if self.tape.operations > LIMITS.expanded_operations:
            raise LimitError(
                f"more operations than the limit of {LIMITS.expanded_operations} (expanded_operations), "
                "calls of functions expanded",
                span=node.span,
                hint="a function that calls another twice doubles its work; sums over data are shorter with arrays",
            )
        if isinstance(node, Number):
            self.values.append(self.tape.constant(node.value))
        elif isinstance(node, Name):
            self.values.append(self._name(node, frame))
        elif isinstance(node, String):
            raise ExpressionError("a quoted string stands only as einsum's first argument", span=node.span)
        elif isinstance(node, Slice):
            raise ExpressionError("a slice stands only inside an index", span=node.span)
        else:
            work.append((self._build, node, frame))
            work.extend((self._visit, operand, frame) for operand in reversed(self._operands(node, frame)))

    def _operands(self, node: Node, frame: Frame) -> tuple[Node, ...]:
        """The parts of a node that are values (not static arguments such as `axis` or an index)."""
        if isinstance(node, Unary | Transpose):
            return (node.operand,)
        if isinstance(node, Index):
            return (node.operand, *(call.arguments[0] for call in self._measured(node.parts)))
        if isinstance(node, Array):
            return node.items
        assert isinstance(node, Call)
        if node.function in self.functions and not frame.trusted:
            return node.arguments
        function = array_functions.BY_NAME.get(node.function)
        if function is not None:
            return (*function.values_of(node), *(c.arguments[0] for c in self._measured(function.statics_of(node))))
        composition = compositions.BY_NAME.get(node.function)
        if composition is not None:
            if composition.defaults:
                return with_defaults(node, composition.parameters, composition.defaults)
            return node.arguments[: len(composition.parameters)]
        row = self._find_row(node.function, frame)
        if row is not None and row.orders:
            first = len(row.parameters) if len(node.arguments) > len(row.arguments) else 0
            return node.arguments[first : first + len(row.arguments)]
        if row is not None and row.name == "log":
            return (*node.arguments, *(value for key, value in node.keywords if key == "base"))
        return node.arguments

    def _measured(self, nodes: Iterable[Node]) -> list[Call]:
        """Calls in static arguments whose result is known from the shape of their argument."""
        return [call for call in measured(nodes) if call.function not in self.functions]

    def _statics(self, nodes: Iterable[Node], frame: Frame) -> Statics:
        """What is static in these arguments; takes the values of what is measured from the stack."""
        calls = self._measured(nodes)
        if not calls:
            return frame.statics
        shapes = map(self.tape.shape, self._pop(len(calls)))
        sizes = {c: s if c.function == "shape" else math.prod(s) for c, s in zip(calls, shapes, strict=True)}
        return {**frame.statics, **sizes}

    def _build(self, node: Node, frame: Frame) -> None:
        tape = self.tape
        tape.place = frame.caller or Place(frame.expression, node.span)
        if isinstance(node, Unary):
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

            statics = self._statics(node.parts, frame)
            self.values.append(index(tape, self.values.pop(), node.parts, statics))
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
        raise unknown_name(node, frame.values, self.functions)

    def _build_binary(self, node: Binary, frame: Frame) -> None:
        tape, values = self.tape, self.values
        tape.place = frame.caller or Place(frame.expression, node.span)
        right, left = values.pop(), values.pop()
        if node.operator == "@":
            from gradcli.autodiff.products import matrix_product

            values.append(matrix_product(tape, left, right, node.operator_span))
            return
        row = INFIX[node.operator]
        if row is AND or row is OR:
            left, right = truth(tape, left), truth(tape, right)
        orders = (0, 0) if row is POWER else ()
        if tape.shape(left) == tape.shape(right):
            values.append(tape.append(row, (left, right), orders))
            return
        values.append(broadcast_row(tape, row, [left, right], orders, node.operator_span, node.operator))

    def _call(self, node: Call, frame: Frame) -> None:
        if node.function in self.functions and not frame.trusted:
            self._user_function(node, self.functions[node.function], frame)
            return
        array_function = array_functions.BY_NAME.get(node.function)
        if array_function is not None:
            statics = self._statics(array_function.statics_of(node), frame)
            values = self._pop(len(array_function.values_of(node)))
            self.values.append(array_function.build(self.tape, node, values, statics))
            return
        row = self._find_row(node.function, frame)
        if row is not None:
            self._row(node, row, frame)
            return
        composition = compositions.BY_NAME.get(node.function)
        if composition is not None and (frame.trusted or not composition.private):
            self._composition(node, composition, frame)
            return
        raise unknown_function(node, frame.expression.text, frame.values, self.functions)

    def _find_row(self, name: str, frame: Frame) -> Row | None:
        return CALLABLE.get(name) or (ROW_BY_NAME.get(name) if frame.trusted else None)

    def _row(self, node: Call, row: Row, frame: Frame) -> None:
        if row.name == "log" and (len(node.arguments) > 1 or node.keywords):
            self._log(node, frame)
            return
        orders = orders_of(node, row, frame.statics, frame.trusted)
        reject_keywords(node, row.arguments)
        values = self._pop(len(row.arguments))
        if row.name == "where":
            values[0] = truth(self.tape, values[0])
        self.values.append(broadcast_row(self.tape, row, values, orders, node.name_span, node.function))

    def _log(self, node: Call, frame: Frame) -> None:
        """`log(x, base)`, where the base may have its name."""
        to_base = compositions.BY_NAME["log_to_base"]
        for key, _ in node.keywords:
            if key != "base":
                raise unknown_keyword(node, key, ["base"])
        given = len(node.arguments) + len(node.keywords)
        if given != len(to_base.parameters):
            raise wrong_count(node, to_base.parameters, 1, given)
        self._expand_composition(node, to_base, {}, frame)

    def _user_function(self, node: Call, function: Function, frame: Frame) -> None:
        reject_keywords(node, function.parameters)
        if len(node.arguments) != len(function.parameters):
            raise wrong_count(node, function.parameters)
        arguments = self._pop(len(node.arguments))
        values = ChainMap(dict(zip(function.parameters, arguments, strict=True)), frame.outer)  # type: ignore[arg-type]
        self._expand(
            (node.function, *arguments),
            function.body,
            Frame(function.body, values, {}, False, frame.caller, frame.outer),
        )

    def _composition(self, node: Call, composition: compositions.Composition, frame: Frame) -> None:
        if composition.defaults:
            self._expand_composition(node, composition, {}, frame)
            return
        n, options = len(composition.parameters), dict(composition.options)
        if not n <= len(node.arguments) <= n + len(options):
            raise wrong_count(node, (*composition.parameters, *options), n)
        for key, value in [*zip(options, node.arguments[n:], strict=False), *node.keywords]:
            if key not in options:
                raise unknown_keyword(node, key, list(options))
            options[key] = static_value(value, frame.statics, key)
        self._expand_composition(node, composition, options, frame)

    def _expand_composition(
        self, node: Call, composition: compositions.Composition, options: Mapping[str, Any], frame: Frame
    ) -> None:
        arguments = self._pop(len(composition.parameters))
        body = _body(composition.body)
        caller = frame.caller or Place(frame.expression, node.span)
        shapes = tuple(map(self.tape.shape, arguments))
        typed = frame.typed or Typed(node, composition, shapes)
        if composition.paired and broadcast_shape(list(shapes[:2])) not in (*shapes[:2], None):
            raise typed.refused()
        values = dict(zip(composition.parameters, arguments, strict=True))
        inner = Frame(body, values, options, True, caller, {}, typed)
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


_BODIES: dict[str, Expression] = {}


def _body(text: str) -> Expression:
    """A composition's body, parsed on first use."""
    known = _BODIES.get(text)
    if known is None:
        known = _BODIES[text] = parse(text)
    return known
