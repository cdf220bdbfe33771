"""A company is called by less than its full name, but never by a word that others share."""

from assistant.nl2sql.names import name_phrases
from assistant.nl2sql.words import phrase

NAMES = {
    "Borealis Software Holdings, Inc.": "BRS",
    "The Quantro Group Ltd.": "QTR",
    "Northern Bank Corporation": "NBK",
    "Northern Timber & Co.": "NTB",
    "McTavish's Corporation": "MCT",
}


def called(name):
    return {value for text, value in name_phrases(NAMES) if phrase(text) == phrase(name)}


def test_a_name_goes_without_its_legal_form():
    assert called("Borealis Software") == {"BRS"}
    assert called("quantro") == {"QTR"}
    assert called("McTavish") == {"MCT"}


def test_a_telling_word_stands_for_the_name():
    assert called("Borealis") == {"BRS"}


def test_a_word_of_two_names_or_of_plain_english_stands_for_neither():
    assert called("Northern") == set()
    assert called("Bank") == set()
    assert called("Northern Bank") == {"NBK"}
