import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import MediaType
from assistant.ingest.sniff import sniff
from tests.unit.ingest.extract.making import docx, lines, paragraph, pdf, zipped

PDF = pdf(lines("Hello"))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (PDF, "a.pdf", MediaType.PDF),
        (PDF, "a.txt", MediaType.PDF),
        (PDF, "a.docx", MediaType.PDF),
        (b"\xef\xbb\xbf" + PDF, "a.pdf", MediaType.PDF),
        (b"<html><!-- x -->" + PDF, "a.pdf", MediaType.PDF),
        (docx(paragraph("Hello")), "a.docx", MediaType.DOCX),
        (docx(paragraph("Hello")), "a", MediaType.DOCX),
        (b"<!DOCTYPE html><p>Hello", "a.htm", MediaType.HTML),
        (b"\n <HTML><BODY>Hello", "a.txt", MediaType.HTML),
        ("<html><p>Hello</html>".encode("utf-16"), "a.html", MediaType.HTML),
        (b"<?xml version='1.0'?><html xmlns:ix='x'>", "a.xhtml", MediaType.HTML),
        (b"Net sales rose by 4%.", "a.txt", MediaType.TEXT),
        ("Net sales".encode("utf-16-le"), "a.txt", MediaType.TEXT),
        (b"<SEC-DOCUMENT>1.txt\n<DOCUMENT>\n<html>", "a.txt", MediaType.TEXT),
        (b"a <p> in passing", "a.txt", MediaType.TEXT),
        (zipped({"xl/workbook.xml": "x"}), "a.bin", MediaType.XLSX),
        (zipped({"ppt/presentation.xml": "x"}), "a.docx", MediaType.PPTX),
        (b"{\\rtf1 Hello}", "a.doc", MediaType.RTF),
        (b"From: a@b.c\r\nTo: d@e.f\r\nSubject: Hello\r\n\r\n<html>", "a.txt", MediaType.EMAIL),
        (b"From: the chair\nTo: all\nNotes follow.", "a.txt", MediaType.TEXT),
        (b"a,b\n1,2\n", "a.csv", MediaType.CSV),
        (b"<html><p>Not found</html>", "a.csv", MediaType.HTML),
        (b"# Sales", "a.md", MediaType.MARKDOWN),
    ],
)
def test_bytes_decide_what_a_file_is(data: bytes, name: str, expected: MediaType) -> None:
    assert sniff(data, name) is expected


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "a.pdf", Rejection.EMPTY_FILE),
        (b" \r\n\t", "a.txt", Rejection.EMPTY_FILE),
        (OLE, "a.doc", Rejection.UNSUPPORTED_TYPE),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.docx", Rejection.PASSWORD_REQUIRED),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a.png", Rejection.UNSUPPORTED_TYPE),
        (b"MZ\x90\x00" + bytes(50), "a.pdf", Rejection.UNSUPPORTED_TYPE),
        (zipped({"xl/workbook.bin": "x"}), "a.xlsb", Rejection.UNSUPPORTED_TYPE),
        (zipped({"a.txt": "x"}), "a.pptx", Rejection.CORRUPT),
        (zipped({"a.txt": "x"}), "a.zip", Rejection.UNSUPPORTED_TYPE),
        (zipped({"a.txt": "x"}), "a.docx", Rejection.CORRUPT),
        (docx(paragraph("Hello"))[:200], "a.docx", Rejection.CORRUPT),
        (b"<html><h1>Request Rate Threshold Exceeded</h1>", "a.pdf", Rejection.TYPE_MISMATCH),
        (b"Not found", "a.pdf", Rejection.TYPE_MISMATCH),
        (bytes(range(32)) * 40, "a.pdf", Rejection.CORRUPT),
        (bytes(range(32)) * 40, "a.bin", Rejection.UNSUPPORTED_TYPE),
    ],
)
def test_a_file_we_cannot_read_is_refused_with_its_code(
    data: bytes, name: str, expected: Rejection
) -> None:
    with pytest.raises(FilingRejected) as refused:
        sniff(data, name)
    assert refused.value.rejection is expected
    assert name in refused.value.message or expected is Rejection.CORRUPT
    assert refused.value.hint


@given(st.binary(max_size=300), st.sampled_from(["a.pdf", "a.docx", "a.html", "a.txt", "a"]))
def test_any_bytes_end_in_a_type_or_a_refusal(data: bytes, name: str) -> None:
    try:
        found: object = sniff(data, name)
    except FilingRejected as refused:
        found = refused.rejection
    assert isinstance(found, MediaType | Rejection)
