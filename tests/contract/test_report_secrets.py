"""No report contains a key, a secret, a signature or a payload, in any encoding."""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_clearing_contract.findings.finding import Problem
from gemini_clearing_contract.findings.redaction import Redactor
from gemini_clearing_contract.findings.text import shorten
from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.report.summary import Summary, summarize
from gemini_clearing_contract.run.run import LayerResult
from gemini_clearing_contract.targets.mock import embedded_mock
from gemini_clearing_contract.wire import sign
from tests.contract.reporting import REPORTS
from tests.contract.running import run_of


def encodings(secret: str) -> Iterator[str]:
    """Yield each encoding of a secret."""
    yield secret
    yield quote(secret, safe="")
    yield secret.encode().hex()
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(secret.encode()).decode().rstrip("=")


DESKS = embedded_mock().desks
PAYLOAD = b64encode(b'{"request":"/v1/clearing/list","nonce":1767225600000001,"limit_orders":7}').decode()
SECRETS: dict[str, list[str]] = {
    "key": [form for desk in DESKS for form in encodings(desk.api_key)],
    "secret": [form for desk in DESKS for form in encodings(desk.api_secret)],
    "payload": [PAYLOAD, quote(PAYLOAD, safe=""), PAYLOAD.rstrip("=")],
    "signature": [sign(PAYLOAD, desk.api_secret) for desk in DESKS],
}


@pytest.mark.parametrize("kind", SECRETS)
@given(
    data=st.data(),
    before=st.text(max_size=180),
    after=st.text(max_size=40),
    place=st.sampled_from(["expected", "actual", "place", "step"]),
)
@settings(max_examples=20)
def test_no_report_contains_a_secret(kind: str, data: st.DataObject, before: str, after: str, place: str) -> None:
    """No report shows a key, secret, signature or payload of a response, also if it is encoded or cut off."""
    secret = data.draw(st.sampled_from(SECRETS[kind]))
    text = shorten(f"{before} {secret} {after}")
    run = run_of()
    parts = {"place": "a", "expected": "b", "actual": "c", "step": "d"} | {place: text}
    problem = Problem("echo", parts["place"], parts["expected"], parts["actual"])
    run.ledger.report("examples", "get_order", problem, (parts["step"],), "")
    run.results.append(LayerResult(layer_named("examples"), stopped=text))
    shown = text[len(before) + 1 :].split("… (")[0]
    prefix = secret[: max(8, min(len(secret), len(shown)))]

    for write in REPORTS:
        assert prefix not in write(summarize(run, 1)).replace("\n", "") or prefix in before


@pytest.mark.parametrize(
    "secret", sorted({form for forms in SECRETS.values() for form in forms if len(form) > 20})[::7]
)
def test_truncated_secret_is_removed(secret: str) -> None:
    """If a long value is cut off inside a secret, the beginning of the secret is removed too."""
    redact = run_of().ledger.redact

    for length in range(20, len(secret)):
        assert secret[:8] not in redact(shorten(f"{'-' * (160 - length)}{secret}{'-' * 160}"))


@pytest.mark.parametrize("form", [quote("a+b/c=d&e 1?", safe=""), b64encode(b"key=a+b/c=d&e 1?;").decode()])
def test_secret_with_special_characters_is_removed(form: str) -> None:
    """Secrets of other servers may contain characters that URLs escape, and may be part of longer base64."""
    assert "<secret>" in Redactor([("a+b/c=d&e 1?", "secret")])(f"it was {form}.")


def test_long_number_is_not_a_signature() -> None:
    """A long amount is shown unchanged."""
    number = f"1{'0' * 90}"

    assert number == run_of().ledger.redact(number)


def test_run_with_secrets_in_responses_reports_none(summary: Summary) -> None:
    """The server returned key and secret in each error; the reports contain their names instead."""
    for write in REPORTS:
        text = write(summary)

        assert [] == [
            form for desk in DESKS for form in (*encodings(desk.api_key), *encodings(desk.api_secret)) if form in text
        ]
        assert None is re.search(r"[0-9a-f]{96}", text)
