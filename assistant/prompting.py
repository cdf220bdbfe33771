"""Loads and fills the templates in `prompts/`: text to models comes from files, never from code.

    template + values ── every value defanged ── text

What is filled in was written by others: filings, users, models. It stays inside the element that the
template puts around it: a `<` that could begin a tag or a model's control token (`</evidence>`,
`<|im_end|>`) becomes `&lt;`, a bracket that could (`[/INST]`) becomes `&#91;`. That happens to all
values, so no template can forget it. `<` before a number is left alone, and so is everything else:
filings are quoted as they are printed.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta

_TAG = re.compile("[<\ufe64\uff1c](?!\\s*[\\d.,=$\u20ac\u00a3(%-])")
_CONTROL = re.compile(
    r"\[(?=\s*/?\s*(?:INST|AVAILABLE_TOOLS|TOOL_(?:CALLS|RESULTS|CONTENT)|SYSTEM_PROMPT|ARGS|CALL_ID|"
    r"MODEL_SETTINGS|THINK|PREFIX|MIDDLE|SUFFIX|IMG(?:_BREAK|_END)?)\s*\])"
)
_QUOTES = str.maketrans({'"': "'", "\n": " ", "\r": " "})


@dataclass(frozen=True)
class Prompts:
    """The prompt library. A template's name is its file name without `.md`."""

    folder: Path
    _environment: Environment = field(init=False, repr=False)

    def __post_init__(self) -> None:
        environment = Environment(
            loader=FileSystemLoader(self.folder),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 -- prompts are plain text, never HTML
            trim_blocks=True,
            finalize=_filled,
        )
        environment.filters["attribute"] = _attribute
        object.__setattr__(self, "_environment", environment)

    def render(self, name: str, **values: object) -> str:
        """Fill a template, every value defanged.

        Raises:
            jinja2.UndefinedError: The template names a value that the caller left out.
        """
        return self._environment.get_template(f"{name}.md").render(**values)

    def version(self, *names: str) -> str:
        """Return twelve hexadecimal digits of the SHA-256 of these templates and what they include."""
        texts = (text for name in names for text in self._texts(f"{name}.md"))
        return hashlib.sha256(b"\0".join(texts)).hexdigest()[:12]

    def _texts(self, file: str) -> Iterator[bytes]:
        text = (self.folder / file).read_bytes()
        yield text
        parsed = self._environment.parse(text.decode())
        for included in meta.find_referenced_templates(parsed):
            if included is not None:
                yield from self._texts(included)


def defanged(text: str) -> str:
    """Return a text that neither closes the element it stands in nor holds a control token."""
    return _CONTROL.sub("&#91;", _TAG.sub("&lt;", text))


def _filled(value: object) -> object:
    return defanged(value) if isinstance(value, str) else value


def _attribute(value: str) -> str:
    """Return a value for an attribute between double quotes, on one line."""
    return value.translate(_QUOTES)
