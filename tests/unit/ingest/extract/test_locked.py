"""Files that a password locks."""

import io
import random

import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from reportlab.lib.pdfencrypt import StandardEncryption

from assistant.domain.errors import FilingRejected, Rejection
from assistant.ingest.extract.lock import unlocked
from assistant.ingest.extract.pdf import PdfExtractor
from assistant.ingest.extract.terms import Terms
from assistant.ingest.sniff import sniff
from tests.unit.ingest.extract.making import docx, lines, paragraph, pdf

LOCKED = pdf(lines("Secret words"), encrypt=StandardEncryption("foo", ownerPassword="bar"))


NOISE = random.Random(4471).randbytes(20_000)  # the library locks no file as small as the others
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
WHOLE = docx(paragraph("Secret words"), {"[Content_Types].xml": TYPES, "word/media/x.bin": NOISE})


def locked_docx(password: str) -> bytes:
    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(WHOLE)).encrypt(password, locked)
    return locked.getvalue()


@pytest.mark.parametrize("password", ["foo", "bar"])
def test_a_pdf_opens_with_either_of_its_passwords(password: str) -> None:
    (page,) = PdfExtractor(Terms(10, password)).extract(LOCKED).pages
    assert page.text == "Secret words"


@pytest.mark.parametrize(("password", "said"), [("", "protected"), ("wrong", "does not open")])
def test_a_locked_pdf_is_refused_by_its_code(password: str, said: str) -> None:
    with pytest.raises(FilingRejected) as refused:
        PdfExtractor(Terms(10, password)).extract(LOCKED)
    assert refused.value.rejection is Rejection.PASSWORD_REQUIRED
    assert said in refused.value.message


def test_an_office_file_opens_with_its_password() -> None:
    whole = unlocked(locked_docx("pass"), "pass")
    assert whole == WHOLE


def test_an_office_file_stays_locked_without_its_password() -> None:
    locked = locked_docx("pass")
    with pytest.raises(FilingRejected) as refused:
        unlocked(locked, "wrong")
    assert refused.value.rejection is Rejection.PASSWORD_REQUIRED
    with pytest.raises(FilingRejected) as refused:
        sniff(unlocked(locked, ""), "a.docx")
    assert refused.value.rejection is Rejection.PASSWORD_REQUIRED


def test_a_password_changes_nothing_about_an_open_file() -> None:
    data = docx(paragraph("Open"))
    assert unlocked(data, "any") == data
