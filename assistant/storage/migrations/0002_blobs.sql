-- Originals, addressed by the SHA-256 of their bytes, in pieces so that a range reads only its own.
create table blob (
    sha256     text collate "C" primary key check (sha256 ~ '^[0-9a-f]{64}$'),
    media_type text not null,
    size       bigint not null check (size >= 0),
    chunk_size integer not null check (chunk_size > 0),
    created_at timestamptz not null default now()
);

create table blob_chunk (
    sha256 text collate "C" not null references blob (sha256) on delete cascade,
    n      integer not null,
    data   bytea not null,
    primary key (sha256, n)
);
-- Filings are compressed already; uncompressed, a part of a piece is read without the rest of it.
alter table blob_chunk alter column data set storage external;
