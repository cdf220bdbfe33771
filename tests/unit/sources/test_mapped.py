"""Uploads that lie on disk on their way into the store."""

import tempfile
from mmap import mmap

from assistant.sources.mapped import mapped


def test_a_file_is_mapped_and_its_bytes_outlive_its_name(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"614 tonnes")
    with path.open("rb") as file:
        data = mapped(file)
    path.unlink()
    assert isinstance(data, mmap)
    assert data[:] == b"614 tonnes"


def test_a_small_upload_that_is_still_in_memory_is_mapped_whole():
    with tempfile.SpooledTemporaryFile(max_size=1000) as file:
        file.write(b"614 tonnes")
        assert mapped(file)[:] == b"614 tonnes"


def test_an_empty_file_has_no_bytes(tmp_path):
    path = tmp_path / "a.txt"
    path.touch()
    with path.open("rb") as file:
        assert mapped(file) == b""
