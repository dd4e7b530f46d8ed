"""What the program's exit status means, beyond a result's own 0 (verified) and 1 (something is not)."""

BAD_INPUT = 2  #: bad input or usage
INTERNAL = 70  #: an error of gradcli itself
NOT_WRITTEN = 74  #: the result could not be written
INTERRUPTED = 130  #: Ctrl-C
BROKEN_PIPE = 141  #: the reader of the results went away
TERMINATED = 143  #: SIGTERM
