"""The README keeps its word: every example is run and prints what it says, every table names what there is."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradcli.cli import exit_codes
from gradcli.cli.program import COMMANDS
from gradcli.problems.tables import CheckTable, ExpectTable, SpecTable
from gradcli.result import VERDICTS

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))
from examples import BLOCK, Shell, blocks, comparable, examples  # noqa: E402 - docs/ is no package

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLES = list(blocks(README, "console"))
PYTHON = list(blocks(README, "pycon"))
SETUP = [body for _, body in blocks(README, "sh")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the examples run: a folder with the samples in it."""
    where = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "samples", where / "samples")
    return where


@pytest.fixture
def inside(folder: Path) -> Iterator[None]:
    back = os.getcwd()
    os.chdir(folder)
    yield
    os.chdir(back)


@pytest.mark.parametrize(("line", "body"), CONSOLES, ids=[f"line {line}" for line, _ in CONSOLES])
def test_console_example(line: int, body: str, folder: Path) -> None:
    shell = Shell(folder)
    for example in examples(body, line):
        printed = shell.run(example)
        assert comparable(printed) == comparable(example.printed), f"line {example.line}: {example.command}"


@pytest.mark.parametrize(("line", "body"), PYTHON, ids=[f"line {line}" for line, _ in PYTHON])
@pytest.mark.usefixtures("inside")
def test_python_example(line: int, body: str) -> None:
    session = doctest.DocTestParser().get_doctest(body, {}, f"README.md:{line}", "README.md", line)
    assert session.examples
    said: list[str] = []
    doctest.DocTestRunner().run(session, out=said.append)
    assert "".join(said) == ""


def test_every_block_is_run() -> None:
    assert {found["kind"] for found in BLOCK.finditer(README)} == {"console", "pycon", "sh"}
    assert len(BLOCK.findall(README)) * 2 == len(re.findall("^```", README, re.MULTILINE))


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


def test_every_command_has_an_example() -> None:
    shown = {shlex.split(e.command)[1] for line, b in CONSOLES for e in examples(b, line) if "gradcli" in e.command}
    assert shown == set(COMMANDS)


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


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README):
        assert (ROOT / target).exists(), target
