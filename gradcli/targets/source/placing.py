"""The transposed operation of an index: an array of zeros with something at that place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradcli.autodiff.primitive import Shape
from gradcli.targets.source.arrays import WHOLE, Arrays, ends
from gradcli.targets.source.errors import NotExpressible
from gradcli.targets.source.forms import Form

_LARGEST_IDENTITY = 1000  #: rows up to which a row of eye(n) is a sensible way to say "the k-th entry"


def placed(to: Arrays, form: Form, parts: Sequence[Any], shape: Shape) -> Form:
    """Zeros of `shape` with `form`, which has all its axes, at `parts` (as in `a[parts]`).

    Slices are padded with zeros; a whole number is a product with a row of the identity.
    """
    axis = 0
    for part, n in zip(parts, shape, strict=True):
        if isinstance(part, tuple):
            form = _along(to, form, axis, range(*part), n)
            axis += 1
    units = [(k, part, shape[k]) for k, part in enumerate(parts) if not isinstance(part, tuple)]
    if not units:
        return form
    if any(n > _LARGEST_IDENTITY for _, _, n in units):
        raise NotExpressible("one entry of a long axis")
    rows = [to.index(to.call("eye", n, shape=(n, n)), [at, WHOLE]) for _, at, n in units]
    if len(shape) == 2:
        if len(units) == 2:
            return to.times(form, to.call("outer", *rows, shape=shape))
        pair = (rows[0], form) if units[0][0] == 0 else (form, rows[0])
        return to.call("outer", *pair, shape=shape)
    lengths = [1 if not isinstance(part, tuple) else n for part, n in zip(parts, shape, strict=True)]
    result = form
    if form.shape:
        first = next(k for k, part in enumerate(parts) if isinstance(part, tuple))
        result = to.reshaped(form, tuple(lengths[first:]))
    for (k, _, n), row in zip(units, rows, strict=True):
        result = to.times(to.reshaped(row, (n, *[1] * (len(shape) - k - 1))), result)
    return to.full(result, shape)


def _along(to: Arrays, form: Form, axis: int, places: range, n: int) -> Form:
    """`form` put at these places of an axis of length n, zeros elsewhere."""
    if places == range(n):
        return form
    if places.step == -1 and len(places) > 1:
        form = to.index(form, [(None, None, -1) if k == axis else WHOLE for k in range(len(form.shape))])
        places = places[::-1]
        if places == range(n):
            return form
    shape = form.shape
    grown = (*shape[:axis], n, *shape[axis + 1 :])
    if places.step == 1 or len(places) == 1:
        pieces = [
            to.call("zeros", (*shape[:axis], m, *shape[axis + 1 :]), shape=(*shape[:axis], m, *shape[axis + 1 :]))
            for m in (places[0], n - places[-1] - 1)
        ]
        around = [p for p in (pieces[0], form, pieces[1]) if p is form or p.shape[axis]]
        return to.call("concat", *around, shape=grown, **({"axis": axis} if axis else {}))
    if n > _LARGEST_IDENTITY or len(shape) > 2:
        raise NotExpressible("a slice with a step, put back into zeros")
    part = ends(places.start, places.stop, places.step, n)
    eye = to.call("eye", n, shape=(n, n))
    if axis == 0:
        return to.matmul(to.index(eye, [WHOLE, part]), form)
    return to.matmul(form, to.index(eye, [part, WHOLE]))
