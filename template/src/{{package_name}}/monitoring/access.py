"""Who may tell the project something, and how it is refused: by a token from a file."""

from collections.abc import Mapping, Sequence
from hmac import compare_digest
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
SCHEME = "bearer "
MOST_BYTES = 512 * 1024  # of what is told at once
DRAIN = 4  # times as much; beyond it the connection is cut
UNSET = "let options.monitoring.token_file name a file with a token."


class RefusalError(Exception):
    """A request that is refused: its status and one sentence, which repeats no value of it."""

    def __init__(
        self,
        status: int,
        detail: str,
        faults: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.faults, self.headers = status, detail, faults, headers

    def response(self) -> JSONResponse:
        """Return it as RFC 9457 has it."""
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "errors": list(self.faults),
        }
        return JSONResponse(body, self.status, self.headers, MEDIA_TYPE)


def check_token(file: Path | None, authorization: str | None) -> None:
    """Raise RefusalError unless the header brings the token, which is read anew each time."""
    given = authorization or ""
    said = given[len(SCHEME) :].strip().encode() if given.lower().startswith(SCHEME) else b""
    wanted = _read(file)
    if not wanted:
        # Whoever brings no token at all is asked for one, as everywhere.
        raise _refusal(403 if said else 401, f"Nobody may do this yet: {UNSET}")
    if not compare_digest(said, wanted):  # as long for a good guess as for a bad one
        raise _refusal(401, "The token is missing or wrong: send Authorization: Bearer TOKEN.")


async def read_body(request: Request) -> bytes:
    """Return what was sent; raises RefusalError when it is too much, or not all of it came."""
    kept, length = bytearray(), 0
    try:
        async for piece in request.stream():
            length += len(piece)
            if length <= MOST_BYTES:
                kept += piece
            elif length > DRAIN * MOST_BYTES:
                break  # till then it is read: a client that is still sending hears no answer
    except ClientDisconnect as error:
        raise RefusalError(400, "The body ends too early: send it whole.") from error
    if length > MOST_BYTES:
        raise RefusalError(413, f"The body is too large: send {MOST_BYTES} bytes at most.")
    return bytes(kept)


def _read(file: Path | None) -> bytes:
    try:
        return file.read_bytes().strip() if file else b""
    except OSError:
        return b""


def _refusal(status: int, detail: str) -> RefusalError:
    return RefusalError(status, detail, headers={"WWW-Authenticate": "Bearer"})
