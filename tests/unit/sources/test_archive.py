"""A zip archive gives its files, each under its own name, and nothing that would do harm."""

import io
import stat
import struct
import tracemalloc
import zipfile
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.filings import Sensitivity
from assistant.domain.ingestion import IngestOutcome, Upload
from assistant.domain.jobs import Arrival
from assistant.sources.archive import is_archive, members, unpack

LIMIT = 1 << 20


def archive(*entries, name="batch.zip", method=zipfile.ZIP_DEFLATED, **more):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
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


def test_the_same_name_in_two_folders_is_no_version_of_one_filing():
    one = archive(("acme/10-K.txt", "Sales."), ("bolt/10-K.txt", "Costs."), ("10-K.txt", "Tax."))
    assert [u.collection for u in members(one, LIMIT)] == ["acme", "bolt", ""]
    named = replace(one, collection="2024")
    assert {u.collection for u in members(named, LIMIT)} == {"2024"}


def test_an_archive_that_is_mapped_from_disk_is_counted_and_read(tmp_path):
    made = archive(("a.txt", "Sales."), ("b.zip", "x"), ("c.txt", "Costs."))
    path = tmp_path / "batch.zip"
    path.write_bytes(made.data)
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        count, files = unpack(Arrival("batch.zip", data), LIMIT)
        found = list(files)
    assert count == len(found) == 3
    assert [one.data for one in found if isinstance(one, Arrival)] == [b"Sales.", b"Costs."]
    assert found[1].error.code == "unsupported_type"


def test_what_is_no_archive_is_one_file_itself():
    plain = Arrival("batch.zip", b"Sales.")
    assert unpack(plain, LIMIT)[0] == 1
    assert list(unpack(plain, LIMIT)[1]) == [plain]


def test_one_file_at_a_time_is_in_memory(tmp_path):
    path = tmp_path / "batch.zip"
    size = 1 << 20
    with zipfile.ZipFile(path, "w") as made:
        for n in range(24):
            made.writestr(f"{n}.txt", Random(n).randbytes(size))
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        tracemalloc.start()
        try:
            _, files = unpack(Arrival("batch.zip", data), size)
            assert sum(len(one.data) for one in files) == 24 * size
            assert tracemalloc.get_traced_memory()[1] < 6 * size
        finally:
            tracemalloc.stop()


def test_an_office_file_is_no_archive():
    assert not is_archive(archive(("[Content_Types].xml", "<x/>"), name="report.docx"))


def test_leftovers_of_other_systems_are_passed_over():
    one = archive(("__MACOSX/._a.txt", "x"), (".DS_Store", "x"), ("a.txt", "Sales."), ("d/", ""))
    assert [u.file_name for u in members(one, LIMIT)] == ["a.txt"]


@pytest.mark.parametrize("name", ["../up.txt", "/etc/passwd", "a/../../b.txt", "C:/x.txt", "."])
def test_a_name_that_leads_out_is_refused(name):
    assert list(codes(archive((name, "x"), ("good.txt", "y"))).values()) == ["bad_name"]


def test_a_file_without_a_name_is_refused():
    one = archive(("a.txt", "Sales."))
    nameless = replace(one, data=one.data.replace(b"a.txt", b"\0.txt"))
    assert codes(nameless) == {"inbox/batch.zip/": "bad_name"}


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


def test_a_method_whose_output_cannot_be_bounded_is_refused_unread():
    """A megabyte of bzip2 may become many gigabytes in one call, whatever size is declared."""
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        one = archive(("a.txt", bytes(LIMIT)), ("b.txt", "Costs."), method=method)
        assert set(codes(one).values()) == {"unsupported_type"}


def test_a_list_of_a_million_names_is_refused_before_it_is_read():
    row = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", *[0] * 18)
    names = row * 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0, 0, len(names), 4, 0)
    many = Upload("batch.zip", b"PK\x03\x04" + names + end, "batch.zip")
    tracemalloc.start()
    try:
        assert codes(many) == {"batch.zip": "too_large"}
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@given(st.data())
def test_a_spoilt_archive_gives_files_or_reasons_and_never_breaks(data):
    spoilt = bytearray(archive(("a.txt", "Sales. " * 9), ("sub/b.txt", "Costs.")).data)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(4, len(spoilt) - 1))
        spoilt[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(4, len(spoilt)))
    for end in (len(spoilt), cut):
        count, files = unpack(Arrival("batch.zip", bytes(spoilt[:end])), LIMIT)
        assert count >= 1
        assert len(list(files)) == count
