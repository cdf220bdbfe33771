import hashlib
import json
import os
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pypdfium2
import pytest
from docx import Document
from lxml import etree

from assistant.samples import SAMPLE_QUESTIONS, sample_uploads
from assistant.samples.blocks import SAMPLE_NOTICE

QUESTIONS = Path(__file__).parents[2] / "evals" / "samples_questions.jsonl"
UPLOADS = {upload.file_name: upload for upload in sample_uploads()}
IX = "{http://www.xbrl.org/2013/inlineXBRL}"
HASHES = (
    "import hashlib; from assistant.samples import sample_uploads; "
    "print(*(hashlib.sha256(u.data).hexdigest() for u in sample_uploads()))"
)


def pdf_pages(file_name: str) -> list[str]:
    document = pypdfium2.PdfDocument(UPLOADS[file_name].data)
    try:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]
    finally:
        document.close()


def text_of(file_name: str) -> str:
    data = UPLOADS[file_name].data
    match Path(file_name).suffix:
        case ".pdf":
            return " ".join(pdf_pages(file_name))
        case ".docx":
            document = Document(BytesIO(data))
            cells = [cell.text for t in document.tables for row in t.rows for cell in row.cells]
            return " ".join([p.text for p in document.paragraphs] + cells)
        case ".html":
            return " ".join("".join(etree.fromstring(data).itertext()).split())
        case _:
            return " ".join(data.decode().split())


def test_five_filings_of_four_kinds_are_samples() -> None:
    assert sorted(Path(name).suffix for name in UPLOADS) == [
        ".docx",
        ".html",
        ".pdf",
        ".pdf",
        ".txt",
    ]
    assert all(upload.sample and upload.path.startswith("sample:") for upload in UPLOADS.values())


@pytest.mark.parametrize("name", UPLOADS)
def test_each_file_says_at_its_head_that_the_company_is_fictional(name: str) -> None:
    assert SAMPLE_NOTICE in text_of(name)[:1500]


@pytest.mark.parametrize("name", UPLOADS)
def test_no_template_mark_is_left(name: str) -> None:
    assert not re.search(r"\{\w|\[table|\[\^", text_of(name))


def test_another_process_elsewhere_makes_the_same_bytes() -> None:
    here = [hashlib.sha256(upload.data).hexdigest() for upload in UPLOADS.values()]
    environment = os.environ | {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C"}

    there = subprocess.run(
        [sys.executable, "-c", HASHES], env=environment, capture_output=True, text=True, check=True
    )

    assert there.stdout.split() == here


def test_two_annual_reports_agree_about_the_years_they_share() -> None:
    later = pdf_pages("Tarrowmere Instruments 10-K 2024.pdf")[9]
    earlier = pdf_pages("Tarrowmere Instruments 10-K 2023.pdf")[9]

    for label in ("Total revenue", "Operating income", "Net income \\$", "Diluted \\$"):
        pattern = rf"{label} ([\d,.]+) \$? ?([\d,.]+) \$? ?([\d,.]+)"
        now, then = re.search(pattern, later), re.search(pattern, earlier)
        assert now
        assert then
        assert now.groups()[1:] == then.groups()[:2]


def test_the_table_of_contents_names_the_right_pages() -> None:
    pages = pdf_pages("Tarrowmere Instruments 10-K 2024.pdf")
    listed = re.findall(r"(Items? [\d]+[AB]?(?:\.| to 14))[^\d]*? (\d+)(?= |$)", pages[1])

    assert len(listed) >= 12
    for item, page in listed:
        assert item in pages[int(page) - 1]


def test_the_annual_report_has_the_length_and_the_statements_of_one() -> None:
    pages = pdf_pages("Tarrowmere Instruments 10-K 2024.pdf")

    assert 14 <= len(pages) <= 20
    for statement in ("Income", "Cash Flows", "Shareholders' Equity"):
        assert any(f"Consolidated Statements of {statement} (in millions" in p for p in pages)
    assert any("Consolidated Balance Sheets (in millions)" in page for page in pages)


def test_the_release_has_a_real_footnote() -> None:
    with ZipFile(BytesIO(UPLOADS["Orsett Vale Foods Q3 2025 Earnings Release.docx"].data)) as parts:
        assert b"Greenlath" in parts.read("word/footnotes.xml")
        assert b'<w:footnoteReference w:id="1"/>' in parts.read("word/document.xml")


def test_inline_xbrl_figures_say_their_value_and_name_a_context() -> None:
    root = etree.fromstring(UPLOADS["Calloway Fen Logistics 10-Q June 2025.html"].data)
    contexts = {element.get("id") for element in root.iter() if "context" in str(element.tag)}
    facts = root.findall(f".//{IX}nonFraction")
    revenue = next(fact for fact in facts if fact.get("name") == "us-gaap:Revenues")

    assert len(facts) > 60
    assert {fact.get("contextRef") for fact in facts} <= contexts
    assert int(revenue.text) * 10 ** int(revenue.get("scale")) == 307_000_000


@pytest.mark.parametrize(
    "line", QUESTIONS.read_text("utf-8").splitlines(), ids=lambda line: json.loads(line)["id"]
)
def test_each_sample_question_names_a_page_that_holds_its_evidence(line: str) -> None:
    case = json.loads(line)
    name = next(name for name in UPLOADS if Path(name).stem == case["doc"])

    for evidence in case["evidence"]:
        if Path(name).suffix == ".pdf":
            assert evidence["text"] in pdf_pages(name)[case["gold_pages"][0]]
        else:
            assert evidence["text"] in text_of(name)
    assert (case["answer"] is None) == (not case["evidence"])


def test_the_gold_answer_of_each_starter_question_is_kept() -> None:
    cases = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    answers = {case["question"]: case["answer"] for case in cases}

    assert 4 <= len(SAMPLE_QUESTIONS) <= 6
    assert all(answers[question] for question in SAMPLE_QUESTIONS)
