"""The rules about the whole tree that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from assistant.cli.app import app
from assistant.domain import errors
from assistant.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "assistant").rglob("*.py"))
DOORS = {
    "pymongo": {"assistant/storage/gridfs.py"},
    "wordllama": {"assistant/encoders/embedded.py"},
    "chainlit": {"assistant/chat/", "assistant/api/__main__.py"},
    "fastapi": {"assistant/api/", "assistant/chat/"},
    "psycopg": {"assistant/storage/"},
    "procrastinate": {"assistant/storage/tasks.py"},
    "typer": {"assistant/cli/"},
    "reportlab": {"assistant/samples/"},
    "xlsxwriter": {"assistant/exporting/"},
    "pyarrow": {"assistant/exporting/", "assistant/market/", "assistant/nl2sql/frames.py"},
    "pandas": {"assistant/nl2sql/frames.py"},
    "httpx": {"assistant/sources/edgar.py", "assistant/routing/providers/"},
    "ollama": {"assistant/routing/providers/"},
    "openai": {"assistant/routing/providers/openrouter/chat.py"},
    "langchain_ollama": {"assistant/routing/providers/"},
    "langchain_openai": {"assistant/routing/providers/openrouter/chat.py"},
    "langchain_core": {"assistant/routing/providers/", "assistant/tools/registry.py"},
    "langchain": {"assistant/tools/registry.py"},
    "langgraph": {"assistant/tools/registry.py"},
    "langsmith": {"assistant/routing/providers/"},
    "aiolimiter": {"assistant/sources/edgar.py"},
    "watchfiles": {"assistant/cli/watching.py"},
    "lxml": {"assistant/ingest/extract/"},
    "sqlglot": {"assistant/nl2sql/"},
    "rapidfuzz": {"assistant/nl2sql/mentions.py", "assistant/nl2sql/thesaurus.py"},
    "phonenumbers": {"assistant/routing/identifiers.py"},
    "prometheus_client": {"assistant/api/metrics.py"},
    "pikepdf": {"assistant/ingest/extract/pdf_repair.py"},
    "msoffcrypto": {"assistant/ingest/extract/lock.py"},
    "striprtf": {"assistant/ingest/extract/rtf.py"},
    "docx": {"assistant/ingest/extract/", "assistant/samples/"},
    "exchange_calendars": {"assistant/market/calendar.py"},
    "sklearn": {"assistant/prediction/direction.py"},
    "talib": {"assistant/prediction/features.py"},
}
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "common", "misc"}


def read(*names):
    return "\n".join((ROOT / name).read_text("utf-8") for name in names)


def commands():
    tree = get_command(app)
    for name, command in tree.commands.items():
        subs = getattr(command, "commands", {})
        named = [sub for sub, one in subs.items() if not one.hidden]
        if len(named) == len(subs) and subs:
            yield from (f"{name} {sub}" for sub in named)
        else:  # without a word of its own it does something too
            yield from (name, *(f"{name} {sub}" for sub in named))


@pytest.mark.parametrize("setting", [f"AEI_{name.upper()}" for name in Settings.model_fields])
def test_every_setting_is_documented(setting):
    assert f"`{setting}`" in read("docs/operations.md")


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_in_the_readme(command):
    assert f"aei {command}" in read("README.md")


def test_every_command_of_the_readme_exists():
    named = set(
        re.findall(
            r"\baei ((?:documents|collections|eval|audit|jobs|market) [a-z-]+|[a-z]+)",
            read("README.md"),
        )
    )
    assert named - set(commands()) == set()


@pytest.mark.parametrize("code", sorted(errors.Rejection))
def test_every_rejection_is_documented(code):
    assert f"`{code}`" in read("docs/operations.md")


def test_every_error_code_is_documented():
    codes = {
        found.code
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, errors.AssistantError)
    }
    text = read("docs/operations.md")
    assert {code for code in codes if f"`{code}`" not in text} == set()


@pytest.mark.parametrize("room", sorted(p.name for p in (ROOT / "assistant").iterdir()))
def test_every_room_is_in_the_architecture(room):
    if room not in {"__init__.py", "__main__.py", "__pycache__"}:
        name = f"{room}/" if (ROOT / "assistant" / room).is_dir() else room
        assert f"`{name}" in read("docs/architecture.md")


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_library_has_its_door(library):
    users = {
        str(path.relative_to(ROOT))
        for path in PACKAGE
        if re.search(rf"^(?:from|import) {library}\b", path.read_text("utf-8"), re.M)
    }
    doors = tuple(DOORS[library])
    assert users
    assert {user for user in users if not user.startswith(doors)} == set()


def test_a_module_has_one_subject():
    longest = {str(p.relative_to(ROOT)): len(p.read_text("utf-8").splitlines()) for p in PACKAGE}
    del longest["assistant/ports.py"]  # every seam on one page
    assert {name: lines for name, lines in longest.items() if lines > 400} == {}


def test_no_module_is_named_after_nothing():
    assert {p.stem for p in PACKAGE} & FORBIDDEN_NAMES == set()


def test_every_module_says_what_it_does():
    assert [p for p in PACKAGE if not ast.get_docstring(ast.parse(p.read_text("utf-8")))] == []


def test_two_setup_commands_and_ci_runs_one_of_them():
    readme = read("README.md")
    assert set(re.findall(r"^make (\w+)", readme, re.M)) == {"run", "test"}
    assert re.search(r"^exec make test$", read(".ci/run"), re.M)


def test_nothing_of_the_evaluation_data_is_in_the_repository():
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    data = ROOT.parent / "shared" / "eval"
    if not data.is_dir():
        pytest.skip(f"no evaluation data in {data}")
    names = {p.name for p in data.rglob("*") if p.is_file()} - {"LICENSE", "README.md"}
    assert {name for name in files if Path(name).name in names} - {"schema.sql"} == set()
