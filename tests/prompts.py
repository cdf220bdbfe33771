"""The prompt library as it ships."""

from pathlib import Path

from assistant.prompting import Prompts

PROMPTS = Prompts(Path(__file__).parents[1] / "prompts")
