"""What a file would run or load is named; ordinary links and pictures are not."""

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from assistant.domain.findings import Finding, FindingKind, Severity, hidden_text, warnings_of
from assistant.ingest.findings.active_html import active_html
from assistant.ingest.findings.active_office import active_office
from assistant.ingest.findings.active_pdf import active_pdf
from tests.unit.ingest.extract.making import docx, lines, paragraph, pdf, zipped

PLAIN = pdf(lines("Net sales rose."))


def written(change):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(PLAIN)))
    change(writer)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def action(kind, **entries):
    made = DictionaryObject({NameObject("/S"): NameObject(kind)})
    for name, value in entries.items():
        made[NameObject(f"/{name}")] = TextStringObject(value)
    return made


def opens(kind, **entries):
    def change(writer):
        writer.root_object[NameObject("/OpenAction")] = action(kind, **entries)

    return change


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (opens("/JavaScript", JS="this.print()"), "javascript"),
        (opens("/Launch", F="cmd.exe"), "launch"),
        (opens("/SubmitForm", F="https://out.example"), "submit_form"),
        (opens("/URI", URI="javascript:alert(1)"), "javascript"),
        (lambda writer: writer.add_attachment("a.exe", b"MZ"), "embedded_file"),
        (
            lambda writer: writer.root_object.__setitem__(
                NameObject("/AcroForm"),
                DictionaryObject({NameObject("/XFA"): TextStringObject("x")}),
            ),
            "xfa_form",
        ),
    ],
)
def test_what_a_pdf_would_run_is_named(change, rule):
    assert {finding.rule for finding in active_pdf(written(change))} == {rule}


def test_an_ordinary_pdf_and_its_links_run_nothing():
    linked = written(opens("/URI", URI="https://www.sec.gov/"))
    assert active_pdf(PLAIN) == active_pdf(linked) == active_pdf(b"%PDF-1.4 nonsense") == []


def test_what_an_office_file_would_run_or_load_is_named():
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://x/attachedTemplate" Target="https://out.example/t.dotm"'
        ' TargetMode="External"/>'
        '<Relationship Id="r2" Type="http://x/hyperlink" Target="https://www.sec.gov"'
        ' TargetMode="External"/></Relationships>'
    )
    data = zipped({"word/vbaProject.bin": b"x", "word/_rels/settings.xml.rels": relation})
    found = active_office(data)
    assert {finding.rule for finding in found} == {"macro", "remote_part"}
    assert active_office(docx(paragraph("Sales."))) == active_office(b"no zip") == []


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ("<script>alert(1)</script>", "script"),
        ('<img src="a.png" onerror="alert(1)">', "event_handler"),
        ('<a href="javascript:alert(1)">x</a>', "script_address"),
        ('<iframe src="https://out.example"></iframe>', "frame"),
        ('<meta http-equiv="refresh" content="0;url=https://out.example">', "redirect"),
    ],
)
def test_what_a_page_would_run_is_named(html, rule):
    assert {finding.rule for finding in active_html(html.encode())} == {rule}
    assert {finding.rule for finding in active_html(html.encode("utf-16"))} == {rule}


def test_the_uploader_is_told_once_a_kind_with_the_pages():
    scripts = [
        Finding(FindingKind.ACTIVE_CONTENT, "javascript", Severity.HIGH, "x", page=n)
        for n in (2, 5)
    ]
    [said] = warnings_of(scripts)
    assert said == "The file holds active content: javascript (page 2, 5). It was not run."


def test_a_leftover_of_typesetting_is_recorded_and_not_warned_of():
    leftover, sentence = hidden_text("Draft 4", "off_page"), hidden_text("Sales $9", "off_page")
    assert (leftover.severity, sentence.severity) == (Severity.LOW, Severity.MEDIUM)
    assert warnings_of([leftover]) == ()
    assert len(warnings_of([leftover, sentence])) == 1
