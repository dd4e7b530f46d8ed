"""Jacobians and Jacobians of batches: against closed forms, whichever way the sweep takes."""

import gc
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli import Tape, Variable, constant
from gradcli.recording import rows

M = np.array([[1.0, -2.0, 0.5], [0.3, 0.7, -1.1]])
X = np.array([0.4, -0.9, 1.3])


def test_the_shape_is_that_of_target_and_source() -> None:
    x, s = Variable(X), Variable(2.0)
    with Tape(persistent=True) as tape:
        y = np.sin(s * (M @ x))
        total = np.sum(y)
        outer = np.multiply.outer(y, x)
    cosine = np.cos(2 * M @ X)
    np.testing.assert_allclose(tape.jacobian(y, x).numpy(), 2 * cosine[:, None] * M, rtol=1e-14)
    np.testing.assert_allclose(tape.jacobian(y, s).numpy(), cosine * (M @ X), rtol=1e-14)
    np.testing.assert_allclose(tape.jacobian(total, x).numpy(), 2 * cosine @ M, rtol=1e-14)
    assert tape.jacobian(total, s).shape == ()
    j = tape.jacobian(outer, x).numpy()
    assert j.shape == (2, 3, 3)
    expected = np.einsum("ik,j->ijk", 2 * cosine[:, None] * M, X) + np.einsum("i,jk->ijk", np.sin(2 * M @ X), np.eye(3))
    np.testing.assert_allclose(j, expected, rtol=1e-14)


def test_structure_and_what_is_not_connected() -> None:
    x, z = Variable(X), Variable([1.0, 2.0])
    with Tape(persistent=True) as tape:
        y = x**2
    found = tape.jacobian(y, {"x": x, "rest": [z, (x, 3 * [z])]})
    assert found["rest"][0] is None
    assert found["rest"][1][1] == [None, None, None]
    np.testing.assert_array_equal(found["x"].numpy(), np.diag(2 * X))
    np.testing.assert_array_equal(found["rest"][1][0].numpy(), np.diag(2 * X))
    np.testing.assert_array_equal(tape.jacobian(y, z, unconnected_gradients="zero").numpy(), np.zeros((3, 2)))
    assert tape.jacobian(constant([1, 2]), x) is None
    assert tape.jacobian(x > 0, x) is None
    assert tape.jacobian(y, []) == []


def test_once_only_unless_persistent() -> None:
    x = Variable(X)
    with Tape() as tape:
        y = x**2
    tape.jacobian(y, x)
    for again in (tape.jacobian, tape.batch_jacobian, tape.gradient):
        with pytest.raises(RuntimeError, match="persistent=True"):
            again(y, x)


def test_an_intermediate_value_and_a_variable_that_was_assigned() -> None:
    v = Variable([1.0, 2.0])
    with Tape(persistent=True) as tape:
        a = v * v
        v.assign([3.0, 5.0])
        y = a * v
    np.testing.assert_array_equal(tape.jacobian(y, a).numpy(), np.diag([3.0, 5.0]))
    np.testing.assert_array_equal(tape.jacobian(y, v).numpy(), np.diag([2 * 3 + 1.0, 4 * 5 + 4.0]))


def test_empty_targets_and_sources() -> None:
    x, empty = Variable(X), Variable(np.zeros(0))
    with Tape(persistent=True) as tape:
        nothing = x[:0] * 2.0
        y = np.concatenate([x, empty])
    assert tape.jacobian(nothing, x).shape == (0, 3)
    assert tape.jacobian(y, empty).shape == (3, 0)


def test_one_target_only() -> None:
    x = Variable(X)
    with Tape() as tape:
        y = x**2
    for wrong in ([y], 2.0, None):
        with pytest.raises(TypeError, match="a Jacobian has one target"):
            tape.jacobian(wrong, x)
    with pytest.raises(TypeError, match="a source is"):
        tape.jacobian(y, 2.0)
    with pytest.raises(ValueError, match="'none' or 'zero'"):
        tape.jacobian(y, x, unconnected_gradients="None")  # type: ignore[arg-type]
    assert tape.jacobian(y, x).shape == (3, 3)


def hessian(x: Variable) -> Any:
    """The Hessian of a function with a known one, by a Jacobian of a gradient."""
    with Tape() as outer:
        with Tape() as inner:
            y = np.sum(np.exp(x) * np.roll(x, 1))
        gradient = inner.gradient(y, x)
    return outer.jacobian(gradient, x)


def expected_hessian() -> np.ndarray:
    h = np.diag(np.exp(X) * np.roll(X, 1))
    for i in range(3):
        h[i, i - 1] += np.exp(X[i])
        h[i - 1, i] += np.exp(X[i])
    return h


@pytest.mark.parametrize("most", [1, 7, 2**22])
def test_hessian_whatever_fits_at_once(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_MOST_AT_ONCE", most)
    np.testing.assert_allclose(hessian(Variable(X)).numpy(), expected_hessian(), rtol=1e-14)


def test_a_jacobian_is_recorded_by_the_tapes_around_it() -> None:
    x = Variable(X)
    with Tape() as outer:
        with Tape() as inner:
            y = np.sin(x) * x[0]
        j = inner.jacobian(y, x)
        assert j.shape == (3, 3)
        trace = np.sum(j * np.eye(3))
    # trace = sum_i cos(x_i) x_0 + sin(x_0)
    expected = -np.sin(X) * X[0]
    expected[0] += np.sum(np.cos(X)) + np.cos(X[0])
    np.testing.assert_allclose(outer.gradient(trace, x).numpy(), expected, rtol=1e-14)


def test_a_jacobian_inside_its_own_block() -> None:
    x = Variable(X)
    with Tape(persistent=True) as tape:
        y = x**3
        j = tape.jacobian(y, x)
    np.testing.assert_allclose(j.numpy(), np.diag(3 * X**2), rtol=1e-15)
    np.testing.assert_allclose(tape.gradient(j, x).numpy(), 6 * X, rtol=1e-15)


def test_a_custom_gradient_on_the_way() -> None:
    @gradcli.custom_gradient
    def tripled(x: Any) -> Any:
        return x**2, lambda upstream: 3 * upstream

    x = Variable(X)
    with Tape() as tape:
        y = tripled(x) * x[0]
    expected = 3 * X[0] * np.eye(3)
    expected[:, 0] += X**2
    np.testing.assert_allclose(tape.jacobian(y, x).numpy(), expected, rtol=1e-15)


# Batches


def test_batch_jacobian_is_the_diagonal_of_the_jacobian() -> None:
    x = Variable(np.arange(1.0, 25.0).reshape(4, 3, 2) / 10)
    w = np.array([[1.0, -0.5], [0.3, 2.0], [0.7, 0.1]])
    with Tape(persistent=True) as tape:
        y = np.tanh(np.einsum("bij,ik->bkj", x, w)) ** 2
    whole = tape.jacobian(y, x).numpy()
    found = tape.batch_jacobian(y, x)
    assert found.shape == (4, 2, 2, 3, 2)
    for b in range(4):
        np.testing.assert_allclose(found.numpy()[b], whole[b, :, :, b], rtol=1e-14)
    np.testing.assert_array_equal(tape.batch_jacobian(y, y).numpy()[1].reshape(4, 4), np.eye(4))


def test_batch_jacobian_wants_batches() -> None:
    x, v = Variable(np.ones((3, 2))), Variable([1.0, 2.0, 3.0])
    with Tape(persistent=True) as tape:
        y = x**2
        z = np.sum(y, axis=1)
    for target, source in ((z, x), (y, v), (y[:2], x), (np.sum(y), x)):
        with pytest.raises(ValueError, match=r"of shape \(batch, ...\), not"):
            tape.batch_jacobian(target, source)


def test_batch_jacobian_of_what_is_not_connected_is_zero() -> None:
    x, z = Variable(np.ones((3, 2))), Variable(np.ones((3, 4)))
    with Tape() as tape:
        y = x**2
    np.testing.assert_array_equal(tape.batch_jacobian(y, z).numpy(), np.zeros((3, 2, 4)))
    assert tape.why(y, z) == "the source is a variable that no operation used while this tape was recording"


def test_a_jacobian_holds_nothing_but_itself() -> None:
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(3):
        hessian(Variable(X))
    gc.collect()
    assert len(gc.get_objects()) - before < 100
