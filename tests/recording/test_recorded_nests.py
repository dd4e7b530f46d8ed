"""Nests of targets, sources, factors and arguments correspond as TensorFlow's do: dictionaries by their sorted keys."""

import collections
import copy
from typing import Any

import numpy as np
import pytest

from gradcli import Tape, Variable, constant, custom_gradient, stop_gradient


def test_dictionaries_of_any_type_and_order_come_back_as_they_are() -> None:
    x, y = Variable(2.0), Variable(3.0)
    grouped: Any = collections.defaultdict(list, b=[x], a=[y])
    for sources in ({"b": x, "a": y}, {"a": y, "b": x}, {2: x, "a": y}, grouped):
        with Tape() as tape:
            z = x * x * y
        found = tape.gradient(z, sources)
        assert type(found) is type(sources)
        assert list(found) == list(sources)
        values = [float(g[0] if isinstance(g, list) else g) for g in found.values()]
        assert values == ([4.0, 12.0] if list(sources) == ["a", "b"] else [12.0, 4.0])
    assert found["missing"] == []


def test_output_gradients_may_be_a_flat_list() -> None:
    """What TensorFlow 2.21 answers: a factor for each leaf, those of a dictionary by its sorted keys."""
    x = Variable(2.0)
    with Tape(persistent=True) as tape:
        y, z, w = x * x, x * 3.0, x * 5.0
    one, two, ten = constant(1.0), constant(2.0), constant(10.0)
    assert float(tape.gradient([y, (z, w)], x, output_gradients=[one, two, ten])) == 4.0 + 6.0 + 50.0
    assert float(tape.gradient({"z": z, "y": y}, x, output_gradients=[ten, one])) == 40.0 + 3.0
    assert float(tape.gradient({"z": z, "y": y}, x, output_gradients={"y": ten, "z": one})) == 40.0 + 3.0
    assert float(tape.gradient(y, x, output_gradients=[ten])) == 40.0
    assert float(tape.gradient([y], x, output_gradients=ten)) == 40.0
    for wrong in ([one], [one, two, ten, one], {"y": one}):
        with pytest.raises(ValueError, match="do not match the target"):
            tape.gradient([y, (z, w)], x, output_gradients=wrong)


def test_one_array_is_not_taken_for_a_list_of_one() -> None:
    x = Variable([2.0])
    with Tape(persistent=True) as tape:
        y = x * x
    for factor in ([10.0], np.array([10.0]), [np.array([10.0])], [constant([10.0])]):
        np.testing.assert_array_equal(tape.gradient(y, x, output_gradients=factor).numpy(), [40.0])


def test_a_gradient_returned_as_a_dictionary_is_matched_by_its_keys() -> None:
    @custom_gradient
    def product(pair: Any) -> Any:
        def gradient(upstream: Any) -> Any:
            return {"b": upstream * pair["a"], "a": upstream * pair["b"]}

        return pair["a"] * pair["b"], gradient

    a, b = Variable(2.0), Variable(3.0)
    for pair in ({"a": a, "b": b}, {"b": b, "a": a}):
        with Tape() as tape:
            y = product(pair)
        assert [float(g) for g in tape.gradient(y, [a, b])] == [3.0, 2.0]


def test_upstream_gradients_come_by_sorted_keys_with_zeros_for_whole_numbers() -> None:
    seen: list[list[Any]] = []

    @custom_gradient()
    def several(x: Any) -> Any:
        def gradient(*upstream: Any) -> Any:
            seen.append([u.tolist() for u in upstream])
            return upstream[2]

        return {"c": x * 1.0, "b": constant([3, 4]), "a": x * 5.0}, gradient

    x = Variable(2.0)
    with Tape(persistent=True) as tape:
        y = several(x)
        scaled = y["a"] * 10.0
    assert y["b"].tolist() == [3, 4]
    assert float(tape.gradient([y["c"], scaled], x)) == 1.0
    assert seen == [[10.0, [0.0, 0.0], 1.0]]


def test_copies_keep_the_gradient() -> None:
    x = Variable([2.0, 3.0])
    with Tape(persistent=True) as tape:
        y = x * x
        z = np.sum(copy.deepcopy({"y": y})["y"]) + np.sum(copy.copy(y))
        twins = copy.deepcopy([x, x])
        w = np.sum(twins[0] * x)
    np.testing.assert_array_equal(tape.gradient(z, x).numpy(), [8.0, 12.0])
    assert twins[0] is twins[1]
    assert twins[0] is not x  # a variable can change, so its copy is another one
    np.testing.assert_array_equal(tape.gradient(w, twins[0]).numpy(), [2.0, 3.0])


def test_stop_gradient_leaves_whole_numbers_whole() -> None:
    x = Variable(2.0)
    with Tape() as tape:
        held = stop_gradient(constant([3, 4]))
        y = np.sum(x * held)
    assert held.dtype.kind == "i"
    assert (stop_gradient(3).dtype.kind, stop_gradient(3.0).dtype.kind, stop_gradient("text").item()) == (
        "i",
        "f",
        "text",
    )
    assert float(tape.gradient(y, x)) == 7.0


def test_a_tape_that_was_never_entered_says_so() -> None:
    x, c = Variable([[2.0]]), constant(3.0)
    tape = Tape()
    tape.watch(c)
    y = x * x
    for ask in (tape.gradient, tape.jacobian, tape.batch_jacobian, tape.why):
        with pytest.raises(RuntimeError, match="never entered; with gradcli"):
            ask(y, x)
    with tape:
        z = c * c
    assert float(tape.gradient(z, c)) == 6.0


def test_batch_jacobian_takes_what_the_others_take() -> None:
    x, v = Variable([[1.0, 2.0]]), Variable([[3.0]])
    with Tape(persistent=True) as tape:
        y = x * x
    for choice in ("none", "zero"):
        np.testing.assert_array_equal(tape.batch_jacobian(y, v, choice).numpy(), np.zeros((1, 2, 1)))
    with pytest.raises(ValueError, match="'none' or 'zero'"):
        tape.batch_jacobian(y, v, unconnected_gradients="zeros")  # type: ignore[arg-type]


def test_a_masked_array_does_not_silently_lose_its_mask() -> None:
    masked = np.ma.masked_array([1.0, 2.0], mask=[False, True])
    with pytest.raises(TypeError, match=r"lose its mask; np\.where"):
        Variable(masked)
    with Tape(), pytest.raises(TypeError, match="lose its mask"):
        Variable([1.0, 2.0]) * masked


def test_a_target_that_is_not_watched_stands_for_itself_alone() -> None:
    """TensorFlow 2.21's answers: 1 by itself, None where another target would need the part that was not seen."""
    x, c, n = Variable(2.0), constant(3.0), Variable(5.0, trainable=False)
    with Tape(persistent=True) as tape:
        y = x * x * c
        u = c * 2.0
    seven = constant(7.0)
    assert float(tape.gradient(c, c)) == 1.0
    assert [float(g) for g in tape.gradient([n, y], [n, x])] == [1.0, 12.0]
    assert [float(g) for g in tape.gradient([u, c], [c, u])] == [1.0, 1.0]
    assert [float(g) for g in tape.gradient([c, c], [c, c], output_gradients=[seven, seven])] == [14.0, 14.0]
    dc, dx = tape.gradient([y, c], [c, x], output_gradients=[seven, seven])
    assert (dc, float(dx)) == (None, 84.0)
    assert "does not watch the source" in str(tape.why([y, c], c))


def test_an_assignment_is_a_use_and_a_question_is_none() -> None:
    """Which variables TensorFlow 2.21 calls watched."""
    x, z, n = Variable(2.0), Variable(3.0), Variable(4.0, trainable=False)
    with Tape(persistent=True) as tape:
        n.assign_add(1.0)
        assert tape.watched_variables() == ()
        assert tape.gradient(z, x) is None
        assert tape.watched_variables() == ()
        x.assign(z)
    assert [v is w for v, w in zip(tape.watched_variables(), (x, z), strict=True)] == [True, True]
