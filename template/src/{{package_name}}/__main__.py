"""The command line, for programs that start it with `python -m`."""

from .cli import main

main()
