"""Help teaches by example, every example is one, and neither help nor version imports anything heavy."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

import gradcli as package
from gradcli.cli.program import COMMANDS, program
from gradcli.limits import LIMITS

Run = Callable[..., Any]
ROOT = Path(__file__).parents[2]


def test_help_lists_every_command(gradcli: Run) -> None:
    for option in ("--help", "-h"):
        ran = gradcli(option)
        assert (ran.code, ran.err) == (0, "")
        for name in COMMANDS:
            assert re.search(rf"^  {name} +\S", ran.out, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(gradcli: Run, name: str) -> None:
    ran = gradcli(name, "--help")
    assert ran == gradcli(name, "-h")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: gradcli {name} ")
    assert max(map(len, ran.out.splitlines())) <= 100


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_help_shows_three_to_six_examples_that_parse(name: str | None) -> None:
    context = click.Context(program)
    command: Any = program if name is None else program.get_command(context, name)
    assert 3 <= len(command.examples) <= 6
    for _, line in command.examples:
        words = shlex.split(line.partition("| ")[2] or line)
        assert words[0] == "gradcli"
        assert name is None or words[1] == name
        called = program.get_command(context, words[1])
        assert called is not None
        called.make_context(words[1], words[2:])


def _runnable() -> list[list[str]]:
    """The examples on an expression or a sample, with the slow witnesses left out."""
    found = []
    context = click.Context(program)
    for name in ("grad", "hessian", "jacobian", "check", "descend", "expand"):
        command: Any = program.get_command(context, name)
        for what, line in command.examples:
            assert what
            words = shlex.split(line)[1:]
            made = {"fitted.toml", "model.toml", "a=@data.csv:price"}
            if made & set(words) and "-o" not in words:
                continue  # of a file that the reader has
            found.append(
                [*words, "--no-check"] if name not in ("check", "expand") and "--certify" not in words else words
            )
    return found


@pytest.mark.parametrize("words", _runnable(), ids=" ".join)
def test_the_examples_of_the_help_run(
    gradcli: Run, words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    wrong_on_purpose = words[:2] == ["check", "sin(x)^2"]
    assert gradcli(*words).code == (1 if wrong_on_purpose else 0)


def test_the_version_is_the_package_s(gradcli: Run) -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert gradcli("--version").out == f"gradcli {stated}\n"
    assert package.__version__ == stated


def test_the_limits(gradcli: Run) -> None:
    printed = dict(line.split(maxsplit=1) for line in gradcli("--limits").out.splitlines())
    assert {name: value.split()[0] for name, value in printed.items()} == {
        name: str(value) for name, value in LIMITS._asdict().items()
    }


HEAVY = (
    "numpy",
    "sympy",
    "scipy",
    "rich",
    "msgspec",
    "yaml",
    "flint",
    "mpmath",
    "json",
    "gradcli.solve",
    "gradcli.autodiff",
)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["--limits"], ["grad", "--help"], ["batch", "-h"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from gradcli.cli.main import status_of; code = status_of(sys.argv[1:]);"
        "print(code, *sorted(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    code_and_modules = ran.stderr.split()
    assert code_and_modules[0] == "0"
    assert set(HEAVY).isdisjoint(code_and_modules)


def test_json_without_checks_imports_numpy_and_nothing_else_heavy() -> None:
    run = "from gradcli.cli.main import status_of; status_of(sys.argv[1:])"
    code = f"import sys; {run}; print(*sys.modules, file=sys.stderr)"
    arguments = ["grad", "sin(x)*y", "x=1", "y=2", "--no-check", "--format", "json"]
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert {"sympy", "scipy", "rich", "msgspec", "yaml", "flint", "mpmath"}.isdisjoint(ran.stderr.split())


def test_importing_the_package_imports_none_of_its_rooms() -> None:
    code = (
        "import sys, gradcli; print(*[m for m in sys.modules if m.startswith('gradcli.')], *('numpy' in sys.modules,))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.split() == ["False"]


def test_the_package_s_names() -> None:
    from gradcli.errors import GradcliError

    assert package.GradcliError is GradcliError
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="no attribute 'tap'"):
        _ = package.tap
