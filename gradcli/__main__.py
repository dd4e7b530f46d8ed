"""`python -m gradcli` is the program `gradcli`."""

from gradcli.cli.main import main

if __name__ == "__main__":
    main()
