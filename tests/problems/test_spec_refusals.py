"""Inputs that once came through with a wrong meaning, or with words that were not ours."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from test_spec_npy import header

from gradcli.errors import DataError, GradcliError, LimitError, SpecError, ValueProblem, elided
from gradcli.limits import LIMITS
from gradcli.problems import values
from gradcli.problems.commandline import problem_from_expression
from gradcli.problems.data import read_csv
from gradcli.problems.npy import read_npy, read_npz
from gradcli.problems.reading import spec_from_bytes

FORMS = {
    "toml": 'expression = "x"\n[variables]\nx = %s\n',
    "json": '{"expression": "x", "variables":\n\n{"x": %s}}\n',
    "yaml": "expression: x\nvariables:\n  x: %s\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("digits", [310, 4300, 4301, 6000])
def test_a_whole_number_beyond_float64(form: str, digits: int) -> None:
    text = FORMS[form] % ("1" * digits)
    with pytest.raises(GradcliError, match="beyond float64") as caught:
        spec_from_bytes(text.encode(), "s", form)
    assert "Exceeds" not in caught.value.render()
    assert caught.value.line == 3


@pytest.mark.parametrize("date", ["2020-01-01", "2020-01-01T00:00:00Z", "2020-01-01 10:30:00"])
def test_a_date_is_no_number_in_any_format(date: str) -> None:
    quoted = {"toml": date, "json": f'"{date}"', "yaml": date}
    for form, text in FORMS.items():
        with pytest.raises(ValueProblem, match="a date or time is not a number"):
            spec_from_bytes((text % quoted[form]).encode(), "s", form)
    with pytest.raises(ValueProblem, match=f"^x={date}: a date or time is not a number"):
        problem_from_expression("x", [f"x={date}"])


def test_a_difference_is_no_date() -> None:
    assert problem_from_expression("x", ["x=2020 - 1 - 1"]).variables["x"].value == 2018


@pytest.mark.parametrize("first", ["1,2", "-1.5, 2e3", "nan,1"])
def test_a_csv_without_a_header(tmp_path: Path, first: str) -> None:
    path = tmp_path / "d.csv"
    path.write_text(f"{first}\n3,4\n")
    with pytest.raises(DataError, match="no header but numbers") as caught:
        read_csv(path, "d.csv")
    assert "above the numbers" in (caught.value.hint or "")


def test_a_header_of_years_that_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("2019,2020\n3,4\n")
    assert read_csv(path, "d.csv", ["2020"])[1][0].tolist() == [4.0]
    path.write_text("2019,total\n3,4\n")
    assert read_csv(path, "d.csv")[0] == ["2019", "total"]


@pytest.mark.parametrize("shape", ["(True,)", "(1, False)", "(2, True)"])
def test_truth_values_as_lengths(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "w.npy"
    path.write_bytes(header(shape) + b"\0" * 16)
    with pytest.raises(DataError, match="a shape that no array has"):
        read_npy(path, "w.npy")


@pytest.mark.parametrize("text", ["{'descr': (", "{'descr': '<f8', 'shape': (99999,\n", "((((", "\\", "'''"])
def test_a_header_that_python_cannot_read(tmp_path: Path, text: str) -> None:
    body = text.encode().ljust(117) + b"\n"
    path = tmp_path / "w.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body)
    with pytest.raises(DataError, match="header is damaged"):
        read_npy(path, "w.npy")


def test_an_archive_without_arrays(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.npz", "w"):
        pass
    with pytest.raises(DataError, match="no arrays"):
        read_npz(tmp_path / "p.npz", "p.npz")


def test_the_limit_of_axes(tmp_path: Path) -> None:
    most = LIMITS.array_axes
    for depth, fits in ((most, True), (most + 1, False)):
        nested = "[" * depth + "1.5" + "]" * depth
        buffer = io.BytesIO()
        np.save(buffer, np.ones((1,) * depth))
        (tmp_path / "w.npy").write_bytes(buffer.getvalue())
        entry = f"x[{','.join('0' * depth)}]"
        (tmp_path / "p.csv").write_text(f'"{entry}"\n1\n')
        spec = (FORMS["toml"] % nested).encode()
        rule = (FORMS["json"] % f'{{"shape": {[1] * depth}, "init": "ones"}}').encode()
        points = {"points_file": str(tmp_path / "p.csv")}
        if fits:
            assert spec_from_bytes(spec, "s", "toml").variables["x"].value.shape == (1,) * depth
            assert spec_from_bytes(rule, "s", "json").variables["x"].value.shape == (1,) * depth
            assert read_npy(tmp_path / "w.npy", "w.npy").shape == (1,) * depth
            assert problem_from_expression("x", **points).variables["x"].value.shape == (1,) * depth
            continue
        for read in (
            lambda spec=spec: spec_from_bytes(spec, "s", "toml"),
            lambda rule=rule: spec_from_bytes(rule, "s", "json"),
            lambda points=points: problem_from_expression("x", **points),
        ):
            with pytest.raises(LimitError, match="array_axes"):
                read()
        with pytest.raises(DataError, match="a shape that no array has"):
            read_npy(tmp_path / "w.npy", "w.npy")


@pytest.mark.parametrize("ends", [(-1e308, 1e308), (-1.7e308, 1.7e308), (1e308, -1e308), (0.0, 1.7e308)])
def test_a_sweep_over_all_numbers(ends: tuple[float, float]) -> None:
    points = problem_from_expression("x", sweeps=[f"x={ends[0]}:{ends[1]}:5"]).points
    assert points is not None
    expected = [ends[0] * (1 - k / 4) + ends[1] * (k / 4) for k in range(5)]
    np.testing.assert_allclose(points["x"], expected, rtol=1e-15, atol=1e292)
    assert (points["x"][0], points["x"][-1]) == ends


def test_long_words_are_not_repeated() -> None:
    name = "a" * 100_000
    with pytest.raises(GradcliError) as caught:
        spec_from_bytes(f'expression = "{name}"\n[variables]\nx = 1\n'.encode(), "s", "toml")
    assert len(caught.value.message) < 200
    assert len(caught.value.render()) < 1000
    with pytest.raises(SpecError) as twice:
        spec_from_bytes(f'{{"{name}": 1, "{name}": 2}}'.encode(), "s", "json")
    assert len(twice.value.message) < 200
    assert elided("x" * 299) == "x" * 299
    assert elided("x" * 301) == "x" * 60 + "..." + "xxx"
    assert len(elided("word " * 10_000)) < 2100


def test_the_limits_of_a_value_that_is_an_expression() -> None:
    assert values.constant("1 + 1", "x", values.Origin()) == 2.0
    with pytest.raises(LimitError, match="expression_tokens"):
        values.constant("+".join(["1"] * (LIMITS.expression_tokens // 2 + 1)), "x", values.Origin())


def test_the_limit_of_entries_in_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "LIMITS", LIMITS._replace(expression_entries=2))
    assert values.numbers([1, "2", 3, "1 + 3"], "x", values.Origin()).tolist() == [1, 2, 3, 4]
    with pytest.raises(LimitError, match="expression_entries"):
        values.numbers([1, "2", "3", "1 + 3"], "x", values.Origin())


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("1/0", "not a finite number (inf)", "between -1.8e308 and 1.8e308"),
        ("-10^400", "not a finite number (-inf)", "between -1.8e308 and 1.8e308"),
        ("0/0", "not a finite number (nan)", "undefined"),
        ("[1, log(-1)]", "x[1]: not a finite number (nan)", "undefined"),
        ("1e999", "too large for a float64 number", "1.8e308"),
        ("-inf", "unknown name 'inf'", "between -1.8e308 and 1.8e308"),
        ("NaN", "unknown name 'NaN'", "between -1.8e308 and 1.8e308"),
    ],
)
def test_values_beyond_float64(text: str, says: str, hint: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        problem_from_expression("sum(x)", [f"x={text}"])
    assert caught.value.message.startswith(f"x={text}: ")
    assert says in caught.value.message
    assert hint in (caught.value.hint or "")
