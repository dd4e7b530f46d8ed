"""Where nothing is planted there is no alarm: random expressions over the whole language, judged by every witness.

`GRADCLI_ALARMS=0:2000` judges 2,000 expressions from seed 0 on instead of the usual few.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

from planting import planted, solved

from gradcli.autodiff.elementwise import BY_NAME
from gradcli.problems.problem import CheckOptions
from gradcli.result import Record
from gradcli.solve import SolveOptions, solve

sys.path.append(str(Path(__file__).parent.parent / "randomised"))
from random_expressions import expression
from random_trees import problem, written

START, COUNT = (int(part) for part in os.environ.get("GRADCLI_ALARMS", "0:0").split(":"))
SEEDS = range(START, START + COUNT) if COUNT else range(0, 2400, 399)


def rounded_over_a_jump(record: Record) -> bool:
    """Whether the value alone is contradicted, at a jump: it is what float64 makes of the formula, and not its value.

    ceil(exp(1e-160)) is 2, and ceil(1) is what is computed: no false alarm, though no rule is wrong.
    """
    certificate = (record.checks or {})["certificate"]
    return bool(record.kinks) and not record.disputes and "the value" in (certificate.reason or "")


def test_no_random_expression_is_called_wrong() -> None:
    """Gradient and Hessian in turn; nearly all are verified or said to be at a kink."""
    verdicts: Counter[str] = Counter()
    alarms = []
    for turn, seed in enumerate(SEEDS):
        root, task = expression(seed), ("grad", "hessian")[turn % 2]
        asked = problem(root).with_(check=CheckOptions())
        (record,) = solve(asked, SolveOptions(task=task)).results
        verdicts[record.verdict] += 1
        if record.verdict == "mismatch" and not rounded_over_a_jump(record):
            alarms.append(f"seed {seed}, {task}: {record.checks}\n{written(root)}")
    sys.stdout.write(f"{dict(verdicts)}\n")
    assert not alarms, "\n".join(alarms)
    rest = (
        verdicts.total() - verdicts["verified"] - verdicts["kink"]
    )  # one of a few may run out of its time on a busy machine
    assert rest <= max(1, 0.05 * verdicts.total())


def test_a_value_that_rounding_takes_over_a_jump_is_contradicted() -> None:
    record = solved("ceil(exp(y))", ("y=1e-160",), "grad")
    assert (record.verdict, record.value) == ("mismatch", 1.0)
    assert rounded_over_a_jump(record)
    with planted(BY_NAME["sin"], partials=("1.001*cos(x)",)):
        assert not rounded_over_a_jump(solved("sin(x)", ("x=0.7",), "grad"))


def test_an_alarm_is_heard() -> None:
    """The same expressions with a wrong rule under them are called wrong."""
    row = BY_NAME["multiply"]
    with planted(row, partials=("1.001*y", "x")):
        found = [solve(problem(expression(seed)).with_(check=CheckOptions()), SolveOptions(task="grad")).verdict
                 for seed in range(0, 40, 4)]  # fmt: skip
    assert "mismatch" in found
