"""Why an entry is 0 or not connected: every such entry has its reason, at its place, and no other entry has one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from planting import solved

#: Text, point, and per entry the kind of its reason and the text of the place where the path is cut.
CASES: list[tuple[str, tuple[str, ...], dict[str, tuple[str, str]]]] = [
    ("y", ("x=1", "y=2"), {"x": ("absent", "")}),
    ("v[1]", ("v=[1, 2, 3]",), {"v[0]": ("absent", ""), "v[2]": ("absent", "")}),
    ("sum(A[0])", ("A=[[1, 2], [3, 4]]",), {"A[1,0]": ("absent", ""), "A[1,1]": ("absent", "")}),
    ("stop_gradient(sin(x)) + y", ("x=1", "y=2"), {"x": ("cut", "stop_gradient(sin(x))")}),
    ("where(x > 1, y, 2*y)", ("x=2", "y=2"), {"x": ("cut", "x > 1")}),
    ("where(x, y, 2*y)", ("x=2", "y=2"), {"x": ("cut", "where(x, y, 2*y)")}),
    ("y + round(2*x)", ("x=1.1", "y=2"), {"x": ("constant", "round(2*x)")}),
    ("y + sin(floor(x))", ("x=1.1", "y=2"), {"x": ("constant", "floor(x)")}),
    ("where(y > 1, y, x)", ("x=1", "y=2"), {"x": ("branch", "x")}),
    ("max(v)", ("v=[1, 5, 2]",), {"v[0]": ("branch", "max(v)"), "v[2]": ("branch", "max(v)")}),
    ("relu(x) + y", ("x=-1", "y=2"), {"x": ("branch", "relu(x)")}),
    ("exp((x - 1)^2) + y", ("x=1", "y=2"), {"x": ("zero", "(x - 1)^2")}),
    ("cos(x)*y", ("x=0", "y=2"), {"x": ("zero", "cos(x)")}),
    ("x*y", ("x=3", "y=0"), {"x": ("zero", "x*y")}),
    ("[x, y] @ [0, 1]", ("x=3", "y=4"), {"x": ("zero", "[x, y] @ [0, 1]")}),
    ("norm([x, 1])*y", ("x=0", "y=4"), {"x": ("zero", "norm([x, 1])")}),
    ("x/x + y", ("x=3", "y=4"), {"x": ("cancels", "x/x")}),
    ("sin(x)^2 + cos(x)^2 + y", ("x=0.5", "y=1"), {"x": ("cancels", "sin(x)")}),
    ("1e-200*(x*1e-200) + y", ("x=3", "y=4"), {"x": ("underflow", "x*1e-200")}),
    ("exp(-1000*x)", ("x=2",), {"x": ("underflow", "exp(-1000*x)")}),
    ("tanh(x) + y", ("x=400", "y=1"), {"x": ("underflow", "tanh(x)")}),
    ("x*exp(-1000*y)", ("x=1", "y=2"), {"x": ("underflow", "x*exp(-1000*y)"), "y": ("underflow", "exp(-1000*y)")}),
    ("softmax(v)[0]", ("v=[1000, 0]",), {"v[0]": ("cancels", "softmax(v)"), "v[1]": ("cancels", "softmax(v)")}),
    ("det(A) + y", ("A=[[0, 0], [0, 3]]", "y=1"), {f"A[{at}]": ("cancels", "det(A)") for at in ("0,1", "1,0", "1,1")}),
    ("x^2*floor(y)", ("x=0", "y=1.5"), {"x": ("zero", "x^2"), "y": ("constant", "floor(y)")}),
]


@pytest.mark.parametrize(("text", "items", "expected"), CASES, ids=[c[0] for c in CASES])
def test_the_place_where_the_path_is_cut(text: str, items: Any, expected: dict[str, tuple[str, str]]) -> None:
    record = solved(text, items, "grad")
    found = {entry: (zero.kind, zero.text) for zero in record.zeros for entry in zero.entries}
    for entry, (kind, place) in expected.items():
        assert found[entry][0] == kind
        if kind != "cancels":
            assert found[entry][1] == place
    assert set(found) == set(expected)
    for zero in record.zeros:
        assert zero.column == (text.index(zero.text) + 1 if zero.text else None)
        name = zero.entries[0].partition("[")[0]
        assert zero.connected == (record.gradient[name] is not None)


def test_two_paths_have_two_reasons() -> None:
    record = solved("0*x + floor(x) + y", ("x=1.5", "y=2"), "grad")
    assert [(zero.entries, zero.kind) for zero in record.zeros] == [(("x",), "zero"), (("x",), "constant")]


@pytest.mark.parametrize("text", ["x*y + z", "where(x > 0, x, y)*z", "sum(v^2) + x"])
def test_what_is_not_zero_has_no_reason(text: str) -> None:
    record = solved(text, ("x=1", "y=2", "z=3", "v=[1, 2]"), "grad")
    zero = {n for n, g in record.gradient.items() if g is None or not np.all(g)}
    assert {entry.partition("[")[0] for z in record.zeros for entry in z.entries} == zero


@pytest.mark.parametrize("text", ["abs(x) + y", "relu(x) + y", "norm([x, 0]) + y"])
def test_a_kink_tells_its_zero_itself(text: str) -> None:
    record = solved(text, ("x=0", "y=2"), "grad")
    assert record.kinks
    assert record.gradient["x"] == 0
    assert record.zeros == ()


def test_many_entries_are_counted_not_listed() -> None:
    record = solved("v[0] + sum(relu(w))", (f"v={[1.0] * 50}", f"w={[-1.0] * 30}"), "grad")
    counts = {zero.kind: (len(zero.entries), zero.count) for zero in record.zeros}
    assert counts == {"absent": (6, 49), "branch": (6, 30)}


def test_a_jacobian_tells_structure_from_chance() -> None:
    """[x*y, floor(x), y^2] at (1.5, 0): y^2 has the slope 0 by chance, floor(x) everywhere; the others have no path."""
    record = solved("[x*y, floor(x), y^2]", ("x=1.5", "y=0"), "jacobian")
    found = {entry: zero.kind for zero in record.zeros for entry in zero.entries}
    assert found == {"f[0],x": "zero", "f[1],x": "constant", "f[1],y": "absent", "f[2],x": "absent", "f[2],y": "zero"}


def test_without_a_value_only_missing_paths_are_explained() -> None:
    record = solved("log(x) + floor(y)", ("x=-1", "y=1.5", "z=2"), "grad")
    assert [(zero.entries, zero.kind) for zero in record.zeros] == [(("z",), "absent")]
