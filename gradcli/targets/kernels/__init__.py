"""NumPy and scalar kernels of the rows, each in a form that keeps its digits; a module for each family.

A kernel takes float64 arrays (or scalars) and broadcasts; rows with orders pass them after the
arguments. Outside its domain a kernel gives NaN.
"""
