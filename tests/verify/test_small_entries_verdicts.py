"""What small entries and far arguments decide is verified, and a wrong rule for it is found."""

from __future__ import annotations

import pytest
from planting import solved
from test_planted_operations import ALL_DISAGREE, ERRORS, verdicts, wrong

from gradcli.autodiff import ruled

FAR = (
    ("logsumexp([x, y])", ("x=0", "y=-50"), "hessian"),
    ("softmax(v)", ("v=[0, 50, 0]",), "jacobian"),
    ("-log_softmax(v)[1]", ("v=[0, 50, 0]",), "hessian"),
    ("softmax(v)[0]", ("v=[2, 2, -40]",), "hessian"),
    ("norm([x, y])", ("x=1e8", "y=1"), "hessian"),
    ("norm([x, y])", ("x=1", "y=1e-20"), "hessian"),
    ("besselj(0, x)", ("x=1e17",), "hessian"),
    ("bessely(1, x)", ("x=1e20",), "hessian"),
    ("fresnels(x)", ("x=1e300",), "hessian"),
    ("eta(x)", ("x=1",), "hessian"),
    ("logerf(x, y)", ("x=30", "y=31"), "hessian"),
    ("zeta(x)", ("x=1e15",), "hessian"),
)


@pytest.mark.parametrize(("text", "items", "task"), FAR, ids=[c[0] + " " + " ".join(c[1]) for c in FAR])
def test_far_out_is_verified(text: str, items: tuple[str, ...], task: str) -> None:
    record = solved(text, items, task)
    assert record.verdict == "verified"
    assert record.checks["certificate"].verdict == "agree"


V = "v=[0.4, 1.3, -0.7]"
#: A function whose gradient takes the rule backwards, and one whose Hessian or Jacobian takes it forwards.
RULES = (
    (ruled.SOFTMAX, "softmax(v)[0]^3", "sum(softmax(v)^3)"),
    (ruled.LOG_SOFTMAX, "log_softmax(v)[0]^3", "sum(log_softmax(v)^3)"),
    (ruled.LOG_SUM_EXP, "logsumexp(v)^3", "logsumexp(v)^3"),
)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(("rule", "back", "along"), RULES, ids=[r[0].name for r in RULES])
def test_a_wrong_rule_is_found(
    monkeypatch: pytest.MonkeyPatch, rule: ruled.Ruled, back: str, along: str, error: str
) -> None:
    monkeypatch.setattr(rule, "transpose", wrong(rule.transpose, error), raising=False)
    record = solved(back, (V,), "grad")
    assert record.verdict == "mismatch"
    assert verdicts(record) == ALL_DISAGREE


#: The margin's own derivative occurs in third derivatives only, which no command prints; test_ruled has it.
PRINTED = [p for p in ruled.ALL if p is not ruled.MARGIN]


@pytest.mark.parametrize("primitive", PRINTED, ids=lambda p: p.name)
def test_a_wrong_tangent_is_found_in_a_hessian(monkeypatch: pytest.MonkeyPatch, primitive: ruled.Ruled) -> None:
    text = {
        ruled.LOG_SOFTMAX: "sum(log_softmax(v)^3)",
        ruled.LOG_SUM_EXP: "logsumexp(v)^3",
        ruled.UNIT: "norm(v)^3",
        ruled.REST: "log_softmax(v)[0]*v[1]",
        ruled.SLOPE: "softmax(v)[0]*v[1]",
    }.get(primitive, "logsumexp(v)*v[0]")
    assert solved(text, (V,), "hessian").verdict == "verified"
    monkeypatch.setattr(primitive, "tangent", wrong(primitive.tangent, "0.1 %"), raising=False)
    record = solved(text, (V,), "hessian")
    assert record.verdict == "mismatch"
    assert verdicts(record) == ALL_DISAGREE
