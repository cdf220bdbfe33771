"""The folder Chainlit lives in: written by us below the data dir, before Chainlit is imported.

On import Chainlit writes a configuration, 23 translations and a readme into its root, which is the
working directory unless `CHAINLIT_APP_ROOT` names another. What it finds there it keeps, so ours is
written first, from the files that ship in `assistant/chat/public`, and again at every start.
"""

import json
import shutil
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from assistant.domain.errors import ServiceFailed
from assistant.settings import Settings

_PACKAGED = Path(__file__).parents[1] / "chat" / "public"
_STALE_S = 24 * 3600


def prepare_home(settings: Settings) -> Path:
    """Write the folder and return it.

    Raises:
        ServiceFailed: The data dir cannot be written.
    """
    home = settings.data_dir.resolve() / "chat"
    try:
        _write(home, settings.max_file_mb)
    except OSError as error:
        raise ServiceFailed(
            f"{home} cannot be written: {error.strerror}",
            "Set AEI_DATA_DIR to a folder that this user may write.",
        ) from error
    return home


def _write(home: Path, max_file_mb: int) -> None:
    settings = home / ".chainlit"
    (settings / "translations").mkdir(parents=True, exist_ok=True)
    template = (_PACKAGED / "config.toml").read_text("utf-8")
    limit = str(max_file_mb + max_file_mb // 20 + 1)  # the page counts in MB of 1,000,000 bytes
    (settings / "config.toml").write_text(template.replace("@MAX_FILE_MB@", limit), "utf-8")
    words = json.dumps(_translation(), indent=1)
    (settings / "translations" / "en-US.json").write_text(words, "utf-8")
    shutil.copytree(_PACKAGED / "assets", home / "public", dirs_exist_ok=True)
    shutil.copyfile(_PACKAGED / "chainlit.md", home / "chainlit.md")
    _drop_stale(home / ".files")


def _translation() -> dict[str, Any]:
    """Return Chainlit's English with our words over it."""
    spec = find_spec("chainlit")
    if spec is None or spec.origin is None:
        raise ServiceFailed("Chainlit is not installed", "Run `make install`.")
    theirs = Path(spec.origin).parent / "translations" / "en-US.json"
    words: dict[str, Any] = json.loads(theirs.read_text("utf-8"))
    ours = json.loads((_PACKAGED / "words.json").read_text("utf-8"))
    return _merged(words, ours)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the leaves of `over` laid over it."""
    return base | {
        key: _merged(base[key], value) if isinstance(value, dict) else value
        for key, value in over.items()
    }


def _drop_stale(files: Path) -> None:
    """Remove uploads that a killed server left; another server may still use younger ones."""
    if not files.is_dir():
        return
    for folder in files.iterdir():
        if time.time() - folder.stat().st_mtime > _STALE_S:
            shutil.rmtree(folder, ignore_errors=True)
