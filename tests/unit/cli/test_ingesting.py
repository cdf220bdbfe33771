"""The order in which a batch of files is read."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assistant.cli.ingesting import in_good_order


def written(folder, sizes):
    files = []
    for number, size in enumerate(sizes):
        path = folder / f"{number}.txt"
        path.write_bytes(bytes(size))
        files.append(path)
    return files


def test_the_smallest_come_first_one_a_reader_and_then_the_largest(tmp_path):
    files = written(tmp_path, [50, 10, 90, 30, 70])
    sizes = [path.stat().st_size for path in in_good_order(files, 2)]
    assert sizes == [10, 30, 90, 70, 50]


def test_files_of_one_name_stay_in_the_order_they_were_given(tmp_path):
    older, newer = tmp_path / "old", tmp_path / "new"
    for folder, size in ((older, 90), (newer, 10)):
        folder.mkdir()
        (folder / "10-K.txt").write_bytes(bytes(size))
    files = [older / "10-K.txt", newer / "10-K.txt"]
    assert in_good_order(files, 1) == files


@given(
    names=st.lists(st.text("abc", min_size=1, max_size=4), max_size=12), readers=st.integers(1, 5)
)
def test_no_file_is_lost_or_doubled_even_where_it_is_not_there(names, readers):
    files = [Path("/nowhere") / name for name in names]
    assert sorted(in_good_order(files, readers)) == sorted(files)
