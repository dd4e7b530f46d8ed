"""Recordable values: boxes around NumPy arrays that NumPy's own functions and operators accept and give back.

A box computes at once. Where an active tape watches what it came from, the computation runs
through a small program of the language and is noted; everywhere else it is NumPy's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, Self

import numpy as np

from gradcli.recording.dispatch import call_function, call_ufunc, is_watched, item, plain_array
from gradcli.recording.errors import NotRecordedError, TapeStateError, TapeTypeError, TapeValueError
from gradcli.recording.foreign import lost_gradient
from gradcli.recording.record import Array, Box, Node, Record
from gradcli.recording.structures import structure_of


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """The method of a box that is a function of NumPy's."""

    def method(self: Value, *arguments: Any, **options: Any) -> Any:
        return function(self, *arguments, **options)

    method.__name__ = function.__name__
    method.__doc__ = f"`np.{function.__name__}` of this value."
    return method


class Value(Box, np.lib.mixins.NDArrayOperatorsMixin):
    """A number or an array that a tape can record: what NumPy functions of a `Variable` give.

    It is never changed in place. Real floating-point values are float64; integer, complex,
    boolean and string values are carried along, but have no gradient. `float(x)`, `x.numpy()` and
    `array[0] = x` take the number off the record, as Python's `math` does.
    """

    __slots__ = ("__weakref__",)

    def numpy(self) -> Array:
        """The value as a NumPy array of its own (of shape () for a number)."""
        return self._node.value.copy()

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self._node.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the entries."""
        return self._node.value.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._node.value.ndim

    @property
    def size(self) -> int:
        """Number of entries."""
        return self._node.value.size

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """The value with its axes reversed."""
        return np.transpose(self)

    @property
    def mT(self) -> Any:  # noqa: N802 - NumPy's name
        """The value with its last two axes exchanged.

        Raises:
            ValueError: if it has fewer than two.
        """
        if self.ndim < 2:
            raise TapeValueError(f"a matrix transpose needs two axes or more, not shape {self.shape}")
        return np.swapaxes(self, -1, -2)

    @property
    def real(self) -> Any:
        """The real part."""
        return np.real(self)

    sum = _method(np.sum)
    prod = _method(np.prod)
    mean = _method(np.mean)
    var = _method(np.var)
    std = _method(np.std)
    min = _method(np.min)
    max = _method(np.max)
    cumsum = _method(np.cumsum)
    any = _method(np.any)
    all = _method(np.all)
    argmin = _method(np.argmin)
    argmax = _method(np.argmax)
    cumprod = _method(np.cumprod)
    dot = _method(np.dot)
    trace = _method(np.trace)
    diagonal = _method(np.diagonal)
    clip = _method(np.clip)
    round = _method(np.round)
    ravel = _method(np.ravel)
    flatten = _method(np.ravel)
    squeeze = _method(np.squeeze)
    swapaxes = _method(np.swapaxes)
    copy = _method(np.copy)
    take = _method(np.take)
    repeat = _method(np.repeat)
    ptp = _method(np.ptp)
    argsort = _method(np.argsort)
    conj = _method(np.conjugate)
    conjugate = _method(np.conjugate)
    nonzero = _method(np.nonzero)
    __round__ = _method(np.round)

    def reshape(self, *shape: Any, **options: Any) -> Any:
        """The same entries in another shape, given as one tuple or as several numbers."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **options)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order, given as one tuple or as several numbers; reversed by default."""
        order = axes[0] if len(axes) == 1 else axes or None
        return np.transpose(self, order)

    def astype(self, dtype: Any) -> Any:
        """The value as another type: as real floating-point numbers the same, as any other one without gradient."""
        if np.dtype(dtype).kind == "f":
            return np.copy(self) if self.dtype == np.float64 else constant(self._node.value.astype(np.float64))
        result = constant(self._node.value.astype(dtype))
        result.node.cut = _cut(self, f"astype({np.dtype(dtype).name})")
        return result

    def item(self, *index: int) -> Any:
        """One entry as a Python number."""
        return self._node.value.item(*index)

    def tolist(self) -> Any:
        """The value as nested lists of Python numbers."""
        return self._node.value.tolist()

    def __getitem__(self, key: Any) -> Any:
        return _boxed(item(self, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        raise NotRecordedError(
            "a recordable value is not changed in place",
            hint="np.where(mask, new, x) or np.concatenate give a new one; variable.assign(array) changes a variable",
        )

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("iteration over a value without axes")
        return (self[k] for k in range(self.shape[0]))

    def __len__(self) -> int:
        return len(self._node.value)

    def __float__(self) -> float:
        return float(self._node.value.item())

    def __int__(self) -> int:
        return int(self._node.value.item())

    def __trunc__(self) -> int:
        return int(self)

    def __complex__(self) -> complex:
        return complex(self._node.value.item())

    def __bool__(self) -> bool:
        return bool(self._node.value)

    def __index__(self) -> int:
        return self._node.value.__index__()

    def __format__(self, spec: str) -> str:
        return format(self._node.value[()], spec)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_shown(self._node.value)})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if is_watched((self,)):
            raise lost_gradient()
        return np.array(self._node.value, dtype=dtype, copy=copy is not False)

    def __copy__(self) -> Any:
        return self  # it is never changed, and a copy would lose its gradient

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self

    def __reduce__(self) -> Any:
        return constant, (self.numpy(),)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return _boxed(call_ufunc(ufunc, method, inputs, options))

    def __array_function__(
        self, function: Callable[..., Any], types: Any, arguments: tuple[Any, ...], options: Mapping[str, Any]
    ) -> Any:
        if not all(issubclass(t, Value | np.ndarray) for t in types):
            return NotImplemented
        return _boxed(call_function(function, arguments, options))


class Variable(Value):
    """A value that can be assigned anew; a trainable one is watched by every tape that sees it used.

    Args:
        value: a number or an array (copied); its shape and type stay.
        trainable: whether tapes watch it without being told to.
        name: shown in `repr`.

    >>> w = Variable(0.5, name="w")
    >>> w.assign_sub(0.25)
    Variable(0.25, name='w')
    """

    __slots__ = ("made", "name", "trainable")

    _numbers = count()

    def __init__(self, value: Any, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(Node(plain_array(value)))
        #: Its place in the order of construction, in which TensorFlow lists the variables that a tape watches.
        self.made = next(self._numbers)
        self.trainable = trainable
        self.name = name

    def used_by(self, record: Record) -> None:
        record.use(self, self.trainable)

    def changed_in_place(self, operation: str) -> None:
        raise TapeStateError(
            f"a variable cannot be changed by an operator ({operation} into it)",
            hint="variable.assign_add(value) changes it; y = variable + value gives a new value",
        )

    def watched_by(self, record: Record) -> None:
        record.watch(self)

    def nodes_on(self, record: Record) -> list[Node]:
        return record.variables[id(self)][1] if id(self) in record.variables else []

    def assign(self, value: Any) -> Self:
        """Take a new value of the same shape; what was computed from the old one stays as it is.

        Args:
            value: a number, an array or a recordable value, of which no gradient passes on.

        Returns:
            The variable itself.

        Raises:
            ValueError: if the shape differs.
            TypeError: if the value does not fit the variable's type (a fraction in an integer variable).
        """
        return self._set(plain_array(value), value)

    def assign_add(self, delta: Any) -> Self:
        """Take the value plus `delta`, exactly as NumPy adds them.

        Raises:
            ValueError, TypeError: as for `assign`.
        """
        return self._set(np.asarray(self._node.value + plain_array(delta)), delta)

    def assign_sub(self, delta: Any) -> Self:
        """Take the value minus `delta`, exactly as NumPy subtracts them.

        Raises:
            ValueError, TypeError: as for `assign`.
        """
        return self._set(np.asarray(self._node.value - plain_array(delta)), delta)

    def _set(self, value: Array, given: Any) -> Self:
        if value.shape != self.shape:
            raise TapeValueError(
                f"a value of shape {value.shape} cannot be assigned to a variable of shape {self.shape}"
            )
        if not np.can_cast(value.dtype, self.dtype, "same_kind"):
            raise TapeTypeError(f"{value.dtype} entries cannot be assigned to a variable of {self.dtype}")
        self._node = Node(value.astype(self.dtype))
        self._node.cut = _cut(given, "an assignment to a variable")
        is_watched((self,))  # an assignment is a use, as in TensorFlow
        return self

    def __copy__(self) -> Variable:
        return Variable(self, self.trainable, self.name)

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        memo[id(self)] = twin = self.__copy__()
        return twin

    def __reduce__(self) -> Any:
        return Variable, (self.numpy(), self.trainable, self.name)

    def __repr__(self) -> str:
        options = "" if self.trainable else ", trainable=False"
        options += "" if self.name is None else f", name={self.name!r}"
        return f"Variable({_shown(self._node.value)}{options})"


def constant(value: Any) -> Value:
    """A recordable value that no tape watches by itself.

    Args:
        value: a number or an array (copied). A recorded value gives its number: the path to it is cut.

    >>> constant([1.0, 2.0]) * 3
    Value([3. 6.])
    """
    result = Value(Node(plain_array(value)))
    result.node.cut = _cut(value, "gradcli.constant")
    return result


def _cut(given: Any, what: str) -> str | None:
    """What cuts the path of a value taken off the record, if it had one."""
    if not isinstance(given, Box):
        return None
    return what if is_watched((given,)) else given.node.cut


def _boxed(result: Any) -> Any:
    """Every node of a result in a box."""
    if isinstance(result, Node):
        return Value(result)
    if isinstance(result, list | tuple):
        parts = structure_of(result)
        return parts.rebuild([Value(leaf) if isinstance(leaf, Node) else leaf for leaf in parts.leaves])
    return result


def _shown(value: Array) -> str:
    return repr(value.item()) if value.ndim == 0 else str(value)
