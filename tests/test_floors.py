"""The house rule: a module imports from its own room or from a lower floor, never from above."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "gradcli"

#: Floor of each room (a folder) or of a module on the top level.
FLOORS = {
    "errors": 0,
    "limits": 0,
    "language": 1,
    "result": 1,
    "autodiff": 2,
    "targets": 3,
    "problems": 4,
    "gradient_tape": 5,
    "recording": 4,
    "verify": 4,
    "assembly": 5,
    "derivative": 5,
    "formulas": 5,
    "examination": 5,
    "solve": 5,
    "descent": 5,
    "claims": 5,
    "rewrites": 5,
    "model": 6,
    "batch": 6,
    "report": 4,
    "cli": 7,
}
#: The front doors may import from anywhere.
DOORS = {"__init__", "__main__"}


def room(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("gradcli"):
            names = node.module.split(".")
            found |= {names[1]} if len(names) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("gradcli.")}
    return found


MODULES = sorted(p for p in PACKAGE.rglob("*.py") if room(p.relative_to(PACKAGE).parts) not in DOORS)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_downward(path: Path) -> None:
    own = room(path.relative_to(PACKAGE).parts)
    for other in imports_of(path) - {own, "__version__"}:
        assert other in FLOORS, f"{other} has no floor"
        lower = FLOORS[other] < FLOORS[own]
        same_top_level = FLOORS[other] == FLOORS[own] == 5
        assert lower or same_top_level, f"{own} (floor {FLOORS[own]}) imports {other} (floor {FLOORS[other]})"


def test_every_room_has_a_floor() -> None:
    rooms = {room(p.relative_to(PACKAGE).parts) for p in PACKAGE.rglob("*.py")} - DOORS
    assert rooms <= set(FLOORS)


def test_files_stay_readable() -> None:
    long = {str(p): n for p in PACKAGE.rglob("*.py") if (n := len(p.read_text(encoding="utf-8").splitlines())) > 350}
    assert not long
