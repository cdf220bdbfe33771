"""A zip archive gives its files, each under its own name, and nothing that would do harm."""

import io
import stat
import zipfile

import pytest

from assistant.domain.filings import Sensitivity
from assistant.domain.ingestion import IngestOutcome, Upload
from assistant.sources.archive import is_archive, members

LIMIT = 1 << 20


def archive(*entries, name="batch.zip", **more):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for entry, data in entries:
            made.writestr(entry, data)
    return Upload(name, buffer.getvalue(), f"inbox/{name}", **more)


def codes(upload):
    return {
        one.path: one.error.code for one in members(upload, LIMIT) if isinstance(one, IngestOutcome)
    }


def test_each_file_comes_under_its_own_name_with_the_archive_noted():
    one = archive(("a.txt", "Sales."), ("sub/b.txt", "Costs."), sensitivity=Sensitivity.INTERNAL)
    assert is_archive(one)
    found = list(members(one, LIMIT))
    assert [(u.file_name, u.path, u.data) for u in found] == [
        ("a.txt", "inbox/batch.zip/a.txt", b"Sales."),
        ("b.txt", "inbox/batch.zip/sub/b.txt", b"Costs."),
    ]
    assert {u.sensitivity for u in found} == {Sensitivity.INTERNAL}


def test_an_office_file_is_no_archive():
    assert not is_archive(archive(("[Content_Types].xml", "<x/>"), name="report.docx"))


def test_leftovers_of_other_systems_are_passed_over():
    one = archive(("__MACOSX/._a.txt", "x"), (".DS_Store", "x"), ("a.txt", "Sales."), ("d/", ""))
    assert [u.file_name for u in members(one, LIMIT)] == ["a.txt"]


@pytest.mark.parametrize("name", ["../up.txt", "/etc/passwd", "a/../../b.txt", "C:/x.txt"])
def test_a_name_that_leads_out_is_refused(name):
    assert list(codes(archive((name, "x"), ("good.txt", "y"))).values()) == ["bad_name"]


def test_a_link_is_refused_and_its_target_never_read():
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert list(codes(archive((link, "/etc/passwd"))).values()) == ["unsupported_type"]


def test_an_archive_inside_an_archive_is_refused():
    inner = archive(("a.txt", "x")).data
    assert list(codes(archive(("inner.zip", inner))).values()) == ["unsupported_type"]


def test_a_locked_file_says_that_it_is_locked():
    one = archive(("a.txt", "Sales."))
    data = bytearray(one.data)
    data[6] |= 1  # general purpose flag of the local header
    data[data.index(b"PK\x01\x02") + 8] |= 1
    locked = Upload(one.file_name, bytes(data), one.path)
    assert list(codes(locked).values()) == ["password_required"]


def test_a_file_that_is_too_large_is_refused_alone():
    one = archive(("big.txt", bytes(range(256)) * 8192), ("small.txt", "Sales."))
    assert list(codes(one).values()) == ["too_large"]
    assert [u.file_name for u in members(one, LIMIT) if isinstance(u, Upload)] == ["small.txt"]


def test_an_archive_that_swells_is_refused_before_anything_is_inflated():
    assert codes(archive(("bomb.txt", bytes(64 << 20)))) == {"inbox/batch.zip": "too_large"}


def test_too_many_files_are_refused():
    many = archive(*((f"{n}.txt", "x") for n in range(2001)))
    assert codes(many) == {"inbox/batch.zip": "too_large"}


def test_a_damaged_or_empty_archive_says_so():
    whole = archive(("a.txt", "Sales." * 100))
    cut = Upload("batch.zip", whole.data[:60], "batch.zip")
    assert codes(cut) == {"batch.zip": "corrupt"}
    assert codes(archive()) == {"inbox/batch.zip": "empty_file"}


def test_a_file_with_a_wrong_checksum_is_refused_alone():
    one = archive(("a.txt", "Sales."), ("b.txt", "Costs."))
    at = one.data.index(b"PK\x01\x02") + 16
    data = one.data[:at] + bytes(4) + one.data[at + 4 :]
    assert list(codes(Upload("batch.zip", data, "batch.zip")).values()) == ["corrupt"]
