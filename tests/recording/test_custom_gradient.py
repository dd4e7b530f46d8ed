"""Functions that bring their own gradient, as `tf.custom_gradient` documents them."""

import math
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli import Tape, Variable, constant, custom_gradient


@custom_gradient
def log1pexp(x: Any) -> Any:
    """log(1 + e^x), whose plain gradient is inf/inf at large x."""
    e = np.exp(x)
    return np.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))


def test_a_stable_gradient_where_the_plain_one_is_not() -> None:
    x = constant(1000.0)
    with Tape(persistent=True) as tape:
        tape.watch(x)
        stable, plain = log1pexp(x), np.log(1 + np.exp(x))
    assert float(tape.gradient(stable, x)) == 1.0
    assert math.isnan(float(tape.gradient(plain, x)))


def test_it_is_differentiated_again() -> None:
    x = Variable(0.3)
    with Tape() as t3:
        with Tape() as t2:
            with Tape() as t1:
                y = log1pexp(x)
            first = t1.gradient(y, x)
        second = t2.gradient(first, x)
    s = 1 / (1 + math.exp(-0.3))
    assert float(first) == pytest.approx(s, rel=1e-15)
    assert float(second) == pytest.approx(s * (1 - s), rel=1e-14)
    assert float(t3.gradient(second, x)) == pytest.approx(s * (1 - s) * (1 - 2 * s), rel=1e-13)


def test_several_arguments() -> None:
    @custom_gradient
    def product(x: Any, y: Any) -> Any:
        return x * y, lambda upstream: (upstream * y, upstream * x)

    a, b = Variable(2.0), Variable(3.0)
    with Tape(persistent=True) as tape:
        c = product(a, b)
        d = product(a, a)
        e = product(a, 5.0)
    assert [float(g) for g in tape.gradient(c, [a, b])] == [3.0, 2.0]
    assert float(tape.gradient(d, a)) == 4.0
    assert float(tape.gradient(e, a)) == 5.0


def test_the_gradient_given_is_the_one_used() -> None:
    @custom_gradient
    def clipped(y: Any) -> Any:
        return y, lambda upstream: np.clip(upstream, -0.5, 0.5)

    v = Variable(2.0)
    with Tape(persistent=True) as tape:
        square = v * v
        output = clipped(square)
    assert float(output) == 4.0
    assert float(tape.gradient(output, v)) == 2.0  # 0.5 * 2v
    assert float(tape.gradient(output, square)) == 0.5


def test_several_results_and_nests() -> None:
    seen = []

    @custom_gradient
    def both(pair: Any, scale: float = 1.0) -> Any:
        a, b = pair["a"], pair["b"]

        def gradient(of_product: Any, of_sum: Any) -> Any:  # in the order of the sorted keys
            seen.append((of_sum.shape, of_product.shape))
            return [scale * (np.sum(of_sum) + of_product * 10.0), None]

        return {"sum": a + b * np.ones(3), "product": (a * b, "a note")}, gradient

    a, b = Variable(2.0), Variable(3.0)
    with Tape(persistent=True) as tape:
        found = both({"a": a, "b": b}, scale=2.0)
        total = np.sum(found["sum"])
        product, note = found["product"]
    assert note == "a note"
    assert [tape.gradient(total, s) for s in (b,)] == [None]
    assert float(tape.gradient(total, a)) == 6.0
    assert float(tape.gradient(product, a)) == 20.0  # zeros stand for the result that was not used
    assert float(tape.gradient([total, product], a)) == 26.0
    assert set(seen) == {((3,), ())}
    assert (
        tape.why(total, b) == "the target uses the source only where no gradient passes, or a custom gradient is None"
    )


def test_it_is_called_once_for_all_arguments() -> None:
    calls = []

    @custom_gradient
    def f(*values: Any) -> Any:
        def gradient(upstream: Any) -> Any:
            calls.append(float(upstream))
            return [upstream * k for k in range(len(values))]

        return sum(values), gradient

    x = [Variable(float(k)) for k in range(5)]
    with Tape() as tape:
        y = 2.0 * f(*x) + f(x[0])
    assert [float(g) for g in tape.gradient(y, x)] == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert sorted(calls) == [1.0, 2.0]


def test_it_is_not_called_where_nothing_asks_for_it() -> None:
    @custom_gradient
    def f(x: Any) -> Any:
        return x * 1.0, lambda upstream: pytest.fail("not asked for")

    x, z = Variable(2.0), Variable(3.0)
    with Tape() as tape:
        y = f(x) + z
    assert float(tape.gradient(y, z)) == 1.0
    assert float(f(x)) == 2.0
    assert repr(f(2.0)) == "Value(2.0)"  # a recordable value also where no tape looks


def test_variables_that_are_no_arguments() -> None:
    w = Variable([1.0, 2.0])

    @custom_gradient
    def linear(x: Any) -> Any:
        def gradient(upstream: Any, variables: Any = None) -> Any:
            assert variables == [w] or variables[0] is w
            return upstream * w, [upstream * x * 100.0]

        return x * w, gradient

    x = Variable([3.0, 4.0])
    with Tape() as tape:
        y = linear(x)
    dx, dw = tape.gradient(y, [x, w])
    np.testing.assert_array_equal(dx.numpy(), [1.0, 2.0])
    np.testing.assert_array_equal(dw.numpy(), [300.0, 400.0])

    @custom_gradient
    def forgetful(x: Any) -> Any:
        return x * w, lambda upstream: upstream

    with pytest.raises(TypeError, match="uses variables that are not its arguments"), Tape():
        forgetful(x)


def test_a_gradient_with_a_custom_gradient_of_its_own() -> None:
    """The documentation's fused operation: its first derivative is a function with a custom gradient again."""

    @custom_gradient
    def fused(x: Any) -> Any:
        value, slope = np.sin(x.numpy()), np.cos(x.numpy())  # as if computed together, off the record

        def first_order(upstream: Any) -> Any:
            @custom_gradient
            def slope_of(unused_x: Any) -> Any:
                return slope, lambda upstream: upstream * -value

            return upstream * slope_of(x)

        return value, first_order

    x = Variable(0.4)
    with Tape() as outer:
        with Tape() as inner:
            y = fused(x) * 2.0
        first = inner.gradient(y, x)
    assert float(y) == 2 * math.sin(0.4)
    assert float(first) == 2 * math.cos(0.4)
    assert float(outer.gradient(first, x)) == -2 * math.sin(0.4)


def test_a_result_returned_as_it_came_is_a_value_of_its_own() -> None:
    @custom_gradient
    def identity(x: Any) -> Any:
        return x, lambda upstream: upstream

    x = Variable(2.0)
    with Tape(persistent=True) as tape:
        y = identity(x)
        z = y * x
        g = tape.gradient(z, y)
    assert float(tape.gradient(z, y)) == 2.0
    assert float(tape.gradient(z, x)) == 4.0
    assert float(tape.gradient(g, x)) == 1.0
    assert tape.gradient(y * 1.0, g) is None


def test_methods_and_stacks_of_custom_gradients() -> None:
    class Layer:
        def __init__(self) -> None:
            self.calls = 0

        @custom_gradient
        def __call__(self, x: Any) -> Any:
            def gradient(upstream: Any) -> Any:
                self.calls += 1
                return upstream * (1 - np.tanh(x) ** 2)

            return np.tanh(x), gradient

    layer, x = Layer(), Variable(0.5)
    with Tape() as tape:
        y = x
        for _ in range(300):
            y = layer(y)
    value, slope = 0.5, 1.0
    for _ in range(300):
        value = math.tanh(value)
        slope *= 1 - value**2
    assert float(tape.gradient(y, x)) == pytest.approx(slope, rel=1e-12)
    assert layer.calls == 300
    assert Layer.__call__.__name__ == "__call__"


def test_its_exceptions_come_through_and_leave_nothing_behind() -> None:
    @custom_gradient
    def failing(x: Any) -> Any:
        def gradient(upstream: Any) -> Any:
            raise ZeroDivisionError

        return x * 2.0, gradient

    @custom_gradient
    def broken(x: Any) -> Any:
        raise ZeroDivisionError

    x = Variable(2.0)
    with Tape() as tape:
        with pytest.raises(ZeroDivisionError):
            broken(x)
        y = failing(x)
    with pytest.raises(ZeroDivisionError):
        tape.gradient(y, x)
    with Tape() as again:
        z = x * x
    assert float(again.gradient(z, x)) == 4.0
    assert len(again.watched_variables()) == 1


WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    "too few": (lambda x, y: (x * y, lambda upstream: upstream), ValueError, "returned 1 values for 2 arguments"),
    "another shape": (
        lambda x, y: (x * y, lambda upstream: (np.ones(3), upstream)),
        ValueError,
        r"returned shape \(3,\) for an argument of shape \(\)",
    ),
    "no number": (lambda x, y: (x * y, lambda upstream: ("text", upstream)), TypeError, "cannot be computed with"),
    "no pair": (lambda x, y: x * y, TypeError, r"returns \(y, gradient\), not Value"),
    "no function": (lambda x, y: (x, y), TypeError, r"returns \(y, gradient\)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_gradient_says_what_is_wrong(name: str) -> None:
    function, kind, message = WRONG[name]
    function.__name__ = "f"
    x, y = Variable(2.0), Variable(3.0)

    def ask() -> None:
        with Tape() as tape:
            z = gradcli.custom_gradient(function)(x, y)
        tape.gradient(z, [x, y])

    with pytest.raises(kind, match=message):
        ask()
