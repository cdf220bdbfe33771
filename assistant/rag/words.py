"""Lists of words that mean little by themselves, from `words.toml`."""

import tomllib
from functools import cache
from importlib import resources


@cache
def word_list(name: str) -> frozenset[str]:
    """Return the words of a list: `suffixes`, `common`, `filler`, `loose` or `comparing`."""
    text = resources.files("assistant.rag").joinpath("words.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)[name].split())
