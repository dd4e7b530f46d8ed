"""What the table says of hard points and of zeros, line by line: input and expected output stand in the cases."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

FILES = ("hard_points.toml", "no_derivative.toml")
CASES = [
    case
    for name in FILES
    for case in tomllib.loads((Path(__file__).parents[1] / "cases" / name).read_text("utf-8"))["case"]
]


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_what_the_table_says(case: dict[str, Any], gradcli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    ran = gradcli(*shlex.split(case["command"]))
    assert case["says"] or "reason" in case
    for block in case["says"]:
        assert f"\n{block.strip(chr(10))}\n" in ran.out
    assert case.get("reason", "") in " ".join(ran.out.split())


SPEC = '''
[variables]
p = [0.0, 0.25]
z = [900.0, 3.0]

[functions]
"penalty(a)" = "log(1 + exp(a))"

[let]
h = """sum(p*log(p))
  + sum(penalty(z))"""

[outputs]
loss = "2*h"
'''


def test_places_and_rewrites_in_a_spec_are_those_of_its_lines(gradcli: Any, tmp_path: Path) -> None:
    """A let of two lines and the body of a function: both are named where they stand, and both are rewritten."""
    import json

    path = tmp_path / "spec.toml"
    path.write_text(SPEC)
    (record,) = json.loads(gradcli("grad", str(path), "--format", "json").out)["results"]
    lines = SPEC.splitlines()
    for found, text in zip(record["nonfinite"], ("log(p)", "exp(a)"), strict=True):
        assert found["text"] == text
        assert text in lines[found["line"] - 1]
        excerpt = found["excerpt"]
        assert excerpt["text"][excerpt["start"] : excerpt["start"] + excerpt["width"]] == text
    assert [(r["text"], r["replacement"]) for r in record["rewrites"]] == [
        ("p*log(p)", "xlogy(p, p)"),
        ("log(1 + exp(a))", "softplus(a)"),
    ]
    assert record["rewrites"][0]["expression"] == "sum(xlogy(p, p))\n  + sum(penalty(z))"


@pytest.mark.parametrize(
    "spec",
    [
        '[functions]\n"logaddexp(a, b)" = "a*b"',  # the replacement would call the person's own
        '[functions]\n"exp(a)" = "1e300*a*a"',  # what looks like the form is not it
    ],
)
def test_a_name_of_the_persons_own_is_no_rewrite(spec: str, gradcli: Any, tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(f'expression = "log(exp(x) + exp(y))"\n[variables]\nx = 800.0\ny = 801e10\n{spec}\n')
    ran = gradcli("grad", str(path))
    assert "nonfinite" in ran.out
    assert "help:" not in ran.out


@pytest.mark.parametrize(
    "command",
    [
        'grad "log(x*y)" x=-1 y=2',  # off the domain: no spelling of it has a value
        'grad "log(exp(x) + exp(y)) + 1/z" x=800 y=801 z=0',  # something else is infinite in the value
        'grad "log(1 + exp(1000)) + x" x=1',  # there is no ordinary point to compare at
    ],
)
def test_nothing_is_proposed_that_was_not_found_to_help(command: str, gradcli: Any) -> None:
    assert "help:" not in gradcli(*shlex.split(command)).out


@pytest.mark.parametrize("command", ['grad "log(x)" x=-1', 'grad "sqrt(x)" x=0', 'jacobian "[1/x]" x=0'])
def test_without_a_check_what_is_not_finite_is_named_too(command: str, gradcli: Any) -> None:
    import json

    (record,) = json.loads(gradcli(*shlex.split(command), "--no-check", "--format", "json").out)["results"]
    assert record["verdict"] == "unchecked"
    assert [n["column"] for n in record["nonfinite"]] == [2 if "jacobian" in command else 1]
