"""Reads a language model's reply for what it was asked for: a statement, a question back, a refusal.

    reply ── thoughts away ── JSON object ── fenced block ── statement in prose ──> Draft, or nothing

What is read here is never trusted: a statement goes to the guard as it stands. Where a reply holds
several, all of them are handed on, so that the guard refuses them: none is chosen in silence.
"""

import json
import re
from collections.abc import Iterator, Mapping

from assistant.domain.queries import AskedBack, Declined, Draft, Written

_LONGEST = 40_000  # characters of a reply that are read
_MOST_OBJECTS = 50  # braces that are tried as the beginning of a JSON object
_MOST_CHOICES = 6
_MOST_WORDS = 600  # characters of a question back or a refusal that are shown
_THOUGHTS = re.compile(r"<(think|thinking|reasoning)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.S | re.I)
_THOUGHT_BEFORE = re.compile(r"\A.*</(?:think|thinking|reasoning)\s*>", re.S | re.I)
_FENCE = re.compile(r"```[ \t]*(\w*)[ \t]*\r?\n?(.*?)(?:```|\Z)", re.S)
_VERBS = (
    r"insert\s+into|update\s+\S+\s+set|delete\s+from|drop\s+\w+|create\s+\w+|alter\s+\w+"
    r"|truncate\s+\w+|grant\s+\w+|revoke\s+\w+|copy\s+\S+|do\s+\$|call\s+\w+\s*\(|set\s+\w+\s*[=t]"
    r"|vacuum\b|merge\s+into|explain\s+\w+|begin\s*;|commit\s*;|values\s*\(|lock\s+\w+|listen\s+\w+"
)
_STATEMENT = re.compile(
    rf"^[ \t>]*(\(*(?:select|with\s+(?:recursive\s+)?[\w\"]+\s*(?:\([^)]*\)\s*)?as\b|{_VERBS}).*)",
    re.S | re.I | re.M,
)
_GOES_ON = re.compile(
    r"\s*(?:--|/\*|\)|,|\||(?:from|where|group|order|having|limit|offset|fetch|window|union|intersect|except"
    r"|join|inner|left|right|full|cross|natural|on|and|or|select|with|as|case|when|then|else|end)\b)",
    re.I,
)
_QUOTED = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$", re.S
)
_NAMED = re.compile(r"\W*(clarif|refus)[a-z]*\W*[:\u2013-][\s*_]*(\S.*)", re.S | re.I)
_SAID = ("question", "reason", "message", "clarification", "explanation", "hint", "text")


def drafted(reply: str) -> Draft | None:
    """Return what a reply says; None where it holds neither a statement nor an answer of the kinds asked for."""
    text = _THOUGHTS.sub("", reply[:_LONGEST])
    text = _refanged(_THOUGHT_BEFORE.sub("", text)).strip()
    for found in _objects(text):
        if draft := _of_object(found):
            return draft
    if named := _NAMED.match(text):
        said = " ".join(named[2].split())[:_MOST_WORDS]
        return AskedBack(said) if named[1].lower() == "clarif" else Declined(said)
    sql = _fenced(text) or _in_prose(text)
    return Written(sql) if sql else None


def _objects(text: str) -> Iterator[Mapping[str, object]]:
    """Yield the JSON objects of a text, outermost first."""
    decoder, place = json.JSONDecoder(strict=False), 0
    for _ in range(_MOST_OBJECTS):
        place = text.find("{", place)
        if place < 0:
            return
        try:
            found, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place += 1
            continue
        if isinstance(found, dict):
            yield {str(key).lower(): value for key, value in found.items()}


def _of_object(found: Mapping[str, object]) -> Draft | None:
    action = str(found.get("action") or "").lower()
    asked, refused = found.get("clarify"), found.get("refuse")
    if asked or action.startswith("clarif"):
        said = _said(asked, found) or "Which of its readings do you mean?"
        return AskedBack(said, _choices(found.get("choices") or found.get("options")))
    if refused or action.startswith("refus"):
        return Declined(_said(refused, found) or "The database does not hold an answer to it.")
    sql = next((found[name] for name in ("sql", "query", "statement") if found.get(name)), None)
    if isinstance(sql, str) and sql.strip():
        return Written(_fenced(sql) or _ended(sql.strip()))
    return None


def _said(value: object, found: Mapping[str, object]) -> str:
    """Return the words of a question back or a refusal, wherever the model put them."""
    said = [value, *(found.get(name) for name in _SAID)]
    texts = (" ".join(one.split()) for one in said if isinstance(one, str))
    return next((text[:_MOST_WORDS] for text in texts if text and text.lower() != "true"), "")


def _choices(value: object) -> tuple[str, ...]:
    given = value if isinstance(value, list) else []
    texts = (" ".join(str(one).split())[:_MOST_WORDS] for one in given)
    return tuple(text for text in texts if text)[:_MOST_CHOICES]


def _fenced(text: str) -> str:
    """Return what stands in fenced blocks of SQL, all of them."""
    blocks = [(found[1].lower(), found[2].strip()) for found in _FENCE.finditer(text)]
    named = [body for kind, body in blocks if kind in {"sql", "postgresql", "postgres", "pgsql"}]
    unnamed = [body for _, body in blocks if _STATEMENT.match(body)]
    return ";\n".join(_ended(body).rstrip("; \n") for body in named or unnamed if body)


def _in_prose(text: str) -> str:
    """Return the statement that a text holds outside of any fence, with all that may belong to it."""
    found = _STATEMENT.search(text)
    return _ended(found[1].strip()) if found else ""


def _ended(sql: str) -> str:
    """Return a statement without the prose behind it; what looks like a second statement stays."""
    hidden = _QUOTED.sub(lambda found: "x" * len(found[0]), sql)
    for end in re.finditer(r";", hidden):
        rest = sql[end.end() :]
        if not _STATEMENT.search(rest):
            return sql[: end.start()].rstrip()
    for gap in re.finditer(r"\n\s*\n", hidden):
        if not _GOES_ON.match(hidden, gap.end()) and not _STATEMENT.search(hidden, gap.end()):
            return sql[: gap.start()].rstrip()
    return sql.rstrip("; \t\r\n`")


def _refanged(text: str) -> str:
    """Return a text with the signs that prompts show in another form (`prompting.defanged`)."""
    return text.replace("&lt;", "<").replace("&#91;", "[")
