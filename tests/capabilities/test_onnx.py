"""ONNX Runtime as the one that answers: there when asked for, gone without a trace when not."""

from __future__ import annotations

from tests.capabilities.support import Optional


class TestOnnx(Optional):
    """The rules that every capability keeps to."""

    name = "onnx"
    words = r"onnx|protobuf|msgspec"
