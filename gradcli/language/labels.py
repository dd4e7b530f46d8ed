"""Labels of variables and their entries, `W` and `W[0,1]`, as records and claims name them."""

from __future__ import annotations

EVERYTHING = "*"  #: stands for all variables in a claim about a whole gradient, Jacobian or Hessian


def label_of(name: str, index: tuple[int, ...] = ()) -> str:
    """`W[0,1]`; the bare name of a scalar.

    >>> label_of("W", (0, 1)), label_of("x")
    ('W[0,1]', 'x')
    """
    return f"{name}[{','.join(map(str, index))}]" if index else name


def base_of(label: str) -> str:
    """The name in `W[0,1]`.

    >>> base_of("W[0,1]"), base_of("W")
    ('W', 'W')
    """
    return label.partition("[")[0]


def index_of(label: str) -> tuple[int, ...]:
    """The numbers in `W[0,1]`; none in `W`.

    >>> index_of("W[0,1]"), index_of("W")
    ((0, 1), ())
    """
    inside = label.partition("[")[2].rstrip("]")
    return tuple(int(part) for part in inside.split(",")) if inside else ()
