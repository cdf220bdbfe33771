"""Every ordinary file of the evaluation data is read without loss."""

import gzip
import json
import unicodedata
from pathlib import Path

import pytest

from assistant.ingest.extract import extractor_for
from assistant.ingest.extract.terms import Terms
from assistant.ingest.sniff import sniff

_BIG = "financebench"  # read by the benchmark; three thousand pages are no unit test


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def test_ordinary_files_hold_what_the_manifest_says(
    eval_dir: Path, subtests: pytest.Subtests
) -> None:
    manifest = (eval_dir / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, manifest) if not row["hostile"]]
    assert rows
    for row in rows:
        if row["file"].startswith(_BIG):
            continue
        with subtests.test(row["file"]):
            path = eval_dir / row["file"]
            data = path.read_bytes()
            data = gzip.decompress(data) if path.suffix == ".gz" else data
            name = path.name.removesuffix(".gz")
            _check(row, data, row.get("upload_name") or name)


def _check(row: dict[str, list[str]], data: bytes, name: str) -> None:
    media_type = sniff(data, name)
    if "error:no_text" in row["accept"] and not row["must_contain"]:
        return
    document = extractor_for(media_type, Terms(5000)).extract(data)
    text = _fold("\n".join(page.text for page in document.pages))
    wanted = [*row["must_contain"], *(() if document.warnings else row["full_text_if_ok"])]
    assert [words for words in wanted if _fold(words) not in text] == []
    assert [words for words in row["must_not_contain"] if _fold(words) in text] == []
    assert document.warnings == () or "ok_with_warning" in row["accept"]
