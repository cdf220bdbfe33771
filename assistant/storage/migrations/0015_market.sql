-- The market that plain-English SQL asks: who trades what, at which prices, and what models expected.
-- Roles, their grants and the sample data are no part of this: roles belong to the server, not to the
-- database, and are settled when SQL is first asked (storage/market.py).
create schema market;
comment on schema market is 'Trading accounts, prices, predictions and filings for questions in plain English.';

create table market.users (
    user_id        integer primary key,
    username       text not null unique,
    full_name      text not null,
    email          text not null,
    password_hash  text not null default '',
    tax_id         text,
    country        char(2) not null,
    segment        text not null check (segment in
                   ('short_term_trader', 'long_term_investor', 'portfolio_manager', 'quant')),
    risk_tolerance text not null check (risk_tolerance in ('conservative', 'moderate', 'aggressive')),
    experience     text not null check (experience in ('beginner', 'intermediate', 'advanced')),
    kyc_status     text not null check (kyc_status in ('pending', 'verified', 'rejected')),
    is_active      boolean not null default true,
    created_at     timestamptz not null,
    last_login     timestamptz,
    preferences    jsonb not null default '{}'
);
comment on table market.users is 'Account holders: customers of the platform and its staff.';
comment on column market.users.password_hash is 'Secret. No question reads it.';
comment on column market.users.tax_id is 'Personal. No question reads it.';
comment on column market.users.segment is 'What kind of customer it is';
comment on column market.users.kyc_status is 'Know-your-customer check of the person behind the account';
comment on column market.users.preferences is 'JSON: theme, alerts {email, push}, default_horizon, watchlist []';

create table market.portfolios (
    portfolio_id     integer primary key,
    user_id          integer not null references market.users,
    name             text not null,
    strategy         text not null check (strategy in
                     ('growth', 'value', 'income', 'momentum', 'index', 'long_short')),
    base_currency    char(3) not null default 'USD',
    benchmark_symbol text,
    cash_balance     numeric(18,2) not null,
    is_paper         boolean not null default false,
    created_at       timestamptz not null
);
comment on table market.portfolios is 'Portfolios of a user, one or several; in a paper portfolio the money is simulated.';
comment on column market.portfolios.cash_balance is 'Money not invested, in the base currency';
create index portfolio_user on market.portfolios (user_id);

create table market.instruments (
    symbol      text primary key,
    name        text not null,
    cik         text,
    asset_class text not null check (asset_class in ('equity', 'etf', 'crypto')),
    exchange    text not null,
    sector      text,
    industry    text,
    country     char(2) not null,
    currency    char(3) not null default 'USD',
    market_cap  numeric(20,2),
    ipo_date    date,
    is_active   boolean not null default true,
    tags        text[] not null default '{}',
    attributes  jsonb not null default '{}'
);
comment on table market.instruments is 'What can be traded: ticker, name of the company or fund, sector, industry.';
comment on column market.instruments.symbol is 'Ticker, such as MSFT';
comment on column market.instruments.cik is 'Number of the company at the SEC, ten digits';
comment on column market.instruments.market_cap is 'Market capitalisation in USD';
comment on column market.instruments.attributes is 'JSON: dividend_yield (percent), beta, esg_rating, employees';

create table market.prices_daily (
    symbol     text not null references market.instruments,
    trade_date date not null,
    open       numeric(14,4) not null,
    high       numeric(14,4) not null,
    low        numeric(14,4) not null,
    close      numeric(14,4) not null,
    adj_close  numeric(14,4) not null,
    volume     bigint not null,
    primary key (symbol, trade_date),
    check (low <= least(open, close) and high >= greatest(open, close))
);
comment on table market.prices_daily is 'A bar for every symbol and trading day: open, high, low, close, volume.';
comment on column market.prices_daily.adj_close is 'Close adjusted for splits and dividends';
comment on column market.prices_daily.volume is 'Shares traded that day';
create index price_day on market.prices_daily (trade_date);

create table market.prices_intraday (
    symbol  text not null references market.instruments,
    bar_at  timestamptz not null,
    open    numeric(14,4) not null,
    high    numeric(14,4) not null,
    low     numeric(14,4) not null,
    close   numeric(14,4) not null,
    volume  bigint not null,
    primary key (symbol, bar_at),
    check (low <= least(open, close) and high >= greatest(open, close))
);
comment on table market.prices_intraday is 'One-minute bars of the last days.';
comment on column market.prices_intraday.bar_at is 'When the minute begins';

create table market.orders (
    order_id        bigint primary key,
    user_id         integer not null references market.users,
    portfolio_id    integer not null references market.portfolios,
    symbol          text not null references market.instruments,
    side            text not null check (side in ('BUY', 'SELL')),
    order_type      text not null check (order_type in ('market', 'limit', 'stop', 'stop_limit')),
    time_in_force   text not null check (time_in_force in ('day', 'gtc', 'ioc')),
    quantity        numeric(18,4) not null,
    limit_price     numeric(14,4),
    stop_price      numeric(14,4),
    filled_quantity numeric(18,4) not null default 0,
    avg_fill_price  numeric(14,4),
    status          text not null check (status in
                    ('open', 'filled', 'partially_filled', 'cancelled', 'rejected', 'expired')),
    source          text not null check (source in ('web', 'mobile', 'api', 'algo')),
    reject_reason   text,
    created_at      timestamptz not null,
    updated_at      timestamptz not null
);
comment on table market.orders is 'Orders to buy or sell, executed or not.';
comment on column market.orders.source is 'Where the order was entered';
create index order_user on market.orders (user_id, status);
create index order_symbol on market.orders (symbol, created_at);

-- Partitioned by quarter. PostgreSQL keeps a key unique over all partitions only with the partitioning
-- column in it; each partition also keeps its trade_id unique, and the sequence gives no number twice.
create sequence market.trade_number;
create table market.trades (
    trade_id     bigint not null default nextval('market.trade_number'),
    order_id     bigint not null references market.orders,
    user_id      integer not null references market.users,
    portfolio_id integer not null references market.portfolios,
    symbol       text not null references market.instruments,
    side         text not null check (side in ('BUY', 'SELL')),
    quantity     numeric(18,4) not null,
    price        numeric(14,4) not null,
    fee          numeric(12,4) not null default 0,
    realized_pnl numeric(18,2),
    venue        text not null,
    executed_at  timestamptz not null,
    primary key (trade_id, executed_at)
) partition by range (executed_at);
comment on table market.trades is 'Executions of orders; an order may be filled in several trades.';
comment on column market.trades.price is 'Price of one share in USD';
comment on column market.trades.fee is 'Commission in USD';
comment on column market.trades.realized_pnl is
    'Profit, or loss where negative, in USD against average cost; null where the trade opens a position';
create index trade_user on market.trades (user_id, executed_at);
create index trade_symbol on market.trades (symbol, executed_at);

-- Makes the partitions of the quarters between two days, those that are missing.
create function market.keep_trades(first date, last date) returns void language plpgsql as $$
declare
    quarter date := date_trunc('quarter', first);
    part text;
begin
    while quarter <= last loop
        part := 'trades_' || to_char(quarter, 'YYYY"q"Q');
        if to_regclass(format('market.%I', part)) is null then
            execute format('create table market.%I partition of market.trades
                            for values from (%L) to (%L)', part,
                           quarter::timestamp at time zone 'UTC',
                           (quarter + interval '3 months')::timestamp at time zone 'UTC');
            execute format('create unique index on market.%I (trade_id)', part);
        end if;
        quarter := quarter + interval '3 months';
    end loop;
end
$$;
revoke execute on function market.keep_trades(date, date) from public;
select market.keep_trades('2023-01-01', '2027-12-31');
create table market.trades_other partition of market.trades default;
create unique index on market.trades_other (trade_id);

create table market.positions (
    position_id   integer primary key,
    user_id       integer not null references market.users,
    portfolio_id  integer not null references market.portfolios,
    symbol        text not null references market.instruments,
    position_type text not null check (position_type in ('LONG', 'SHORT')),
    quantity      numeric(18,4) not null,
    avg_cost      numeric(14,4) not null,
    stop_loss     numeric(14,4),
    take_profit   numeric(14,4),
    opened_at     timestamptz not null,
    closed_at     timestamptz,
    notes         text
);
comment on table market.positions is
    'Holdings; open while closed_at is null. What one is worth: quantity times the latest close.';
comment on column market.positions.quantity is 'Shares held; of a closed position the most that were held';
comment on column market.positions.avg_cost is 'Average price paid for a share in USD';
create index position_user on market.positions (user_id) where closed_at is null;

create table market.predictions (
    prediction_id       integer primary key,
    user_id             integer references market.users,
    symbol              text not null references market.instruments,
    model_name          text not null,
    model_version       text not null,
    horizon             text not null check (horizon in ('1h', '1d', '5d', '20d')),
    direction           text not null check (direction in ('up', 'down', 'flat')),
    price_at_prediction numeric(14,4) not null,
    predicted_price     numeric(14,4) not null,
    actual_price        numeric(14,4),
    confidence          numeric(4,3) not null check (confidence between 0 and 1),
    features            jsonb not null default '{}',
    created_at          timestamptz not null,
    target_date         date not null
);
comment on table market.predictions is
    'Prices that models expected. Without a user it is a prediction of the house, seen by everybody.';
comment on column market.predictions.actual_price is 'What the price became; null until the target date';
comment on column market.predictions.confidence is 'Between 0 and 1';
create index prediction_symbol on market.predictions (symbol, created_at);

create table market.recommendations (
    recommendation_id  integer primary key,
    user_id            integer not null references market.users,
    prediction_id      integer references market.predictions,
    symbol             text not null references market.instruments,
    action             text not null check (action in ('BUY', 'SELL', 'HOLD')),
    recommended_shares numeric(18,4),
    recommended_price  numeric(14,4),
    confidence         numeric(4,3) not null,
    risk_score         numeric(4,3) not null,
    reasoning          text,
    user_accepted      boolean,
    responded_at       timestamptz,
    outcome_pnl        numeric(18,2),
    outcome_return_pct numeric(9,4),
    feedback_score     smallint check (feedback_score between 1 and 5),
    created_at         timestamptz not null
);
comment on table market.recommendations is
    'Signals sent to users and what became of them; user_accepted is null while there is no answer.';
comment on column market.recommendations.outcome_return_pct is 'Return in percent, of those that were followed';
create index recommendation_user on market.recommendations (user_id, created_at);

create table market.recommendation_feedback (
    feedback_id       integer primary key,
    recommendation_id integer not null references market.recommendations,
    user_id           integer not null references market.users,
    helpful           boolean not null,
    comment           text not null default '',
    created_at        timestamptz not null
);
comment on table market.recommendation_feedback is 'What users said of recommendations, in words.';
create index feedback_recommendation on market.recommendation_feedback (recommendation_id);

-- Filings that came with the market's data, beside those of the catalogue.
create table market.filing_record (
    filing_id     integer primary key,
    symbol        text not null references market.instruments,
    accession_no  text not null unique,
    form_type     text not null,
    fiscal_year   integer not null,
    fiscal_period text not null,
    period_end    date not null,
    filed_at      timestamptz not null,
    title         text not null,
    page_count    integer not null,
    word_count    integer not null,
    sections      text[] not null default '{}',
    metrics       jsonb not null default '{}',
    gridfs_id     text not null default '',
    ingested_at   timestamptz
);
create index filing_record_symbol on market.filing_record (symbol, form_type, fiscal_year);

-- What of the catalogue may be asked: filings that are public and say what they are. The views read with
-- the rights of their owner, so that the reader needs none on the catalogue's tables; as barriers they
-- let no function of a statement see a row before the label was looked at.
create view market.public_filing with (security_barrier) as
select no, 1000000000 + no as filing_id, coalesce(traded.symbol, nullif(filing.ticker, '')) as symbol,
       id as accession_no, form as form_type, filing.fiscal_year,
       case when quarter is not null then 'Q' || quarter
            when form like '10-K%' or form like '20-F%' then 'FY' else 'EV' end as fiscal_period,
       coalesce(period_end, event) as period_end,
       coalesce(filed::timestamp at time zone 'UTC', added_at) as filed_at,
       filing.name as title, page_count, word_count, filing.sha256, added_at, sample
from filing
left join market.instruments as traded on traded.cik = lpad(nullif(filing.cik, ''), 10, '0')
where sensitivity = 'public' and form <> '' and (company <> '' or filing.cik <> '');

create view market.filings with (security_barrier) as
select filing_id::bigint, symbol, accession_no, form_type, fiscal_year, fiscal_period, period_end,
       filed_at, title, page_count, word_count::bigint, sections, metrics, gridfs_id, ingested_at,
       true as is_sample
from market.filing_record
union all
select filing_id, symbol, accession_no, form_type, fiscal_year, fiscal_period, period_end,
       filed_at, title, page_count, word_count,
       array(select distinct unnest(items) from page where filing_no = no order by 1),
       '{}'::jsonb, sha256, added_at, sample
from market.public_filing;
comment on view market.filings is 'Filings at the SEC: those of the market''s data, and the public ones of the catalogue.';
comment on column market.filings.metrics is
    'JSON: revenue, net_income, total_assets, rd_expense in millions of USD, eps_diluted in USD';
comment on column market.filings.gridfs_id is 'Key of the original document';

create view market.xbrl_facts with (security_barrier) as
select filing_id::bigint, accession_no, symbol, named.concept,
       (reported.value #>> '{}')::numeric * named.scale as value, named.unit,
       null::date as period_start, period_end, '[]'::jsonb as dimensions, true as is_sample
from market.filing_record
cross join lateral jsonb_each(metrics) as reported
join (values ('revenue', 'us-gaap:Revenues', 1000000, 'USD'),
             ('net_income', 'us-gaap:NetIncomeLoss', 1000000, 'USD'),
             ('eps_diluted', 'us-gaap:EarningsPerShareDiluted', 1, 'USD/shares'),
             ('total_assets', 'us-gaap:Assets', 1000000, 'USD'),
             ('rd_expense', 'us-gaap:ResearchAndDevelopmentExpense', 1000000, 'USD'))
     as named (key, concept, scale, unit) on named.key = reported.key
union all
select filing_id, accession_no, symbol, concept, value, unit, period_start, fact.period_end, dimensions,
       sample
from market.public_filing join fact on fact.filing_no = no;
comment on view market.xbrl_facts is 'Figures that filings tag by machine: concept, value, unit, period.';
comment on column market.xbrl_facts.dimensions is 'JSON: segments and the like that a figure is of; [] for the whole company';

-- What the data is: a generated sample or somebody's own, and which day it calls today.
create table market.origin (
    only_row  boolean primary key default true check (only_row),
    sample    boolean not null,
    today     date,
    loaded_at timestamptz not null default now()
);

-- Whose rows a connection may see: written by another connection, keyed by what a statement cannot
-- change, read by two functions only.
create table market.session_identity (
    pid           integer,
    backend_start timestamptz,
    user_id       integer,
    scope_all     boolean not null default false,
    primary key (pid, backend_start)
);
create function market.reading_user() returns integer
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select identity.user_id from market.session_identity as identity
    join pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) as session
      on session.pid = identity.pid and session.backend_start = identity.backend_start
$$;
create function market.reads_everything() returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(bool_or(identity.scope_all), false) from market.session_identity as identity
    join pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) as session
      on session.pid = identity.pid and session.backend_start = identity.backend_start
$$;

-- The sub-selects are evaluated once a statement; without them the functions run once a row.
do $$
declare owned text;
begin
    foreach owned in array array['users', 'portfolios', 'orders', 'trades', 'positions',
                                 'recommendations', 'recommendation_feedback'] loop
        execute format('alter table market.%I enable row level security', owned);
        execute format('create policy own_rows on market.%I for select using
            (user_id = (select market.reading_user()) or (select market.reads_everything()))', owned);
    end loop;
    alter table market.predictions enable row level security;
    create policy own_rows on market.predictions for select using
        (user_id is null or user_id = (select market.reading_user())
         or (select market.reads_everything()));
end
$$;
