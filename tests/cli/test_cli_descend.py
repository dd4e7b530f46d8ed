"""`gradcli descend` and `gradcli expand`: what is printed, what is written, and how they end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., Any]
NET = """
[constants]
x = [[0, 0], [0, 1], [1, 0], [1, 1]]
y = [[0], [1], [1], [0]]
[[layers]]
input = "x"
units = 2
activation = "tanh"
[[layers]]
units = 1
activation = "sigmoid"
[outputs]
loss = "binary_cross_entropy(y, layer2)"
"""


def test_the_spec_that_is_written_runs_again(gradcli: Run, tmp_path: Path) -> None:
    net, fitted = tmp_path / "net.toml", tmp_path / "fitted.toml"
    net.write_text(NET)
    ran = gradcli("descend", str(net), "--rate", "1", "--steps", "200", "-o", str(fitted))
    assert (ran.code, ran.out) == (0, "")
    assert "200 steps, loss from " in ran.err
    first, again = (json.loads(gradcli("grad", str(f), "--format", "json").out) for f in (net, fitted))
    assert again["verdict"] == "verified"
    assert again["results"][0]["value"] < first["results"][0]["value"] - 0.1
    halves = tmp_path / "half.toml", tmp_path / "whole.toml"
    gradcli("descend", str(net), "--rate", "1", "--steps", "100", "-o", str(halves[0]))
    gradcli("descend", str(halves[0]), "--rate", "1", "--steps", "100", "-o", str(halves[1]))
    assert halves[1].read_text().partition("\n")[2] == fitted.read_text().partition("\n")[2]


def test_the_table_shows_the_fall(gradcli: Run) -> None:
    ran = gradcli("descend", "x^2", "x=1", "--rate", "0.25", "--steps", "2")
    assert ran == (
        0,
        (
            "step  f       norm of the gradient\n"
            "──────────────────────────────────\n"
            "   0  1       2\n"
            "   1  0.25    1\n"
            "   2  0.0625  0.5\n"
            "\n"
            "x = 0.25\n"
            "\n"
            "✓ verified: the gradient at the start\n"
        ),
        "",
    )


def test_json_has_every_state(gradcli: Run) -> None:
    ran = gradcli("descend", "x^2", "x=1", "--rate", "0.25", "--steps", "30", "--format", "json", "--no-check")
    found = json.loads(ran.out)
    assert found["schema"] == "gradcli/descent/1"
    assert [s["step"] for s in found["steps"]] == list(range(31))
    assert found["steps"][5] == {"step": 5, "value": 0.25**5, "gradient_norm": 2 * 0.5**5}
    assert (found["final"], found["verdict"], found["stopped"]) == ({"x": 0.5**30}, "unchecked", None)


def test_a_divergence_ends_with_status_1(gradcli: Run) -> None:
    ran = gradcli("descend", "x^4", "x=10", "--rate", "1", "--steps", "50")
    assert ran.code == 1
    assert "stopped at step" in ran.err
    assert "a smaller --rate may help" in ran.err


@pytest.mark.parametrize("form", ["table", "toml", "json"])
def test_a_start_that_is_not_finite_ends_there(gradcli: Run, tmp_path: Path, form: str) -> None:
    file = tmp_path / "out.txt"
    ran = gradcli("descend", "log(x)", "x=-1", "--rate", "1", "--steps", "3", "--format", form, "-o", str(file))
    assert ran.code == 1
    assert ran.err.startswith("stopped at the start: f is nan, its gradient's norm nan\n")
    assert "internal" not in ran.err
    assert file.exists()


def test_the_states_shown_are_evenly_spaced(gradcli: Run) -> None:
    ran = gradcli("descend", "x^2", "x=1", "--rate", "0.01", "--steps", "33", "--no-check")
    assert [line.split()[0] for line in ran.out.splitlines()[2:10]] == ["0", "5", "10", "15", "20", "25", "30", "33"]


def test_the_ending_of_the_file_says_what_is_written(gradcli: Run, tmp_path: Path) -> None:
    line = ("descend", "x^2", "x=1", "--rate", "0.25", "--steps", "2", "--no-check", "-o")
    assert gradcli(*line, str(tmp_path / "d.json")).code == 0
    assert json.loads((tmp_path / "d.json").read_text())["final"] == {"x": 0.25}
    spec = tmp_path / "s.toml"
    spec.write_text(NET)
    for command in ((*line[:-1], "--format", "toml", "-o"), ("expand", str(spec), "-o")):
        for ending in ("json", "yaml", "yml"):
            ran = gradcli(*command, str(tmp_path / f"e.{ending}"))
            assert (ran.code, ran.out) == (2, "")
            assert "the spec is written in TOML" in ran.err
            assert not (tmp_path / f"e.{ending}").exists()


def test_usage(gradcli: Run) -> None:
    for arguments, words in (
        (("x^2", "x=1", "--steps", "3"), "missing option '--rate'"),
        (("x^2", "x=1", "--rate", "nan", "--steps", "3"), "'nan' is not a finite number from 0 on"),
        (("x^2", "x=1", "--rate", "-1", "--steps", "3"), "'-1' is not a finite number from 0 on"),
        (("x^2", "x=1", "--rate", "1", "--steps", "-3"), "'-3' is not a whole number from 0 on"),
        (("x^2", "x=1", "--rate", "1", "--steps", "3", "--momentum", "1"), "'1' is not a number from 0 to below 1"),
        (("x^2", "--rate", "1", "--steps", "3"), "no value for x"),
        (("3", "--rate", "1", "--steps", "3"), "there is no variable to differentiate by"),
    ):
        ran = gradcli("descend", *arguments)
        assert (ran.code, ran.out) == (2, ""), arguments
        assert words in ran.err


@pytest.mark.parametrize(("sent", "status", "word"), [("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "terminated")])
def test_an_interrupt_writes_what_was_reached(tmp_path: Path, sent: str, status: int, word: str) -> None:
    file = tmp_path / "so_far.toml"
    command = [sys.executable, "-m", "gradcli", "descend", "x^2", "x=1", "--rate", "1e-9", "--steps", "100000000"]
    run = subprocess.Popen([*command, "--no-check", "-o", str(file)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    run.send_signal(getattr(signal, sent))
    _, err = run.communicate(timeout=30)
    assert run.returncode == status
    assert f"{word} after " in err
    assert "Traceback" not in err
    assert file.read_text().startswith("# After ")
    assert [path.name for path in tmp_path.iterdir()] == ["so_far.toml"]


def test_a_spec_too_large_to_be_read_again_is_refused_before_the_first_step(gradcli: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(1).normal(size=250_000))
    spec, out = tmp_path / "s.toml", tmp_path / "out.toml"
    spec.write_text('expression = "mean((x - m)^2)"\nconstants.x = { file = "x.npy" }\nvariables.m = 1\n')
    for arguments in (("descend", str(spec), "--rate", "1", "--steps", "2"), ("expand", str(spec))):
        ran = gradcli(*arguments, "-o", str(out))
        assert (ran.code, ran.out, out.exists()) == (2, "", False)
        assert "spec_bytes" in ran.err
    assert gradcli("descend", str(spec), "--rate", "0.1", "--steps", "2", "--no-check").code == 0


def test_a_loss_that_depends_on_nothing_trainable_is_refused(gradcli: Run, tmp_path: Path) -> None:
    spec = tmp_path / "s.toml"
    spec.write_text('[constants]\na = [1, 2]\n[variables]\nw = 3\nv = 2\n[outputs]\nloss = "sum(a) + (w > v)"\n')
    ran = gradcli("descend", str(spec), "--rate", "1", "--steps", "3", "-o", str(tmp_path / "out.toml"))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: nothing would move: loss is not connected to w, v\n")
    assert not (tmp_path / "out.toml").exists()


def test_what_the_output_does_not_depend_on_is_said(gradcli: Run) -> None:
    line = ("descend", "x^2 + floor(stop_gradient(y))", "x=1", "y=3", "--rate", "0.25", "--steps", "1")
    ran = gradcli(*line)
    assert "x = 0.5\ny = 3   (f is not connected to it: it stays)\n" in ran.out
    assert json.loads(gradcli(*line, "--format", "json").out)["unconnected"] == ["y"]


def test_the_gradient_at_the_end_is_checked_too(gradcli: Run, tmp_path: Path) -> None:
    """From 1 in steps of 1/2 the descent of |x| lands on the kink, where the gradient is a convention."""
    line = ("descend", "abs(x)", "x=1", "--rate", "0.5", "--steps", "3")
    ran = gradcli(*line)
    assert ran.code == 1
    assert ran.out.endswith("✓ verified: the gradient at the start\n– kink: the gradient at the end\n")
    found = json.loads(gradcli(*line, "--format", "json").out)
    assert (found["verdict"], found["final_verdict"]) == ("verified", "kink")
    ran = gradcli(*line, "-o", str(tmp_path / "out.toml"))
    assert ran.err.endswith("the gradient at the start: verified, at the end: kink\n")


def test_expand_prints_a_spec_that_means_the_same(gradcli: Run, tmp_path: Path) -> None:
    net, whole = tmp_path / "net.toml", tmp_path / "whole.toml"
    net.write_text(NET)
    ran = gradcli("expand", str(net))
    assert ran.code == 0
    assert 'layer1 = "tanh(x @ W1 + b1)"' in ran.out
    assert "layers" not in ran.out
    whole.write_text(ran.out)
    one, other = (json.loads(gradcli("grad", str(f), "--no-check", "--format", "json").out) for f in (net, whole))
    assert one["results"][0]["gradient"] == other["results"][0]["gradient"]


def test_expand_reads_a_spec_of_any_format_on_stdin(gradcli: Run) -> None:
    ran = gradcli("expand", "-", "--input-format", "yaml", stdin=b"expression: x^2\nvariables: {x: 1e3}\n")
    assert ran == (0, 'task = ["grad"]\n\n[variables]\nx = 1000.0\n\n[outputs]\nf = "x^2"\n', "")


def test_expand_lists_every_name_without_a_value(gradcli: Run) -> None:
    for items, missing in (((), "x, y"), (("x=3",), "y")):
        ran = gradcli("expand", "x*y", *items)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"error: no value for {missing}\n")
