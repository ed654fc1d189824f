"""Enums: members equal their text, and open enums keep unknown values."""

import logging
import pickle

import pytest

from gemini_clearing_runtime import ClosedEnum, OpenEnum, _drift


class Status(OpenEnum):
    """An open enum."""

    SETTLED = "Settled"


class Side(ClosedEnum):
    """A closed enum."""

    BUY = "buy"


def test_member_equals_and_hashes_like_its_text():
    """A member can replace its text everywhere, also as a key."""
    assert {"Settled": 1}[Status.SETTLED] == 1
    assert f"{Status.SETTLED} {Side.BUY}" == "Settled buy"


def test_open_enum_keeps_an_unknown_value():
    """Value, name and text are those of the response, and `is_known` is false."""
    unknown = Status("New")

    assert (unknown, unknown.value, unknown.name, str(unknown), unknown.is_known) == ("New", "New", "New", "New", False)
    assert isinstance(unknown, Status)


def test_open_enum_returns_the_member_of_a_listed_value():
    """A listed value is the member itself, and `is_known` is true."""
    assert Status("Settled") is Status.SETTLED
    assert Status.SETTLED.is_known


def test_unknown_value_does_not_become_a_member():
    """Iteration yields the values of the spec only."""
    Status("Stray")

    assert list(Status) == [Status.SETTLED]


def test_unknown_value_can_be_pickled():
    """A pickle restores it."""
    assert pickle.loads(pickle.dumps(Status("New"))) == "New"  # noqa: S301  (the test's own bytes)


def test_unknown_value_is_logged_once(caplog):
    """Only the first occurrence is logged."""
    with caplog.at_level(logging.WARNING, "gemini_clearing"):
        Status("Logged")
        Status("Logged")

    assert [record.getMessage() for record in caplog.records] == [
        "unknown value of Status in a response: 'Logged'. The spec does not list it."
    ]


@pytest.mark.parametrize("value", [5, None, b"Settled"])
def test_open_enum_accepts_strings_only(value):
    """A value of another type is rejected."""
    with pytest.raises(ValueError):
        Status(value)


def test_closed_enum_rejects_an_unknown_value():
    """A value that the spec does not list is rejected."""
    with pytest.raises(ValueError):
        Side("up")


@pytest.mark.parametrize(("before", "logged"), [(999, 1), (1000, 0)])
def test_open_enum_logs_at_most_a_thousand_unknown_values(before, logged, caplog, monkeypatch):
    """A server that invents values fills neither the memory nor the log."""
    monkeypatch.setattr(_drift, "_reported", {str(number) for number in range(before)})

    with caplog.at_level(logging.WARNING, "gemini_clearing"):
        Status("Invented")

    assert len(caplog.messages) == logged
