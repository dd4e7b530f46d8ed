"""What small entries and far arguments decide is verified."""

from __future__ import annotations

import pytest
from planting import solved

FAR = (
    ("logsumexp([x, y])", ("x=0", "y=-50"), "hessian"),
    ("softmax(v)", ("v=[0, 50, 0]",), "jacobian"),
    ("-log_softmax(v)[1]", ("v=[0, 50, 0]",), "hessian"),
    ("softmax(v)[0]", ("v=[2, 2, -40]",), "hessian"),
    ("norm([x, y])", ("x=1e8", "y=1"), "hessian"),
    ("norm([x, y])", ("x=1", "y=1e-20"), "hessian"),
    ("besselj(0, x)", ("x=1e17",), "hessian"),
    ("bessely(1, x)", ("x=1e20",), "hessian"),
    ("besselj(0, x)", ("x=10.173468135062722",), "grad"),
    ("besselj(1, x)", ("x=14.863588633909034",), "grad"),
    ("besselj(5, x)", ("x=12.338604197466944",), "hessian"),
    ("airyai(x)", ("x=-1.018792971647471",), "grad"),
    ("airyaiprime(x)", ("x=-50000",), "hessian"),
    ("cosint(x)", ("x=3.3841804225511862",), "grad"),
    ("gamma(x)", ("x=-29.763032029127462",), "grad"),
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
