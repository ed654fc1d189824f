"""Every report tells of a finding, with its case and how to see it again, and none of them tells a secret."""

from __future__ import annotations

import io
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from contract._plan import LayerResult, Run, layer_named
from contract._signer import sign
from contract._testing import behind, run_of
from contract._wire import WireAnswer
from contract.findings.causes import fold
from contract.findings.finding import Finding, Problem, Redactor
from contract.judgement.shape import shorten
from contract.report.html import STYLE, write_html
from contract.report.junit import write_junit
from contract.report.summary import Summary, summarise, write_json
from contract.report.terminal import LiveView, print_summary
from contract.targets.target import EmbeddedTarget, TargetError

HOSTILE = "</code><script>alert(1)</script><img src=x onerror=alert(1)>"


def without_clearing_id(request, handle, exchange):  # type: ignore[no-untyped-def]
    """A server that forgets a required field, tells a secret in its sentences, and would like to run in the page."""
    answer = handle(request)
    body = json.loads(answer.body)
    body.pop("clearing_id", None)
    if "message" in body:
        body["message"] = f"demo-secret-of-initiator account-demo-initiator {HOSTILE} {body['message']}"
    return WireAnswer(answer.status, answer.headers, json.dumps(body).encode())


def breaking(request, handle, exchange):  # type: ignore[no-untyped-def]
    """A server that hangs as soon as an order is confirmed."""
    if request.path.endswith("/confirm"):
        raise TargetError("It hangs.")
    return handle(request)


def absent(request, handle, exchange):  # type: ignore[no-untyped-def]
    """A server that is not there."""
    raise TargetError("Nothing listens there.")


def write_text(summary: Summary, width: int = 100) -> str:
    """The summary as a terminal shows it."""
    file = io.StringIO()
    print_summary(Console(file=file, width=width, highlight=False, soft_wrap=True), summary, ".build/contract")
    return file.getvalue()


REPORTS = [write_json, write_junit, write_html, write_text]


@pytest.fixture(scope="module")
def summary() -> Summary:
    """A run with findings."""
    return summarise(run_of("examples", "adversaries", target=behind(without_clearing_id)), 1.5)


@pytest.fixture(scope="module")
def broken() -> Summary:
    """A run that broke off, without findings."""
    return summarise(run_of("sequences", "machine", target=behind(breaking)), 1.5)


@pytest.fixture(scope="module")
def green() -> Summary:
    """A run without findings, and with a layer that is not run."""
    return summarise(run_of("examples", "over_http"), 1.5)


def test_finding_names_operation_and_field(summary: Summary) -> None:
    """A required field that is gone is told by name, with its operation."""
    titles = [finding.title for finding in summary.findings]

    assert "create_order · schema: required · clearing_id" in titles


def test_finding_has_a_case_and_a_command(summary: Summary) -> None:
    """What was sent and what came, and how to see it again."""
    finding = next(
        finding
        for finding in summary.findings
        if finding.place == "clearing_id" and finding.operation == "create_order"
    )

    assert '"symbol":"btcusd"' in finding.case[-1]
    assert "-m contract --layers examples --profile quick" in finding.replay


@pytest.mark.parametrize("write", REPORTS)
def test_report_tells_of_the_finding(write: Callable[[Summary], str], summary: Summary) -> None:
    """Operation and place stand in each of them."""
    text = write(summary)

    assert "clearing_id" in text
    assert "create_order" in text


# ------------------------------------------------------------------------------------------------- wording


@pytest.mark.parametrize("write", REPORTS)
def test_broken_run_never_says_no_findings(write: Callable[[Summary], str], broken: Summary) -> None:
    """What was not judged has not passed: it is told what broke off, why, and what was not run for it."""
    text = write(broken)

    assert "no findings" not in text.lower()
    assert "It hangs." in text
    assert "the layer sequences broke off before it" in text or write is write_text
    assert 2 == broken.exit_status


def test_broken_run_names_its_layers(broken: Summary) -> None:
    """The verdict and the layers, in words."""
    assert "Not judged to the end" == broken.verdict
    assert "Broken off: sequences. Not run: machine." == broken.scope


@pytest.mark.parametrize("write", REPORTS)
def test_absent_server_is_told(write: Callable[[Summary], str]) -> None:
    """Where nothing was judged, each report gives the reason and no empty tables."""
    summary = summarise(run_of("examples", target=behind(absent)), 1)

    assert "Nothing was judged" == summary.verdict
    assert "Nothing listens there." in write(summary)
    assert "What was checked" not in write(summary)


def test_client_is_judged_without_the_server() -> None:
    """A server that is not there is no reason to leave the client unjudged."""
    summary = summarise(run_of("examples", "client_decoding", target=behind(absent)), 1)

    assert "Judged: client_decoding. Broken off: examples." == summary.scope


@pytest.mark.parametrize("write", REPORTS)
def test_layer_that_is_not_run_is_told(write: Callable[[Summary], str], green: Summary) -> None:
    """Skipped is not passed."""
    text = write(green)

    assert "over_http" in text
    assert "the profile quick leaves it out" in text or write is write_text
    assert "No findings" == green.verdict


def test_run_without_a_case_is_no_success() -> None:
    """A misspelt case is told, and is not green."""
    run = run_of()
    run.only = "no such case"
    run.run_layer(layer_named("examples"))
    summary = summarise(run, 1)

    assert "Nothing was judged" == summary.verdict
    assert 2 == summary.exit_status
    assert "it has no case 'no such case'" == summary.layers[0]["left_out"]


@pytest.mark.parametrize("write", [write_json, write_html, write_text])
def test_run_without_orders_says_so(write: Callable[[Summary], str]) -> None:
    """Where no orders may be placed, passing says less, and the report tells that it does."""
    run = run_of("examples")
    run.places_orders = False

    assert "No orders were placed" in write(summarise(run, 1)).replace("\n", " ")


# ------------------------------------------------------------------------------------------------- secrets


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
        assert stump not in write(summarise(run, 1)).replace("\n", "") or stump in before


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


# --------------------------------------------------------------------------------------------------- JUnit


def test_junit_has_the_common_shape(summary: Summary, broken: Summary, green: Summary) -> None:
    """Elements, attributes and counts as the schema has them that CI systems share."""
    for run in (summary, broken, green):
        root = ElementTree.fromstring(write_junit(run).encode())  # noqa: S314 - written just now

        assert "testsuites" == root.tag
        assert {"name", "tests", "failures", "errors", "time"} == set(root.attrib)
        assert {"testsuite"} == {suite.tag for suite in root}
        for suite in root:
            assert {"name", "tests", "failures", "errors", "skipped", "time"} == set(suite.attrib)
            assert {"testcase"} == {case.tag for case in suite}
            assert all({"classname", "name", "time"} == set(case.attrib) for case in suite)
            assert all(len(case) <= 1 for case in suite)
            assert {result.tag for case in suite for result in case} <= {"failure", "error", "skipped"}
            for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                assert len(suite.findall(f"testcase/{tag}")) == int(suite.attrib[name])
            assert len(suite) == int(suite.attrib["tests"])
        assert sum(len(suite) for suite in root) == int(root.attrib["tests"])


def test_junit_tells_every_finding(summary: Summary) -> None:
    """One failure for an operation in a layer, with all that was found there."""
    root = ElementTree.fromstring(write_junit(summary).encode())  # noqa: S314 - written just now
    text = "".join(failure.text or "" for failure in root.iter("failure"))

    assert {"examples", "adversaries"} == {suite.get("name") for suite in root}
    assert len(summary.findings) == text.count("-m contract --layers")


def test_junit_skips_what_was_not_run(green: Summary) -> None:
    """A layer that was left out is a skipped test."""
    root = ElementTree.fromstring(write_junit(green).encode())  # noqa: S314 - written just now

    assert ["not run: the profile quick leaves it out"] == [skip.get("message") for skip in root.iter("skipped")]


# ---------------------------------------------------------------------------------------------------- JSON


def test_json_has_the_documented_shape(summary: Summary) -> None:
    """The names that docs/contract.md promises."""
    report = json.loads(write_json(summary))

    assert {
        "verdict", "scope", "exit_status", "target", "profile", "seed", "seconds", "layers", "requests", "keywords",
        "findings", "causes", "stopped", "notes", "recall",
    } == set(report)  # fmt: skip
    assert {
        "layer", "operation", "check", "place", "expected", "got", "case", "replay", "cause", "follows_from",
    } == set(report["findings"][0])  # fmt: skip


def test_json_says_what_follows_from_what(summary: Summary) -> None:
    """Every finding names its cause; those that follow from it say so."""
    report = json.loads(write_json(summary))

    for cause in report["causes"]:
        of_it = [finding for finding in report["findings"] if finding["cause"] == cause["number"]]

        assert cause["sightings"] + cause["following"] == len(of_it)
        assert cause["following"] == sum(finding["follows_from"] == cause["number"] for finding in of_it)


# ---------------------------------------------------------------------------------------------------- HTML


class Page(HTMLParser):
    """The elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up one element."""
        self.elements.append((tag, dict(attrs)))


RECALL = {
    "layers": ["corpus", "sequences"],
    "caught": 1,
    "faults": [
        {"name": "one <b>fault</b>", "side": "mock", "meant": "corpus", "caught_by": ["corpus", "sequences"]},
        {"name": "another", "side": "client", "meant": "sequences", "caught_by": []},
    ],
}


def test_html_report_is_one_file(summary: Summary) -> None:
    """Nothing is fetched from anywhere, and nothing runs: not even what the target would like to run."""
    page = Page(write_html(replace(summary, recall=RECALL)))

    assert not {"script", "link", "img", "iframe", "b"} & {tag for tag, _ in page.elements}
    assert not {"src", "onerror", "onclick"} & {name for _, attributes in page.elements for name in attributes}
    assert HOSTILE.split(">")[1] not in write_html(summary)


def test_html_has_headings_in_order_and_tables_with_scopes(summary: Summary) -> None:
    """A page that can be heard: no heading level left out, every head cell with its scope, every id once."""
    page = Page(write_html(replace(summary, recall=RECALL)))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]

    assert 1 == levels[0]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(attributes.get("scope") in {"col", "row"} for tag, attributes in page.elements if tag == "th")
    assert len(set(ids)) == len(ids)


def test_html_links_lead_somewhere(summary: Summary) -> None:
    """What failed can be jumped to."""
    page = Page(write_html(summary))
    ids = {attributes.get("id") for _, attributes in page.elements}
    targets = [str(attributes.get("href")) for tag, attributes in page.elements if tag == "a"]

    assert targets
    assert {target.removeprefix("#") for target in targets} <= ids


def test_html_folds_many_causes_of_one_check(summary: Summary) -> None:
    """Three are told; the rest is one click away, and all are there."""
    findings = [Finding("corpus", "get_order", "echo", f"field {n}", "1", "2", (), "again") for n in range(30)]
    page = write_html(replace(summary, findings=findings, causes=fold(findings, {})))

    assert "27 more places that fail the check echo" in page
    assert 30 == page.count("<article")


def test_html_says_what_was_missed(summary: Summary) -> None:
    """A fault that was not caught is the first thing of the catalogue, unfolded."""
    page = write_html(replace(summary, recall=RECALL))

    assert "<details open><summary>Missed by the layer meant to" in page
    assert "one &lt;b&gt;fault&lt;/b&gt;" in page


def luminance(color: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", [0, 1])
def test_html_colors_can_be_read(mode: int) -> None:
    """Contrast AA, 4.5 to 1, of every ink on every ground, in light and in dark."""
    block = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[mode]
    colors = dict(re.findall(r"--([\w-]+): (#\w{6})", block))

    for ink in ("ink", "soft", "good", "warn", "bad", "link"):
        for ground in ("page", "card", "bad-card"):
            light, dark = sorted((luminance(colors[ink]), luminance(colors[ground])), reverse=True)

            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


# ------------------------------------------------------------------------------------------------ terminal


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_terminal_keeps_to_its_width(width: int, summary: Summary, broken: Summary, green: Summary) -> None:
    """No line is broken by a narrow terminal, but commands, which stay whole to be copied."""
    for run in (summary, broken, green):
        lines = [line for line in write_text(run, width).splitlines() if "again " not in line]

        assert [] == [line for line in lines if len(line) > width]


def test_terminal_leaves_out_a_matrix_that_does_not_fit(green: Summary) -> None:
    """A table that is cut off says less than a sentence."""
    assert "too narrow" in write_text(green, 60)
    assert "too narrow" not in write_text(green, 100)


def live(run: Run, *, is_terminal: bool) -> str:
    """What a run shows while it goes on."""
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=is_terminal, highlight=False)
    layers = (layer_named("examples"), layer_named("over_http"))
    view = LiveView(console, run, layers)
    with view:
        run.run_layer(layers[0])
        run.results.append(LayerResult(layers[1], left_out="a reason"))
        for result in run.results:
            view.show(result)
    return file.getvalue()


def test_piped_view_prints_a_line_for_each_layer() -> None:
    """A log holds no cursor movements, and the reason for what was not run."""
    text = live(run_of(), is_terminal=False)

    assert "\x1b" not in text
    assert "✓ examples" in text
    assert "not run: a reason" in text


def test_terminal_view_moves() -> None:
    """On a terminal the lines are drawn over."""
    assert "\x1b[" in live(run_of(), is_terminal=True)


def test_exit_status_follows_from_findings(summary: Summary, green: Summary) -> None:
    """Findings are red."""
    assert 1 == summary.exit_status
    assert 0 == green.exit_status
