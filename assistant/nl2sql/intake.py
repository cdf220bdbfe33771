"""What is declined or asked back before anything is written: a tuple of small rules over the words.

A rule declines what a statement must never do or show. Behind it stand the guard, the reading role and
row-level security, which hold whatever is asked: a rule is there to say why, and to send nothing that
cannot be answered to a model. Whatever no rule speaks of is written for.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from assistant.domain.queries import AskedBack, DataQuestion, Declined
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import ReadableSchema, RowReader
from assistant.nl2sql.changes import asks_for_change
from assistant.nl2sql.vague import asked_back

_SECRET = re.compile(
    r"\b(?:pass(?:word|code|phrase|wd)s?|pwd|credentials?|api[\s_-]?(?:keys?|tokens?|secrets?)|secret\s+keys?|client\s+secrets?|secrets"
    r"|(?:access|session|auth\w*|bearer|refresh|login|reset|security|jwt|oauth)\s*tokens?|private\s+keys?|encryption\s+keys?|ssh\s+keys?"
    r"|tokens?\s+(?:of|for|per)\s+(?:all|every|each|the|user\w*|customer\w*|client\w*|my|our)|session\s*(?:ids?|cookies?|keys?)|cookies"
    r"|(?:password|pin)\s*hash(?:es)?|hash(?:es)?\s+of\s+(?:the\s+)?(?:user|pass)\w*|ssns?|social\s+security(?:\s+n\w+)?|national\s+ids?"
    r"|tax[\s_-]?(?:ids?|payer\s+\w+|identifi\w+|numbers?|nos?)|taxpayer\s+\w+|tins?\s+of|passport\s+n\w+|iban\w*|bank\s+(?:account|detail)s?"
    r"|(?:credit|debit)\s+cards?|card\s+numbers?|cvvs?|cvcs?|pin\s+(?:codes?|numbers?)|(?:2fa|otp|mfa|totp)(?:\s+\w+)?|security\s+(?:questions?|answers?)"
    r"|login\s+(?:details|data)|pass(?:wort|wörter)\w*|passwörter|mots?\s+de\s+passe|contraseñas?|steuernummern?|steuer-?ids?)\b"
)
_INNER = (
    r"(?:versions?|config\w*|settings?|(?:config\w*\s+)?files?|director(?:y|ies)|paths?|locations?|schemas?|catalogu?e?s?|roles?|logs?|log\s+files?|ports?"
    r"|process(?:es)?|connections?|extensions?|uptime|credentials?|environment|indexes|triggers?|functions?|host\s?names?|ip(?:\s+address)?"
    r"|parameters|administrators?|superusers?|privileges|grants)"
)
_SYSTEM = r"(?:postgre(?:s|sql)\w*|database|db|dbms|server|sql\s+server|backend|host|machine)"
_INTERNAL = re.compile(
    rf"\b{_SYSTEM}(?:'s|s')?\s+(?:\w+\s+){{0,1}}{_INNER}\b"
    rf"|\b{_INNER}\s+(?:\w+\s+)?(?:of|for|in|on|from|behind|used\s+by|does)\s+(?:(?:the|this|your|our|that)\s+)?{_SYSTEM}\b"
    r"|\bpg_\w+|\binformation_schema\b|\bsystem\s+(?:catalogu?e?s?|tables?|prompt)\b|\b(?:version|release)\s+(?:of\s+)?(?:postgres\w*|the\s+(?:database|server))"
    r"|\benv(?:ironment)?\s+var\w*|\bconnection\s+(?:string|url)s?\b|\bdata\s+directory\b|\boperating\s+system\b|\bcurrent_(?:user|role|setting)\b"
    r"|\b(?:your|the\s+system)\s+(?:\w+\s+)?(?:instructions|prompts?|rules|source\s+code|guardrails)\b|\bsource\s+code\b|(?:^|\s)/(?:etc|var|proc|home|root|usr|tmp)/"
    r"|\b(?:which|what|list|show|describe|all)\s+(?:(?:me|the|all|of)\s+)*(?:tables|columns|views|schemas?)\s*(?:exist|are\s+there|do\s+(?:you|we)\s+have|are\s+available"
    r"|(?:in|of)\s+(?:the|this|your)\s+(?:database|db|schema|server))?\s*[?.!]*$|\bwhat\s+(?:tables|columns)\b"
)
_ORDERED_ABOUT = re.compile(
    r"\b(?:ignore|disregard|forget|override|overrule|bypass|circumvent|skip|suspend|evade|break|violate|get\s+around|work\s+around|turn\s+off|switch\s+off|disable|without)\s+"
    r"(?:(?:all|any|your|the|my|these|those|this|every|previous|prior|above|earlier|safety|security|data|access|of)\s+)*"
    r"(?:rules?|instructions?|prompts?|restrictions?|guard(?:rails?)?|limitations?|polic(?:y|ies)|permissions?|security|guidelines?|safeguards?|protections?"
    r"|row[\s-]?level\s+security|rls|access\s+controls?|checks|constraints\s+you|programming)\b"
    r"|\byou\s+are\s+(?:now|no\s+longer)\b|\b(?:pretend|imagine|assume|act|behave|respond|answer|role-?play)\s+(?:that\s+|as\s+if\s+|as\s+though\s+|like\s+|as\s+|to\s+be\s+)?"
    r"(?:i\s+(?:am|was|were)|i'm|you\s+(?:are|were|have)|you're|an?\s+(?:unrestricted|admin\w*|root|dba|superuser|different)|(?:the\s+)?(?:admin\w*|root|dba|superuser|user\s+\d+))\b"
    r"|\bas\s+(?:an?\s+|the\s+)?(?:admin(?:istrator)?|root|superuser|dba)\b|\bi\s*(?:am|'m)\s+(?:the\s+|an?\s+)?(?:admin\w*|root|dba|superuser|developer|owner\s+of\s+(?:this|the))\b"
    r"|\b(?:developer|god|debug|admin|sudo|dan)\s+mode\b|\bjailbreak\w*\b|\bsudo\b|\bset\s+(?:role|session)\b|\bescalat\w+\s+(?:my\s+)?privileg\w+"
)
_STATEMENT = re.compile(
    r"\b(?:drop|truncate|alter|create)\s+(?:or\s+replace\s+)?(?:temp\w*\s+)?(?:table|database|role|user|schema|view|index|function|extension|trigger|policy)\s+\w"
    r"|\btruncate\s+\w+\s*;|\bdelete\s+from\s+\w|\binsert\s+into\s+\w|\bupdate\s+\w+\s+set\s+\w+\s*=|\bgrant\s+\w+\s+on\b|\bcopy\s+\w+\s+(?:to|from)\b|;\s*--"
    r"|\bunion\s+(?:all\s+)?select\b|\bdo\s+\$\$|\bset_config\s*\(|\blo_(?:import|export)\b|\bdblink\b|\bor\s+1\s*=\s*1\b"
)
_PERSONS = r"(?:users|customers|clients|traders|investors|account\s+holders|members|subscribers|people|persons|colleagues|portfolio\s+managers|quants)"
_PERSON = r"(?:user|customer|client|trader|investor|account\s+holder|member|person|account|portfolio\s+manager)"
_OTHERS = re.compile(
    rf"\b{_PERSONS}\b|\b(?:other|another|every|each|per|by|which|any|some)\s+{_PERSON}\b|\b(?:everyone|everybody|anyone|anybody|someone|somebody)(?:'s|\s+else\w*'?s?)?\b"
    r"|\bothers(?:')?\b|\bwho\s+(?:else|holds?|owns?|bought|sold|traded|trades|has|have|lost|made|earned|placed|buys|sells|accepted|accepts|invested|invests)\b"
    r"|\b(?:the\s+)?(?:whole|entire)\s+(?:platform|firm|company's\s+book)\b|\bplatform-?wide\b|\bacross\s+all\s+accounts\b"
)
_NUMBERED = re.compile(
    rf"\b{_PERSON}(?:'s)?\s*(?:id|number|no\.?|nr\.?|\#)?\s*[:=\#]?\s*(\d+)\b|\buser_?id\s*[:=]?\s*(\d+)\b|\bid\s+(?:of\s+)?(\d+)\b"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rules look at: the question in its own letters and in small ones, and who reads."""

    said: str
    text: str
    follows: bool
    reader: RowReader
    schema: ReadableSchema
    layer: SemanticLayer


Rule = Callable[[Asked], AskedBack | Declined | None]


def taken(
    question: DataQuestion, reader: RowReader, schema: ReadableSchema, layer: SemanticLayer
) -> AskedBack | Declined | None:
    """Return how a question ends at once; None where a statement is to be written for it."""
    said = " ".join(unicodedata.normalize("NFKC", question.text).split()).replace("\u2019", "'")
    asked = Asked(said, said.casefold(), bool(question.earlier), reader, schema, layer)
    return next((end for rule in RULES if (end := rule(asked))), None)


def _overruling(asked: Asked) -> Declined | None:
    if _ORDERED_ABOUT.search(asked.text) or _STATEMENT.search(asked.text):
        return Declined(
            "It holds orders to the database or to the assistant, which a question cannot give",
            "Ask for data in plain English; `aei sql --run` takes a statement.",
        )
    return None


def _secret(asked: Asked) -> Declined | None:
    if found := _SECRET.search(asked.text) or _hidden(asked):
        return Declined(
            f"'{found[0]}' is among what is never shown",
            "Credentials and personal identifiers are kept from every question.",
        )
    return None


def _hidden(asked: Asked) -> re.Match[str] | None:
    """Return where the question names a column that exists and may not be read."""
    shown = {name for table in asked.schema.tables.values() for name in table.columns}
    hidden = {name for table in asked.schema.tables.values() for name in table.hidden} - shown
    for name in sorted(hidden, key=len, reverse=True):
        spoken = re.escape(name.casefold()).replace("_", r"[\s_-]?")
        if found := re.search(rf"\b{spoken}(?:s|es)?\b", asked.text):
            return found
    return None


def _internal(asked: Asked) -> Declined | None:
    if _INTERNAL.search(asked.text):
        return Declined(
            "It asks about the system itself, which is not part of the data",
            f"What can be asked about: {', '.join(sorted(asked.schema.tables))}.",
        )
    return None


def _change(asked: Asked) -> Declined | None:
    if asks_for_change(asked.said, asked.follows):
        return Declined(
            "The data can only be read; nothing here changes it, and no order is placed",
            "Ask what is there instead: which orders are open, what a position is worth.",
        )
    return None


def _others(asked: Asked) -> Declined | None:
    """Decline what a reader of his own rows would get a wrong answer to: it would count him alone."""
    tables = asked.layer.tables
    owned = not tables or any(meaning.owner for meaning in tables.values())
    if asked.reader.everything or not owned:
        return None
    numbers = {int(number) for found in _NUMBERED.findall(asked.text) for number in found if number}
    if numbers - {asked.reader.user_id} or _OTHERS.search(asked.text):
        return Declined(
            "You see your own rows only, so this has no answer for you",
            'Ask about your own: "my open positions", "my trades this month".',
        )
    return None


def _vague(asked: Asked) -> AskedBack | None:
    return asked_back(asked.text, asked.follows, asked.layer)


RULES: tuple[Rule, ...] = (_overruling, _secret, _internal, _change, _others, _vague)
