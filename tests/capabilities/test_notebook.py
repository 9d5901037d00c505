"""The Jupyter notebook: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestNotebook(Optional):
    """The rules that every capability keeps to."""

    name = "notebook"
    words = r"nbclient|nbformat|jupyterlab|ipykernel|\.ipynb|notebooks/"
