"""Variables keep what was recorded safe from later assignments, and tapes let go of what they held."""

import copy
import gc
import math
import pickle
import tracemalloc
import weakref
from typing import Any

import numpy as np
import pytest

from gradcli import GradcliError, Tape, Variable, constant

MIB = 2**20


# Variables


def test_assigning_does_not_touch_what_was_recorded() -> None:
    held = np.array([1.0, 2.0])
    v = Variable(held, name="v")
    factor = np.array([3.0, 4.0])
    with Tape(persistent=True) as tape:
        y = v * v * factor
        held[:] = 99.0
        factor[:] = 99.0
        v.numpy()[:] = 99.0
        v.assign([5.0, 6.0])
    np.testing.assert_array_equal(y.numpy(), [3.0, 16.0])
    np.testing.assert_array_equal(tape.gradient(y, v).numpy(), [6.0, 16.0])
    with pytest.raises(ValueError, match="read-only"):
        np.copyto(y, 0.0)


def test_every_value_a_variable_had_counts() -> None:
    v = Variable(2.0)
    with Tape() as tape:
        y = v * v
        v.assign(5.0)
        y = y + v * v
    assert float(tape.gradient(y, v)) == 14.0


def test_assignment_is_exact_and_keeps_shape_and_type() -> None:
    rng = np.random.default_rng(1)
    start, step = rng.normal(size=7), rng.normal(size=7)
    v = Variable(start)
    assert v.assign_sub(0.1 * step) is v
    assert v.numpy().tobytes() == (start - 0.1 * step).tobytes()
    v.assign_add(constant(step))
    assert v.numpy().tobytes() == (start - 0.1 * step + step).tobytes()
    with pytest.raises(ValueError, match=r"shape \(2,\) cannot be assigned to a variable of shape \(7,\)"):
        v.assign([1.0, 2.0])
    with pytest.raises(ValueError, match="shape"):
        Variable(1.0).assign_add([1.0, 2.0])
    with pytest.raises(TypeError):
        Variable(1).assign(2.5)
    assert Variable(1.0).assign(2).dtype == np.float64


def test_variables_show_and_copy_themselves() -> None:
    v = Variable([1.0, 2.5], trainable=False, name="w")
    assert repr(v) == "Variable([1.  2.5], trainable=False, name='w')"
    assert (v.shape, v.ndim, v.size, v.dtype) == ((2,), 1, 2, np.float64)
    assert repr(Variable(0.1)) == "Variable(0.1)"
    assert repr(constant(2.0)) == "Value(2.0)"
    assert f"{Variable(2.0):.3f}" == "2.000"
    for twin in (copy.deepcopy(v), copy.copy(v), pickle.loads(pickle.dumps(v))):
        assert repr(twin) == repr(v)
        with Tape() as tape:
            tape.watch([v, twin])
            y = np.sum(v * twin)
        dv, dtwin = tape.gradient(y, [v, twin])
        np.testing.assert_array_equal(dv.numpy(), dtwin.numpy())


def test_values_without_gradients_are_carried_along() -> None:
    whole, text, turned = Variable(3), Variable("hello"), Variable(1 + 2j)
    x = Variable(2.0)
    with Tape(persistent=True) as tape:
        y = x * whole
        z = x * turned
    assert float(tape.gradient(y, x)) == 3.0
    assert tape.gradient(y, whole) is None
    assert tape.gradient(z, x) is None
    assert tape.gradient([y, text, z], [text, turned]) == [None, None]
    assert (repr(text), repr(whole + 1)) == ("Variable('hello')", "Value(4)")
    assert Variable(np.float32(0.5)).dtype == np.float64
    with pytest.raises(TypeError, match="not object"):
        Variable(object())


WRONG: dict[str, tuple[Any, str]] = {
    "nothing": (None, "not NoneType"),
    "an object": (object(), "not object"),
    "a list of objects": ([1.0, object()], "not list of other objects"),
    "a date": (np.datetime64("2020"), "not datetime64"),
    "records": (np.zeros(2, dtype=[("a", float)]), "not one of .* entries"),
    "rows of different lengths": ([[1.0], [1.0, 2.0]], "inhomogeneous"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_array_of_numbers_is_refused(name: str) -> None:
    value, message = WRONG[name]
    v = Variable(2.0)
    for take in (Variable, constant, v.assign):
        with pytest.raises(GradcliError, match=message):
            take(value)
    assert float(v) == 2.0


@pytest.mark.parametrize("value", [1j, "text"])
def test_what_does_not_fit_the_type_of_a_variable_is_named(value: Any) -> None:
    with pytest.raises(GradcliError, match=r"cannot be assigned to a variable of float64") as caught:
        Variable(2.0).assign(value)
    assert isinstance(caught.value, TypeError)


def test_a_tape_shows_its_state_and_is_not_copied() -> None:
    x = Variable(2.0)
    tape = Tape()
    with tape:
        assert repr(tape) == "<gradcli.Tape, recording>"
        y = x * x
    assert repr(tape) == "<gradcli.Tape, not recording>"
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="neither copied nor pickled"):
            copied(tape)
    tape.gradient(y, x)
    assert repr(tape) == "<gradcli.Tape, released>"


def test_python_rounds_a_value_as_a_number() -> None:
    x = constant(-2.5)
    assert (math.trunc(x), math.floor(x), math.ceil(x), int(x), round(float(x))) == (-2, -3, -2, -2, -2)


# Memory


def _peak_after(persistent: bool, ask: bool) -> float:
    """MiB still held by a tape over twenty arrays of 1 MiB each, after its block (and its gradient)."""
    x = Variable(np.ones(MIB // 8))
    gc.disable()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        with Tape(persistent=persistent) as tape:
            y = x
            for _ in range(20):
                y = np.sin(y)
            loss = np.sum(y)
        if ask:
            tape.gradient(loss, loss)
        return (tracemalloc.get_traced_memory()[0] - before) / MIB
    finally:
        tracemalloc.stop()
        gc.enable()


def test_a_tape_holds_its_record_until_it_has_answered() -> None:
    assert _peak_after(persistent=False, ask=False) > 19
    assert _peak_after(persistent=True, ask=True) > 19
    assert _peak_after(persistent=False, ask=True) < 2.5  # y and little else


def test_a_dropped_tape_is_gone_at_once() -> None:
    gc.disable()
    try:
        x = Variable(np.ones(4))
        with Tape(persistent=True) as tape:
            y = x * x
        tape.gradient(y, x)
        gone = weakref.ref(tape)
        del tape
        assert gone() is None
    finally:
        gc.enable()


def test_nothing_is_kept_where_nothing_is_watched() -> None:
    x = constant(np.ones(MIB // 8))
    tracemalloc.start()
    with Tape():
        before = tracemalloc.get_traced_memory()[0]
        y = x
        for _ in range(20):
            y = np.sin(y)
        held = (tracemalloc.get_traced_memory()[0] - before) / MIB
    tracemalloc.stop()
    assert held < 1.5
