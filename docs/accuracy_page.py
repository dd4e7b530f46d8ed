"""docs/accuracy.md: what docs/measure.py measured, beside the bounds that tests hold it to."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tables import NOTICE, code, table

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "docs" / "accuracy.json"
TESTS = [str(ROOT / "tests" / name) for name in ("accuracy", "autodiff", ".")]  # they know the bounds

INTRODUCTION = """\
The largest error that was measured of a value, of first and of second derivatives, in units in the last place of a
float64 (ulp); half a unit is the best that rounding allows. The points are random, the same ones at every measurement,
and spread over all of a function's domain: by orders of magnitude as far as 1e-300 and 1e300, evenly, and by their
distance from zeros, poles and edges as near as 1e-15. Points whose true number is no normal float64 do not count. The
truth is mpmath's, to 30 digits and more; all packages are asked at the same points.

A star: errors count in units of eps times the argument's effect, |x f'(x)|, where that is larger; it is how far the
true number moves when the argument does by its own rounding, and more cannot be asked for where it passes through 0.

*Promised* is the most that gradcli may be off. Tests measure it at these worst points again, hold the errors to what
stands here, and hold all functions to the promise at further points, some of them harder
(`tests/autodiff/row_points.py`).
"""

PEERS = """\
The same for autograd and JAX, where they have the function under a name of its own: value / first / second
derivatives. A dash: the package lacks it, or (JAX's `exp1`, `expi` and `expn`) does not come to an end at some of the
points. `inf`: it gives NaN or infinity where the true number is finite. Bold: 1e7 or more. Some of their functions are
documented for a part of the domain only, such as JAX's `zeta` for arguments above 1.
"""


def accuracy_page() -> str:
    """The page."""
    sys.path[:0] = [path for path in TESTS if path not in sys.path]
    from measured_calls import BEYOND, NOT_MEASURED, measured  # type: ignore[import-not-found]

    data = json.loads(DATA.read_text(encoding="utf-8"))
    rows, peers = [], []
    for one in measured():
        entry = data["functions"][one.call]
        bounds = [f"{one.bound(k):g}{'*' if one.by_effect(k) else ''}" for k in range(3)]
        promised = bounds[0] if len(set(bounds)) == 1 else " / ".join(bounds)
        found = entry["gradcli"]
        worst = max((w for w in found if w), key=lambda w: float(w["ulps"]))
        at = ", ".join(f"{x:.6g}" for x in worst["at"])
        rows.append([code(one.call), *map(_own, found), promised, str(entry["points"]), at])
        if any(entry.get(package, [None] * 3) != [None] * 3 for package in ("autograd", "jax")):
            own = " / ".join(map(_own, found))
            peers.append([code(one.call), own, *(_peer(entry.get(package)) for package in ("autograd", "jax"))])
    versions = data["versions"]
    used = ", ".join(f"{name} {versions[name]}" for name in ("python", "numpy", "scipy", "python-flint", "mpmath"))
    header = ("Function", "Value", "First derivatives", "Second derivatives", "Promised", "Points", "Worst point")
    reasons = [[code(call), str(order), f"{bound:g}", why] for (call, order), (bound, why) in BEYOND.items()]
    parts = [
        "# Accuracy",
        NOTICE,
        INTRODUCTION.rstrip(),
        f"Measured by `python docs/measure.py` with {used}.",
        table(header, rows),
        "## What is less accurate than promised",
        "Special functions are promised to 16, elementary ones to 4.",
        table(("Function", "Derivative", "Bound", "Why"), reasons),
        "## Beside autograd and JAX",
        PEERS.rstrip(),
        f"autograd {versions['autograd']}, JAX {versions['jax']} in float64, on a CPU.",
        table(("Function", "gradcli", "autograd", "JAX"), peers),
        "## Not in the table",
        "\n".join(f"* {', '.join(map(code, names))}: {why}." for why, names in NOT_MEASURED.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _own(found: dict[str, Any] | None) -> str:
    return "exact" if found is None or not float(found["ulps"]) else _figure(found["ulps"])


def _figure(ulps: float | str) -> str:
    number = float(ulps)
    return (
        f"{number:.2f}" if number < 9.995 else f"{number:.3g}" if number < 1e4 else f"{number:.1e}".replace("e+", "e")
    )


def _peer(found: list[Any] | None) -> str:
    texts = []
    for ulps in found or [None] * 3:
        text = "–" if ulps is None else _figure(ulps)
        texts.append(f"**{text}**" if ulps is not None and float(ulps) >= 1e7 else text)
    return " / ".join(texts)
