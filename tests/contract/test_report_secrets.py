"""No report tells a key, a secret, a signature or a payload, in whatever form."""

from __future__ import annotations

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
from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from gemini_clearing_contract.wire import sign
from tests.contract.reporting import REPORTS
from tests.contract.running import run_of


def encodings(secret: str) -> Iterator[str]:
    """Every form in which a secret must not be told."""
    yield secret
    yield quote(secret, safe="")
    yield secret.encode().hex()
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(secret.encode()).decode().rstrip("=")


DESKS = EmbeddedTarget().desks
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
    place=st.sampled_from(["expected", "got", "place", "step"]),
)
@settings(max_examples=20, deadline=None)
def test_no_report_holds_a_secret(kind: str, data: st.DataObject, before: str, after: str, place: str) -> None:
    """Wherever a server puts a key, secret, signature or payload, plain, encoded or cut off: no report shows it."""
    secret = data.draw(st.sampled_from(SECRETS[kind]))
    text = shorten(f"{before} {secret} {after}")
    run = run_of()
    parts = {"place": "a", "expected": "b", "got": "c", "step": "d"} | {place: text}
    problem = Problem("echo", parts["place"], parts["expected"], parts["got"])
    run.ledger.report("examples", "get_order", problem, (parts["step"],), "")
    run.results.append(LayerResult(layer_named("examples"), stopped=text))
    shown = text[len(before) + 1 :].split("… (")[0]
    stump = secret[: max(8, min(len(secret), len(shown)))]

    for write in REPORTS:
        assert stump not in write(summarize(run, 1)).replace("\n", "") or stump in before


@pytest.mark.parametrize(
    "secret", sorted({form for forms in SECRETS.values() for form in forms if len(form) > 20})[::7]
)
def test_secret_that_was_cut_off_is_no_less_secret(secret: str) -> None:
    """A long value ends somewhere; where it ends in the middle of a secret, nothing of that is shown."""
    redact = run_of().ledger.redact

    for length in range(20, len(secret)):
        assert secret[:8] not in redact(shorten(f"{'-' * (160 - length)}{secret}{'-' * 160}"))


@pytest.mark.parametrize("form", [quote("a+b/c=d&e 1?", safe=""), b64encode(b"key=a+b/c=d&e 1?;").decode()])
def test_secret_of_any_characters_is_found_in_any_form(form: str) -> None:
    """Other servers have other secrets than the mock's: signs that URLs escape, and neighbours in the base64."""
    assert "<secret>" in Redactor([("a+b/c=d&e 1?", "secret")])(f"it was {form}.")


def test_long_number_is_no_signature() -> None:
    """What a server made of an amount is shown as it came."""
    number = f"1{'0' * 90}"

    assert number == run_of().ledger.redact(number)


def test_real_run_holds_no_secret(summary: Summary) -> None:
    """The server told key and secret in every refusal; the reports name them instead."""
    for write in REPORTS:
        text = write(summary)

        assert [] == [
            form for desk in DESKS for form in (*encodings(desk.api_key), *encodings(desk.api_secret)) if form in text
        ]
        assert None is re.search(r"[0-9a-f]{96}", text)
