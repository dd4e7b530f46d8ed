"""Translations take their arguments where NumPy's functions take them, and a default written out changes nothing."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradcli import Tape, Variable
from gradcli.recording.arguments import without_defaults
from gradcli.recording.dispatch import full_name
from gradcli.recording.numpy_functions import TRANSLATIONS

BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Those that may be given by position; none where Python does not know the signature."""
    try:
        return [p for p in inspect.signature(function).parameters.values() if p.kind in BY_POSITION]
    except ValueError:
        return []


@pytest.mark.parametrize(
    "function", [f for f in TRANSLATIONS if not isinstance(f, tuple | np.ufunc) and parameters(f)], ids=full_name
)
def test_arguments_stand_in_numpys_order(function: Callable[..., Any]) -> None:
    own, numpys = parameters(TRANSLATIONS[function]), parameters(function)
    for mine, theirs in list(zip(own, numpys, strict=False))[1:]:
        assert mine.name == theirs.name or theirs.kind is inspect.Parameter.POSITIONAL_ONLY


def test_from_the_first_default_on_arguments_come_by_name() -> None:
    x = np.zeros(3)
    assert without_defaults(np.sum, (x, None, None, None, True), {}) == ((x,), {"keepdims": True})
    assert without_defaults(np.sum, (x, 0, float), {"out": None, "where": True}) == ((x, 0), {"where": True})
    assert without_defaults(np.sum, (x,), {"dtype": int}) == ((x,), {"dtype": int})
    assert without_defaults(np.exp, (x,), {"where": True, "casting": "same_kind"}) == ((x,), {})
    assert without_defaults(np.quantile, (x, 0.5, None), {"method": "linear"}) == ((x, 0.5), {})
    assert without_defaults(np.average, (x, 0, x), {}) == ((x, 0, x), {})  # an array is compared with nothing


def test_a_change_in_place_is_refused() -> None:
    x = Variable([1.0, np.nan, np.inf])
    with Tape():
        with pytest.raises(ValueError, match="read-only"):  # NumPy's own error
            np.nan_to_num(x, False, 5.0)
        np.testing.assert_array_equal(np.nan_to_num(x, True, 5.0, 7.0).numpy(), [1.0, 5.0, 7.0])
