"""What people call a company whose full name is stored: "The Goldman Sachs Group, Inc." is "Goldman Sachs"."""

from collections import Counter
from collections.abc import Iterable, Mapping

from assistant.nl2sql.words import tokens

_FORM = {
    "inc", "incorporated", "corp", "corporation", "company", "co", "ltd", "limited", "plc", "nv", "sa", "se",
    "ag", "asa", "ab", "oyj", "spa", "llc", "lp", "holding", "holdings", "group", "trust", "fund", "etf", "the",
    "class", "adr", "common", "stock", "ordinary", "shares", "and", "gmbh", "kgaa", "bv", "com", "n", "v",
    "platforms", "international", "technologies", "wholesale", "chase", "worldwide", "enterprises",
}  # fmt: skip
_PLAIN = {
    "bank", "advanced", "general", "american", "united", "home", "first", "national", "new", "old", "north", "south",
    "east", "west", "western", "southern", "northern", "eastern", "global", "world", "central", "royal", "standard",
    "state", "city", "best", "big", "good", "great", "capital", "energy", "health", "financial", "motor", "motors",
    "electric", "power", "gas", "oil", "water", "air", "food", "foods", "energies", "systems", "system", "software",
    "services", "service", "resources", "partners", "industries", "micro", "devices", "digital", "data", "devon",
    "public", "real", "estate", "target", "gap", "match", "block", "square", "unity", "snap", "zoom", "visa",
    "america", "insurance", "realty", "properties", "pacific", "atlantic", "pharmaceuticals", "pharma", "labs",
    "laboratories", "medical", "sciences", "science", "communications", "communication", "entertainment", "media",
    "brands", "products", "stores", "mills", "airlines", "lines", "depot", "mobil", "johnson", "sachs", "mobile",
    "index", "growth", "value", "total", "market", "dividend", "price", "short", "long", "gold", "silver",
    "republic", "regions", "progressive", "discover", "charter", "booking", "marathon", "carnival", "dollar",
}  # fmt: skip


def name_phrases(pairs: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Return phrases that name a value, from full names: (phrase, value).

    A single word of a name stands for it where no other name has it and it is no plain English word.

    Args:
        pairs: Full name -> the value that it names.
    """
    cores = {name: _core(name) for name in pairs}
    count = Counter(word for core in cores.values() for word in set(core))
    for name, value in pairs.items():
        core = cores[name]
        yield name, value
        if core:
            yield " ".join(core), value
        for n in range(2, len(core)):
            if core[0] not in _PLAIN or n > 2:
                yield " ".join(core[:n]), value
        for word in core[:1] + core[-1:]:
            if len(word) > 3 and count[word] == 1 and (word not in _PLAIN or len(core) == 1):
                yield word, value


def _core(name: str) -> list[str]:
    words = [one.text.casefold() for one in tokens(name)]
    while words and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] in _FORM:
        words = words[:-1]
    return words
