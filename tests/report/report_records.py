"""Hand-made records that the report tests print: what each shows is in its name."""

from __future__ import annotations

from gradcli.result import Check, Claim, Failure, Formula, Hessian, Jacobian, Kink, Nonfinite, Record

NAN = float("nan")
AGREED = {
    "symbolic": Check("agree", 1.3e-16, 2, 2),
    "finite_difference": Check("agree", 4.1e-11, 2, 2, method="direction"),
    "certificate": Check("agree", 0.0, 2, 2, digits=15.9),
}

GRADIENT = Record(
    "x^2*y",
    "verified",
    "grad",
    output="f",
    point=0,
    at={"x": 3.0, "y": 2.0},
    value=18.0,
    gradient={"x": 12.0, "y": 9.0},
    checks=AGREED,
)
ARRAYS = Record(
    "net.toml",
    "unverified",
    "grad",
    title="A small net",
    output="loss",
    point=0,
    at={"w": [0.5, 1 / 3], "M": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "q": 1.0},
    value=9.91,
    gradient={"w": [-13.6, 1e-17 / 3], "M": [[-0.5, 0.0, 12.0], [1.0, 1 / 3, 2.0]], "q": None},
    checks={
        "symbolic": Check("inconclusive", None, 0, 8, "the budget of 10 s was used up"),
        "certificate": Check("skipped", None, 0, 8, "no ball arithmetic for besselj"),
    },
)
HESSIAN = Record(
    "x^2*y",
    "verified",
    "hessian",
    output="f",
    point=0,
    at={"x": 3.0, "y": 2.0},
    value=18.0,
    hessian=Hessian(("x", "y"), [[4.0, 6.0], [6.0, 0.0]], (-4.324555320336759, 8.32455532033676), "indefinite"),
    checks=AGREED,
)
JACOBIAN = Record(
    "[x*y, sin(x)]",
    "unchecked",
    "jacobian",
    output="f",
    point=0,
    at={"x": 1.0, "y": 2.0},
    value=[2.0, 0.8414709848078965],
    jacobian=Jacobian(("f[0]", "f[1]"), ("x", "y"), [[2.0, 1.0], [0.5403023058681398, 0.0]]),
)
KINK = Record(
    "abs(x)",
    "kink",
    "grad",
    output="f",
    point=0,
    at={"x": 0.0},
    value=0.0,
    gradient={"x": 0.0},
    kinks=(Kink("abs(x)", None, 1, "abs", -1.0, 1.0, "0 at the kink"),),
)
NONFINITE = Record(
    "log(x)",
    "nonfinite",
    "grad",
    output="f",
    point=0,
    at={"x": -1.0},
    value=NAN,
    gradient={"x": NAN},
    nonfinite=(Nonfinite("log(x)", None, 1, "log(-1) is nan"),),
)
MISMATCH = Record(
    "spec.json",
    "mismatch",
    "grad",
    output="f",
    point=0,
    at={"x": 3.0},
    value=9.0,
    gradient={"x": 6.0},
    checks={"expect": Check("disagree", 0.1, 1, 1, "expected x is 6.6, but it is 6")},
)
FORMULAS = Record(
    "x^2 + sin(y)",
    "unchecked",
    "grad",
    output="f",
    formula={"x": Formula("2*x", "2 x"), "y": Formula("cos(y)", r"\cos\left(y\right)")},
)
SECOND_FORMULAS = Record(
    "x*y",
    "unchecked",
    "hessian",
    output="f",
    formula={"x,x": Formula("0", "0"), "x,y": Formula("1", "1")},
)
CERTIFIED = Record(
    "x^2",
    "verified",
    "grad",
    output="f",
    point=0,
    at={"x": 3.0},
    value=9.0,
    gradient={"x": 6.0},
    enclosures={"x": ["5.99999999999999999", "6.00000000000000001"]},
)
ERROR = Record(
    "specs.jsonl:3",
    "error",
    error=Failure("syntax", "the expression ends here", 3, 4, "expression", "write a term after +"),
)
CLAIMS = Record(
    "x^2*y",
    "mismatch",
    "check",
    output="f",
    claims=(
        Claim("x", "2*x*y", "right", decided_by="symbolic"),
        Claim("y", "x", "wrong", "x^2", "x^2 - x", counterexample={"x": 3.0, "y": 2.0}, claimed=3.0, actual=9.0),
    ),
)
HOSTILE_TEXT = "=cmd|'/c calc'!A1 [bold red]x[/] \x1b[31m\x07\u202e \\input{/etc/passwd} $x_1^2$ `a` <b>|\n% # & ~ {}"
HOSTILE = Record(
    HOSTILE_TEXT,
    "error",
    title=HOSTILE_TEXT,
    error=Failure("syntax", HOSTILE_TEXT, 1, 1, HOSTILE_TEXT, HOSTILE_TEXT),
)
HOSTILE_GRADIENT = Record(
    HOSTILE_TEXT,
    "kink",
    "grad",
    title=HOSTILE_TEXT,
    output="f",
    point=0,
    at={"x": -1.0},
    value=-2.0,
    gradient={"x": -3.0},
    formula={"x": Formula(HOSTILE_TEXT, "2 x")},
    checks={"symbolic": Check("skipped", None, 0, 1, HOSTILE_TEXT)},
    kinks=(Kink(HOSTILE_TEXT, 1, 1, "abs", None, None, HOSTILE_TEXT),),
    nonfinite=(Nonfinite(HOSTILE_TEXT, 1, 1, HOSTILE_TEXT),),
    claims=(Claim("x", HOSTILE_TEXT, "wrong", HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT, {"x": 1.0}),),
)


def sweep(count: int) -> list[Record]:
    """x^3 at `count` points: 0, 1/3, 2/3, ...; the first is called a kink."""
    kinks = (Kink("abs(x)", None, 1, "abs", -1.0, 1.0, "0 at the kink"),)
    return [
        Record(
            "x^3",
            "verified" if i else "kink",
            "grad",
            output="f",
            point=i,
            at={"x": i / 3},
            value=(i / 3) ** 3,
            gradient={"x": 3 * (i / 3) ** 2},
            checks={"symbolic": Check("agree", i * 1e-17, 1, 1)},
            kinks=() if i else kinks,
        )
        for i in range(count)
    ]


def large_hessian(n: int) -> Record:
    """A Hessian of n rows whose entries need all their digits."""
    matrix = [[(i * j + 1) / 7 for j in range(n)] for i in range(n)]
    labels = tuple(f"w[{i}]" for i in range(n))
    return Record(
        "big.toml",
        "verified",
        "hessian",
        output="f",
        point=0,
        at={"w": [i / 7 for i in range(n)]},
        value=1.0,
        hessian=Hessian(labels, matrix, tuple(i / 7 for i in range(n)), "positive semidefinite"),
    )


#: Quantities of CSV rows whose value is a number, not a text.
NUMBERS = (
    "value",
    "gradient",
    "hessian",
    "jacobian",
    "eigenvalue",
    "lower bound",
    "upper bound",
    "claimed there",
    "derivative there",
)
ALL = (
    GRADIENT,
    ARRAYS,
    HESSIAN,
    JACOBIAN,
    KINK,
    NONFINITE,
    MISMATCH,
    FORMULAS,
    SECOND_FORMULAS,
    CERTIFIED,
    ERROR,
    CLAIMS,
    HOSTILE,
    HOSTILE_GRADIENT,
    *sweep(4),
    large_hessian(30),
)
