"""What a claimed file name becomes."""

import pytest

from assistant.domain.errors import FilingRejected
from assistant.ingest.names import document_name, safe_file_name


@pytest.mark.parametrize(
    ("claimed", "name"),
    [
        ("ACME 10-K 2024.pdf", "ACME 10-K 2024"),
        ("../../etc/passwd.txt", "passwd"),
        ("..\\..\\windows\\report.docx", "report"),
        ("/absolute/path/filing.html", "filing"),
        ("line\nbreak\x00.txt", "linebreak"),
        (
            "Gesch\u00e4ftsbericht 2024 \u2013 \u6a21\u677f.pdf",
            "Gesch\u00e4ftsbericht 2024 \u2013 \u6a21\u677f",
        ),
        ("no-extension", "no-extension"),
        ("two.dots.txt", "two.dots"),
    ],
)
def test_a_name_is_the_last_part_without_its_extension(claimed, name):
    assert document_name(claimed) == name


@pytest.mark.parametrize("claimed", ["", "..", "/", "\x00", "folder/", "."])
def test_a_name_of_nothing_is_refused(claimed):
    with pytest.raises(FilingRejected) as rejection:
        document_name(claimed)
    assert rejection.value.code == "bad_name"


def test_a_name_is_bounded_and_can_be_stored():
    assert len(safe_file_name("x" * 5000 + ".pdf")) <= 255
    assert safe_file_name("a\ud800b.txt") == "ab.txt"
