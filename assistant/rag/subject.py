"""Whose figures a question asks for: evidence of another company must not answer.

    "What are Microsoft's FY2020 revenues?"  ->  names: Microsoft  ->  evidence whose header or text
                                                                        holds the name, or none

Names are read as print shows them, by their capitals; what the vocabulary, a period or ordinary
words explain is no name. One name that the evidence is of is enough ("Block, formerly Square").
"""

import re
from collections.abc import Sequence

from assistant.domain.answers import Evidence
from assistant.printed.fiscal import MONTHS
from assistant.rag.claims import is_of
from assistant.rag.line_items import find_terms

_RUN = re.compile(
    r"(?<![\w&.-])(?:[A-Z][\w.&-]*|\d+[A-Z]\w*)(?:\s+(?:(?:&|and|of)\s+)?(?:[A-Z][\w.&-]*))*"
)
_NO_NAME = re.compile(
    rf"(?:FY|Q|H|CY)\s*'?\d*|\d+|{MONTHS}|USD|US|U\.S|GAAP|Non-?|PP&E|SEC|AGM|CEO|CFO|ESG|M&A|P&L|"
    r"10-[KQ]|8-K|CAGR|YoY|LTM|TTM|ROI|ROIC|EV|IPO|NOPAT|I|A|An|The|We|Here|What|Which|Who|How|Why|When|Where|Did|Does|Do|Is|Are|Was|Were|"
    r"Has|Have|Had|In|On|Of|At|As|By|For|From|To|And|Or|Among|Based|Considering|Using|Give|Please|"
    r"Calculate|Compute|Answer|Round|Define|Assume|Assuming|According|Taking|When|Looking|If|Total|"
    r"Net|Adjusted|Average|Real|Domestic|International|Balance|Sheet|Income|Statement|Cash|Flow|"
    r"Fiscal|Year|Quarter|Can|Could|Provide|Basing|Relying|Roughly|That|This|It|Its|Their|Our",
    re.I,
)


def names(question: str) -> list[str]:
    """Return the proper names of a question, in order."""
    text = list(question)
    for term in find_terms(question):
        text[term.start : term.end] = " " * (term.end - term.start)
    found: list[str] = []
    for run in _RUN.finditer("".join(text)):
        words = [re.sub(r"['\u2019].*|[.,]$", "", word) for word in run.group().split()]
        kept = [word for word in words if not _NO_NAME.fullmatch(word) and word not in {"&", ""}]
        if kept:
            found.append(" ".join(kept))
    return list(dict.fromkeys(found))


def about(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence that may be of the company the question names; all where it names none."""
    asked = names(question)
    if not asked:
        return list(evidence)
    return [item for item in evidence if any(is_of(name, item) for name in asked)]
