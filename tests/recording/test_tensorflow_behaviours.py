"""The table of TensorFlow's behaviours names tests that exist, and every test of its documents."""

import ast
from pathlib import Path

import pytest
from tensorflow_behaviours import CANNOT_APPLY, COVERED

HERE = Path(__file__).parent


def names_in(path: Path) -> set[str]:
    """Names of the test functions of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("behaviour", COVERED)
def test_the_named_test_exists(behaviour: str) -> None:
    module, _, name = COVERED[behaviour].partition("::")
    assert name in names_in(HERE / module)


def test_every_example_of_the_documents_is_named() -> None:
    named = set(COVERED.values())
    for module in ("test_tensorflow_examples.py", "test_tensorflow_advanced.py"):
        assert {f"{module}::{name}" for name in names_in(HERE / module)} <= named


def test_what_cannot_apply_has_a_reason() -> None:
    assert all(len(reason) > 15 for reason in CANNOT_APPLY.values())
    assert not set(CANNOT_APPLY) & set(COVERED)
