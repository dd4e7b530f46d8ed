"""Second derivatives by nested tapes: Newton's method finds the minimum of Rosenbrock's function in six steps.

Look at: the inner tape's gradient is recorded by the outer tape, whose Jacobian of it is the Hessian.
"""

import numpy as np

import gradcli

x = gradcli.Variable([-1.2, 1.0], name="x")

for step in range(7):
    with gradcli.Tape() as outer:
        with gradcli.Tape() as inner:
            f = 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
        gradient = inner.gradient(f, x)
    hessian = outer.jacobian(gradient, x)
    print(f"step {step}   f {float(f):.6f}   gradient norm {np.linalg.norm(gradient):.6f}")
    x.assign_sub(np.linalg.solve(hessian.numpy(), gradient.numpy()))
print(f"x {float(x[0]):.9f} {float(x[1]):.9f}")
