"""z = x*y at (2, 3), differentiated twice from one tape: that is what `persistent=True` is for.

Look at: dz/dx = y = 3, then dz/dy = x = 2; without `persistent` the second call would be a RuntimeError.
"""

import gradcli

x = gradcli.Variable(2.0)
y = gradcli.Variable(3.0)

with gradcli.Tape(persistent=True) as tape:
    z = x * y
print("dz/dx", float(tape.gradient(z, x)))
print("dz/dy", float(tape.gradient(z, y)))
