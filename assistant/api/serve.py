"""`aei serve`: becomes the serving process, with the environment that Chainlit needs.

Chainlit reads its folder and its integrations from the environment when it is imported, so the
environment is made first and the process replaced: same pid, same signals, same standard streams.
"""

import os
import sys
from collections.abc import Mapping
from enum import Enum

from pydantic import SecretStr

from assistant.api.home import prepare_home
from assistant.settings import Settings

_THEIRS = (  # each would switch on a database, a sign-in or a service of Chainlit's own
    "CHAINLIT_", "LITERAL_", "OAUTH_", "SLACK_", "DISCORD_", "TEAMS_", "TRACELOOP_", "OTEL_",
)  # fmt: skip
_NAMES = frozenset({"DATABASE_URL", "BUCKET_NAME", "ROOT", "RUN", "UI", "FEATURES", "PROJECT"})


def serve(settings: Settings) -> None:
    """Serve chat and REST until SIGTERM or SIGINT. Does not return.

    Raises:
        ServiceFailed: The data dir cannot be written.
    """
    home = prepare_home(settings)
    environment = server_environment(os.environ, settings)  # noqa: TID251 -- the process's own
    environment["CHAINLIT_APP_ROOT"] = str(home)
    sys.stdout.flush()
    os.execve(  # noqa: S606 -- this interpreter, our module
        sys.executable, [sys.executable, "-m", "assistant.api"], environment
    )


def server_environment(inherited: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return the environment of the serving process: inherited, less Chainlit's, plus settings."""
    kept = {
        name: value
        for name, value in inherited.items()
        if name.upper() not in _NAMES and not name.upper().startswith(_THEIRS)
    }
    given = {f"AEI_{name.upper()}": _text(getattr(settings, name)) for name in _fields(settings)}
    return kept | given | {"TRACELOOP_TELEMETRY": "false", "DO_NOT_TRACK": "1"}


def _fields(settings: Settings) -> list[str]:
    return list(type(settings).model_fields)


def _text(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Enum():
            return str(value.value)
        case _:
            return str(value)
