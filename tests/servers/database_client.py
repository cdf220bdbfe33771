"""A process that uses the embedded database, told what to do line by line on its standard input.

    python database_client.py DATA_DIR [INSTALL]

Prints `ready` once attached, then one line for each order:
`sql STATEMENT` (in the open transaction, or committed), `begin`, `migrate`, `wait STATEMENT` (prints
before it runs), `leave` (ends in order), `vanish` (ends as Chainlit does, by os._exit).
Prints `failed CODE MESSAGE` when the server does not start.
"""

import asyncio
import os
import sys
from pathlib import Path

import psycopg

from assistant.domain.errors import AssistantError
from assistant.storage.embedded import EmbeddedPostgres
from assistant.storage.migrate import migrate


def say(text: str) -> None:
    print(text, flush=True)


async def obey(order: str, server: EmbeddedPostgres, connection: psycopg.AsyncConnection) -> None:
    word, _, rest = order.partition(" ")
    if word == "vanish":
        os._exit(0)
    elif word == "migrate":
        say(f"applied {len(await migrate(server))}")
    elif word == "begin":
        await connection.set_autocommit(False)
        say("begun")
    elif word == "wait":
        say("waiting")
        await connection.execute(rest.encode())
    else:
        found = await connection.execute(rest.encode())
        say(str(await found.fetchone()) if found.description else "done")


async def main(data_dir: str, install: str = "") -> None:
    place = Path(install) if install else None
    embedded = EmbeddedPostgres(Path(data_dir), patience_s=60, linger_s=0.3, install=place)
    async with embedded.attach() as server:
        connection = await psycopg.AsyncConnection.connect(await server.dsn(), autocommit=True)
        async with connection:
            say("ready")
            while order := (await asyncio.to_thread(sys.stdin.readline)).strip():
                if order == "leave":
                    return
                await obey(order, server, connection)


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except AssistantError as error:
        say(f"failed {error.code} {error.message} {error.hint}".replace("\n", " "))
