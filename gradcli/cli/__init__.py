"""The command line: options, streams and exit codes, and the only place that catches `GradcliError`."""
