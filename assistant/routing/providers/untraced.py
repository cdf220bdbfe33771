"""Keeps LangChain from sending prompts and answers to a tracing service.

It does so as soon as a variable of the environment says so, which is somebody else's variable.
"""

import os

import langsmith

_OLD_SWITCHES = ("LANGCHAIN_TRACING", "LANGCHAIN_HANDLER")


def untraced() -> None:
    """Switch tracing off for this process; called wherever a LangChain model is opened."""
    langsmith.configure(enabled=False)
    for name in _OLD_SWITCHES:  # LangChain raises when one is set and tracing is off
        os.environ.pop(name, None)  # noqa: TID251 -- not our configuration, and not read
