"""A function inside a function, y -> x*y^2, taken at y = 2, under two nested tapes.

Look at: the first derivative in x at x = 1 is 4; it no longer depends on x, so the second is None: not connected.
"""

import gradcli

x = gradcli.Variable(1.0)


def outer(x):
    """The function y -> x*y^2 for this x."""

    def inner(y):
        return x * y**2

    return inner


with gradcli.Tape() as second:
    with gradcli.Tape() as first:
        z = outer(x)(2.0)
    dz_dx = first.gradient(z, x)
print("dz/dx", float(dz_dx))
print("d2z/dx2", second.gradient(dz_dx, x))
