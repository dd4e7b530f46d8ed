"""Measures how accurate every function is and writes docs/accuracy.json, from which docs/accuracy.md is made.

`python docs/measure.py` measures gradcli (some minutes: mpmath is asked for every derivative at every point);
`--peers` measures autograd and JAX at the same points too, which must be installed; names of functions measure these
only. What is not measured stays as it is in the file.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import math
import platform
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "docs" / "accuracy.json"
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("accuracy", "autodiff", ".")]

import mpmath as mp  # noqa: E402
from measured_calls import drawn, measured  # noqa: E402
from measuring import Worst, gradcli_values, truths, worst  # noqa: E402

POINTS = 32  #: random points of each function's ranges


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("functions", nargs="*")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--missing", action="store_true", help="only what is not in the file yet")
    given = parser.parse_args()
    data: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {"versions": {}}
    packages = ["numpy", "scipy", "python-flint", "mpmath", *(["autograd", "jax"] if given.peers else [])]
    data["versions"] |= {name: importlib.metadata.version(name) for name in packages}
    data["versions"]["python"] = platform.python_version()
    known = data.pop("functions", {})
    data["functions"] = {}
    for one in measured():
        entry = data["functions"][one.call] = known.get(one.call, {})
        if given.functions and one.name not in given.functions and one.call not in given.functions:
            continue
        if given.missing and "gradcli" in entry:
            continue
        points = drawn(one, POINTS)
        true = [truths(one, at) for at in points]
        entry["points"] = len(points)
        entry["gradcli"] = [_stored(w) for w in worst(one, points, true, gradcli_values(one, points).__getitem__)]
        if given.peers:
            import peers

            for package in ("autograd", "jax"):
                entry[package] = [
                    None if w is None else _figure(w.ulps) for w in peers.worst(package, one, points, true)
                ]
        _write({**data, "functions": known | data["functions"]})
        sys.stderr.write(f"{one.call}\n")
    _write(data)


def _write(data: dict[str, Any]) -> None:
    lines = [f"  {json.dumps(call)}: {json.dumps(entry)}" for call, entry in data["functions"].items()]
    rest = json.dumps({"versions": data["versions"]})
    DATA.write_text(rest[:-1] + ',\n "functions": {\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


def _stored(found: Worst | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "ulps": _figure(found.ulps),
        "orders": list(found.orders),
        "at": list(found.at),
        "true": mp.nstr(found.true, 30),
        "unit": found.unit,
    }


def _figure(ulps: float) -> float | str:
    """An error to three digits; JSON has no infinity."""
    return float(f"{ulps:.3g}") if math.isfinite(ulps) else "inf"


if __name__ == "__main__":
    main()
