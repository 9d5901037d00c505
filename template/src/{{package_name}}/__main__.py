"""The command line, for programs that start it with `python -m` and keep what it says in a log."""

from .cli import main
from .errors import frames

try:
    main()
except Exception as error:
    raise SystemExit("\n".join(frames(error))) from None
