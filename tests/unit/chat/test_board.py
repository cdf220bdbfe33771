"""The list of dropped files: a line a file, and for an archive a line for each file in it."""

from dataclasses import replace

from assistant.chat.board import Board, Line
from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.ingestion import IngestOutcome, IngestStatus
from assistant.domain.jobs import Job, JobState


def job(path, state=JobState.QUEUED):
    return Job(path, path.rsplit("/")[-1], path, "", 0, state=state)


def test_the_line_of_an_archive_gives_way_to_its_files_in_order():
    board = Board([Line("a.txt"), Line("b.zip"), Line("c.txt")])
    first, archive, last = list(board.lines)
    board.place(job("a.txt"), first)
    at = archive
    for path in ("b.zip/one.txt", "b.zip/two.txt", "b.zip/three.txt"):
        at = board.place(job(path), at)
    board.place(job("c.txt"), last)
    names = ["a.txt", "b.zip/one.txt", "b.zip/two.txt", "b.zip/three.txt", "c.txt"]
    assert [line.name for line in board.lines] == names
    assert board.waiting == names
    assert "Reading 5 files" in board.markdown()


def test_the_summary_counts_the_files_of_an_archive():
    board = Board([Line("b.zip")])
    good, bad = job("b.zip/one.txt"), job("b.zip/bad.txt")
    board.place(bad, board.place(good, board.lines[0]))
    refusal = FilingRejected(Rejection.BAD_NAME, "bad.txt leads out", "Rename it.")
    board.see(
        [replace(good, state=JobState.PUBLISHED), replace(bad, state=JobState.REJECTED)],
        [
            IngestOutcome(good.path, IngestStatus.INDEXED, 1.0),
            IngestOutcome(bad.path, IngestStatus.REJECTED, 0.0, error=refusal),
        ],
    )
    board.finished = True
    told = board.markdown()
    assert "2 files: 1 added, 1 refused" in told
    assert "bad.txt leads out" in told
    assert board.waiting == []
