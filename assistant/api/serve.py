"""`python -m assistant.api.serve`: the serving process, with the environment that Chainlit needs.

Chainlit reads its folder and its integrations from the environment when it is imported, so the
environment is made first, and only then is the module that imports Chainlit run.
"""

import json
import os
import runpy
import sys
from collections.abc import Mapping
from enum import Enum
from types import ModuleType

from pydantic import SecretStr

from assistant.api.home import prepare_home
from assistant.domain.errors import AssistantError
from assistant.settings import Settings
from assistant.wire import error_json

_THEIRS = (  # each would switch on a database, a sign-in or a service of Chainlit's own
    "CHAINLIT_", "LITERAL_", "OAUTH_", "SLACK_", "DISCORD_", "TEAMS_", "TRACELOOP_", "OTEL_",
)  # fmt: skip
_NAMES = frozenset({"DATABASE_URL", "BUCKET_NAME", "ROOT", "RUN", "UI", "FEATURES", "PROJECT"})


def serve(settings: Settings) -> None:
    """Serve chat and REST until SIGTERM or SIGINT.

    Raises:
        ServiceFailed: The data dir cannot be written.
    """
    prepare(settings)
    leave_out_telemetry()
    runpy.run_module("assistant.api", run_name="__main__", alter_sys=True)


def prepare(settings: Settings) -> None:
    """Make Chainlit's folder and this process's environment, before Chainlit is imported.

    Raises:
        ServiceFailed: The data dir cannot be written.
    """
    home = prepare_home(settings)
    environment = server_environment(os.environ, settings)  # noqa: TID251 -- handed on, not read
    os.environ.clear()  # noqa: TID251 -- Chainlit reads it when it is imported, below
    os.environ.update(environment, CHAINLIT_APP_ROOT=str(home))  # noqa: TID251 -- as above


def leave_out_telemetry() -> None:
    """Put an empty module where Chainlit's dependency imports its telemetry SDK.

    The SDK is used only by a cloud service that we never switch on. Unloaded it cannot report
    anything, and the server starts half a second sooner and 18 MiB smaller.
    """
    sdk = ModuleType("traceloop.sdk")
    sdk.Traceloop = None  # type: ignore[attr-defined]
    sys.modules.update({"traceloop": ModuleType("traceloop"), "traceloop.sdk": sdk})


def server_environment(inherited: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return the environment of the serving process: inherited, less Chainlit's, plus settings."""
    kept = {
        name: value
        for name, value in inherited.items()
        if name.upper() not in _NAMES and not name.upper().startswith(_THEIRS)
    }
    values = ((name, getattr(settings, name)) for name in _fields(settings))
    given = {f"AEI_{name.upper()}": _text(value) for name, value in values if value is not None}
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


if __name__ == "__main__":
    try:
        serve(Settings())
    except AssistantError as error:
        if "--json" in sys.argv:
            sys.stdout.write(json.dumps({"error": error_json(error)}) + "\n")
        else:
            sys.stderr.write(f"{error.message}. {error.hint}\n")
        sys.exit(3)
