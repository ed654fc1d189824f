"""Files that are not a spec: one message that names the file, and the client is not changed."""

import pytest

from tests.unit.generator.specs import SMALL, replaced


def test_check_of_an_invalid_spec_has_its_own_exit_status(small, capsys):
    """The exit status is 2, neither up to date nor different."""
    small.spec.write_text("- a")

    assert small.run("--check") == 2
    assert "The root must be a mapping" in capsys.readouterr().err


def test_missing_file_is_reported(small, error_of):
    """The message has the name of the file."""
    small.spec.unlink()

    assert error_of(None) == ": cannot be read: No such file or directory"


def test_directory_is_reported(small, error_of):
    """A folder is not a spec."""
    small.spec.unlink()
    small.spec.mkdir()

    assert error_of(None) == ": cannot be read: Is a directory"


NOT_A_DOCUMENT = [
    (b"\xff\xfe", ": not UTF-8: invalid start byte at byte 0"),
    ("", ": not an OpenAPI document. The root must be a mapping"),
    ("- a\n- b\n", ": not an OpenAPI document. The root must be a mapping"),
    ("a: [1\n", ":2:1: not YAML: expected ',' or ']', but got '<stream end>'"),
    ("a: b: c\n", ":1:5: not YAML: mapping values are not allowed here"),
    ("a: 1\na: 2\n", ':2:1: not YAML: found duplicate key "a" with value "2" (original value: "1")'),
    ("a: \x00\n", ": not YAML: unacceptable character"),
    ("swagger: '2.0'\n", ": openapi: unsupported version None. It must be 3.1.x"),
    (replaced(SMALL, "openapi: 3.1.0", "openapi: 3.0.3"), ": openapi: unsupported version '3.0.3'. It must be 3.1.x"),
    (replaced(SMALL, "openapi: 3.1.0", "openapi: 3.1"), ": openapi: unsupported version 3.1. It must be 3.1.x"),
]


@pytest.mark.parametrize(("spec", "message"), NOT_A_DOCUMENT)
def test_file_that_is_not_an_openapi_document_is_reported(spec, message, error_of):
    """Encoding, YAML, root and version are checked in this order."""
    assert error_of(spec).startswith(message)
