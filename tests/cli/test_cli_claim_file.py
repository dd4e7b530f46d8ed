"""`check --claim-file`: one claim a line, each fault with its line and column; and what `check` prints and returns."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gradcli.limits import LIMITS

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "claim_files.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_file_of_claims(case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gradcli: Any) -> None:
    monkeypatch.chdir(tmp_path)
    data = case["file"].encode() if "file" in case else case["latin1"].encode("latin-1")
    Path("claims.txt").write_bytes(data)
    ran = gradcli("check", "x^2*y", "--claim-file", "claims.txt")
    assert ran.code == case["code"], ran.err
    for text in case["says"]:
        assert text in ran.out + ran.err


def test_claims_come_from_stdin_once(gradcli: Any) -> None:
    ran = gradcli("check", "x^2*y", "--claim-file", "-", stdin=b"x = 2*x*y\ny = x^2\n")
    assert (ran.code, ran.err) == (0, "")
    assert gradcli("check", "-", "--claim-file", "-", stdin=b"x = 1\n").code == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--claim-file", "none.txt"], "none.txt: no such file"),
        (["--claim-file", "."], "a folder, where a file of claims is meant"),
        (["--claim", "x=2*x", "--claim-file", "claims.txt"], "x is claimed twice"),
        (["--claim-file", "claims.txt", "--claim-file", "claims.txt"], "x is claimed twice"),
    ],
)
def test_a_file_that_is_none_and_a_claim_made_twice(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gradcli: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("claims.txt").write_text("x = 2*x\n")
    ran = gradcli("check", "x^2", *arguments)
    assert ran.code == 2
    assert says in ran.err


def test_a_file_beyond_the_limits(tmp_path: Path, gradcli: Any) -> None:
    (tmp_path / "long.txt").write_bytes(b"#" * (LIMITS.spec_bytes + 1))
    (tmp_path / "high.txt").write_bytes(b"\n" * LIMITS.variables + b"x = 2*x\n")
    for name, limit in (("long.txt", "spec_bytes"), ("high.txt", "variables")):
        ran = gradcli("check", "x^2", "--claim-file", str(tmp_path / name))
        assert ran.code == 2
        assert limit in ran.err


def test_claims_see_the_lets_and_functions_of_a_spec(tmp_path: Path, gradcli: Any) -> None:
    (tmp_path / "model.toml").write_text(
        '[variables]\nW = [[1, 2], [3, 4]]\nb = [1, -1]\n[functions]\n"sq(u)" = "u^2"\n'
        '[let]\nr = "W @ b"\n[outputs]\nloss = "sum(sq(r))"\nsize = "sum(W)"\n'
    )
    (tmp_path / "claims.txt").write_text("loss:W = 2*outer(r, b)\nloss:b = 2*W'@r\nsize:W[0,1] = 1\n")
    ran = gradcli(
        "check", str(tmp_path / "model.toml"), "--claim-file", str(tmp_path / "claims.txt"), "--format", "json"
    )
    result = json.loads(ran.out)
    assert ran.code == 0
    assert [r["output"] for r in result["results"]] == ["loss", "size"]
    assert result["results"][1]["unclaimed"] == ["W[0,0]", "W[1,0]", "W[1,1]", "b"]


def test_the_record_of_a_wrong_claim(gradcli: Any) -> None:
    (record,) = json.loads(gradcli("check", "[x*y, x]", "--claim", "y=[x, 1]", "--format", "json").out)["results"]
    (claim,) = record["claims"]
    assert record["verdict"] == "mismatch"
    assert (claim["entry"], claim["index"], claim["difference"], claim["symbolic"]) == ("f[1],y", [1], "1", "not zero")
    assert (claim["claimed"], claim["actual"]) == ([1.0, 1.0], [1.0, 0.0])
    assert record["unclaimed"] == ["x"]


@pytest.mark.parametrize(
    ("source", "claim", "symbolic", "by"),
    [
        ("sin(x)^2", "sin(2*x)", "zero", "the difference simplifies to 0"),
        ("where(x > 0, x^2, x)", "where(x > 0, 2*x, 1)", None, "no symbolic proof"),
        ("abs(x)", "sign(x)", None, "no symbolic proof"),
    ],
)
def test_a_right_claim_says_how_it_was_decided(
    source: str, claim: str, symbolic: str | None, by: str, gradcli: Any
) -> None:
    ran = gradcli("check", source, "--claim", f"x={claim}", "--format", "json")
    (found,) = json.loads(ran.out)["results"][0]["claims"]
    assert found["verdict"] == "right"
    assert by in found["decided_by"]
    assert "points" in found["decided_by"]
    assert (found["symbolic"] == "zero") == (symbolic == "zero")
