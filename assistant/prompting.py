"""Loads and fills the templates in `prompts/`: text to models comes from files, never from code."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


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
        )
        object.__setattr__(self, "_environment", environment)

    def render(self, name: str, **values: object) -> str:
        """Fill a template.

        Raises:
            jinja2.UndefinedError: The template names a value that the caller left out.
        """
        return self._environment.get_template(f"{name}.md").render(**values)

    def version(self, *names: str) -> str:
        """Return twelve hexadecimal digits of the SHA-256 of these templates."""
        texts = ((self.folder / f"{name}.md").read_bytes() for name in names)
        return hashlib.sha256(b"\0".join(texts)).hexdigest()[:12]
