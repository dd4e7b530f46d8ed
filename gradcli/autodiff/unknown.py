"""Errors for names that do not exist: the nearest one that does, or how the language spells what was meant.

People bring names from NumPy, SymPy, MATLAB, spreadsheets and C. One table says what each of
them is here; a name that is in the language needs no row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gradcli.autodiff import array_functions, compositions
from gradcli.autodiff.elementwise import CALLABLE
from gradcli.autodiff.templates import CONSTANTS
from gradcli.errors import ExpressionError, GradcliError, UnknownNameError
from gradcli.language.printer import to_text
from gradcli.language.suggest import did_you_mean
from gradcli.language.syntax import Binary, Call, Expression, Index, Name, walk

_LONGEST = 100  # characters of a proposal

#: How a call of another language is written here; `{a}`, `{b}`, `{c}` are its arguments in order.
#: A text without them is the name of the function.
_FOREIGN_CALLS = {
    "pow power realpow": "({a})^({b})",
    "sq sqr": "({a})^2",
    "cube": "({a})^3",
    "factorial fact": "gamma(({a}) + 1)",
    "binomial comb choose nchoosek ncr": "1/((({a}) + 1)*beta(({b}) + 1, ({a}) - ({b}) + 1))",
    "if iif ifelse ifthenelse cond": "where({a}, {b}, {c})",
    "step": "heaviside({a})",
    "zeros_like zeroslike": "zeros(shape({a}))",
    "ones_like oneslike": "ones(shape({a}))",
    "sumsq sum_of_squares": "sum(({a})^2)",
    "sumproduct": "sum(({a})*({b}))",
    "rms": "sqrt(mean(({a})^2))",
    "int": "trunc",
    "frac": "({a}) - floor({a})",
    "multiply times mul": "({a})*({b})",
    "divide truediv div": "({a})/({b})",
    "add plus": "({a}) + ({b})",
    "subtract minus": "({a}) - ({b})",
    "negative neg": "-({a})",
    "nthroot root": "({a})^(1/({b}))",
    "lerp": "({a}) + (({b}) - ({a}))*({c})",
    "mtimes mmul mm mv bmm": "matmul",
    "average avg": "mean",
    "magnitude modulus": "abs",
    "sigm": "sigmoid",
    "tg": "tan",
    "ctg cotg cotan": "cot",
    "arctg atg": "atan",
    "sh": "sinh",
    "ch": "cosh",
    "th": "tanh",
    "lg": "log10",
    "ld lb": "log2",
    "len length numel count": "size",
    "reduce_sum": "sum",
    "reduce_mean": "mean",
    "reduce_max amax": "max",
    "reduce_min amin": "min",
    "cat hstack vstack": "concat",
    "rad": "deg2rad",
    "lngamma": "lgamma",
    "norm_cdf phi": "normcdf",
    "inner vdot": "dot",
    "signum": "sign",
}
_CALLS = {name: spelling for names, spelling in _FOREIGN_CALLS.items() for name in names.split()}
_NOT_HERE = {
    **dict.fromkeys(("diff", "derivative", "gradient", "grad", "d"), "the whole expression is differentiated already"),
    **dict.fromkeys(("integrate", "integral", "quad"), "there are no integrals in the language"),
    **dict.fromkeys(("limit", "lim"), "there are no limits in the language"),
    **dict.fromkeys(("real", "imag", "conj", "re", "im"), "numbers are real"),
    **dict.fromkeys(("rand", "randn", "random"), 'a spec makes random values: { shape = [3], init = "normal" }'),
}
_FOREIGN_NAMES = {
    **dict.fromkeys(("PI", "Pi"), "did you mean 'pi'?"),
    **dict.fromkeys(("E", "exp1"), "Euler's number is 'e'; or give E a value"),
    **dict.fromkeys(("True", "true", "TRUE"), "truth is written 1"),
    **dict.fromkeys(("False", "false", "FALSE"), "what is not true is written 0"),
    **dict.fromkeys(("None", "null", "nil"), "leave the argument out"),
    **dict.fromkeys(("inf", "Inf", "infinity", "oo", "nan", "NaN", "NA"), "numbers are finite"),
}
_PARENTHESES = re.compile(r"\((-?[\w.]+|[A-Za-z_]\w*\([\w., ]*\))\)")


def unknown_function(node: Call, text: str, values: Mapping[str, Any], functions: Mapping[str, Any]) -> GradcliError:
    """The error for a call of something that is no function.

    Args:
        node: the call.
        text: the expression in which it stands.
        values: the values there are, by name.
        functions: the user functions there are.
    """
    name = node.function
    inside = text[node.name_span.end : node.span.end].strip()
    if len(inside) > _LONGEST // 2:
        inside = "(...)"
    hint: str | None
    if name in values:
        hint = f"for a product write {name}*{inside}"
        if inside[1:-1].replace(",", "").replace(" ", "").isdigit():
            hint += f"; an entry of an array is {name}[{inside[1:-1]}]"
        return ExpressionError(f"'{name}' is a value, not a function", span=node.name_span, hint=hint)
    if name in CONSTANTS:
        hint = f"write {name}" + (f"*{inside}" if node.arguments else "")
        return ExpressionError(f"'{name}' is a constant, not a function", span=node.name_span, hint=hint)
    known = _known(functions)
    hint = _spelling(node, known)
    if hint is None:
        guess = did_you_mean(name, known)
        hint = f"did you mean '{guess}'?" if guess else "gradcli functions lists them all"
        if guess is None and len(name) <= 2 and len(node.arguments) == 1:
            hint = f"for a product write {name}*{inside}"
    return UnknownNameError(f"unknown function '{name}'", span=node.name_span, hint=hint)


def refuse_unknown_functions(expression: Expression, values: Mapping[str, Any]) -> None:
    """See that every function that an expression calls is one of the language.

    Args:
        expression: of a person without functions of their own.
        values: the values there are, by name.

    Raises:
        GradcliError: the first call of something else, with its place.
    """
    known = set(_known({}))
    for node in walk(expression.tree):
        if isinstance(node, Call) and node.function not in known:
            raise unknown_function(node, expression.text, values, {}).at(expression.origin, expression.text)


def unknown_name(node: Name, values: Mapping[str, Any], functions: Mapping[str, Any]) -> UnknownNameError:
    """The error for a name that has no value."""
    guess = did_you_mean(node.name, [*values, *CONSTANTS])
    if guess is None and (node.name in CALLABLE or node.name in functions):
        return UnknownNameError(
            f"'{node.name}' is a function: it needs its arguments", span=node.span, hint=f"write {node.name}(x)"
        )
    return UnknownNameError(
        f"unknown name '{node.name}'", span=node.span, hint=f"did you mean '{guess}'?" if guess else None
    )


def foreign_name(name: str, expression: Expression) -> str | None:
    """The hint for a name without a value that means something in another language, or is a function here."""
    known = _known({})
    meant = name if name in known else did_you_mean(name, known)
    for node in walk(expression.tree):
        if isinstance(node, Binary) and node.operator == "^" and isinstance(node.right, Name):
            if node.right.name == name == "T" and len(text := to_text(node.left)) <= _LONGEST:
                return f"the transpose is written `{text}.T`"
        elif meant and isinstance(node, Index) and isinstance(node.operand, Name) and node.operand.name == name:
            inside = ", ".join(map(to_text, node.parts))
            if len(inside) <= _LONGEST:
                return f"a function is called with parentheses: `{meant}({inside})`"
    if name in _FOREIGN_NAMES:
        return _FOREIGN_NAMES[name]
    if name in known and len(name) > 1:
        return f"'{name}' is a function: it needs its arguments, as in `{name}(x)`"
    return None


def _known(functions: Mapping[str, Any]) -> list[str]:
    public = [name for name, c in compositions.BY_NAME.items() if not c.private]
    return [*CALLABLE, *array_functions.BY_NAME, *public, *functions]


def _spelling(node: Call, known: list[str]) -> str | None:
    """The hint for a function that the language spells otherwise, or has not."""
    name = node.function
    folded = name.casefold()
    if next((True for other in known if other.casefold() == folded), False):
        return None  # only the case differs: the nearest name says it
    spelling = _CALLS.get(folded)
    if spelling is None or ("{" not in spelling and spelling not in known):
        return _NOT_HERE.get(folded)
    if "{" not in spelling:
        return f"did you mean '{spelling}'?"
    return _filled(spelling, [to_text(argument) for argument in node.arguments])


def foreign_function(name: str) -> str | None:
    """The hint for the name of a function that the language spells otherwise, or has not."""
    spelling = _CALLS.get(name.casefold())
    if spelling is None:
        return _NOT_HERE.get(name.casefold())
    return _filled(spelling, []) if "{" in spelling else f"did you mean '{spelling}'?"


def _filled(spelling: str, arguments: list[str]) -> str:
    """The hint with a person's arguments in the spelling, or with letters where they do not fit."""
    wanted = sorted(set(re.findall(r"\{([abc])\}", spelling)))
    if len(arguments) != len(wanted) or sum(map(len, arguments)) > _LONGEST:
        arguments = wanted
    texts = dict(zip(wanted, arguments, strict=True))
    filled = re.sub(r"\{([abc])\}", lambda found: texts[found.group(1)], spelling)
    return f"write `{_PARENTHESES.sub(_bare, filled)}`"


def _bare(found: re.Match[str]) -> str:
    """Parentheses around one name, number or call are not needed, unless they are a call's own or hold a sign."""
    before = found.string[found.start() - 1 : found.start()]
    inner = found.group(1)
    return found.group() if before.isalnum() or before == "_" or inner.startswith("-") else inner
