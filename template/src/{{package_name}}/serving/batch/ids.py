"""Ids for many predictions at once: one by one they would take longer than the scores."""

import secrets
import time

import numpy as np
import pyarrow as pa

HEX = np.frombuffer(bytes(range(256)).hex().encode(), dtype=np.uint16)  # two digits a byte
GROUPS = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))  # of the 32 digits, with dashes between
LENGTH = 36


def new_ids(count: int) -> pa.Array:
    """Return so many UUIDv7 of this millisecond, as RFC 9562 has them: (count,) texts."""
    raw = np.frombuffer(secrets.token_bytes(16 * count), dtype=np.uint8).reshape(count, 16).copy()
    raw[:, :6] = np.frombuffer((time.time_ns() // 1_000_000).to_bytes(6), dtype=np.uint8)
    raw[:, 6] = raw[:, 6] & 0x0F | 0x70  # version 7
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80  # variant
    digits = HEX[raw].view(np.uint8)  # (count, 32)
    texts = np.full((count, LENGTH), ord("-"), dtype=np.uint8)
    for dashes, (begin, end) in enumerate(GROUPS):
        texts[:, begin + dashes : end + dashes] = digits[:, begin:end]
    ends = np.arange(count + 1, dtype=np.int32) * LENGTH
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(texts.tobytes()))
