"""What the measurements stand on: filings to read, and a store that is kept between runs."""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from platformdirs import user_cache_path

from assistant.settings import Settings, Switch

DOCS = Path(__file__).parents[1] / "docs" / "evaluation.md"
SAMPLE_CASES = Path(__file__).parents[1] / "tests" / "evals" / "samples_questions.jsonl"
_ASSISTANT = Path(__file__).parents[1] / "assistant"
_FILLS = ("encoders", "ingest", "samples", "storage")
AEI = (sys.executable, "-m", "assistant")


def filings_folder() -> Path:
    """Return the folder of real filings; ends the program where there is none."""
    folder = Settings().eval_dir / "financebench" / "pdfs"
    if not folder.is_dir():
        sys.exit(f"There are no filings in {folder}: set AEI_EVAL_DIR, or name a folder of PDFs.")
    return folder


def kept_store(name: str) -> Path:
    """Return the data dir of a store that later runs find again.

    Its name holds a digest of the code that fills it: another way of reading or cutting filings
    gets a store of its own, and the one before is removed, so that no run scores an old index.
    """
    cache = user_cache_path("aei-bench", appauthor=False)
    kept = cache / f"{name}-{_code_digest()}"
    for old in cache.glob(f"{name}*"):
        if old != kept:
            shutil.rmtree(old, ignore_errors=True)
    kept.mkdir(parents=True, exist_ok=True)
    return kept


def _code_digest() -> str:
    digest = hashlib.sha256()
    for package in _FILLS:
        for path in sorted((_ASSISTANT / package).rglob("*")):
            if path.suffix in {".py", ".md", ".sql"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def environment(data_dir: Path) -> dict[str, str]:
    """Return the environment of a run that keeps everything in `data_dir`."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("AEI_")}
    return own | {"AEI_DATA_DIR": str(data_dir)}


def fill(data_dir: Path, *arguments: str) -> None:
    """Ingest into a store; filings that it has are found to be duplicates in passing."""
    print(f"Filling {data_dir} ({' '.join(arguments)})", file=sys.stderr)
    command = [*AEI, "ingest", *arguments, "--json"]
    done = subprocess.run(
        command, env=environment(data_dir), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode not in (0, 1):
        sys.exit(f"aei ingest failed with exit code {done.returncode}")


def settings(data_dir: Path) -> Settings:
    """Return settings for a store, everything else at its default, but every answer is made."""
    return Settings(data_dir=data_dir, answer_cache=Switch.OFF)


def parser(about: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every measurement has."""
    made = argparse.ArgumentParser(description=about)
    made.add_argument("--write", action="store_true", help=f"put the figures into {DOCS.name}")
    return made
