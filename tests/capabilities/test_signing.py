"""Signed models: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestSigning(Optional):
    """The rules that every capability keeps to."""

    name = "signing"
    words = r"registry[/.]signing|\bcryptography\b|SigningSettings|sign[_-]model|\.sig\b"
