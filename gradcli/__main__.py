"""`python -m gradcli` is the program `gradcli`."""

import sys

from gradcli.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
