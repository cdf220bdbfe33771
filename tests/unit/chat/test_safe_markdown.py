"""What a page makes of a model's answer fetches nothing and leads nowhere outside."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.chat.safe_markdown import SafeStream, sanitised

PAGE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
BARE = re.compile(r"(?:https?://|ftp://|www\.)\w|[\w.]+@[\w-]+\.\w", re.I)  # what GFM makes links
OURS = re.compile(r"/(?!/)[^:@]*|https://(?:www\.|data\.)?sec\.gov(?:/.*)?")


def addresses(markdown):
    """Every address that the page would load or link to, and every bare one it would make a link."""
    found = []
    for token in PAGE.parse(markdown):
        for one in (token, *(token.children or ())):
            assert one.type not in {"html_inline", "html_block"}, one.content
            found += [str(one.attrs[key]) for key in ("href", "src") if key in one.attrs]
            if one.type == "text" and "sec.gov" not in one.content:
                found += BARE.findall(one.content)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "![s](https://out.example/i.png?d=1)",
        "![a][1]\n\n[1]: https://out.example/r",
        "[a](<https://out.example/ x>)",
        '[a](https://out.example/ "t")',
        "[a](//out.example/)",
        "[a](/\\out.example/)",
        "[a](/redirect?to=https://out.example)",
        "[a](/x/../../api/export)",
        "[a](java\nscript:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](\tjavascript:alert(1))",
        "<img src=//out.example/x>",
        "<!-- --><script>1</script>",
        "<https://out.example/>",
        "\\\\[a](https://out.example)",
        "\\![a](https://out.example)",
        "[a\\](https://out.example)",
        "[![n](/charts/a.png)](https://out.example/)",
        "`unclosed [a](https://out.example)",
        "~~~\n[a](https://out.example)\n~~~\n[b](https://out.example)",
        "- x\n  ```\n![a](https://out.example)",
        "> ```\n![a](https://out.example)",
        "https://www.sec.gov@out.example/",
        "https://www.sec.gov.out.example/",
        "HTTPS://OUT.example and WWW.out.example",
        "a@out.example",
        "[^1]: https://out.example",
        "$\\href{https://out.example}{x}$",
        ":img[x]{src=https://out.example}",
    ],
)
def test_no_answer_leads_outside(text):
    assert [one for one in addresses(sanitised(text)) if not OURS.fullmatch(one)] == []


PIECES = st.sampled_from(
    [
        "[",
        "]",
        "(",
        ")",
        "!",
        "<",
        ">",
        "`",
        "```\n",
        "~~~",
        "\n",
        "\n\n",
        " ",
        "\\",
        "a",
        "x.y",
        "/",
        ":",
        "https://out.example/a",
        "//out.example",
        "www.out.example",
        "a@out.example",
        "[1]",
        "](",
        "]:",
        "javascript:alert(1)",
        "/files/a.pdf",
        "#page=2",
        "&#x3c;",
        "- ",
        "> ",
        "|",
        "img src=",
        "\u200b",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_no_mixture_of_marks_leads_outside(text):
    assert [one for one in addresses(sanitised(text)) if not OURS.fullmatch(one)] == []


@given(st.lists(PIECES, max_size=20))
def test_a_streamed_answer_reads_the_same_as_the_whole(pieces):
    stream = SafeStream(verbatim=False)
    shown = "".join([stream.feed(piece) for piece in pieces] + [stream.close()])
    assert shown == sanitised("".join(pieces))


@pytest.mark.parametrize(
    "text",
    [
        "Sales rose **4 %** to $310 million.",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "```sql\nselect a[1] from t where b < 2\n```",
        "See the [source page](/files/65f0c0/doc.pdf#page=12).",
        "![chart](/charts/q3.png)",
        "https://www.sec.gov/cgi-bin/browse-edgar?action=getcompany&CIK=0000320193",
        "- [ ] check the covenant\n- [x] check the date",
        "Ratio 3:1 at 10:30, AT&T, apple.com, a < b",
        "$$\\sigma = \\sqrt{252}\\, s$$",
    ],
)
def test_an_ordinary_answer_stays_as_it_is(text):
    assert sanitised(text) == text


def test_a_removed_address_is_named_so_that_the_user_sees_the_attempt():
    assert sanitised("[10-K](https://out.example/?d=1)") == "10-K (link at out[.]example removed)"


def test_the_evaluation_answers_lead_nowhere_and_ordinary_ones_keep_their_words(eval_dir):
    lines = (eval_dir / "injection" / "answers.jsonl").read_text("utf-8").splitlines()
    for row in map(json.loads, lines):
        shown = sanitised(row["text"])
        if row["malicious"]:
            assert [one for one in addresses(shown) if not OURS.fullmatch(one)] == [], row["id"]
            assert "attacker.example" not in shown
        else:
            assert shown.replace("\\", "") == row["text"].replace("\\", ""), row["id"]
