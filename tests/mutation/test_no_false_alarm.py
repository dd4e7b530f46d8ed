"""Where nothing is planted there is no alarm: random expressions over the whole language, judged by every witness.

`GRADCLI_ALARMS=0:2000` judges 2,000 expressions from seed 0 on instead of the usual few.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

from gradcli.problems.problem import CheckOptions
from gradcli.solve import SolveOptions, solve

sys.path.append(str(Path(__file__).parent.parent / "randomised"))
from random_expressions import expression
from random_trees import problem, written

START, COUNT = (int(part) for part in os.environ.get("GRADCLI_ALARMS", "0:0").split(":"))
SEEDS = range(START, START + COUNT) if COUNT else range(0, 2400, 24)


def test_no_random_expression_is_called_wrong() -> None:
    """Of gradient and Hessian, in turn unless many are asked for; nearly all are verified or said to be at a kink."""
    verdicts: Counter[str] = Counter()
    for turn, seed in enumerate(SEEDS):
        root = expression(seed)
        for task in ("grad", "hessian") if COUNT else (("grad", "grad", "hessian")[turn % 3],):
            asked = problem(root).with_(check=CheckOptions())
            (record,) = solve(asked, SolveOptions(task=task)).results
            verdicts[record.verdict] += 1
            assert record.verdict != "mismatch", f"seed {seed}, {task}: {record.checks}\n{written(root)}"
    sys.stdout.write(f"{dict(verdicts)}\n")
    assert verdicts["verified"] + verdicts["kink"] > 0.95 * verdicts.total()


def test_an_alarm_is_heard() -> None:
    """The same expressions with a wrong rule under them are called wrong."""
    from planting import planted

    from gradcli.autodiff.elementwise import BY_NAME

    row = BY_NAME["multiply"]
    with planted(row, partials=("1.001*y", "x")):
        found = [solve(problem(expression(seed)).with_(check=CheckOptions()), SolveOptions(task="grad")).verdict
                 for seed in range(0, 40, 4)]  # fmt: skip
    assert "mismatch" in found
