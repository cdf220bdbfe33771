"""`aei doctor`: checks what the product stands on, and says what to do about each problem."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from assistant.bootstrap import (
    open_app,
    open_blobs,
    open_database,
    open_queue,
)
from assistant.bootstrap.models import cloud_model, open_ollama, require_model
from assistant.cli.output import SERVICE, JsonFlag, out, print_json, read_settings
from assistant.domain.errors import (
    AssistantError,
    ModelMissing,
    ServiceFailed,
    ServiceUnavailable,
)
from assistant.domain.people import LOCAL_USER
from assistant.domain.records import Difference
from assistant.encoders.embedded import EmbeddedEmbedder
from assistant.ingest.extract.ocr import installed_languages
from assistant.records.upkeep import broken_audit
from assistant.settings import ModelChoice, OcrChoice, Settings

_LOW_DISK_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    ok: bool
    detail: str
    hint: str = ""


async def _database(settings: Settings) -> str:
    async with AsyncExitStack() as stack:
        postgres = await open_database(settings, stack)
        await postgres.ping()
    return "given server" if settings.database_url.get_secret_value() else "embedded PostgreSQL"


async def _originals(settings: Settings) -> str:
    async with AsyncExitStack() as stack:
        postgres = await open_database(settings, stack)
        blobs = await open_blobs(settings, postgres, stack)
        await blobs.stat("0" * 64)
    return "MongoDB GridFS" if settings.mongodb_url.get_secret_value() else "PostgreSQL"


async def _stores(settings: Settings, repair: bool) -> list[Difference]:
    """Return where originals, catalogue, index and audit log are not as they should be."""
    async with open_app(settings) as app:
        found = await app.upkeep.reconciler.run(LOCAL_USER, repair=repair)
        return found + await broken_audit(app.audit)


async def _embedding(_settings: Settings) -> str:
    embedder = EmbeddedEmbedder.load()
    [vector] = await embedder.embed(["net revenue"])
    return f"embedded, {len(vector)} dimensions"


async def _model(settings: Settings) -> str:
    require_model(settings)
    return settings.model.value


async def _local_model(settings: Settings) -> str:
    if settings.model not in {ModelChoice.AUTO, ModelChoice.LOCAL}:
        return f"not asked: AEI_MODEL={settings.model.value}"
    async with open_ollama(settings) as local:
        try:
            return await local.described()
        except (ServiceUnavailable, ModelMissing) as error:
            if settings.model is ModelChoice.LOCAL:
                raise
            return f"{error.message}: the built-in answerer answers"


async def _cloud_model(settings: Settings) -> str:
    cloud = cloud_model(settings)
    if cloud is None:
        return "off: AEI_OPENROUTER_API_KEY is empty"
    async with aclosing(cloud):
        return await cloud.described()


async def _ocr(settings: Settings) -> str:
    if settings.ocr is OcrChoice.OFF:
        return "off: pages that are pictures are not read"
    installed = installed_languages()
    if installed is None:
        raise ServiceFailed(
            "the program tesseract is not installed: pages that are pictures are not read",
            "Install it (Debian: apt-get install tesseract-ocr; macOS: brew install tesseract), "
            "or set AEI_OCR=off.",
        )
    wanted = set(settings.ocr_languages.split("+"))
    if missing := sorted(wanted - installed):
        raise ServiceFailed(
            f"tesseract cannot read {', '.join(missing)}",
            f"Install its language data (Debian: tesseract-ocr-{missing[0].replace('_', '-')}), "
            "or change AEI_OCR_LANGUAGES.",
        )
    return f"tesseract, {settings.ocr_languages}"


async def _queue(settings: Settings) -> str:
    async with AsyncExitStack() as stack:
        postgres = await open_database(settings, stack)
        health = await open_queue(postgres)[0].health()
    if health.waiting and not health.workers:
        raise ServiceFailed(
            f"{health.waiting} files wait and no worker reads them",
            "Start `aei worker`, or `aei serve` with AEI_WORKER_IN_SERVE=true.",
        )
    if health.dead:
        raise ServiceFailed(
            f"{health.dead} files were given up",
            "`aei jobs list --state dead` says why; `aei jobs retry ID` tries again.",
        )
    return f"{health.waiting} files wait, {health.workers} workers"


async def _disk(settings: Settings) -> str:
    folder = next(p for p in [settings.data_dir, *settings.data_dir.parents] if p.exists())
    free = shutil.disk_usage(folder).free
    if free < _LOW_DISK_BYTES:
        raise ServiceFailed(f"{free / 2**30:.1f} GiB free at {folder}", "Free some space.")
    return f"{free / 2**30:.0f} GiB free at {folder}"


Check = Callable[[Settings], Awaitable[str]]
CHECKS: tuple[tuple[str, Check], ...] = (
    ("disk", _disk),
    ("database", _database),
    ("originals", _originals),
    ("queue", _queue),
    ("embedding", _embedding),
    ("model", _model),
    ("local model", _local_model),
    ("cloud model", _cloud_model),
    ("ocr", _ocr),
)


async def examine(settings: Settings, *, repair: bool = False) -> list[Finding]:
    """Run every check in order; a failed one does not stop the next."""
    findings = [await _finding(name, check, settings) for name, check in CHECKS]
    return [*findings, *await _consistency(settings, repair)]


async def _consistency(settings: Settings, repair: bool) -> list[Finding]:
    """Return a finding for each difference between the stores, or the one that there is none."""
    try:
        found = await _stores(settings, repair)
    except AssistantError as error:
        return [Finding("stores", False, error.message, error.hint)]
    if not found:
        return [Finding("stores", True, "originals, catalogue, index and audit log agree")]
    return [_difference(one) for one in found]


def _difference(one: Difference) -> Finding:
    done = ": repaired" if one.repaired else ""
    hint = "" if one.repaired else one.hint or "`aei doctor --repair` puts it right."
    return Finding("stores", one.repaired, f"{one.kind}, {one.subject}: {one.detail}{done}", hint)


async def _finding(name: str, check: Check, settings: Settings) -> Finding:
    try:
        return Finding(name, True, await check(settings))
    except AssistantError as error:
        return Finding(name, False, error.message, error.hint)


def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="Put right what differs between the stores.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Check every dependency and service; say what to do about each problem.

    Example: aei doctor --repair
    """
    findings = asyncio.run(examine(read_settings(as_json), repair=repair))
    if as_json:
        print_json({"checks": [asdict(finding) for finding in findings]})
    for finding in [] if as_json else findings:
        mark = "ok     " if finding.ok else "PROBLEM"
        out.print(f"{mark} {finding.check:<11} {finding.detail}", markup=False)
        if finding.hint:
            out.print(f"                   {finding.hint}", markup=False)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(SERVICE)
