"""Prices from files: what is read, what is left out, what is said of it."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet

from assistant.domain.errors import InvalidRequest, MalformedReply, NoMarketData, NotFound
from assistant.domain.market import Adjustment, Frequency
from tests.unit.market.making import ADJUSTED, HEAD, LATER, MINUTES, WEEK, bar, market, week

pytestmark = pytest.mark.anyio

DAY = Frequency.DAY


async def test_a_daily_bar_is_complete_at_the_close_of_its_session_early_closes_too(tmp_path):
    acme = market(tmp_path, ACME=week(10, 11, 12, 13, 14))
    series = await acme.bars("ACME", DAY, LATER)
    assert [series.bar(i).end.strftime("%d %H:%M") for i in range(5)] == [
        "01 20:00",
        "02 20:00",
        "03 17:00",
        "05 20:00",
        "08 20:00",
    ]


async def test_a_bar_of_today_is_not_seen_before_the_close(tmp_path):
    acme = market(tmp_path, ACME=week(10, 11, 12, 13, 14))
    before = await acme.bars("ACME", DAY, datetime(2024, 7, 3, 16, 59, tzinfo=UTC))
    after = await acme.bars("ACME", DAY, datetime(2024, 7, 3, 17, 0, tzinfo=UTC))
    assert (before.last.close, after.last.close) == (11, 12)


async def test_rows_may_come_newest_first_and_twice(tmp_path):
    rows = [bar(day, close) for day, close in zip(WEEK, (10, 11, 12, 13, 14), strict=True)]
    acme = market(tmp_path, ACME=HEAD + "".join(reversed(rows)) + bar(WEEK[0], 9))
    series = await acme.bars("ACME", DAY, LATER)
    assert list(series.close) == [9, 11, 12, 13, 14]
    assert "1 row left out: they have the stamp of another" in series.notes[0]


@pytest.mark.parametrize(
    "row",
    [
        "2024-07-02,,,,,\n",
        "2024-07-02,null,null,null,null,null\n",
        "2024-07-02,0,1,0,1,5\n",
        "2024-07-02,-3,-2,-4,-3,5\n",
        "2024-07-02,10,9,11,10,5\n",
        "2024-07-02,10,11,9,20,5\n",
        "2024-07-02,10,11,9,10,-5\n",
        "2024-07-02,inf,inf,9,10,5\n",
    ],
)
async def test_a_row_that_is_no_bar_is_left_out_and_said(tmp_path, row):
    acme = market(tmp_path, ACME=HEAD + bar(WEEK[0], 10) + row + bar(WEEK[2], 12))
    series = await acme.bars("ACME", DAY, LATER)
    assert list(series.close) == [10, 12]
    assert any(note.startswith("1 row left out") for note in series.notes)
    assert any("Gaps: 1 session without a bar" in note for note in series.notes)


async def test_a_row_of_a_holiday_is_left_out(tmp_path):
    acme = market(tmp_path, ACME=week(10, 11, 12, 13, 14) + bar("2024-07-04", 99))
    series = await acme.bars("ACME", DAY, LATER)
    assert 99 not in series.close
    assert "1 row left out: the exchange was closed then." in series.notes


async def test_old_prices_are_called_stale_by_sessions(tmp_path):
    acme = market(tmp_path, ACME=week(10, 11, 12, 13, 14))
    series = await acme.bars("ACME", DAY, datetime(2024, 7, 11, 22, tzinfo=UTC))
    assert any("is of 2024-07-08, 3 sessions before" in note for note in series.notes)
    assert not any("Stale" in n for n in (await acme.bars("ACME", DAY, LATER)).notes)


async def test_a_price_that_stands_still_and_bars_without_a_trade_are_said(tmp_path):
    days = [f"2024-07-{day:02}" for day in (1, 2, 3, 5, 8, 9, 10)]
    acme = market(tmp_path, ACME=HEAD + "".join(bar(day, 10, 0) for day in days))
    series = await acme.bars("ACME", DAY, datetime(2024, 7, 10, 22, tzinfo=UTC))
    assert any(
        note == "Halts: 7 bars without a trade and the last 7 closes are the same price."
        for note in series.notes
    )


async def test_minutes_stamped_at_their_end_are_told_from_those_stamped_at_their_start(tmp_path):
    ending = "".join(f"2024-07-01 09:{m}:00,10,11,9,10,5\n" for m in (31, 32, 33))
    starting = "".join(f"2024-07-01 09:{m}:00,10,11,9,10,5\n" for m in (30, 31, 32))
    both = market(tmp_path, ENDS_1min=MINUTES + ending, STARTS_1min=MINUTES + starting)
    for symbol in ("ENDS", "STARTS"):
        series = await both.bars(symbol, Frequency.MINUTE, LATER)
        ends = [series.bar(i).end.strftime("%H:%M") for i in range(len(series))]
        assert ends == ["13:31", "13:32", "13:33"]


async def test_longer_bars_are_made_of_minutes_and_shown_when_their_time_is_over(tmp_path):
    minutes = [f"2024-07-01 09:{m}:00,{m},{m + 2},{m - 2},{m + 1},5\n" for m in range(31, 38)]
    acme = market(tmp_path, ACME_1min=MINUTES + "".join(minutes))
    at_37 = datetime(2024, 7, 1, 13, 37, tzinfo=UTC)
    series = await acme.bars("ACME", Frequency.FIVE_MINUTES, at_37)
    assert len(series) == 1
    only = series.last
    assert (only.open, only.high, only.low, only.close, only.volume) == (31, 37, 29, 36, 25)
    assert (await acme.symbols())["ACME"] == {
        Frequency.MINUTE,
        Frequency.FIVE_MINUTES,
        Frequency.HOUR,
    }


async def test_minutes_outside_of_the_session_are_left_out_and_holes_in_it_are_said(tmp_path):
    stamps = ("07:00", "09:31", "09:32", "09:40", "18:00")
    text = MINUTES + "".join(f"2024-07-01 {at}:00,10,11,9,10,5\n" for at in stamps)
    series = await market(tmp_path, ACME_1min=text).bars("ACME", Frequency.MINUTE, LATER)
    assert len(series) == 3
    assert "2 rows left out: the exchange was closed then." in series.notes
    assert any("1 gap inside sessions" in note for note in series.notes)


async def test_parquet_with_times_in_utc_reads_as_csv_does(tmp_path):
    moments = [datetime(2024, 7, 1, 13, m, tzinfo=UTC) for m in (31, 32)]
    columns = {name: [10.0, 11.0] for name in ("open", "high", "low", "close", "volume")}
    table = pa.table({"timestamp": pa.array(moments, pa.timestamp("us", "UTC")), **columns})
    parquet.write_table(table, tmp_path / "ACME_1min.parquet")
    series = await market(tmp_path).bars("ACME", Frequency.MINUTE, LATER)
    assert [series.bar(i).end for i in range(2)] == moments


async def test_an_unadjusted_split_is_noticed(tmp_path):
    series = await market(tmp_path, ACME=week(40, 41, 10.2, 10, 11)).bars("ACME", DAY, LATER)
    assert any("(2024-07-03): a split that is not adjusted for?" in n for n in series.notes)


async def test_prices_of_which_no_split_is_known_are_said_to_be_as_given(tmp_path):
    series = await market(tmp_path, ACME=week(10, 11, 12, 13, 14)).bars("ACME", DAY, LATER)
    assert series.adjustment is Adjustment.NONE
    assert any("are not known: prices are as the source has them" in note for note in series.notes)


async def test_an_alias_finds_the_file_of_the_old_symbol(tmp_path):
    meta = market(tmp_path, FB=week(10, 11, 12, 13, 14), market='[aliases]\nMETA = "FB"\n')
    assert (await meta.bars("META", DAY, LATER)).symbol == "META"


@pytest.mark.parametrize("symbol", ["NOPE", "../../etc/passwd", "ACME.csv", "", "ACME\0"])
async def test_what_is_not_there_is_said_with_the_source_that_was_asked(tmp_path, symbol):
    acme = market(tmp_path, ACME=week(10, 11, 12, 13, 14))
    with pytest.raises(NoMarketData, match=f"asked: files in {tmp_path.name}"):
        await acme.bars(symbol, DAY, LATER)


async def test_a_frequency_that_is_not_there_names_those_that_are(tmp_path):
    acme = market(tmp_path, ACME=week(10, 11, 12, 13, 14))
    with pytest.raises(NoMarketData) as caught:
        await acme.bars("ACME", Frequency.MINUTE, LATER)
    assert caught.value.hint == "Of ACME there are: 1d."


async def test_before_the_first_bar_there_is_nothing(tmp_path):
    acme = market(tmp_path, ACME=week(10, 11, 12, 13, 14))
    with pytest.raises(NoMarketData, match="before 2024-07-01"):
        await acme.bars("ACME", DAY, datetime(2024, 7, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not,a,price\n1,2,3\n",
        "Date,Open,High,Low,Close,Volume\nyesterday,1,1,1,1,1\n",
        "Date,Open,High,Low,Close,Volume\n2024-07-01,one,1,1,1,1\n",
        "Date,Open,High,Low,Close,Volume\n2024-07-01,1,1\n",
        MINUTES + "2024-07-01 09:31:00,10,11,9,10,5\n",
    ],
)
async def test_a_file_that_is_no_table_of_daily_bars_is_refused_by_name(tmp_path, text):
    with pytest.raises(MalformedReply, match=r"ACME\.csv"):
        await market(tmp_path, ACME=text).bars("ACME", DAY, LATER)


def test_two_files_of_one_symbol_are_refused(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "ACME.csv").write_text(week(1, 2, 3, 4, 5), "utf-8")
    with pytest.raises(InvalidRequest, match="both the bars of ACME"):
        market(tmp_path, ACME=week(10, 11, 12, 13, 14))


@pytest.mark.parametrize(
    "said",
    [
        "calendar = 7 7",
        "calendar = 7",
        'sample = "yes"',
        "aliases = 3",
        "[aliases]\nMETA = 1",
        'prices = "guessed"',
        'stamps = "middle"',
        "colour = 1",
        'calendar = "XXXX"',
    ],
)
def test_a_wrong_declaration_is_refused(tmp_path, said):
    with pytest.raises(InvalidRequest):
        market(tmp_path, ACME=week(10, 11, 12, 13, 14), market=said)


async def test_a_moment_without_a_zone_is_refused(tmp_path):
    acme = market(tmp_path, ACME=week(10, 11, 12, 13, 14))
    with pytest.raises(InvalidRequest, match="time zone"):
        await acme.bars("ACME", DAY, LATER.replace(tzinfo=None))


def test_a_folder_without_prices_is_refused(tmp_path):
    with pytest.raises(NotFound, match="holds no prices"):
        market(tmp_path)
    with pytest.raises(NotFound, match="no folder"):
        market(tmp_path / "missing")


async def test_close_and_adjusted_close_say_what_the_adjustment_is(tmp_path):
    rows = [bar(day, 100, adjusted=99) for day in WEEK[:3]] + [bar(WEEK[3], 99, adjusted=99)]
    acme = market(tmp_path, ACME=ADJUSTED + "".join(rows))
    whole = await acme.bars("ACME", DAY, LATER)
    splits = await acme.bars("ACME", DAY, LATER, Adjustment.SPLITS)
    assert list(whole.close) == [99, 99, 99, 99]
    assert list(splits.close) == [100, 100, 100, 99]
    assert any("adjusted these prices for splits up to its own end" in n for n in splits.notes)


@pytest.mark.parametrize("hour", [0, 4])
async def test_daily_bars_stamped_midnight_of_their_exchange_or_of_utc_have_their_date(
    tmp_path, hour
):
    moments = [datetime(2024, 7, day, hour, tzinfo=UTC) for day in (1, 2, 3)]
    columns = {name: [10.0, 11.0, 12.0] for name in ("open", "high", "low", "close", "volume")}
    table = pa.table({"Date": pa.array(moments, pa.timestamp("ns", "America/New_York")), **columns})
    parquet.write_table(table, tmp_path / "ACME.parquet")
    series = await market(tmp_path).bars("ACME", DAY, LATER)
    assert [series.bar(i).end.day for i in range(3)] == [1, 2, 3]
