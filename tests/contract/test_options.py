"""Options with which a run could not end, or would use another file than was meant, are rejected."""

import pytest

from gemini_clearing_contract.options import parse_options

FILES = ("--target", "--credentials", "--report-dir", "--spec", "--cacert", "--cert", "--key")
NO_DURATIONS = ("0", "-1", "nan", "inf", "1e300", "x")
NO_RATES = ("-1", "nan", "inf", "1e-9", "x")


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        *((name, "", "empty") for name in FILES),
        ("--target", " ", "empty"),
        *(("--timeout", value, "not a number of seconds above 0") for value in NO_DURATIONS),
        *(("--time-limit", value, "not a number of seconds above 0") for value in NO_DURATIONS),
        *(("--rate", value, "must be 0 (no limit), or at least 0.01") for value in NO_RATES),
    ],
)
def test_value_is_rejected(option: str, value: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the option; an empty value is often a variable of CI that is not set."""
    with pytest.raises(SystemExit) as ended:
        parse_options([f"{option}={value}"])

    assert 2 == ended.value.code
    assert problem in capsys.readouterr().err.partition(f"argument {option}: ")[2]


def test_help_names_the_variables(capsys: pytest.CaptureFixture[str]) -> None:
    """The help states which variables of the environment count, and which of other programs do not."""
    with pytest.raises(SystemExit):
        parse_options(["--help"])

    text = " ".join(capsys.readouterr().out.split())
    assert "SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are read" in text
    assert "REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE are not" in text


def test_white_space_around_the_target_is_dropped() -> None:
    """A line of a file or a secret of CI often ends with a line break."""
    assert "http://127.0.0.1:8080" == parse_options(["--target", " http://127.0.0.1:8080\n"]).target


def test_layer_that_is_named_twice_is_run_once() -> None:
    """The order is that of the first mentions."""
    assert ("corpus", "examples") == parse_options(["--layers", "corpus, examples,corpus"]).layers
