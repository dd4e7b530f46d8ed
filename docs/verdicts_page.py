"""docs/verdicts.md: what docs/verdicts.py was told by gradcli and by the other checkers, beside what is true."""

from __future__ import annotations

import json
from typing import Any

from tables import NOTICE, cell, code, table
from verdict_cases import NONES, RIGHTS, WRONGS, Case
from verdict_peers import NUMDIFFTOOLS, SCIPY
from verdicts import DATA, name

TOOLS = ("gradcli", "torch", "jax", "scipy", "numdifftools")
TITLES = ("gradcli", "PyTorch", "JAX", "SciPy", "numdifftools")
#: What confirms the number that is given, and what calls it wrong; all else says neither.
CONFIRMS, DENIES = ("verified", "right", "accepts"), ("mismatch", "wrong", "rejects")

INTRODUCTION = f"""\
The same derivatives before gradcli and before the checkers of other packages: right ones at points where checking is
hard, points that have no derivative, and wrong ones. **Bold**: the answer is wrong; it accepts a derivative that is
wrong or does not exist, or rejects one that is right.

How each is asked, always in float64 and with its defaults:

* gradcli: `gradcli grad` at the point, where the verdict is on its own derivative; the wrong ones are claimed with
  `gradcli check --claim`. `kink` and `nonfinite` say that there is no derivative, and where; `unverified` says neither
  right nor wrong.
* PyTorch: `torch.autograd.gradcheck` on an `autograd.Function` whose `backward` is the claim (`gradgradcheck` for the
  second derivative). A difference below 1e-5 or 0.1 % is accepted.
* JAX: `jax.test_util.check_grads` on a `custom_jvp` function, forward and reverse.
* SciPy: `scipy.optimize.check_grad` gives a number, the norm of the difference to forward differences; here it stands
  for an acceptance up to {SCIPY:g} · max(1, |claim|).
* numdifftools: `Gradient` (`Hessdiag` for the second derivative) with its error estimate, within which a claim is
  accepted (and within {NUMDIFFTOOLS:g} · |claim|).

Their steps, tolerances and rules can be chosen better for each of these cases by somebody who knows what is hard in
it. The table is about those who do not.
"""


def verdicts_page() -> str:
    """The page."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    versions = data["versions"]
    named = ", ".join(f"{title} {versions[tool]}" for title, tool in zip(TITLES[1:], TOOLS[1:], strict=True))
    parts = [
        "# Verdicts beside other checkers",
        NOTICE,
        INTRODUCTION.rstrip(),
        f"Measured by `python docs/verdicts.py` with {named}, NumPy {versions['numpy']}, Python {versions['python']}.",
        "## In short",
        _summary(data["cases"]),
    ]
    for heading, cases in (
        ("Right derivatives", RIGHTS),
        ("Where there is no derivative", NONES),
        ("Wrong derivatives", WRONGS),
    ):
        rows = [_row(case, data["cases"][name(case)]) for case in cases]
        said = "What is wrong" if cases is WRONGS else "What is hard"
        parts += [f"## {heading}", table(("Function", "At", said, *TITLES), rows)]
    return "\n\n".join(parts) + "\n"


def _row(case: Case, answers: dict[str, Any]) -> list[str]:
    told = [f"**{answers[tool]}**" if errs(case, answers[tool]) else answers[tool] for tool in TOOLS]
    return [code(case.text), case.point, cell(case.note), *told]


def errs(case: Case, answer: str) -> bool:
    """Whether an answer is wrong, which is more than saying nothing."""
    return answer in (DENIES if case.truth == "right" else CONFIRMS)


def _summary(answers: dict[str, Any]) -> str:
    def count(cases: tuple[Case, ...], tool: str, words: tuple[str, ...]) -> str:
        return f"{sum(answers[name(case)][tool] in words for case in cases)} of {len(cases)}"

    lines = (
        ("right derivatives confirmed", RIGHTS, CONFIRMS),
        ("right derivatives rejected", RIGHTS, DENIES),
        ("accepted where there is no derivative", NONES, CONFIRMS),
        ("wrong derivatives rejected", WRONGS, DENIES),
        ("wrong derivatives accepted", WRONGS, CONFIRMS),
    )
    rows = [[what, *(count(cases, tool, words) for tool in TOOLS)] for what, cases, words in lines]
    return table(("", *TITLES), rows)
