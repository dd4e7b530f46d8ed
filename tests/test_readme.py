"""The README's two set-up commands are what they say, and its tables name all that there is."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from gradcli.cli import exit_codes
from gradcli.problems.tables import CheckTable, ExpectTable, SpecTable
from gradcli.result import VERDICTS

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))
from examples import blocks  # noqa: E402 - docs/ is no package

README = (ROOT / "README.md").read_text(encoding="utf-8")
SETUP = [body for _, body in blocks(README, "sh")]


def test_two_commands_are_all_the_set_up() -> None:
    commands = [line.removeprefix("$ ") for body in SETUP for line in body.splitlines()]
    assert len(commands) == 2
    run, test = (command.split(" && ") for command in commands)
    assert run[0] == test[0] == "python3 -m venv .venv"
    assert shlex.split(run[1]) == [".venv/bin/python", "-m", "pip", "install", "--quiet", "."]
    assert shlex.split(test[1]) == [".venv/bin/python", "-m", "pip", "install", "--quiet", ".[test]"]
    assert run[2].startswith(".venv/bin/gradcli batch samples/")
    assert test[2] == ".venv/bin/python -m pytest"


def test_ci_runs_the_test_command() -> None:
    found = re.findall(r"^\$ (.*pytest.*)$", README, re.MULTILINE)
    assert found[0] in SETUP[1]
    assert r"sed -n 's/^\$ \(.*pytest.*\)$/\1/p' README.md" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables of a section, without their headers."""
    section = README[README.index(f"\n## {heading}\n") :]
    section = section[: section.find("\n## ", 1)]
    found = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in cells] for cells in found if not set(cells[0]) <= set("- ")]


def test_verdicts_stand_in_their_order() -> None:
    named = [cells[0].strip("`") for cells in rows("Verdicts and exit status") if cells[0].startswith("`")]
    assert tuple(named) == VERDICTS


def test_every_exit_status_is_listed() -> None:
    listed = {int(cells[0]) for cells in rows("Verdicts and exit status") if cells[0].isdigit()}
    assert listed == {0, 1} | {value for name, value in vars(exit_codes).items() if name.isupper()}


def test_every_key_of_a_spec_is_listed() -> None:
    table = " ".join(" ".join(cells) for cells in rows("Spec files in brief"))
    for kind in (SpecTable, ExpectTable, CheckTable):
        for key in kind.__struct_fields__:
            assert re.search(rf"`\[{{0,2}}{key}\b", table), key
