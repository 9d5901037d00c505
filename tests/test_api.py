"""What is asked over HTTP reaches a function whole, and what that returns gets back."""

from __future__ import annotations

from email.message import Message
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from mlstamp.api import Reply, Request, answering_with, in_json
from mlstamp.http import get, post
from mlstamp.stand_in import serving


def test_a_request_says_where_it_goes_and_what_it_brings() -> None:
    headers = Message()
    headers["Host"], headers["Authorization"] = "api.test", "Bearer ours"
    asked = Request("POST", "/there?of=one&of=two&a=b", headers, b"name=churn&word=a%20b")
    assert (asked.host, asked.path, asked.authorization) == ("api.test", "/there", "Bearer ours")
    assert asked.query == {"of": "two", "a": "b"}
    assert asked.form == {"name": "churn", "word": "a b"}


def test_without_a_body_or_headers_nothing_is_said() -> None:
    asked = Request("GET", "/")
    assert (asked.json(), asked.query, asked.form) == ({}, {}, {})
    assert (asked.host, asked.authorization) == ("", "")


def test_a_reply_in_json_has_the_headers_that_it_is_given() -> None:
    made = in_json({"a": 1}, 401, WWW_Authenticate="Basic")
    assert (made.status, made.body, made.media_type) == (401, b'{"a": 1}', "application/json")
    assert made.headers == {"WWW-Authenticate": "Basic"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_each_method_is_answered_by_the_same_function(method: str) -> None:
    told = answering_with(lambda asked: Reply(202, asked.method.encode(), headers={"Of": "us"}))
    with serving(told) as url:
        client = HTTPConnection(urlsplit(url).netloc, timeout=5)
        client.request(method, "/there", b"with a body")
        reply = client.getresponse()
        body = reply.read()
        client.close()
    assert (reply.status, reply.getheader("Of")) == (202, "us")
    assert reply.getheader("Content-Length") == str(len(method))
    assert body == (b"" if method == "HEAD" else method.encode())


def test_the_next_request_begins_where_the_body_before_it_ended() -> None:
    with serving(answering_with(lambda asked: in_json(asked.json()))) as url:
        assert post(f"{url}/there", {"rows": [1, 2]}).json() == {"rows": [1, 2]}
        assert get(f"{url}/there").json() == {}
