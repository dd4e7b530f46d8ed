"""The examples of TensorFlow's documentation of GradientTape and of its guide to gradients, with their numbers.

Each test is one documented example, written with NumPy's functions. What cannot apply here:
devices, graphs and tf.function, ragged and sparse tensors, stateful random operations.
"""

import numpy as np
import pytest

import gradcli


def test_first_example_square() -> None:
    x = gradcli.constant(3.0)
    with gradcli.Tape() as g:
        g.watch(x)
        y = x * x
    assert float(g.gradient(y, x)) == 6.0


def test_nested_tapes_give_the_second_derivative() -> None:
    x = gradcli.constant(5.0)
    with gradcli.Tape() as g:
        g.watch(x)
        with gradcli.Tape() as gg:
            gg.watch(x)
            y = x * x
        dy_dx = gg.gradient(y, x)
    assert (float(dy_dx), float(g.gradient(dy_dx, x))) == (10.0, 2.0)


def test_persistent_tape_answers_twice() -> None:
    x = gradcli.constant(3.0)
    with gradcli.Tape(persistent=True) as g:
        g.watch(x)
        y = x * x
        z = y * y
    assert float(g.gradient(z, x)) == 108.0  # 4 x^3
    assert float(g.gradient(y, x)) == 6.0


def test_without_automatic_watching_only_what_is_named() -> None:
    a, b = gradcli.Variable(2.0), gradcli.Variable(5.0)
    with gradcli.Tape(watch_accessed_variables=False) as tape:
        tape.watch(a)
        y = a * a * b
    da, db = tape.gradient(y, [a, b])
    assert float(da) == 20.0
    assert db is None


def test_layer_gradients_have_the_shapes_of_their_sources() -> None:
    w = gradcli.Variable(np.arange(6.0).reshape(3, 2), name="w")
    b = gradcli.Variable(np.zeros(2), name="b")
    x = [[1.0, 2.0, 3.0]]
    with gradcli.Tape(persistent=True) as tape:
        y = x @ w + b
        loss = np.mean(y**2)
    dl_dw, dl_db = tape.gradient(loss, [w, b])
    assert (dl_dw.shape, dl_db.shape) == ((3, 2), (2,))
    y_value = np.array(x) @ np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(tape.gradient(loss, {"w": w, "b": b})["b"].numpy(), y_value[0])
    np.testing.assert_array_equal(dl_dw.numpy(), np.outer([1.0, 2.0, 3.0], y_value[0]))


def test_only_the_trainable_variable_has_a_gradient() -> None:
    x0 = gradcli.Variable(3.0, name="x0")
    x1 = gradcli.Variable(3.0, name="x1", trainable=False)
    x2 = gradcli.Variable(2.0, name="x2") + 1.0  # a value, no longer a variable
    x3 = gradcli.constant(3.0)
    with gradcli.Tape() as tape:
        y = (x0**2) + (x1**2) + (x2**2)
    first, *others = tape.gradient(y, [x0, x1, x2, x3])
    assert float(first) == 6.0
    assert others == [None, None, None]


def test_watching_a_constant_array() -> None:
    x = gradcli.constant(3.0)
    with gradcli.Tape() as tape:
        tape.watch(x)
        y = x**2
    assert tape.gradient(y, x).numpy() == 6.0


def test_intermediate_results_are_sources() -> None:
    x = gradcli.constant(3.0)
    with gradcli.Tape() as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    assert tape.gradient(z, y).numpy() == 18.0


def test_gradients_of_several_values_at_once() -> None:
    x = gradcli.constant([1, 3.0])
    with gradcli.Tape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    np.testing.assert_array_equal(tape.gradient(z, x).numpy(), [4.0, 108.0])
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [2.0, 6.0])


def test_several_targets_are_summed() -> None:
    x = gradcli.Variable(2.0)
    with gradcli.Tape() as tape:
        y0 = x**2
        y1 = 1 / x
    assert tape.gradient({"y0": y0, "y1": y1}, x).numpy() == 3.75


def test_an_array_target_is_summed() -> None:
    x = gradcli.Variable(2.0)
    with gradcli.Tape() as tape:
        y = x * [3.0, 4.0]
    assert tape.gradient(y, x).numpy() == 7.0


def test_elementwise_gradient_of_the_sigmoid() -> None:
    from gradcli.gradient_tape import recorded_function

    x = gradcli.constant(np.linspace(-10.0, 10.0, 201))
    with gradcli.Tape() as tape:
        tape.watch(x)
        y = recorded_function("sigmoid")(x)
    e = np.exp(-np.abs(np.linspace(-10.0, 10.0, 201)))
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), e / (1 + e) ** 2, rtol=4e-16)


def test_control_flow_connects_only_the_branch_that_ran() -> None:
    x, v0, v1 = gradcli.constant(1.0), gradcli.Variable(2.0), gradcli.Variable(2.0)
    with gradcli.Tape(persistent=True) as tape:
        tape.watch(x)
        result = v0 if x > 0.0 else v1**2
    dv0, dv1 = tape.gradient(result, [v0, v1])
    assert float(dv0) == 1.0
    assert dv1 is None
    assert tape.gradient(result, x) is None  # the decision itself has no derivative


def test_unconnected_target_is_none() -> None:
    x, y = gradcli.Variable(2.0), gradcli.Variable(3.0)
    with gradcli.Tape() as tape:
        z = y * y
    assert tape.gradient(z, x) is None


def test_a_variable_replaced_by_a_value_is_no_longer_watched() -> None:
    x = gradcli.Variable(2.0)
    found = []
    for _ in range(2):
        with gradcli.Tape() as tape:
            y = x + 1
        found.append(tape.gradient(y, x))
        x = x + 1  # the name now stands for a plain value: assign_add would have kept the variable
    assert float(found[0]) == 1.0
    assert found[1] is None


def test_integers_have_no_gradient() -> None:
    x = gradcli.constant(10)
    with gradcli.Tape() as g:
        g.watch(x)
        y = x * x
    assert g.gradient(y, x) is None
    assert y.numpy() == 100
    assert y.dtype == x.dtype


def test_state_hides_where_it_came_from() -> None:
    x0, x1 = gradcli.Variable(3.0), gradcli.Variable(0.0)
    with gradcli.Tape() as tape:
        x1.assign_add(x0)
        y = x1**2
    assert tape.gradient(y, x0) is None


def test_zeros_instead_of_none() -> None:
    x, y = gradcli.Variable([2.0, 2.0]), gradcli.Variable(3.0)
    with gradcli.Tape() as tape:
        z = y**2
    np.testing.assert_array_equal(tape.gradient(z, x, unconnected_gradients="zero").numpy(), [0.0, 0.0])


def test_higher_order_of_a_cube() -> None:
    x = gradcli.Variable(1.0)
    with gradcli.Tape() as t2:
        with gradcli.Tape() as t1:
            y = x * x * x
        dy_dx = t1.gradient(y, x)
    assert (dy_dx.numpy(), t2.gradient(dy_dx, x).numpy()) == (3.0, 6.0)


def test_penalty_on_the_input_gradient() -> None:
    """The guide's regularisation example, with a layer whose gradients are known in closed form."""
    rng = np.random.default_rng(5)
    w_value, x_value = rng.normal(size=(4, 3)), rng.normal(size=(2, 4))
    w, x = gradcli.Variable(w_value), gradcli.constant(x_value)
    with gradcli.Tape() as t2:
        with gradcli.Tape(watch_accessed_variables=False) as t1:
            t1.watch(x)
            out = np.sum((x @ w) ** 2)
        g1 = t1.gradient(out, x)
        penalty = np.sum(g1**2)
    dg1_mag = t2.gradient(penalty, [w])[0]
    inner = 2 * x_value @ w_value @ w_value.T
    np.testing.assert_allclose(g1.numpy(), inner, rtol=1e-13)
    gram = x_value.T @ inner
    np.testing.assert_allclose(dg1_mag.numpy(), 4 * (gram + gram.T) @ w_value, rtol=1e-12)


def test_nothing_is_recorded_after_the_block() -> None:
    x = gradcli.Variable(2.0)
    with gradcli.Tape() as tape:
        y = x * x
    z = y * y
    assert tape.gradient(z, x) is None


def test_one_set_of_gradients_without_persistent() -> None:
    x = gradcli.Variable(2.0)
    with gradcli.Tape() as tape:
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match="persistent=True"):
        tape.gradient(y, x)


def test_augmented_assignment_to_a_variable_is_refused() -> None:
    x = gradcli.Variable(2.0)
    with pytest.raises(RuntimeError, match="assign_add"):
        x += 1.0
