"""Rows of the operators: arithmetic, comparison, logic and choice.

Comparisons and logic are not paths (their partials are None); what jumps with them is stated
as a kink. `where` and `max`/`min` are choices: their edges carry the condition under which the
result depends on an argument, so that nothing flows along a branch that was not taken.
"""

from __future__ import annotations

from gradcli.autodiff.primitive import Row, RowKink

_ANY = (-3.0, 3.0)
_TIES = "ties share the derivative equally"
_SHARE = "where(x == y, 0.5, where(out != out, out, 1))"  # a NaN is nobody's
_JUMP = RowKink("x == y", "the comparison jumps here; its derivative is taken as 0", across=("1 - out",))


def _comparison(name: str, operator: str, meaning: str, latex: str) -> Row:
    return Row(
        name,
        ("x", "y"),
        meaning,
        (None, None),
        name,
        math=f"operator:{operator}",
        sympy=f"gradcli:{name}",
        ball=f"gradcli:{name}",
        domain=(_ANY, _ANY),
        kinks=(_JUMP,),
        operator={"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}[operator],
        boolean=True,
        commutative=operator in ("eq", "ne"),
        latex=latex,
        group="operators",
    )


ADD = Row(
    "add", ("x", "y"), "sum", ("1", "1"), "add", math="operator:add", sympy="Add", ball="gradcli:add",
    domain=(_ANY, _ANY), commutative=True, operator="+", group="operators",
)  # fmt: skip
SUBTRACT = Row(
    "subtract", ("x", "y"), "difference", ("1", "-1"), "subtract", math="operator:sub", sympy="gradcli:subtract",
    ball="gradcli:subtract", domain=(_ANY, _ANY), operator="-", group="operators",
)  # fmt: skip
MULTIPLY = Row(
    "multiply", ("x", "y"), "product", ("y", "x"), "multiply", math="operator:mul", sympy="Mul", ball="gradcli:multiply",
    domain=(_ANY, _ANY), commutative=True, operator="*", group="operators",
)  # fmt: skip
DIVIDE = Row(
    "divide", ("x", "y"), "quotient", ("1/y", "-(out/y)"), "divide", math="operator:truediv", sympy="gradcli:divide",
    ball="gradcli:divide", domain=(_ANY, (0.5, 3.0)), operator="/", group="operators", defined="y != 0",
)  # fmt: skip
NEGATE = Row(
    "negate", ("x",), "change of sign", ("-1",), "negative", math="operator:neg", sympy="gradcli:negate",
    ball="gradcli:negate", domain=(_ANY,), operator="-", group="operators",
)  # fmt: skip
POWER = Row(
    "power",
    ("x", "y"),
    "x to the power y; with orders k, j the derivative taken k times in x and j times in y",
    ("power(x, y, k + 1, j)", "power(x, y, k, j + 1)"),
    "gradcli.targets.kernels.power:power",
    math="gradcli.targets.kernels.scalars:power",
    sympy="gradcli:power",
    ball="gradcli:power",
    orders=("k", "j"),
    domain=((0.2, 3.0), (-2.0, 3.0)),
    operator="^",
    group="operators",
    defined="x >= 0 or y == floor(y)",
)

LESS = _comparison("less", "lt", "1 where x < y, else 0", "<")
LESS_EQUAL = _comparison("less_equal", "le", "1 where x <= y, else 0", r"\le")
GREATER = _comparison("greater", "gt", "1 where x > y, else 0", ">")
GREATER_EQUAL = _comparison("greater_equal", "ge", "1 where x >= y, else 0", r"\ge")
EQUAL = _comparison("equal", "eq", "1 where x equals y, else 0", "=")
NOT_EQUAL = _comparison("not_equal", "ne", "1 where x differs from y, else 0", r"\ne")
AND = Row(
    "logical_and", ("x", "y"), "1 where both hold, else 0", (None, None), "logical_and", math="gradcli.targets.kernels.scalars:both",
    sympy="gradcli:and", ball="gradcli:and", domain=(_ANY, _ANY), operator="and", boolean=True, commutative=True,
    latex=r"\wedge", group="operators",
)  # fmt: skip
OR = Row(
    "logical_or", ("x", "y"), "1 where one holds, else 0", (None, None), "logical_or", math="gradcli.targets.kernels.scalars:either",
    sympy="gradcli:or", ball="gradcli:or", domain=(_ANY, _ANY), operator="or", boolean=True, commutative=True,
    latex=r"\vee", group="operators",
)  # fmt: skip
NOT = Row(
    "logical_not", ("x",), "1 where x is 0, else 0", (None,), "logical_not", math="operator:not_",
    sympy="gradcli:not", ball="gradcli:not", domain=(_ANY,), operator="not", boolean=True, latex=r"\neg", group="operators",
)  # fmt: skip
WHERE = Row(
    "where",
    ("condition", "a", "b"),
    "a where the condition holds, else b; only the branch taken is differentiated",
    (None, "1", "1"),
    "gradcli.targets.kernels.elementary:where",
    math="gradcli.targets.kernels.scalars:where",
    sympy="gradcli:where",
    ball="gradcli:where",
    domain=(_ANY, _ANY, _ANY),
    edges=(None, "condition", "not condition"),
    example="where(x > 0, a, b) at x=1; a=2; b=3",
    group="choice",
)
MAXIMUM = Row(
    "maximum", ("x", "y"), "the larger one", (_SHARE, _SHARE), "maximum",
    sympy="gradcli:maximum", ball="gradcli:maximum", domain=(_ANY, _ANY), kinks=(RowKink("x == y", _TIES, "0", "1"),), edges=("not x < y", "not y < x"),
    commutative=True, aliases=("fmax",), group="choice",
)  # fmt: skip
MINIMUM = Row(
    "minimum", ("x", "y"), "the smaller one", (_SHARE, _SHARE), "minimum",
    sympy="gradcli:minimum", ball="gradcli:minimum", domain=(_ANY, _ANY), kinks=(RowKink("x == y", _TIES, "1", "0"),), edges=("not x > y", "not y > x"),
    commutative=True, aliases=("fmin",), group="choice",
)  # fmt: skip
CLIP = Row(
    "clip",
    ("x", "lo", "hi"),
    "x held between lo and hi",
    ("1", "1", "1"),
    "clip",
    sympy="gradcli:clip",
    ball="gradcli:clip",
    domain=((-2.0, 2.0), (-1.5, -0.5), (0.5, 1.5)),
    kinks=(
        RowKink(
            "x == lo or x == hi or lo == hi",
            "at an edge the derivative is that of x itself",
            "x > lo and x <= hi",
            "x >= lo and x < hi",
        ),
    ),
    edges=("not (x < lo or x > hi)", "x < lo and lo <= hi", "x > hi or lo > hi"),
    group="choice",
)
ABS = Row(
    "abs", ("x",), "absolute value", ("sign(x)",), "absolute", math="operator:abs", sympy="gradcli:abs", ball="gradcli:abs",
    domain=(_ANY,), kinks=(RowKink("x == 0", "0 at the kink", "-1", "1"),), aliases=("Abs", "fabs", "absolute"), latex=r"\left|{0}\right|",
    group="choice",
)  # fmt: skip
SIGN = Row(
    "sign", ("x",), "-1, 0 or 1", ("0",), "sign", sympy="gradcli:sign", ball="gradcli:sign",
    domain=(_ANY,), kinks=(RowKink("x == 0", "0 at the jump", across=("-1", "1")),), aliases=("sgn",), group="choice",
)  # fmt: skip
FLOOR = Row(
    "floor", ("x",), "largest integer not above x", ("0",), "floor", sympy="gradcli:floor", ball="gradcli:floor",
    domain=(_ANY,), kinks=(RowKink("x == out", "0 at the jump", across=("out - 1",)),), latex=r"\left\lfloor {0} \right\rfloor", group="choice",
)  # fmt: skip
CEIL = Row(
    "ceil", ("x",), "smallest integer not below x", ("0",), "ceil", sympy="gradcli:ceil", ball="gradcli:ceil",
    domain=(_ANY,), kinks=(RowKink("x == out", "0 at the jump", across=("out + 1",)),), aliases=("ceiling",),
    latex=r"\left\lceil {0} \right\rceil", group="choice",
)  # fmt: skip
ROUND = Row(
    "round", ("x",), "nearest integer, halves to even", ("0",), "rint", sympy="gradcli:round", ball="gradcli:round",
    domain=(_ANY,), kinks=(RowKink("abs(x - floor(x)) == 0.5", "0 at the jump", across=("2*x - out",)),), aliases=("rint",), group="choice",
)  # fmt: skip
MOD = Row(
    "mod", ("x", "y"), "x - y*floor(x/y): the remainder with the sign of y", ("1", "-round((x - out)/y)"), "mod",
    sympy="gradcli:mod", ball="gradcli:mod", domain=(_ANY, (0.7, 1.3)),
    kinks=(RowKink("out == 0", "1 in the first argument at the jump", across=("y",)),), jump="round((x - out)/y)", aliases=("remainder",), group="choice", defined="y != 0",
)  # fmt: skip

ROWS = (
    ADD, SUBTRACT, MULTIPLY, DIVIDE, NEGATE, POWER, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL,
    AND, OR, NOT, WHERE, MAXIMUM, MINIMUM, CLIP, ABS, SIGN, FLOOR, CEIL, ROUND, MOD,
)  # fmt: skip
