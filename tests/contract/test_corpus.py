"""The recorded corpus is what the spec gives rise to today."""

from __future__ import annotations

from gemini_clearing_contract.cases.corpus import differences, make_corpus, read_corpus
from gemini_clearing_contract.spec import Spec, load_document


def test_corpus_is_up_to_date() -> None:
    """`make corpus` would change nothing."""
    assert [] == differences(read_corpus(), list(make_corpus(Spec())))


def test_corpus_shows_what_a_change_of_the_spec_means() -> None:
    """A side more is a case that was refused and no longer is."""
    document = load_document()
    document["components"]["schemas"]["Side"]["enum"].append("BUY")

    changes = differences(read_corpus(), list(make_corpus(Spec(document))))

    assert any('"side":"BUY"' in change and "InvalidSide" in change for change in changes)
