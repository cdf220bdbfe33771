"""Puts the commands of `aei` together."""

import os
import sys
from typing import Annotated

import typer

from assistant.cli.asking import ask, search
from assistant.cli.auditing import audit
from assistant.cli.collections import collections
from assistant.cli.costs import costs
from assistant.cli.doctor import doctor
from assistant.cli.edgar import Commands, edgar
from assistant.cli.evaluating import evaluate
from assistant.cli.examples import examples
from assistant.cli.findings import documents
from assistant.cli.ingesting import ingest
from assistant.cli.jobs import jobs, worker
from assistant.cli.market import market
from assistant.cli.output import JsonFlag, out, print_json, read_settings
from assistant.cli.querying import sql
from assistant.cli.routing import route
from assistant.cli.screening import render, screen
from assistant.settings import Settings
from assistant.telemetry import configure_logging

app = typer.Typer(
    name="aei",
    cls=Commands,
    help="Ask financial filings in plain English; every answer cites the page it stands on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(ingest)
app.command()(edgar)
app.command()(search)
app.command()(ask)
app.command()(route)
app.add_typer(market, name="market")
app.command()(screen)
app.command()(render)
app.add_typer(documents, name="documents")
app.add_typer(collections, name="collections")
app.add_typer(audit, name="audit")
sql.add_typer(examples, name="examples")
app.add_typer(sql, name="sql")
app.add_typer(evaluate, name="eval")
app.add_typer(jobs, name="jobs")
app.command()(worker)
app.command()(costs)
app.command()(doctor)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address; default: AEI_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; default: AEI_PORT.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Serve the chat at / and REST at /api/v1; prints the URL when ready.

    Example: aei serve --port 8080
    """
    settings = read_settings(as_json, host=host, port=port)
    address = {"AEI_HOST": settings.host, "AEI_PORT": str(settings.port)}
    # A process of its own: the web stack takes two seconds to import, which no other command pays.
    environment = {**os.environ, **address}  # noqa: TID251 -- handed on, not read
    arguments = ["-m", "assistant.api.serve", *(["--json"] if as_json else [])]
    os.execve(  # noqa: S606 -- our own interpreter and module
        sys.executable, [sys.executable, *arguments], environment
    )


@app.command("settings")
def show_settings(as_json: JsonFlag = False) -> None:
    """Print the effective settings, secrets masked.

    Example: AEI_PORT=9000 aei settings
    """
    values = read_settings(as_json).model_dump(mode="json")
    if as_json:
        print_json({f"AEI_{name.upper()}": value for name, value in values.items()})
        return
    for name, field in Settings.model_fields.items():
        out.print(f"AEI_{name.upper()}={values[name]}", style="bold", markup=False)
        out.print(f"    {field.description}", markup=False)


def main() -> None:
    """Run one command."""
    configure_logging()
    app()
