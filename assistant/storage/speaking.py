"""Chooses the filings of a large store that speak most of a question, inside the database.

    words ── promising filings ── best passages by BM25 ─┐
    vector ── best passages by IVFFlat ──────────────────┴─ fused ── filings, with their points

Meaning is an index of lists over halfvec (`lists`). Words are ranked by BM25 (Robertson and Zaragoza 2009, "The
Probabilistic Relevance Framework", k1 1.2, b 0.6), computed from `posting`: one row a word and
filing, holding arrays of the passages it stands in. PostgreSQL's own `ts_rank` ignores how rare a
word is and measured worse on filings; its English stemmer is used, for the text and for the query.

Unpacking the arrays of a common word over a large store would cost the most and say little. So each
posting keeps how often its word stands in the filing (`passages`) and its best share of a score
there (`peak`), both in the index: their sums bound what any passage of a filing can score, as
block-max indexes do (Ding and Suel 2011), and only the most promising filings are unpacked.

The two rankings are fused by reciprocal rank (Cormack, Clarke and Buettcher 2009); a filing's share
is what its passages gather among the best hundred of each. That limit is written out: a plan that
is kept for any limit expects a tenth of the store, and sorts all of it instead of asking the lists.
"""

GIVEN = """
with candidate as materialized (
    select filing.no, filing.id, given.points, given.place
    from unnest(%(filings)s::text[], %(points)s::float8[]) with ordinality
             as given (id, points, place)
    join filing on filing.id = given.id
)"""

_ALL = """
chosen as materialized (select no, id, points, place from candidate)"""

_SPEAKING = """
word as materialized (select lexeme from unnest(to_tsvector('english', normalize(%(words)s, NFKC)))),
standing as materialized (
    select lexeme, filing_no, passages, peak from posting
    where field = 'text' and lexeme = any(array(select lexeme from word))
),
corpus as materialized (
    select greatest(sum(passage_count), 1)::float8 as passages,
           greatest(sum(word_count), 1)::float8 / greatest(sum(passage_count), 1) as mean_length
    from filing
),
rarity as materialized (
    select lexeme, ln(1 + (corpus.passages - held.n + 0.5) / (held.n + 0.5)) as idf
    from (select lexeme, sum(passages)::float8 as n from standing group by lexeme) as held, corpus
),
promising as materialized (
    select filing_no from standing join rarity using (lexeme)
    where filing_no in (select no from candidate)
    group by filing_no order by sum(idf * peak) desc, filing_no limit %(promising)s
),
by_words as materialized (
    select filing_no, ordinal, row_number() over (order by score desc, filing_no, ordinal) as rank
    from (
        select posting.filing_no, entry.ordinal,
               sum(rarity.idf * entry.count / (entry.count + 0.48::float8
                   + 0.72::float8 / corpus.mean_length * entry.length)) as score
        from posting join rarity using (lexeme), corpus,
             unnest(posting.ordinals, posting.counts, posting.lengths)
                 as entry (ordinal, count, length)
        where posting.field = 'text'
          and posting.filing_no = any(array(select filing_no from promising))
          and posting.lexeme = any(array(select lexeme from word))
        group by posting.filing_no, entry.ordinal
        order by score desc, posting.filing_no, entry.ordinal limit 100
    ) as best
),
by_meaning as materialized (
    select filing_no, ordinal, row_number() over (order by distance, filing_no, ordinal) as rank
    from ({nearest}) as best
),
fused as (
    select filing_no,
           row_number() over (
               order by coalesce(1 / (60.0::float8 + by_words.rank), 0)
                        + coalesce(1 / (60.0::float8 + by_meaning.rank), 0) desc,
                        filing_no, ordinal) as rank
    from by_words full join by_meaning using (filing_no, ordinal)
),
gathered as (select filing_no, sum(100 / (rank + 4))::float8 as sum from fused group by filing_no),
chosen as materialized (
    select no, id,
           points + %(weight)s * coalesce(sum / (select max(sum) from gathered), 0) as points, place
    from candidate left join gathered on filing_no = no
    order by points desc, place limit %(most)s
)"""

NEAREST = """
        select filing_no, ordinal, embedding <=> %(vector)s as distance from passage
        order by embedding <=> %(vector)s limit 100
    """

# Among given filings, where an index over everything would starve behind the filter.
_NEAREST_OF_GIVEN = """
        select filing_no, ordinal, embedding <=> %(vector)s as distance from passage
        where filing_no = any(array(select no from candidate))
        order by distance limit 100
    """

# What is chosen goes to the statements that follow in the same transaction.
_TELL = """
select chosen.no, chosen.id, chosen.points, told.chosen
from chosen, set_config('aei.chosen', (select coalesce(array_agg(no), '{}')::text from chosen), true)
                 as told (chosen)
order by chosen.points desc, chosen.place
"""

CHOSEN = "coalesce(nullif(current_setting('aei.chosen', true), ''), '{}')::bigint[]"
"""The numbers of the chosen filings, in a statement that follows."""

CHOOSE_ALL = f"{GIVEN},{_ALL}{_TELL}"
CHOOSE_SPEAKING = f"{GIVEN},{_SPEAKING.format(nearest=NEAREST)}{_TELL}"
CHOOSE_SPEAKING_OF_GIVEN = f"{GIVEN},{_SPEAKING.format(nearest=_NEAREST_OF_GIVEN)}{_TELL}"
