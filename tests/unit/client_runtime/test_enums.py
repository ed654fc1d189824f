"""Words of vocabularies: equal to their text, and open where the exchange may add one."""

import logging
import pickle

import pytest

from gemini_clearing_runtime import ClosedEnum, OpenEnum, _enums


class Status(OpenEnum):
    """An open vocabulary."""

    SETTLED = "Settled"


class Side(ClosedEnum):
    """A closed vocabulary."""

    BUY = "buy"


def test_word_equals_its_text_and_finds_its_entry():
    """A word can stand wherever its text can, as a key too."""
    assert {"Settled": 1}[Status.SETTLED] == 1
    assert f"{Status.SETTLED} {Side.BUY}" == "Settled buy"


def test_open_word_keeps_a_word_that_nobody_listed():
    """It has the word as value, as name, as text, and says that it is not known."""
    novel = Status("Novel")

    assert (novel, novel.value, novel.name, str(novel), novel.is_known) == ("Novel", "Novel", "Novel", "Novel", False)
    assert isinstance(novel, Status)


def test_open_word_knows_the_listed_ones():
    """A listed word is the member itself."""
    assert Status("Settled") is Status.SETTLED
    assert Status.SETTLED.is_known


def test_open_word_that_is_unknown_does_not_join_the_vocabulary():
    """Whatever an exchange answers, the listed words stay those of the contract."""
    Status("Stray")

    assert list(Status) == [Status.SETTLED]


def test_open_word_that_is_unknown_survives_pickling():
    """A pickle brings it back."""
    assert pickle.loads(pickle.dumps(Status("Novel"))) == "Novel"  # noqa: S301


def test_open_word_tells_of_an_unknown_word_once(caplog):
    """The first meeting goes to the log, the second does not."""
    with caplog.at_level(logging.WARNING, "gemini_clearing"):
        Status("Told")
        Status("Told")

    assert [record.getMessage() for record in caplog.records] == [
        "The exchange uses a word that the contract does not list: Status 'Told'"
    ]


@pytest.mark.parametrize("value", [5, None, b"Settled"])
def test_open_word_is_text(value):
    """What is no string is no word."""
    with pytest.raises(ValueError):
        Status(value)


def test_word_is_closed():
    """A word that is not listed is refused."""
    with pytest.raises(ValueError):
        Side("up")


@pytest.mark.parametrize(("before", "told"), [(999, 1), (1000, 0)])
def test_open_word_remembers_a_thousand_unknown_words(before, told, caplog, monkeypatch):
    """A server that makes up words fills neither the memory nor the log."""
    monkeypatch.setattr(_enums, "_reported", {(Status, str(number)) for number in range(before)})

    with caplog.at_level(logging.WARNING, "gemini_clearing"):
        Status("Made up")

    assert len(caplog.messages) == told
