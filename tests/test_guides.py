"""The README and the guides in docs/ keep their word: every example is run and prints what it says."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradcli.cli.program import COMMANDS

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))
from examples import BLOCK, Shell, blocks, comparable, examples  # noqa: E402 - docs/ is no package
from generate import GUIDES, PAGES  # noqa: E402

TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in GUIDES}
CONSOLES = [(name, line, body) for name in GUIDES for line, body in blocks(TEXTS[name], "console")]
PYTHON = [(name, line, body) for name in GUIDES for line, body in blocks(TEXTS[name], "pycon")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the examples run: a folder with the samples in it."""
    where = tmp_path_factory.mktemp("guides")
    shutil.copytree(ROOT / "samples", where / "samples")
    return where


@pytest.fixture
def inside(folder: Path) -> Iterator[None]:
    back = os.getcwd()
    os.chdir(folder)
    yield
    os.chdir(back)


@pytest.mark.parametrize(("name", "line", "body"), CONSOLES, ids=[f"{name}:{line}" for name, line, _ in CONSOLES])
def test_console_example(name: str, line: int, body: str, folder: Path) -> None:
    shell = Shell(folder)
    for example in examples(body, line):
        printed = shell.run(example)
        assert comparable(printed) == comparable(example.printed), f"{name}:{example.line}: {example.command}"


@pytest.mark.parametrize(("name", "line", "body"), PYTHON, ids=[f"{name}:{line}" for name, line, _ in PYTHON])
@pytest.mark.usefixtures("inside")
def test_python_example(name: str, line: int, body: str) -> None:
    session = doctest.DocTestParser().get_doctest(body, {}, f"{name}:{line}", name, line)
    assert session.examples
    said: list[str] = []
    doctest.DocTestRunner().run(session, out=said.append)
    assert "".join(said) == ""


@pytest.mark.parametrize("name", GUIDES)
def test_every_block_is_run(name: str) -> None:
    kinds = {found["kind"] for found in BLOCK.finditer(TEXTS[name])}
    assert kinds <= {"console", "pycon"} | ({"sh"} if name == "README.md" else set())
    assert len(BLOCK.findall(TEXTS[name])) * 2 == len(re.findall("^```", TEXTS[name], re.MULTILINE))


@pytest.mark.parametrize("name", GUIDES)
def test_links_lead_somewhere(name: str) -> None:
    for target, anchor in re.findall(r"\]\(([^)#]+)(?:#([^)]+))?\)", TEXTS[name]):
        page = (ROOT / name).parent / target
        assert page.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_linked_from_the_readme() -> None:
    for page in [*PAGES, *GUIDES[1:]]:
        assert f"]({page}" in TEXTS["README.md"], page


def test_every_command_has_an_example() -> None:
    shown = {
        example.command.split()[1]
        for _, line, body in CONSOLES
        for example in examples(body, line)
        if example.command.startswith("gradcli ")
    }
    assert shown == set(COMMANDS)
