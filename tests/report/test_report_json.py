"""JSON is strict (RFC 8259), keeps every digit, and prints nothing a terminal would obey."""

from __future__ import annotations

import json
from typing import Any

import pytest
import report_records as records

from gradcli.report.formats import report
from gradcli.report.json_text import dumps
from gradcli.result import Record, Result


def strict(text: str) -> Any:
    """Parsed by a reader that refuses what is not RFC 8259, and keys that occur twice."""

    def refuse(word: str) -> Any:
        raise AssertionError(f"not JSON: {word}")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=once)


def text_of(form: str, *shown: Record, **options: Any) -> str:
    return "".join(report(form, shown, **options))


def test_the_object_is_the_contract_s_envelope() -> None:
    assert strict(text_of("json", records.GRADIENT)) == {
        "schema": "gradcli/result/1",
        "verdict": "verified",
        "results": [
            {
                "source": "x^2*y",
                "task": "grad",
                "output": "f",
                "point": 0,
                "at": {"x": 3.0, "y": 2.0},
                "value": 18.0,
                "gradient": {"x": 12.0, "y": 9.0},
                "checks": {
                    "symbolic": {"verdict": "agree", "max_error": 1.3e-16, "compared": 2, "of": 2, "reason": None},
                    "finite_difference": {
                        "verdict": "agree",
                        "max_error": 4.1e-11,
                        "compared": 2,
                        "of": 2,
                        "reason": None,
                        "method": "direction",
                    },
                    "certificate": {
                        "verdict": "agree",
                        "max_error": 0.0,
                        "compared": 2,
                        "of": 2,
                        "reason": None,
                        "digits": 15.9,
                    },
                },
                "verdict": "verified",
            }
        ],
    }


def test_the_verdict_of_the_whole_is_the_worst() -> None:
    assert strict(text_of("json", records.GRADIENT, records.KINK, records.JACOBIAN))["verdict"] == "kink"


def test_no_records_is_an_object_too() -> None:
    assert strict(text_of("json"))["results"] == []


def test_lines_are_the_records_of_the_object() -> None:
    lines = text_of("jsonl", *records.ALL).splitlines()
    assert [strict(line) for line in lines] == strict(text_of("json", *records.ALL))["results"]


def test_numbers_that_are_not_finite_are_strings() -> None:
    record = strict(text_of("jsonl", records.NONFINITE))
    assert (record["value"], record["gradient"]) == ("nan", {"x": "nan"})


def test_not_connected_is_null() -> None:
    assert strict(text_of("jsonl", records.ARRAYS))["gradient"]["q"] is None


@pytest.mark.parametrize("number", [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 123456789012345680.0])
def test_numbers_keep_all_their_digits(number: float) -> None:
    record = Record("f", "unchecked", "grad", output="f", point=0, at={}, value=number)
    back = strict(text_of("jsonl", record))["value"]
    assert (back, str(back)) == (number, str(number))


def test_sparse_is_coordinates_and_values() -> None:
    for form in ("json", "jsonl"):
        whole = strict(text_of(form, records.HESSIAN, sparse=True))
        hessian = (whole["results"][0] if form == "json" else whole)["hessian"]
        assert hessian["shape"] == [2, 2]
        assert (hessian["row"], hessian["col"], hessian["value"]) == ([0, 0, 1], [0, 1, 0], [4.0, 6.0, 6.0])
        assert "matrix" not in hessian


def test_strangers_text_comes_back_but_prints_nothing() -> None:
    for form in ("json", "jsonl"):
        text = text_of(form, records.HOSTILE_GRADIENT)
        assert all(character.isprintable() or character == "\n" for character in text)
    assert strict(text_of("jsonl", records.HOSTILE))["source"] == records.HOSTILE_TEXT


@pytest.mark.parametrize("character", ["\x7f", "\x9b", "\u2028", "\u202e", "\udcff", "\U000e0001", "\x00"])
def test_a_character_that_does_not_print_is_escaped(character: str) -> None:
    text = dumps(f"a{character}b")
    assert text.isascii()
    assert json.loads(text) == f"a{character}b"


def test_greek_is_readable_unless_the_stream_cannot_carry_it() -> None:
    record = Record("α^2", "unchecked", "grad")
    assert "α^2" in text_of("jsonl", record)
    assert text_of("jsonl", record, ascii_only=True).isascii()


def test_a_float_that_slipped_through_is_an_error() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps(float("nan"))


def test_records_are_printed_as_they_come() -> None:
    def coming() -> Any:
        yield records.GRADIENT
        raise KeyboardInterrupt

    for form in ("jsonl", "csv", "latex", "markdown", "table"):
        seen: list[str] = []
        with pytest.raises(KeyboardInterrupt):
            seen.extend(report(form, coming()))
        assert form == "table" or "x^2*y" in "".join(seen)


def test_exit_codes_follow_the_verdict() -> None:
    assert Result((records.GRADIENT, records.JACOBIAN)).exit_code == 0
    for record in (records.KINK, records.NONFINITE, records.MISMATCH, records.ARRAYS, records.ERROR):
        assert Result((records.GRADIENT, record)).exit_code == 1
