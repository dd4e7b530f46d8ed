"""The public tape: what it watches, what it holds and lets go, and what it answers."""

import math
import threading

import numpy as np
import pytest

import gradcli
from gradcli import Tape, Variable, constant
from gradcli.gradient_tape import recorded_function

# The three classic examples


def test_linear_regression_and_one_update() -> None:
    x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])
    w, b = Variable(0.5), Variable(0.1)
    with Tape() as tape:
        loss = np.mean((y - (w * x + b)) ** 2)
    dw, db = tape.gradient(loss, [w, b])
    assert float(loss) == pytest.approx(9.91, rel=1e-15)
    assert float(dw) == pytest.approx(-13.6, rel=1e-15)
    assert float(db) == pytest.approx(-5.8, rel=1e-15)
    w.assign_sub(0.01 * dw)
    b.assign_sub(0.01 * db)
    assert float(w) == 0.5 - 0.01 * float(dw)  # to the last bit
    assert float(b) == 0.1 - 0.01 * float(db)


def test_a_product_differentiated_twice_from_one_tape() -> None:
    x, y = Variable(2.0), Variable(3.0)
    with Tape(persistent=True) as tape:
        z = x * y
    assert (float(tape.gradient(z, x)), float(tape.gradient(z, y))) == (3.0, 2.0)


def test_a_function_inside_a_function() -> None:
    x = Variable(1.0)
    with Tape() as second:
        with Tape() as first:
            z = (lambda y: x * y**2)(2.0)
        dz_dx = first.gradient(z, x)
    assert float(dz_dx) == 4.0
    assert second.gradient(dz_dx, x) is None


# What is watched


def test_watch_takes_nests_and_refuses_plain_numbers() -> None:
    a, b = constant(2.0), constant([1.0, 2.0])
    with Tape() as tape:
        tape.watch({"a": a, "rest": [(b,)]})
        y = np.sum(a * b)
    da, db = tape.gradient(y, (a, b))
    assert float(da) == 3.0
    np.testing.assert_array_equal(db.numpy(), [2.0, 2.0])
    for raw in (2.0, np.ones(3), [a, 1.0]):
        with pytest.raises(ValueError, match=r"wrap it in gradcli\.constant"):
            Tape().watch(raw)


def test_a_variable_that_is_not_trainable_can_be_watched() -> None:
    v = Variable(3.0, trainable=False)
    with Tape() as tape:
        tape.watch(v)
        y = v**2
    assert float(tape.gradient(y, v)) == 6.0


def test_a_value_watched_late_has_no_earlier_history() -> None:
    x = Variable(3.0)
    with Tape(watch_accessed_variables=False) as tape:
        y = x * x
        tape.watch(x)
        z = y + x
    assert float(tape.gradient(z, x)) == 1.0  # y was computed before x was watched


def test_each_tape_answers_for_what_it_saw() -> None:
    x = Variable(3.0)
    with Tape() as outer:
        y = x * x
        with Tape(persistent=True) as inner:
            inner.watch(y)
            z = y * y + x
    assert float(inner.gradient(z, x)) == 1.0
    assert float(inner.gradient(z, y)) == 18.0
    assert float(outer.gradient(z, x)) == 109.0


def test_equal_computations_are_different_values() -> None:
    x = Variable(3.0)
    with Tape(persistent=True) as tape:
        a, b = x * x, x * x
        same = x * 1.0
        z = a * 2.0 + x
    assert tape.gradient(z, b) is None
    assert tape.gradient(z, same) is None
    assert float(tape.gradient(z, a)) == 2.0


def test_an_active_tape_cannot_be_entered_again_but_an_idle_one_goes_on() -> None:
    x = Variable(3.0)
    tape = Tape()
    with tape:
        y = x * x
        with pytest.raises(ValueError, match="recording already"), tape:
            pass
    with Tape(), tape:
        z = y * y
    assert float(tape.gradient(z, x)) == 108.0
    with tape:
        z = x * 5.0
    assert float(tape.gradient(z, x)) == 5.0


def test_an_exception_leaves_no_tape_active() -> None:
    x, seen = Variable(3.0), []

    def failing() -> None:
        seen.append(x * x)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), Tape(persistent=True) as outer, Tape(persistent=True) as inner:
        failing()
    y = seen[0]
    z = y * y
    for tape in (outer, inner):
        assert float(tape.gradient(y, x)) == 6.0
        assert tape.gradient(z, x) is None


def test_tapes_are_active_in_their_own_thread_only() -> None:
    x = Variable(3.0)
    found = {}

    def other() -> None:
        found["elsewhere"] = x * x
        with Tape() as own:
            y = x**3
        found["own"] = own.gradient(y, x)

    with Tape() as tape:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        here = x * 2.0
    assert float(found["own"]) == 27.0
    assert float(tape.gradient([here, found["elsewhere"]], x)) == 2.0


# What comes back


def test_the_structure_of_sources_comes_back() -> None:
    a, b, c = Variable(2.0), Variable(3.0), Variable(4.0)
    with Tape(persistent=True) as tape:
        y = a * b
    found = tape.gradient(y, {"pair": (a, [b, c]), "again": [a, a]})
    assert isinstance(found["pair"], tuple)
    assert float(found["pair"][0]) == 3.0
    assert float(found["pair"][1][0]) == 2.0
    assert found["pair"][1][1] is None
    assert [float(g) for g in found["again"]] == [3.0, 3.0]
    assert tape.gradient(y, []) == []


def test_sources_together_with_what_is_computed_from_them() -> None:
    x = Variable(2.0)
    with Tape() as tape:
        y = x * x
        z = y * x
    dx, dy = tape.gradient(z, [x, y])
    assert (float(dx), float(dy)) == (12.0, 2.0)


def test_the_gradient_by_the_target_itself_is_one() -> None:
    x = Variable([2.0, 3.0])
    with Tape(persistent=True) as tape:
        y = np.exp(x)
    np.testing.assert_array_equal(tape.gradient(y, y).numpy(), [1.0, 1.0])
    np.testing.assert_array_equal(tape.gradient(x, x).numpy(), [1.0, 1.0])
    unseen, variable = constant(2.0), Variable(2.0, trainable=False)
    assert float(tape.gradient(unseen, unseen)) == 1.0  # also where the tape knows nothing of it, as in TensorFlow
    assert float(tape.gradient(variable, variable)) == 1.0
    assert [None if g is None else float(g) for g in tape.gradient([variable, unseen * 2.0], [unseen, variable])] == [
        None,
        1.0,
    ]
    assert tape.gradient(constant(2), constant(2)) is None
    assert tape.why(unseen, unseen) is None


def test_targets_without_a_record_give_none() -> None:
    x = Variable(2.0)
    with Tape(persistent=True) as tape:
        raw, whole, truth = float(x) * 2.0, constant(3) * 2, x > 1.0
    for target in (raw, whole, truth, constant(1.0), np.ones(2)):
        assert tape.gradient(target, x) is None
    assert float(tape.gradient(truth, x, unconnected_gradients="zero")) == 0.0


def test_wrong_arguments_say_what_is_wrong_and_keep_the_record() -> None:
    x = Variable([2.0, 3.0])
    with Tape() as tape:
        y = x * x
    with pytest.raises(TypeError, match="target is a recorded value, not None"):
        tape.gradient(None, x)
    with pytest.raises(TypeError, match=r"wrap the number in gradcli\.Variable"):
        tape.gradient(y, 2.0)
    with pytest.raises(ValueError, match="'none' or 'zero'"):
        tape.gradient(y, x, unconnected_gradients="zeros")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"shape \(3,\) does not fit a target of shape \(2,\)"):
        tape.gradient(y, x, output_gradients=np.ones(3))
    with pytest.raises(ValueError, match="do not match the target"):
        tape.gradient([y, y], x, output_gradients=[np.ones(2)])
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [4.0, 6.0])
    with pytest.raises(gradcli.GradcliError):
        tape.gradient(y, x)


def test_output_gradients_weigh_the_targets() -> None:
    x = Variable([2.0, 3.0])
    with Tape(persistent=True) as tape:
        y, z = x * x, np.sum(x)
    np.testing.assert_array_equal(tape.gradient(y, x, output_gradients=[10.0, 1.0]).numpy(), [40.0, 6.0])
    np.testing.assert_array_equal(tape.gradient([y, z], x, output_gradients=[[0.0, 1.0], None]).numpy(), [1.0, 7.0])
    both = tape.gradient({"z": z, "y": y}, x, output_gradients={"y": [1.0, 1.0], "z": 5.0})
    np.testing.assert_array_equal(both.numpy(), [9.0, 11.0])


def test_a_gradient_depends_on_its_output_gradients() -> None:
    x, s = Variable(3.0), Variable(2.0)
    with Tape() as outer:
        with Tape() as inner:
            y = x**3
        g = inner.gradient(y, x, output_gradients=s)
    ds, dx = outer.gradient(g, [s, x])
    assert (float(g), float(ds), float(dx)) == (54.0, 27.0, 36.0)


def test_third_order_and_second_order_from_one_persistent_tape() -> None:
    x = Variable(1.3)
    with Tape() as t3:
        with Tape() as t2:
            with Tape() as t1:
                y = np.sin(x) * x
            d1 = t1.gradient(y, x)
        d2 = t2.gradient(d1, x)
    d3 = t3.gradient(d2, x)
    assert float(d1) == pytest.approx(math.sin(1.3) + 1.3 * math.cos(1.3), rel=1e-15)
    assert float(d2) == pytest.approx(2 * math.cos(1.3) - 1.3 * math.sin(1.3), rel=1e-15)
    assert float(d3) == pytest.approx(-3 * math.sin(1.3) - 1.3 * math.cos(1.3), rel=1e-15)
    with Tape(persistent=True) as tape:
        y = x**4
        slope = tape.gradient(y, x)
        curvature = tape.gradient(slope, x)
    assert float(curvature) == pytest.approx(12 * 1.3**2, rel=1e-15)
    assert float(tape.gradient(curvature, x)) == pytest.approx(24 * 1.3, rel=1e-15)


def test_a_gradient_is_a_value_of_its_own() -> None:
    x, y = Variable(2.0), Variable(3.0)
    with Tape() as outer:
        with Tape() as inner:
            z = x * y
        g = inner.gradient(z, y)  # its value is x
        w = g * x
    dg, dx = outer.gradient(w, [g, x])
    assert (float(dg), float(dx)) == (2.0, 4.0)


def test_gradient_inside_the_block_ends_a_tape_that_is_not_persistent() -> None:
    x = Variable(3.0)
    with Tape() as tape:
        y = x * x
        assert float(tape.gradient(y, x)) == 6.0
        with pytest.raises(RuntimeError, match="persistent"):
            tape.gradient(x * y, x)
    with Tape() as again:
        z = x * 2.0
    assert float(again.gradient(z, x)) == 2.0


def test_control_flow_is_recorded_as_it_happened() -> None:
    x = Variable(2.0)
    with Tape() as tape:
        y = x
        while y < 100.0:
            y = y * x
    assert float(y) == 128.0
    assert float(tape.gradient(y, x)) == 7 * 2.0**6


# gradcli's own functions


def test_functions_numpy_lacks() -> None:
    x = Variable([0.5, 1.5])
    with Tape(persistent=True) as tape:
        y = recorded_function("erf")(x)
        z = recorded_function("logsumexp")(x, axis=0)
        p = recorded_function("polygamma")(1, x)
        s = gradcli.stop_gradient(x) * x
    expected = [2 / math.sqrt(math.pi) * math.exp(-v * v) for v in (0.5, 1.5)]
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), expected, rtol=1e-15)
    np.testing.assert_allclose(tape.gradient(z, x).numpy(), [1 / (1 + math.e), math.e / (1 + math.e)], rtol=1e-15)
    np.testing.assert_allclose(p.numpy()[0], math.pi**2 / 2, rtol=1e-15)  # trigamma(1/2), DLMF 5.15
    np.testing.assert_array_equal(tape.gradient(s, x).numpy(), [0.5, 1.5])
    assert float(recorded_function("sigmoid")(0.0)) == 0.5
    assert recorded_function("logsumexp").__doc__
    with pytest.raises(KeyError):
        recorded_function("sigmoit")
    with pytest.raises(gradcli.GradcliError, match="takes 1 argument, not 2"):
        recorded_function("sigmoid")(x, x)
