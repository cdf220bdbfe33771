"""`aei eval`: scores datasets through the same functions as every face."""

import typer

evaluate = typer.Typer(help="Score a dataset.", no_args_is_help=True)


@evaluate.callback()
def _group() -> None:
    """Score a dataset."""
