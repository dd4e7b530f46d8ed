"""Generated documentation is what the program says now; `python docs/generate.py` refreshes it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import gradcli
from gradcli.autodiff.elementwise import ROWS

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))
import generate  # noqa: E402 - docs/ is no package
from examples import Shell, comparable, examples, refreshed  # noqa: E402

REFRESH = "out of date: run python docs/generate.py"


@pytest.mark.parametrize("name", generate.PAGES)
def test_page_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == generate.PAGES[name](), REFRESH


def test_readme_parts_are_up_to_date() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert generate.with_parts(text) == text, REFRESH


def test_every_row_and_its_conventions_are_on_the_page() -> None:
    page = (ROOT / "docs/functions.md").read_text(encoding="utf-8")
    for row in ROWS:
        if row.private:
            continue
        if row.operator is None:
            assert f"| `{row.name}(" in page, row.name
        for name in row.aliases:
            assert f"`{name}`" in page, name
        for kink in row.kinks:
            assert generate.cell(kink.convention) in page, row.name


def test_a_missing_part_is_an_error() -> None:
    with pytest.raises(ValueError, match="no part marked 'commands'"):
        generate.with_parts("# gradcli\n")


def test_tables_survive_what_functions_say() -> None:
    assert generate.cell("|a| * b_c <d> [e]") == r"\|a\| \* b\_c \<d> \[e\]"
    assert generate.code("abs(x) | y") == r"`abs(x) \| y`"


SHOWN = """Before.

```console
$ cat > one.txt <<'END'
something new
END
$ cat > two.txt <<'END'
$ not a command
END
$ cat one.txt
something old

$ gradcli --version
```

```sh
$ left alone
```
"""


def test_examples_are_refreshed_in_place(tmp_path: Path) -> None:
    fresh = refreshed(SHOWN, tmp_path)
    wanted = SHOWN.replace("something old", "something new").replace(
        "--version\n", f"--version\ngradcli {gradcli.__version__}\n"
    )
    assert fresh == wanted
    assert refreshed(fresh, tmp_path) == fresh


def test_exit_status_is_that_of_the_last_command(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    said = [shell.run(example) for example in examples('$ gradcli grad "2x"\n$ echo $?\n')]
    assert said[0].startswith("error: ")
    assert said[1] == "2"


def test_only_the_seconds_of_a_batch_may_differ() -> None:
    assert comparable("3 specs: 3 verified in 0.1 s") == comparable("3 specs: 3 verified in 12.0 s")
    assert comparable("2 specs in 0.1 s") != comparable("3 specs in 0.1 s")


@pytest.mark.parametrize("command", ["rm -r samples", "ls"])
def test_no_other_command_is_an_example(command: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no example can be"):
        Shell(tmp_path).run(examples(f"$ {command}\n")[0])


def test_a_block_begins_with_a_command() -> None:
    with pytest.raises(ValueError, match="line 7: a console block begins with a command"):
        examples("output\n", 7)


def test_changelog_has_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[?({re.escape(gradcli.__version__)}|Unreleased)\b", text, re.MULTILINE)


def test_an_internal_error_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ArithmeticError("planted")

    monkeypatch.setattr("gradcli.solve.solve", broken)
    with pytest.raises(RuntimeError, match="planted"):
        Shell(tmp_path).run(examples("$ gradcli grad x x=1\n")[0])
