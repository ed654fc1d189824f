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
from tests.unit.client_runtime.scripted import READ, WRITE, Receipt, error_response, response


def unexpected(status: int, size: int, content_type: str, excerpt: str) -> str:
    """Return the message about a body that is not the API's."""
    return f"status {status} with an unexpected body ({size} bytes, {content_type}): {excerpt!r}"


HTML = b"<html><h1>Sorry</h1></html>"
HTML_TEXT = HTML.decode()
SENT = {"clearing_id": "A1"}

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
    (response(400, b'{"error":{"reason":"InvalidNonce","message":"Old."}}'), InvalidNonceError, "InvalidNonce", "Old."),
    (
        response(400, b'{"error":{"code":"OrderNotFound","message":"Gone."}}'),
        OrderNotFoundError,
        "OrderNotFound",
        "Gone.",
    ),
    (response(403, b'{"error":"MissingRole","message":"No."}'), MissingRoleError, "MissingRole", "No."),
    (response(400, b'{"error":"InvalidSide"}'), InvalidSideError, "InvalidSide",
     unexpected(400, 23, "no content type", '{"error":"InvalidSide"}')),
    (response(429, b'{"error":"RateLimit","message":"Slow."}'), RateLimitError, "RateLimit", "Slow."),
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
    """Flat, inside of an `error` object, or with status 200: class, reason, message and response."""
    rejected: Any = classify(WRITE, SENT, raw)

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
    *(error_response(status, "InvalidSide") for status in (408, 425, 499)),
    error_response(500, "System"),
    error_response(502, "OrderNotFound"),
]


@pytest.mark.parametrize("raw", UNTRUSTED, ids=lambda raw: f"{raw.status}_{len(raw.content)}")
def test_response_of_a_gateway_is_not_trusted(raw):
    """A proxy or gateway cannot know whether the exchange executed the request."""
    assert isinstance(classify(WRITE, SENT, raw), UntrustedResponse)


NOT_BY_THE_API = [
    (400, b'{"error":{"code":17}}', "application/json"),
    (404, b"", ""),
    (403, HTML, "text/html"),
    (400, b"[1]", ""),
    (400, b"null", ""),
    (429, b"", ""),
    (429, b"error code: 1015", "text/plain"),
    (403, b'{"message":"Forbidden"}', "application/json"),
    (403, b'{"error":"Forbidden"}', "application/json"),
    (403, b'{"error":"InvalidSide."}', "application/json"),
    (403, b'{"error":"invalidside"}', "application/json"),
    (407, b'{"result":"denied","reason":"Proxy","message":"No."}', "application/json"),
    (400, b'{"result":"ok","reason":"NewReason"}', "application/json"),
    (400, b'{"result":"Error","reason":"NewReason"}', "application/json"),
    (400, b'{"result":["error"],"reason":"NewReason"}', "application/json"),
    (400, b'[{"result":"error","reason":"InvalidSide"}]', "application/json"),
    (400, b'{"result":"error","reason":"InvalidSide"', "application/json"),
    (400, b'{"result":"error","message":"No."}', "application/json"),
    (400, b'{"result":"error","reason":"","message":"No."}', "application/json"),
    (200, b'{"result":"error"}', ""),
    (200, b'{"result":"error","reason":5,"message":[]}', ""),
    (200, b'{"result":"error","clearing_id":"A1"}', ""),
    (200, b'{"clearing_id":"A1","result":"error","price":1e999999}', ""),
]


@pytest.mark.parametrize(("status", "body", "content_type"), NOT_BY_THE_API)
def test_error_that_is_not_the_apis_own_is_no_rejection(status, body, content_type):
    """A proxy's 403, a block page, an empty 404, foreign JSON, a mark without a reason: the exchange may be unasked."""
    raw = response(status, body, **({"content_type": content_type} if content_type else {}))
    problem = (
        unexpected(status, len(body), content_type or "no content type", body.decode())
        if body
        else f"status {status} with an empty body"
    )

    assert classify(WRITE, SENT, raw) == UntrustedResponse(problem)


FAILED = b'{"result":"failed","reason":"InvalidSide","details":"A1 failed."}'


@pytest.mark.parametrize("status", [200, 400])
def test_word_of_failure_is_a_rejection_only_of_the_operations_that_list_it(status):
    """`failed` is documented for one operation. For any other it is unknown, even with a known reason."""
    assert type(classify(WRITE, SENT, response(status, FAILED))) is InvalidSideError
    assert isinstance(classify(READ, SENT, response(status, FAILED)), UntrustedResponse)


UMLAUT = '{"result":"error","reason":"InvalidSide","message":"Ungültig."}'


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-8-sig", "application/json; charset=utf-8"),
        ("utf-16", ""),
        ("utf-16", "application/json; charset=utf-16"),
        ("utf-16-le", "application/json; charset=utf-16-le"),
        ("utf-16-be", "application/json; charset=UTF-16BE"),
        ("latin-1", ""),
        ("latin-1", "application/json"),
        ("latin-1", 'application/json; charset="ISO-8859-1"'),
        ("latin-1", "application/json; charset=no-such-encoding"),
    ],
)
def test_error_response_keeps_its_reason_in_any_encoding(encoding, content_type):
    """A body with a byte order mark, in UTF-16 or in Latin-1 has its reason and its message."""
    headers = {"content_type": content_type} if content_type else {}
    rejected: Any = classify(WRITE, SENT, response(400, UMLAUT.encode(encoding), **headers))

    assert type(rejected) is InvalidSideError
    assert (rejected.reason, rejected.message) == ("InvalidSide", "Ungültig.")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_error_in_another_encoding_still_needs_a_reason_of_the_api(encoding):
    """A block page does not become a rejection in another encoding."""
    for text in ("<h1>Täglich</h1>", '{"error":"Täglich"}', '{"message":"Täglich"}'):
        assert isinstance(classify(WRITE, SENT, response(403, text.encode(encoding))), UntrustedResponse)


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
    assert classify(WRITE, SENT, raw) == Violation(place, problem)


def test_result_keeps_its_raw_response():
    """Status, headers and bytes are available from the object."""
    raw = response(200, b'{"clearing_id":"A1","result":"ok"}', date="now")
    result: Any = classify(WRITE, SENT, raw)

    assert result == Receipt(clearing_id="A1", result="ok")
    assert result.raw is raw


@pytest.mark.parametrize("value", ["errors", "Error", "fail", "FAILED", ""])
def test_result_that_resembles_an_error_is_a_result(value):
    """Only the declared values mark an error response."""
    assert isinstance(
        classify(WRITE, SENT, response(200, b'{"clearing_id":"A1","result":"%s"}' % value.encode())), Receipt
    )


def test_message_shows_the_start_of_a_long_body():
    """A message stays readable, and on one line."""
    untrusted: Any = classify(WRITE, SENT, response(400, b"line\n" * 999))
    rejected: Any = classify(
        WRITE, SENT, response(400, b'{"error":"InvalidSide",%s"x":1}' % (b"\n" * 99 + b'"y":2,' * 99))
    )

    assert isinstance(untrusted, UntrustedResponse)
    assert isinstance(rejected, RejectedError)
    for message in (untrusted.problem, str(rejected)):
        assert len(message) < 260
        assert "\n" not in message
        assert "…" in message


@pytest.mark.parametrize("reason", REJECTIONS)
def test_reason_with_a_class_of_its_own_is_raised_as_it(reason):
    """The status does not matter."""
    for status in (400, 200):
        assert type(classify(WRITE, SENT, error_response(status, reason))) is REJECTIONS[reason]


names = st.sampled_from(["result", "reason", "message", "details", "error", "code", "clearing_id", "failed", "A1"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | names | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
)


@given(st.integers(100, 599), st.binary(max_size=80) | values.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=300)
def test_every_response_is_classified(status, content):
    """Any status with any bytes or any JSON has one of four classes; nothing is raised."""
    classified: Any = classify(WRITE, SENT, response(status, content))

    assert isinstance(classified, Receipt | RejectedError | Violation | UntrustedResponse)
    assert status == 200 or not isinstance(classified, Receipt)
