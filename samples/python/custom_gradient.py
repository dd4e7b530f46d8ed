"""A function that brings its own gradient: a root found by iteration, differentiated by the implicit function theorem.

Look at: the loop is not recorded, and yet dy/da = 1/(2 sqrt(a)) and d2y/da2 = -1/(4 a^1.5) come out exact.
"""

import gradcli


@gradcli.custom_gradient
def root(a):
    """The solution y of y^2 = a: from y^2 - a = 0 follows dy/da = 1/(2 y)."""
    number = float(a)
    y = number
    while abs(y * y - number) > 1e-15 * number:
        y = 0.5 * (y + number / y)

    def gradient(upstream):
        return upstream / (2 * root(a))

    return y, gradient


a = gradcli.Variable(2.25)
with gradcli.Tape() as second:
    with gradcli.Tape() as first:
        y = root(a)
    slope = first.gradient(y, a)
print(f"y        {float(y):.12f}")
print(f"dy/da    {float(slope):.12f}")
print(f"d2y/da2  {float(second.gradient(slope, a)):.12f}")
