"""The recorded corpus follows from the spec."""

from gemini_clearing_contract.cases.corpus import differences, make_corpus, read_corpus
from gemini_clearing_contract.spec import Spec, load_document


def test_corpus_is_up_to_date() -> None:
    """Recording the corpus again changes nothing."""
    assert [] == differences(read_corpus(), list(make_corpus(Spec())))


def test_corpus_shows_the_meaning_of_a_spec_change() -> None:
    """With another side in the enum, a case that was rejected is accepted."""
    document = load_document()
    document["components"]["schemas"]["Side"]["enum"].append("BUY")

    changes = differences(read_corpus(), list(make_corpus(Spec(document))))

    assert any('"side":"BUY"' in change and "InvalidSide" in change for change in changes)
