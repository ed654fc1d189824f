"""Classification of responses: a result, an error response, a violation of the spec, or not to be trusted."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_clearing_runtime._classification import UntrustedResponse, classify
from gemini_clearing_runtime._decoding import Violation
from gemini_clearing_runtime.errors import (
    REJECTIONS,
    CancelFailedError,
    InvalidNonceError,
    InvalidSideError,
    MaintenanceError,
    MissingRoleError,
    OrderNotFoundError,
    RateLimitError,
    RejectedError,
)
from tests.unit.client_runtime.scripted import WRITE, Receipt, error_response, response


def unexpected(status: int, size: int, content_type: str, excerpt: str) -> str:
    """Return the message about a body that is not the API's."""
    return f"status {status} with an unexpected body ({size} bytes, {content_type}): {excerpt!r}"


HTML = b"<html><h1>Sorry</h1></html>"
HTML_TEXT = HTML.decode()

ERROR_RESPONSES = [
    (error_response(400, "InvalidSide"), InvalidSideError, "InvalidSide", "No."),
    (error_response(404, "OrderNotFound"), OrderNotFoundError, "OrderNotFound", "No."),
    (error_response(400, "NewReason"), RejectedError, "NewReason", "No."),
    (error_response(503, "Maintenance"), MaintenanceError, "Maintenance", "No."),
    (error_response(200, "InvalidSide"), InvalidSideError, "InvalidSide", "No."),
    (error_response(200, "NewReason"), RejectedError, "NewReason", "No."),
    (
        response(200, b'{"result":"\\u0065rror","reason":"Invalid\\u0053ide","message":"N\\u006f."}'),
        InvalidSideError,
        "InvalidSide",
        "No.",
    ),
    (response(200, b'{"\\u0072esult":"failed","details":"Too late."}'), CancelFailedError, None, "Too late."),
    (response(200, b'{"result":"failed","details":"No.","clearing_id":"A1"}'), CancelFailedError, None, "No."),
    (response(200, b'{"result":"failed","clearing_id":"A1"}'), CancelFailedError, None,
     '{"result":"failed","clearing_id":"A1"}'),
    (response(200, b'{"result":"error"}'), RejectedError, None, '{"result":"error"}'),
    (
        response(200, b'{"result":"error","reason":5,"message":[]}'),
        RejectedError,
        None,
        '{"result":"error","reason":5,"message":[]}',
    ),
    (
        response(200, b'{"result":"error","clearing_id":"A1"}'),
        RejectedError,
        None,
        '{"result":"error","clearing_id":"A1"}',
    ),
    (
        response(200, b'{"clearing_id":"A1","result":"error","price":1e999999}'),
        RejectedError,
        None,
        '{"clearing_id":"A1","result":"error","price":1e999999}',
    ),
    (response(400, b'{"error":{"reason":"InvalidNonce","message":"Old."}}'), InvalidNonceError, "InvalidNonce", "Old."),
    (
        response(400, b'{"error":{"code":"OrderNotFound","message":"Gone."}}'),
        OrderNotFoundError,
        "OrderNotFound",
        "Gone.",
    ),
    (response(403, b'{"error":"MissingRole","message":"No."}'), MissingRoleError, "MissingRole", "No."),
    (
        response(400, b'{"error":{"code":17}}', content_type="application/json"),
        RejectedError,
        None,
        unexpected(400, 21, "application/json", '{"error":{"code":17}}'),
    ),
    (response(404, b""), RejectedError, None, "status 404 with an empty body"),
    (
        response(403, HTML, content_type="text/html"),
        RejectedError,
        None,
        unexpected(403, 27, "text/html", HTML_TEXT),
    ),
    (response(400, b"[1]"), RejectedError, None, unexpected(400, 3, "no content type", "[1]")),
    (response(429, b""), RateLimitError, None, "status 429 with an empty body"),
    (
        response(429, b'{"result":"error","reason":"Too Many Requests","message":"Slow."}'),
        RateLimitError,
        "Too Many Requests",
        "Slow.",
    ),
    (
        response(405, b'{"result":"error","message":"No.","reason":"MethodNotAllowed"}'),
        RejectedError,
        "MethodNotAllowed",
        "No.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "error", "reason", "message"), ERROR_RESPONSES)
def test_error_response_is_read_in_every_observed_form(raw, error, reason, message):
    """Flat, inside of an `error` object, with status 200, or without JSON: class, reason, message and response."""
    rejected: Any = classify(WRITE, raw)

    assert type(rejected) is error
    assert (rejected.reason, rejected.message, rejected.status, rejected.raw, rejected.operation) == (
        reason, message, raw.status, raw, "write_it",
    )  # fmt: skip


UNTRUSTED = [
    *(
        response(status, HTML, content_type="text/html")
        for status in (500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 599)
    ),
    *(response(status, b"") for status in (408, 425, 499, 500)),
    error_response(500, "System"),
    error_response(502, "OrderNotFound"),
]


@pytest.mark.parametrize("raw", UNTRUSTED, ids=lambda raw: f"{raw.status}_{len(raw.content)}")
def test_response_of_a_gateway_is_not_trusted(raw):
    """A proxy or gateway cannot know whether the exchange executed the request."""
    assert isinstance(classify(WRITE, raw), UntrustedResponse)


VIOLATIONS = [
    (response(200, b""), "$", "status 200 with an empty body"),
    (response(200, HTML, content_type="text/html"), "$", unexpected(200, 27, "text/html", HTML_TEXT)),
    (response(200, b'{"clearing_id":"A'), "$", unexpected(200, 17, "no content type", '{"clearing_id":"A')),
    (
        response(200, b'{"clearing_id":"\xff"}'),
        "$",
        "not JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    ),
    (
        response(200, b'{"clearing_id":"A","x":' + b"[" * 99999),
        "$",
        "not JSON: maximum recursion depth exceeded while deserializing an object",
    ),
    (response(200, b'{"result":"ok"}'), "$", "Object missing required field `clearing_id`"),
    (response(200, b'{"clearing_id":null}'), "$.clearing_id", "Expected `str`, got `null`"),
    (response(200, b'{"result":["error"],"clearing_id":"A"}'), "$.result", "Expected `str`, got `array`"),
    (response(201), "$", "unexpected status 201"),
    (response(204, b""), "$", "unexpected status 204"),
    (response(302, b""), "$", "unexpected status 302"),
]


@pytest.mark.parametrize(
    ("raw", "place", "problem"), VIOLATIONS, ids=lambda part: getattr(part, "excerpt", str(part))[:30]
)
def test_violation_of_the_spec_has_a_place(raw, place, problem):
    """Empty, HTML, truncated, not UTF-8, nested too deep, a missing or wrong field, an unexpected status."""
    assert classify(WRITE, raw) == Violation(place, problem)


def test_result_keeps_its_raw_response():
    """Status, headers and bytes are available from the object."""
    raw = response(200, b'{"clearing_id":"A1","result":"ok"}', date="now")
    result: Any = classify(WRITE, raw)

    assert result == Receipt(clearing_id="A1", result="ok")
    assert result.raw is raw


@pytest.mark.parametrize("value", ["errors", "Error", "fail", "FAILED", ""])
def test_result_that_resembles_an_error_is_a_result(value):
    """Only the declared values mark an error response."""
    assert isinstance(classify(WRITE, response(200, b'{"clearing_id":"A1","result":"%s"}' % value.encode())), Receipt)


def test_message_shows_the_start_of_a_long_body():
    """A message stays readable, and on one line."""
    rejected: Any = classify(WRITE, response(400, b"line\n" * 999))

    assert isinstance(rejected, RejectedError)
    assert len(str(rejected)) < 260
    assert "\n" not in str(rejected)
    assert "…" in str(rejected)


@pytest.mark.parametrize("reason", REJECTIONS)
def test_reason_with_a_class_of_its_own_is_raised_as_it(reason):
    """The status does not matter."""
    for status in (400, 200):
        assert type(classify(WRITE, error_response(status, reason))) is REJECTIONS[reason]


names = st.sampled_from(["result", "reason", "message", "details", "error", "code", "clearing_id", "failed", "A1"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | names | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
)


@given(st.integers(100, 599), st.binary(max_size=80) | values.map(lambda value: json.dumps(value).encode()))
@settings(deadline=None, max_examples=300)
def test_every_response_is_classified(status, content):
    """Any status with any bytes or any JSON has one of four classes; nothing is raised."""
    classified: Any = classify(WRITE, response(status, content))

    assert isinstance(classified, Receipt | RejectedError | Violation | UntrustedResponse)
    assert status == 200 or not isinstance(classified, Receipt)
