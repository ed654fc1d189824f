"""What an answer means: the result, a refusal, a breach of the contract, or nothing that can be trusted."""

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
    OrderNotFoundError,
    RateLimitError,
    RejectedError,
)
from tests.unit.client_runtime.scripted import WRITE, Receipt, answer, refusal


def unexpected(status: int, size: int, kind: str, excerpt: str) -> str:
    """How an answer is told that is not the API's."""
    return f"status {status} with {size} bytes that are not what was expected ({kind}): {excerpt!r}"


HTML = b"<html><h1>Sorry</h1></html>"

REFUSED = [
    (refusal(400, "InvalidSide"), InvalidSideError, "InvalidSide", "No."),
    (refusal(404, "OrderNotFound"), OrderNotFoundError, "OrderNotFound", "No."),
    (refusal(400, "NovelReason"), RejectedError, "NovelReason", "No."),
    (refusal(503, "Maintenance"), MaintenanceError, "Maintenance", "No."),
    (refusal(200, "InvalidSide"), InvalidSideError, "InvalidSide", "No."),
    (refusal(200, "NovelReason"), RejectedError, "NovelReason", "No."),
    (
        answer(200, b'{"result":"\\u0065rror","reason":"Invalid\\u0053ide","message":"N\\u006f."}'),
        InvalidSideError,
        "InvalidSide",
        "No.",
    ),
    (answer(200, b'{"\\u0072esult":"failed","details":"Too late."}'), CancelFailedError, None, "Too late."),
    (answer(200, b'{"result":"failed","details":"No.","clearing_id":"A1"}'), CancelFailedError, None, "No."),
    (answer(200, b'{"result":"error"}'), RejectedError, None, '{"result":"error"}'),
    (
        answer(200, b'{"result":"error","reason":5,"message":[]}'),
        RejectedError,
        None,
        '{"result":"error","reason":5,"message":[]}',
    ),
    (
        answer(200, b'{"result":"error","clearing_id":"A1"}'),
        RejectedError,
        None,
        '{"result":"error","clearing_id":"A1"}',
    ),
    (answer(400, b'{"error":{"reason":"InvalidNonce","message":"Old."}}'), InvalidNonceError, "InvalidNonce", "Old."),
    (
        answer(400, b'{"error":{"code":"OrderNotFound","message":"Gone."}}'),
        OrderNotFoundError,
        "OrderNotFound",
        "Gone.",
    ),
    (
        answer(400, b'{"error":{"code":17}}', content_type="application/json"),
        RejectedError,
        None,
        unexpected(400, 21, "application/json", '{"error":{"code":17}}'),
    ),
    (answer(404, b""), RejectedError, None, "status 404 with an empty body"),
    (
        answer(403, HTML, content_type="text/html"),
        RejectedError,
        None,
        unexpected(403, 27, "text/html", "<html><h1>Sorry</h1></html>"),
    ),
    (answer(400, b"[1]"), RejectedError, None, unexpected(400, 3, "no content type", "[1]")),
    (answer(429, b""), RateLimitError, None, "status 429 with an empty body"),
    (
        answer(429, b'{"result":"error","reason":"Too Many Requests","message":"Slow."}'),
        RateLimitError,
        "Too Many Requests",
        "Slow.",
    ),
    (
        answer(405, b'{"result":"error","message":"No.","reason":"MethodNotAllowed"}'),
        RejectedError,
        "MethodNotAllowed",
        "No.",
    ),
]


@pytest.mark.parametrize(("raw", "kind", "reason", "message"), REFUSED)
def test_refusal_is_read_in_every_form_that_was_seen(raw, kind, reason, message):
    """Flat, in an `error` object, under 200, without words: class, reason, message and the answer itself."""
    judged: Any = classify(WRITE, raw)

    assert type(judged) is kind
    assert (judged.reason, judged.message, judged.status, judged.raw, judged.operation) == (
        reason, message, raw.status, raw, "write_it",
    )  # fmt: skip


UNTRUSTED = [
    *(
        answer(status, HTML, content_type="text/html")
        for status in (500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 599)
    ),
    *(answer(status, b"") for status in (408, 425, 499, 500)),
    refusal(500, "System"),
    refusal(502, "OrderNotFound"),
]


@pytest.mark.parametrize("raw", UNTRUSTED, ids=lambda raw: f"{raw.status}_{len(raw.content)}")
def test_answer_of_somebody_between_proves_nothing(raw):
    """A gateway's word is not the exchange's."""
    assert isinstance(classify(WRITE, raw), UntrustedResponse)


FAULTY = [
    (answer(200, b""), "$", "status 200 with an empty body"),
    (answer(200, HTML, content_type="text/html"), "$", unexpected(200, 27, "text/html", "<html><h1>Sorry</h1></html>")),
    (answer(200, b'{"clearing_id":"A'), "$", unexpected(200, 17, "no content type", '{"clearing_id":"A')),
    (
        answer(200, b'{"clearing_id":"\xff"}'),
        "$",
        "no JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    ),
    (
        answer(200, b'{"clearing_id":"A","x":' + b"[" * 99999),
        "$",
        "no JSON: maximum recursion depth exceeded while deserializing an object",
    ),
    (answer(200, b'{"result":"ok"}'), "$", "Object missing required field `clearing_id`"),
    (answer(200, b'{"clearing_id":null}'), "$.clearing_id", "Expected `str`, got `null`"),
    (answer(200, b'{"result":["error"],"clearing_id":"A"}'), "$.result", "Expected `str`, got `array`"),
    (answer(201), "$", "status 201 is none that the contract names"),
    (answer(204, b""), "$", "status 204 is none that the contract names"),
    (answer(302, b""), "$", "status 302 is none that the contract names"),
]


@pytest.mark.parametrize(("raw", "place", "problem"), FAULTY, ids=lambda part: getattr(part, "excerpt", str(part))[:30])
def test_answer_against_the_contract_is_told_with_its_place(raw, place, problem):
    """Empty, HTML, cut off, no text, nested without end, a field missing or wrong, a status that is not stated."""
    assert classify(WRITE, raw) == Violation(place, problem)


def test_result_remembers_its_answer():
    """Status, headers and bytes can be had from the object."""
    raw = answer(200, b'{"clearing_id":"A1","result":"ok"}', date="now")
    judged: Any = classify(WRITE, raw)

    assert judged == Receipt(clearing_id="A1", result="ok")
    assert judged.raw is raw


@pytest.mark.parametrize("word", ["errors", "Error", "fail", "FAILED", ""])
def test_result_that_only_resembles_a_refusal_is_a_result(word):
    """Two words are refusals, and no other."""
    assert isinstance(classify(WRITE, answer(200, b'{"clearing_id":"A1","result":"%s"}' % word.encode())), Receipt)


def test_long_bodies_are_told_in_their_first_words():
    """A message stays readable, and on one line."""
    judged: Any = classify(WRITE, answer(400, b"line\n" * 999))

    assert isinstance(judged, RejectedError)
    assert len(str(judged)) < 260
    assert "\n" not in str(judged)
    assert "…" in str(judged)


@pytest.mark.parametrize("reason", REJECTIONS)
def test_every_reason_with_a_class_of_its_own_is_raised_as_it(reason):
    """Under 4xx and under 200 alike."""
    for status in (400, 200):
        assert type(classify(WRITE, refusal(status, reason))) is REJECTIONS[reason]


words = st.sampled_from(["result", "reason", "message", "details", "error", "code", "clearing_id", "failed", "A1"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
)


@given(
    st.integers(100, 599), st.binary(max_size=80) | values.map(lambda value: __import__("json").dumps(value).encode())
)
@settings(deadline=None, max_examples=300)
def test_judgement_knows_every_answer(status, content):
    """Any status with any bytes or any JSON: one of four verdicts, never an exception."""
    judged: Any = classify(WRITE, answer(status, content))

    assert isinstance(judged, Receipt | RejectedError | Violation | UntrustedResponse)
    assert status == 200 or not isinstance(judged, Receipt)
