"""`mlstamp presets`: answers that were saved under a name."""

from __future__ import annotations

from .. import presets, screens
from . import out


def run() -> None:
    """List the presets that `new --save-preset` made; each is a file to read, edit or delete."""
    found = {name: presets.load(name).answers for name in presets.every()}
    out.print(screens.presets(found, presets.folder()))
