"""`aei`: every command of the product, thin over the same core as the chat."""

from assistant.cli.app import main

__all__ = ["main"]
