"""Recording NumPy code as it runs: values with identity, a record for each tape, NumPy calls read as the language."""
