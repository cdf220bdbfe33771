from decimal import Decimal

import pytest

from assistant.samples.blocks import (
    Bullets,
    Heading,
    PageBreak,
    Paragraph,
    Table,
    Tone,
    cell_text,
    growth,
    parse,
)


def test_a_template_becomes_blocks() -> None:
    template = (
        "# Title\n\n^Centre\n\n~Small\n\n!Notice\n\nText {x}\nin two lines.\n\n- a\n- b\n\n[page]"
    )

    assert parse(template, {"x": 7}, {}) == [
        Heading("Title", 1),
        Paragraph("Centre", Tone.CENTRED),
        Paragraph("Small", Tone.SMALL),
        Paragraph("Notice", Tone.NOTICE),
        Paragraph("Text 7 in two lines."),
        Bullets(("a", "b")),
        PageBreak(),
    ]


def test_a_named_table_is_put_in() -> None:
    table = Table(("2024",), ())

    assert parse("[table income]", {}, {"income": table}) == [table]


@pytest.mark.parametrize("template", ["{nothing}", "[table nothing]"])
def test_a_gap_in_a_template_fails(template: str) -> None:
    with pytest.raises(KeyError, match="nothing"):
        parse(template, {}, {})


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1234, "1,234"),
        (-1234, "(1,234)"),
        (0, "—"),
        (None, "—"),
        (Decimal("2.5"), "2.50"),
        (Decimal("-0.12"), "(0.12)"),
        ("49.0%", "49.0%"),
    ],
)
def test_cells_are_printed_as_in_filings(cell: object, text: str) -> None:
    assert cell_text(cell) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (110, 100, "increased 10.0%"),
        (97, 100, "decreased 3.0%"),
        (100, 100, "was unchanged"),
    ],
)
def test_changes_are_put_in_words(now: int, before: int, words: str) -> None:
    assert growth(now, before) == words
