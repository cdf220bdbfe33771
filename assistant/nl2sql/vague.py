"""Finds questions that can be read in several ways, and what to choose from instead.

    "how am I doing?"  what is measured, over which period?      figures of the layer, and periods
    "best stocks"      by what?                                  the same, of what is ranked
    "profit this period"  which one?                             the question with periods in its place
    "compare them"     with nothing before it                    questions that can be answered

A question is asked back only where a person would have to: one word that says what is measured, or a
period, and it is written for.
"""

import re
from collections.abc import Iterator, Sequence

from assistant.domain.queries import AskedBack
from assistant.domain.semantics import Metric, SemanticLayer, TableMeaning
from assistant.nl2sql.phrasing import section

_PERIODS = ("this month", "this year", "in the last 12 months")
_MOST = 4  # choices
_WORDS = section("vague")
_MEASURE, _CRITERION = _WORDS.pattern("measures"), _WORDS.pattern("criteria")
_COMPARED = re.compile("[<>=]")
_PERIOD, _UNSAID_PERIOD = _WORDS.pattern("periods"), _WORDS.pattern("unsaid_periods")
_WELL, _BEST = _WORDS.pattern("well"), _WORDS.pattern("best")
_SIZES, _BETTER, _JUDGING = (_WORDS.pattern(one) for one in ("sizes", "better", "judging"))
_MODEL, _QUALITY = _WORDS.pattern("models"), _WORDS.pattern("quality")
_MODEL_MEASURE = _WORDS.pattern("model_measures")
_DANGLING = _WORDS.pattern("dangling")
_SAYS_NOTHING, _THINGS = _WORDS.words("empty"), _WORDS.words("things")
_OF_MODELS = re.compile("predict|forecast|model")


def asked_back(text: str, follows: bool, layer: SemanticLayer) -> AskedBack | None:
    """Return what to ask back; None where the question says enough.

    Args:
        text: The question, white space folded, in small letters.
        follows: Whether a question stands before it.
        layer: What the choices are made of.
    """
    if not follows and _DANGLING.search(text):
        return AskedBack(
            "What does this go on from? Ask it as a whole question.", _answerable(layer)
        )
    if found := None if follows else _UNSAID_PERIOD.search(text):
        return AskedBack("Which period do you mean?", tuple(_with_periods(text, found)))
    if _MODEL.search(text) and _QUALITY.search(text) and not _MODEL_MEASURE.search(text):
        return AskedBack("What of the predictions is to be measured?", _of_models(layer))
    if (found := _BEST.search(text)) and not _measured(text, layer):
        what = found["what"] or found["that"]
        return AskedBack(f"By what are the {what} to be ranked?", _ranked(what, layer))
    if (found := _SIZES.search(text)) and not _criteria(text):
        return AskedBack("From which size on?", tuple(_with_sizes(text, found)))
    if _BETTER.search(text) and not _measured(text, layer):
        return AskedBack("By what is it to be compared, and over which period?", _measures(layer))
    if _says_no_measure(text, follows, layer):
        return AskedBack("What is to be measured, and over which period?", _measures(layer))
    return None


def _says_no_measure(text: str, follows: bool, layer: SemanticLayer) -> bool:
    if _is_empty(text, follows) or _JUDGING.search(text):
        return True
    about = _WELL.search(text) or (not follows and "performance" in text)
    return bool(about) and not _says_what(text, layer)


def _criteria(text: str) -> bool:
    """Whether a text says how much: by a number, a comparison or an extreme."""
    return bool(_CRITERION.search(text) or _COMPARED.search(text) or re.search(r"\d", text))


def _with_sizes(text: str, found: re.Match[str]) -> Iterator[str]:
    """Yield the question with the ten largest, or smallest, in place of what is called so."""
    for size, thing, extreme in (("many", "much", "largest"), ("few", "little", "smallest")):
        if found[size]:
            things = found[thing] if found[thing].endswith("s") else f"{found[thing]}s"
            yield f"{text[: found.start()]}the 10 {extreme} {things}{text[found.end() :]}"


def _measured(text: str, layer: SemanticLayer) -> bool:
    """Whether a text says what is measured, in words of the field or in those of the layer."""
    if any(sign.search(text) for sign in (_CRITERION, _COMPARED, _MEASURE)):
        return True
    if "perform" in text and _PERIOD.search(text):  # of a price, where nothing else is said
        return True
    return any(_says(text, name) for one in layer.metrics for name in (one.name, *one.synonyms))


def _says(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", text))


def _says_what(text: str, layer: SemanticLayer) -> bool:
    return bool(_PERIOD.search(text)) or _measured(text, layer)


def _is_empty(text: str, follows: bool) -> bool:
    """Whether no word of a text says anything that rows could be chosen by."""
    words = re.findall(r"[^\W\d_]+", text)
    said = [word for word in words if word not in _SAYS_NOTHING]
    alone = "performance" in words or not _THINGS & set(words)
    return not said and not follows and alone and not re.search(r"\d", text)


def _measures(layer: SemanticLayer) -> tuple[str, ...]:
    """Return questions for figures of rows that belong to users, else for any."""
    owned = {name for name, meaning in layer.tables.items() if meaning.owner}
    own = [one for one in layer.metrics if one.aggregate and owned & set(one.tables)]
    others = [one for one in layer.metrics if one.aggregate and one not in own]
    asked = [
        f"What is the {one.name} {period}?"
        for one, period in zip(own or others, _PERIODS, strict=False)
    ]
    return tuple(asked) or _answerable(layer)


def _ranked(what: str, layer: SemanticLayer) -> tuple[str, ...]:
    """Return rankings by figures of what belongs to users where that does, else of what does not."""
    owners = {name: bool(meaning.owner) for name, meaning in layer.tables.items()}
    owned = any(owners[name] for name in owners if _is_called(what, name, layer.tables[name]))
    metrics = [one for one in layer.metrics if one.aggregate] or list(layer.metrics)
    metrics.sort(key=lambda one: owners.get(one.tables[0], False) is not owned)
    asked = [f"Top 10 {what} by {one.name} {_PERIODS[1]}" for one in metrics[:_MOST]]
    return tuple(asked) or _answerable(layer)


def _is_called(what: str, name: str, table: TableMeaning) -> bool:
    """Whether the rows of a table are called so, one or many."""
    one = {what, what.removesuffix("s"), re.sub("ies$", "y", what)}
    return bool(one & {name, *table.synonyms})


def _of_models(layer: SemanticLayer) -> tuple[str, ...]:
    found = [one for one in layer.metrics if _is_of_models(one)]
    return tuple(f"What is the {one.name} by model {_PERIODS[1]}?" for one in found[:_MOST]) or (
        _answerable(layer)
    )


def _is_of_models(metric: Metric) -> bool:
    return any(_OF_MODELS.search(name) for name in (*metric.tables, metric.name))


def _with_periods(text: str, found: re.Match[str]) -> Iterator[str]:
    for period in _PERIODS:
        yield f"{text[: found.start()]}{period}{text[found.end() :]}".strip()


def _answerable(layer: SemanticLayer) -> tuple[str, ...]:
    """Return questions that can be answered: verified ones, else one a table."""
    examples: Sequence[str] = [one.question for one in layer.examples[:_MOST]]
    tables = [
        f"How many {name.replace('_', ' ')} are there?" for name in list(layer.tables)[:_MOST]
    ]
    return tuple(examples) or tuple(tables)
