"""Asks gradcli and other checkers of derivatives about the same hard cases and writes docs/verdicts.json.

`python docs/verdicts.py` asks gradcli; `--peers` asks PyTorch, JAX, SciPy and numdifftools, which must be installed
(gradcli then need not be). What is not asked stays as it is in the file; docs/verdicts.md is made from it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
from pathlib import Path
from typing import Any

from verdict_cases import CASES, WRONG, Case

DATA = Path(__file__).resolve().parent / "verdicts.json"


def main() -> None:
    """Ask and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true")
    given = parser.parse_args()
    data: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {"versions": {}}
    known = data.pop("cases", {})
    if given.peers:
        from verdict_peers import PEERS, asked

        data["versions"] |= {name: importlib.metadata.version(name) for name in (*PEERS, "numpy")}
    data["versions"]["python"] = platform.python_version()
    cases = {}
    for case in CASES:
        answers = known.get(name(case), {})
        if given.peers:
            answers |= {package: asked(package, case) for package in PEERS}
        else:
            answers["gradcli"] = of_gradcli(case)
        cases[name(case)] = answers
    lines = [f"  {json.dumps(key)}: {json.dumps(answers)}" for key, answers in cases.items()]
    rest = json.dumps({"versions": data["versions"]})
    DATA.write_text(rest[:-1] + ',\n "cases": {\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


def name(case: Case) -> str:
    """What a case is known by in the file."""
    return f"{case.text} at {case.point}: {case.note}"


def of_gradcli(case: Case) -> str:
    """The verdict of `gradcli grad` on its own derivative, or of `gradcli check` on a wrong claim."""
    from gradcli.claims import check_claims
    from gradcli.cli.check import with_claims
    from gradcli.problems.commandline import problem_from_expression
    from gradcli.solve import SolveOptions, solve

    problem = problem_from_expression(case.text, case.items)
    if case.truth != WRONG:
        return solve(problem, SolveOptions(task="grad")).verdict
    assert case.claimed is not None
    claimed = problem.with_(claims=with_claims(problem, (case.claimed,)))
    (record,) = check_claims(claimed, SolveOptions()).results
    (claim,) = record.claims
    return claim.verdict


if __name__ == "__main__":
    main()
