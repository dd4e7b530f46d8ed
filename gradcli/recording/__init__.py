"""Recording NumPy code as it runs: values with identity, one record per tape, NumPy calls read as gradcli's language."""
