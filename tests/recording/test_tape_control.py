"""What a tape can be told while it runs, what it leaves behind, and how it answers when there is no gradient."""

import asyncio
import collections
import gc
import re
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli import Tape, Variable, constant, custom_gradient, stop_gradient
from gradcli.recording.record import active_records

# Recording


def test_stop_recording_pauses_one_tape_only() -> None:
    x, y = Variable(2.0), Variable(3.0)
    with Tape(persistent=True) as outer, Tape(persistent=True) as inner:
        a = x * x
        with inner.stop_recording():
            b = y * y
        z = a + b
    assert [float(g) for g in outer.gradient(z, [x, y])] == [4.0, 6.0]
    dx, dy = inner.gradient(z, [x, y])
    assert (float(dx), dy) == (4.0, None)
    assert inner.watched_variables() == (x,)


def test_stop_recording_needs_a_recording_tape() -> None:
    tape = Tape()
    with pytest.raises(RuntimeError, match="not recording"), tape.stop_recording():
        pass
    with tape, tape.stop_recording(), pytest.raises(RuntimeError, match="not recording"), tape.stop_recording():
        pass
    assert active_records() == []


def test_a_gradient_within_stop_recording_lets_a_new_record_begin() -> None:
    x = Variable(2.0)
    with Tape() as tape:
        y = x * x
        with tape.stop_recording():
            assert float(tape.gradient(y, x)) == 4.0
        z = x**3
    assert float(tape.gradient(z, x)) == 12.0


def test_stop_recording_ends_with_an_exception_too() -> None:
    x = Variable(2.0)
    with Tape() as tape:
        with pytest.raises(ZeroDivisionError), tape.stop_recording():
            raise ZeroDivisionError
        y = x * x
    assert float(tape.gradient(y, x)) == 4.0


def test_reset_forgets_what_was_seen_and_watched() -> None:
    x, c = Variable(2.0), constant(3.0)
    with Tape(persistent=True) as tape:
        tape.watch(c)
        y = x * c
        tape.reset()
        z = y + x * c
    assert float(tape.gradient(z, x)) == 3.0
    assert tape.gradient(z, c) is None
    assert tape.gradient(y, x) is None
    with pytest.raises(ValueError, match=r"not recording; reset\(\) works inside"):
        tape.reset()


def test_a_tape_that_has_answered_in_its_block_records_again_after_reset_or_reentry() -> None:
    x = Variable(2.0)
    tape = Tape()
    with tape:
        y = x * x
        tape.gradient(y, x)
        with pytest.raises(ValueError, match="not recording"):
            tape.reset()
        with tape:
            z = x**3
    assert float(tape.gradient(z, x)) == 12.0


def test_watched_variables_in_order_of_construction() -> None:
    a, b, c, d = Variable(1.0), Variable([2.0]), Variable(3.0), Variable(4.0, trainable=False)
    with Tape() as tape:
        assert tape.watched_variables() == ()
        y = c * a + c
        tape.watch(d)
        z = y * b
    watched = tape.watched_variables()
    assert [v is w for v, w in zip(watched, (a, b, c, d), strict=True)] == [True] * 4
    tape.gradient(z, a)
    assert len(tape.watched_variables()) == 4  # known also after the record is released
    with Tape(watch_accessed_variables=False) as blind:
        blind.watch([constant(1.0), b])
        _ = a * b
    assert len(blind.watched_variables()) == 1
    assert blind.watched_variables()[0] is b


def test_a_target_that_is_a_variable_is_used_by_that() -> None:
    x = Variable(2.0)
    with Tape() as tape:
        pass
    assert float(tape.gradient(x, x)) == 1.0


def test_order_six_by_nested_tapes() -> None:
    x = Variable(1.1)
    tapes = [Tape() for _ in range(6)]
    for tape in tapes:
        tape.__enter__()
    y = np.exp(2 * x)
    for tape in reversed(tapes):
        tape.__exit__(None, None, None)
        y = tape.gradient(y, x)
    assert float(y) == pytest.approx(64 * np.exp(2.2), rel=1e-13)


def test_recursion_and_generators_are_control_flow() -> None:
    def power(x: Any, n: int) -> Any:
        return x * power(x, n - 1) if n else 1.0

    def iterates(x: Any) -> Any:
        y = x
        while True:
            y = 0.5 * (y + x / y)
            yield y

    x = Variable(2.0)
    with Tape(persistent=True) as tape:
        p = power(x, 5)
        root = next(y for y in iterates(x) if abs(y * y - x) < 1e-15)
        smallest = min([x * 3.0, x + 1.0])
        ordered = sorted([x * 3.0, x + 1.0, x * x], key=float)[1]
    assert float(tape.gradient(p, x)) == 80.0
    assert float(tape.gradient(root, x)) == pytest.approx(0.5 / np.sqrt(2.0), rel=1e-8)
    assert float(tape.gradient(smallest, x)) == 1.0
    assert float(tape.gradient(ordered, x)) == 4.0


# Structures


def test_named_tuples_and_ordered_dictionaries_come_back() -> None:
    Layer = collections.namedtuple("Layer", "w b")
    layers = collections.OrderedDict(
        first=Layer(Variable([1.0, 2.0]), Variable(3.0)), second=Layer(Variable(4.0), None)
    )
    layers["second"] = Layer(layers["second"].w, Variable(0.0))
    with Tape() as tape:
        y = np.sum(layers["first"].w * layers["first"].b)
    found = tape.gradient(y, layers)
    assert isinstance(found, collections.OrderedDict)
    assert list(found) == ["first", "second"]
    assert isinstance(found["first"], Layer)
    np.testing.assert_array_equal(found["first"].w.numpy(), [3.0, 3.0])
    assert float(found["first"].b) == 3.0
    assert found["second"] == Layer(None, None)


# State


def test_asynchronous_tasks_and_threads_clean_up() -> None:
    x = Variable(3.0)

    async def slope(n: int) -> float:
        with Tape() as tape:
            y = x
            for _ in range(n - 1):
                await asyncio.sleep(0)
                y = y * x
        return float(tape.gradient(y, x))

    async def several() -> list[float]:
        return list(await asyncio.gather(*(slope(n) for n in (2, 3, 4))))

    assert asyncio.run(several()) == [6.0, 27.0, 108.0]
    assert active_records() == []


def test_many_threads_at_once() -> None:
    found: dict[int, float] = {}

    def work(n: int) -> None:
        x = Variable(float(n))
        for _ in range(20):
            with Tape() as outer:
                with Tape() as inner:
                    y = x**3
                slope = inner.gradient(y, x)
            found[n] = float(outer.gradient(slope, x))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: 6.0 * n for n in range(1, 7)}


def test_a_training_loop_leaves_nothing_behind() -> None:
    w, b = Variable([0.1, -0.2]), Variable(0.0)
    x = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]])

    def step() -> Any:
        with Tape() as tape:
            loss = np.mean((np.tanh(x @ w + b) - 1.0) ** 2)
        dw, db = tape.gradient(loss, [w, b])
        w.assign_sub(0.01 * dw)
        b.assign_sub(0.01 * db)
        return weakref.ref(tape), weakref.ref(loss), weakref.ref(dw)

    step()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        gone = [reference for _ in range(200) for reference in step()]
        assert [reference() for reference in gone] == [None] * 600  # no cycle waits for the collector
        assert len(gc.get_objects()) - before < 50 + 600
    finally:
        gc.enable()


def test_a_long_record_needs_no_deep_stack() -> None:
    x = Variable(0.5)
    with Tape() as tape:
        y = x
        for _ in range(5_000):
            y = np.sin(y) + x
    slope = 1.0
    value = 0.5
    for _ in range(5_000):
        slope, value = np.cos(value) * slope + 1.0, np.sin(value) + 0.5
    assert float(tape.gradient(y, x)) == pytest.approx(slope, rel=1e-12)


# Reasons


def reason(f: Any, source: str = "x", **options: Any) -> Any:
    """What a tape says about f(x, n, c) by one of: a variable, one that is not trainable, a constant."""
    given = {"x": Variable(2.0), "n": Variable(2.0, trainable=False), "c": constant(2.0), "i": Variable(2)}
    with Tape(**options) as tape:
        y = f(*given.values())
    assert tape.gradient(y, given[source]) is None
    return tape.why(y, given[source])


REASONS: dict[str, tuple[Any, str, str]] = {
    "left the record": (lambda x, n, c, i: float(x) * 2.0, "x", "plain float: it left the record, as with float"),
    "computed by NumPy alone": (lambda x, n, c, i: x.numpy() * 2.0, "x", "plain float64: it left the record"),
    "whole numbers": (lambda x, n, c, i: i * 2, "i", "target holds whole numbers"),
    "a source of whole numbers": (lambda x, n, c, i: x * i, "i", r"source holds whole numbers.*write 3\.0 for 3"),
    "complex": (lambda x, n, c, i: x * 1j, "x", r"holds complex numbers.*\(complex numbers or text gave it\)"),
    "cast": (lambda x, n, c, i: x.astype(int) * 2.0, "x", r"computed through astype\(int64\)"),
    "truth": (lambda x, n, c, i: x > 1.0, "x", r"holds truth values.*\(np\.greater gave it\)"),
    "text": (lambda x, n, c, i: Variable("a"), "x", "target holds text"),
    "not trainable": (lambda x, n, c, i: x * n, "n", r"not trainable.*tape\.watch"),
    "not watched": (lambda x, n, c, i: x * c, "c", r"does not watch the source.*x\.assign_add"),
    "nothing watched": (lambda x, n, c, i: n * (0.0 * x).numpy(), "x", "not computed from anything this tape watched"),
    "not used": (lambda x, n, c, i: Variable(1.0) * 2.0, "x", "variable that no operation used"),
    "stopped": (lambda x, n, c, i: stop_gradient(x) * 3.0, "x", "computed through stop_gradient, which passes no"),
    "stopped beside a path": (
        lambda x, n, c, i: stop_gradient(x) * Variable(1.0) + 0.0 * (x > 1.0), "x",
        "not computed from the source; what was computed through np.greater, stop_gradient passes none on",
    ),
    "state": (lambda x, n, c, i: Variable(0.0).assign_add(x) * 3.0, "x", "through an assignment to a variable passes"),
    "a new constant": (lambda x, n, c, i: constant(x * 2.0) * 3.0, "x", r"through gradcli\.constant, which passes no"),
    "a condition": (lambda x, n, c, i: np.where(x > 1.0, Variable(1.0), 0.0), "x", r"computed through np\.greater"),
    "a position": (lambda x, n, c, i: np.argmax(x) * 1.0, "x", r"computed through np\.argmax"),
}  # fmt: skip


@pytest.mark.parametrize("name", REASONS)
def test_a_reason_names_what_cut_the_path(name: str) -> None:
    function, source, message = REASONS[name]
    for persistent in (False, True):
        found = reason(function, source, persistent=persistent)
        assert re.search(message, found), found


def test_reasons_of_tapes_that_watch_nothing_by_themselves() -> None:
    assert "watch_accessed_variables=False" in reason(lambda x, n, c, i: x * c, watch_accessed_variables=False)


def test_there_is_no_reason_where_there_is_a_gradient() -> None:
    x, z = Variable(2.0), Variable(3.0)
    with Tape(persistent=True) as tape:
        y = x * x
        w = np.sum(z)
    assert tape.why(y, x) is None
    assert tape.why([w, y], x) is None
    assert tape.why([w], x) == "the target was not computed from the source"
    assert tape.why(x, y) == "the source was computed from the target, not the target from the source"
    with pytest.raises(TypeError, match="a source is"):
        tape.why(y, 2.0)


def test_a_released_tape_knows_the_reasons_of_its_own_answer() -> None:
    x, z = Variable(2.0), Variable(3.0)
    with Tape() as tape:
        y = x * x
        w = y * z
    tape.gradient([y], {"x": x, "z": z})
    assert tape.why([y], z) == "the target was not computed from the source"
    assert tape.why([y], x) is None
    for target, source in ((w, x), ([y], w), ([y, y], x)):
        with pytest.raises(RuntimeError, match="persistent=True"):
            tape.why(target, source)


def test_reasons_keep_no_value_alive() -> None:
    x = Variable(2.0)
    with Tape() as tape:
        y, c = x * x, constant(1.0)
    assert tape.gradient(y, c) is None
    gone = weakref.ref(y), weakref.ref(c)
    del y, c
    assert [reference() for reference in gone] == [None, None]


def test_a_custom_gradient_that_answers_none_is_a_reason() -> None:
    @custom_gradient
    def f(x: Any) -> Any:
        return x * 2.0, lambda upstream: None

    x = Variable(2.0)
    with Tape(persistent=True) as tape:
        y = f(x)
    assert tape.gradient(y, x) is None
    assert "a custom gradient is None" in str(tape.why(y, x))
    assert float(tape.gradient(y, x, unconnected_gradients="zero")) == 0.0


def test_public_names() -> None:
    assert {"Tape", "Variable", "constant", "stop_gradient", "custom_gradient"} <= set(gradcli.__all__)
