"""Migrate the database whose address is read: so does the service, which loads none of this."""

import sys

from ...errors import StageError
from .migrate import upgrade

try:
    upgrade(sys.stdin.read())
except StageError as error:
    sys.exit(str(error))
