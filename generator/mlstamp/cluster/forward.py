"""`kubectl port-forward`, from the side of the cluster: SPDY/3.1, as far as kubectl speaks it.

For each connection kubectl opens two streams, one for complaints, which it closes at once for its
part, and one for data. Nothing here looks at their headers: a stream that ends before it brought
anything is for complaints. So it serves only what speaks first, as whoever asks over HTTP does.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import zlib
from dataclasses import dataclass, field
from io import BufferedIOBase

CONTROL, VERSION = 0x8000, 3
SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY = 1, 2, 3, 6, 7
FIN = 1
NO_HEADERS = struct.pack(">I", 0)
CHUNK = 1 << 14

Address = tuple[str, int]


@dataclass
class Forward:
    """One connection of kubectl, whose streams all lead to the same address."""

    reader: BufferedIOBase
    writer: BufferedIOBase
    address: Address
    streams: dict[int, socket.socket] = field(default_factory=dict)
    said: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Begin the compression of headers, which is one for the whole connection."""
        self.headers = zlib.compressobj()

    def run(self) -> None:
        """Hand everything on until kubectl goes."""
        try:
            with contextlib.suppress(OSError):
                while head := self._read(8):
                    self._frame(head)
        finally:
            for one in list(self.streams.values()):
                _end(one)

    def _read(self, size: int) -> bytes:
        """Return so many bytes, or none where the connection ended."""
        found = self.reader.read(size)
        return found if len(found) == size else b""

    def _frame(self, head: bytes) -> None:
        first, second, rest = struct.unpack(">HHI", head)
        body, flags = self._read(rest & 0xFFFFFF), rest >> 24
        if not first & CONTROL:
            self._data((first << 16) + second, flags, body)
        elif second == SYN_STREAM:
            block = self.headers.compress(NO_HEADERS) + self.headers.flush(zlib.Z_SYNC_FLUSH)
            self._control(SYN_REPLY, body[:4] + block)
        elif second == RST_STREAM:
            self._drop(struct.unpack(">I", body[:4])[0])
        elif second == PING:
            self._control(PING, body)

    def _data(self, stream: int, flags: int, body: bytes) -> None:
        if body and stream not in self.streams:
            self._open(stream)
        there = self.streams.get(stream)
        with contextlib.suppress(OSError):  # the other side went; its own thread says so
            if there and body:
                there.sendall(body)
            if there and flags & FIN:
                there.shutdown(socket.SHUT_WR)
        if not there and flags & FIN:
            self._send(stream, b"", FIN)

    def _open(self, stream: int) -> None:
        try:
            there = socket.create_connection(self.address, timeout=60)
        except OSError:
            self._send(stream, b"", FIN)
            return
        there.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.streams[stream] = there
        threading.Thread(target=self._answer, args=(stream, there), daemon=True).start()

    def _answer(self, stream: int, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while body := there.recv(CHUNK):
                self._send(stream, body)
        with contextlib.suppress(OSError):
            self._send(stream, b"", FIN)
        self._drop(stream)

    def _drop(self, stream: int) -> None:
        if there := self.streams.pop(stream, None):
            _end(there)

    def _control(self, kind: int, body: bytes) -> None:
        self._write(struct.pack(">HHI", CONTROL | VERSION, kind, len(body)) + body)

    def _send(self, stream: int, body: bytes, flags: int = 0) -> None:
        self._write(struct.pack(">II", stream, flags << 24 | len(body)) + body)

    def _write(self, frame: bytes) -> None:
        with self.said:
            self.writer.write(frame)
            self.writer.flush()


def _end(there: socket.socket) -> None:
    with contextlib.suppress(OSError):
        there.shutdown(socket.SHUT_RDWR)
    there.close()
