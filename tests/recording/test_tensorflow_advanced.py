"""TensorFlow's guide to advanced automatic differentiation and its reference pages, example by example.

The numbers are those TensorFlow prints, or closed forms of the same models.
"""

from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli import Tape, Variable, constant, custom_gradient, stop_gradient

# Controlling what is recorded


def test_stop_recording_in_the_guide() -> None:
    x, y = Variable(2.0), Variable(3.0)
    with Tape() as t:
        x_sq = x * x
        with t.stop_recording():
            y_sq = y * y
        z = x_sq + y_sq
    grad = t.gradient(z, {"x": x, "y": y})
    assert (float(grad["x"]), grad["y"]) == (4.0, None)


def test_reset_in_the_guide() -> None:
    x, y = Variable(2.0), Variable(3.0)
    with Tape() as t:
        y_sq = y * y
        t.reset()
        z = x * x + y_sq
    grad = t.gradient(z, {"x": x, "y": y})
    assert (float(grad["x"]), grad["y"]) == (4.0, None)


def test_stop_gradient_in_the_guide() -> None:
    x, y = Variable(2.0), Variable(3.0)
    with Tape() as t:
        y_sq = y**2
        z = x**2 + stop_gradient(y_sq)
    grad = t.gradient(z, {"x": x, "y": y})
    assert (float(grad["x"]), grad["y"]) == (4.0, None)


def test_gradient_within_stop_recording_in_the_reference() -> None:
    x = Variable(3.0)
    with Tape(persistent=True) as t:
        loss = x**2
        with t.stop_recording():
            grads = t.gradient(loss, x)
        after = loss * 2.0
    assert float(grads) == 6.0
    assert t.gradient(grads, x) is None
    assert float(t.gradient(after, x)) == 12.0


def test_reset_in_the_reference() -> None:
    x = Variable(3.0)
    with Tape() as t:
        loss = x**2
        t.reset()
        loss = loss + x**3
    assert float(t.gradient(loss, x)) == 27.0


# Custom gradients


def test_clipped_gradient_in_the_guide() -> None:
    @custom_gradient
    def clip_gradients(y: Any) -> Any:
        def backward(dy: Any) -> Any:
            norm = np.linalg.norm(dy)
            return dy * 0.5 / norm if norm > 0.5 else dy

        return y, backward

    v = Variable(2.0)
    with Tape() as t:
        output = clip_gradients(v * v)
    assert float(t.gradient(output, v)) == 2.0  # backward clips 1 to 0.5; times 4


def test_product_in_the_reference_of_custom_gradient() -> None:
    @custom_gradient
    def bar(x: Any, y: Any) -> Any:
        def grad(upstream: Any) -> Any:
            return upstream * y, upstream * x

        return x * y, grad

    a, b = constant(2.0), constant(3.0)
    with Tape(persistent=True) as tape:
        tape.watch([a, b])
        c = bar(a, b)
    assert (float(c), float(tape.gradient(c, a)), float(tape.gradient(c, b))) == (6.0, 3.0, 2.0)


def test_counting_calls_with_an_outer_variable_in_the_reference() -> None:
    weights = Variable([1.0, 2.0])

    @custom_gradient
    def linear_cust_grad(x: Any) -> Any:
        def grad(dout: Any, variables: Any = None) -> Any:
            assert len(variables) == 1
            return weights * dout, [3.0 * dout * x]

        return x * weights, grad

    x = constant([1.0, 1.0])
    with Tape() as tape:
        tape.watch(x)
        y = linear_cust_grad(x)
    dx, dw = tape.gradient(y, [x, weights])
    np.testing.assert_array_equal(dx.numpy(), [1.0, 2.0])
    np.testing.assert_array_equal(dw.numpy(), [3.0, 3.0])


# Several tapes


def test_two_tapes_watch_different_values() -> None:
    x0, x1 = constant(0.0), constant(0.0)
    with Tape() as tape0, Tape() as tape1:
        tape0.watch(x0)
        tape1.watch(x1)
        ys = np.sin(x0) + gradcli.sigmoid(x1)
    assert float(tape0.gradient(ys, x0)) == 1.0
    assert float(tape1.gradient(ys, x1)) == 0.25


def test_second_derivative_with_operations_outside_of_the_inner_tape() -> None:
    x = Variable(1.0)
    with Tape() as t2:
        with Tape() as t1:
            y = x * x * x
        dy_dx = t1.gradient(y, x)
    d2y_dx2 = t2.gradient(dy_dx, x)
    assert (float(dy_dx), float(d2y_dx2)) == (3.0, 6.0)
    with Tape() as outside, Tape() as t1:
        y = x * x * x
    dy_dx = t1.gradient(y, x)  # after the outer block: the outer tape does not see it
    assert outside.gradient(dy_dx, x) is None


# Jacobians


def test_jacobian_by_a_scalar() -> None:
    x, delta = np.linspace(-10.0, 10.0, 201), Variable(0.0)
    with Tape() as tape:
        y = gradcli.sigmoid(x + delta)
    dy_dx = tape.jacobian(y, delta)
    e = np.exp(-np.abs(x))
    assert dy_dx.shape == (201,)
    np.testing.assert_allclose(dy_dx.numpy(), e / (1 + e) ** 2, rtol=1e-14)


class Dense:
    """A layer `activation(x @ w + b)` with fixed weights."""

    def __init__(self, inputs: int, units: int, activation: Any, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.w, self.b = Variable(rng.normal(size=(inputs, units))), Variable(rng.normal(size=units))
        self.activation = activation

    def __call__(self, x: Any) -> Any:
        return self.activation(x @ self.w + self.b)


X = np.random.default_rng(7).normal(size=(7, 5))


def test_jacobian_of_a_layer_sums_to_its_gradient() -> None:
    layer = Dense(5, 10, gradcli.relu, 1)
    with Tape(persistent=True) as tape:
        y = layer(X)
    j = tape.jacobian(y, layer.w)
    assert j.shape == (7, 10, 5, 10)
    np.testing.assert_allclose(np.sum(j.numpy(), axis=(0, 1)), tape.gradient(y, layer.w).numpy(), rtol=1e-12)


def test_newton_step_with_the_hessian_of_a_network() -> None:
    layer1, layer2 = Dense(5, 4, gradcli.softplus, 2), Dense(4, 3, gradcli.softplus, 3)

    def loss_of(kernel: Any) -> Any:
        return np.mean(layer2(gradcli.softplus(X @ kernel + layer1.b)) ** 2)

    with Tape() as t2:
        with Tape() as t1:
            loss = loss_of(layer1.w)
        g = t1.gradient(loss, layer1.w)
    h = t2.jacobian(g, layer1.w)
    assert h.shape == (5, 4, 5, 4)
    matrix = h.numpy().reshape(20, 20)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-12, atol=1e-14)
    update = np.linalg.solve(matrix + 1e-3 * np.eye(20), g.numpy().reshape(20))
    step = 1e-5
    with Tape() as near:
        moved = Variable(layer1.w.numpy() - step * update.reshape(5, 4))
        loss = loss_of(moved)
    change = near.gradient(loss, moved).numpy().reshape(20) - g.numpy().reshape(20)
    np.testing.assert_allclose(change, -step * matrix @ update, rtol=1e-2, atol=1e-7)


def test_batch_jacobian_of_a_network() -> None:
    layer1, layer2 = Dense(5, 8, gradcli.elu, 4), Dense(8, 6, gradcli.elu, 5)
    x = constant(X)
    with Tape(persistent=True) as tape:
        tape.watch(x)
        y = layer2(layer1(x))
    j, jb = tape.jacobian(y, x), tape.batch_jacobian(y, x)
    assert (y.shape, j.shape, jb.shape) == ((7, 6), (7, 6, 7, 5), (7, 6, 5))
    np.testing.assert_allclose(jb.numpy(), np.einsum("bxby->bxy", j.numpy()), rtol=1e-13)
    np.testing.assert_allclose(np.sum(j.numpy(), axis=2), jb.numpy(), rtol=1e-13)  # the others are 0


def test_batch_jacobian_where_examples_depend_on_one_another() -> None:
    x = constant(X)
    with Tape(persistent=True) as tape:
        tape.watch(x)
        y = x - np.mean(x, axis=0)  # as a batch normalisation does
    j, jb = tape.jacobian(y, x).numpy(), tape.batch_jacobian(y, x).numpy()
    np.testing.assert_allclose(jb, np.sum(j, axis=0).transpose(1, 0, 2), atol=1e-15)  # runs, with another meaning
    assert not np.allclose(jb, np.einsum("bxby->bxy", j))


def test_batch_jacobian_in_the_reference() -> None:
    x = constant([[1.0, 2.0], [3.0, 4.0]])
    with Tape() as g:
        g.watch(x)
        y = x * x
    expected = [[[2, 0], [0, 4]], [[6, 0], [0, 8]]]
    np.testing.assert_array_equal(g.batch_jacobian(y, x).numpy(), expected)


def test_jacobian_in_the_reference() -> None:
    x = constant([1.0, 2.0])
    with Tape() as g:
        g.watch(x)
        y = x * x
    np.testing.assert_array_equal(g.jacobian(y, x).numpy(), [[2.0, 0.0], [0.0, 4.0]])


# What has no gradient


def test_an_operation_without_a_gradient_is_refused_where_it_is_used() -> None:
    """TensorFlow raises LookupError when asked for the gradient; here the operation itself says it."""
    image = Variable([[0.5, 0.0, 0.0]])
    with Tape(), pytest.raises(TypeError, match=r"np\.fft\.fft is not recorded.*\.numpy\(\)"):
        np.fft.fft(image)


def test_whole_numbers_among_the_sources() -> None:
    x = constant(10)
    with Tape(persistent=True) as g:
        g.watch(x)
        y = x * x
    assert g.gradient(y, x) is None
    assert "whole numbers" in str(g.why(y, x))


def test_numbers_at_kinks() -> None:
    """What TensorFlow 2.21 prints for the same lines."""
    a = Variable([1.0, 2.0])
    with Tape(persistent=True) as t:
        tied, absolute, clipped, rectified = (
            np.max(a[[0, 0]]),
            np.abs(a * 0.0),
            np.clip(a, 1.0, 2.0),
            gradcli.relu(a - 1),
        )
    np.testing.assert_array_equal(t.gradient(tied, a).numpy(), [1.0, 0.0])
    np.testing.assert_array_equal(t.gradient(absolute, a).numpy(), [0.0, 0.0])
    np.testing.assert_array_equal(t.gradient(clipped, a).numpy(), [1.0, 1.0])
    np.testing.assert_array_equal(t.gradient(rectified, a).numpy(), [0.0, 1.0])
