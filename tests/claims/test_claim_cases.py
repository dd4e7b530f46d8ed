"""The claims that a person can read in the cases: their verdicts, counterexamples and slips."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from claim_records import decided

FOLDER = Path(__file__).parent.parent / "cases"
FILES = ("claims.toml", "claims_hidden.toml", "claims_narrow_pieces.toml")
CASES = [case for file in FILES for case in tomllib.loads((FOLDER / file).read_text("utf-8"))["case"]]


@pytest.mark.parametrize("case", CASES, ids=[f"{c['source']}: {'; '.join(c['claims'])}" for c in CASES])
def test_a_case(case: dict[str, Any]) -> None:
    for claim in decided(case["source"], *case["claims"], at=tuple(case.get("items", ()))):
        assert claim.verdict == case["verdict"], claim
        assert (claim.slip, claim.remark is not None) == (case.get("slip"), "says" in case), claim.remark
        assert case.get("says", "") in (claim.remark or "")
        if "at" in case:
            assert claim.counterexample is not None
            assert ", ".join(f"{n} = {_plain(v)}" for n, v in claim.counterexample.items()) == case["at"]


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return f"{value:g}"
