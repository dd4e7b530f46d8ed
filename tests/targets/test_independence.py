"""The ball witness judges the kernels: no kernel may take its value from a formula of the witness."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TARGETS = Path(__file__).parents[2] / "gradcli" / "targets"
KERNELS = sorted((TARGETS / "kernels").glob("*.py"))
BALLS = sorted((TARGETS / "balls").glob("*.py"))

#: Where the witness takes a float64 from a kernel: to start Newton's method, whose enclosure then holds or is refused.
STARTS = {("hypergeometric", "distributions"), ("hypergeometric", "gamma")}


def imported(path: Path) -> set[str]:
    """Every module and name that a file imports, at its top or in a function, as `package.module.name`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, path
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_there_is_something_to_look_at() -> None:
    assert len(KERNELS) > 10
    assert len(BALLS) > 5


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.stem)
def test_no_kernel_takes_its_value_from_the_witness(path: Path) -> None:
    assert not {name for name in imported(path) if name.startswith("gradcli.targets.balls")}


@pytest.mark.parametrize("path", BALLS, ids=lambda path: path.stem)
def test_the_witness_takes_nothing_from_the_kernels_but_where_to_start(path: Path) -> None:
    prefix = "gradcli.targets.kernels."
    taken = {name.removeprefix(prefix) for name in imported(path) if name.startswith(prefix)}
    assert {(path.stem, name) for name in taken} <= STARTS
