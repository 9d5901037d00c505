"""A limit: the same decoder and the same ONNX model with nothing around them."""

# mypy: ignore-errors
import os
from pathlib import Path

import msgspec
from churn.features import to_columns
from churn.registry import onnx_runtime
from churn.serving.fast import make_decoder

score = onnx_runtime.load(Path(os.environ["BUNDLE"]))
decode = make_decoder(10_000)
encode = msgspec.json.Encoder().encode
HEADERS = [(b"content-type", b"application/json")]


async def app(scope, receive, send):
    """Answer scores to whatever comes."""
    if scope["type"] != "http":
        return
    body = b""
    if scope["method"] == "POST":
        message = await receive()
        while message["more_body"]:
            body += message["body"]
            message = await receive()
        body += message["body"]
        answer = encode({"scores": score(to_columns(decode(body))).tolist()})
    else:
        answer = b"{}"
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": answer})
