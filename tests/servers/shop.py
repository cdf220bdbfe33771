"""A small shop: a database that the product was not made for, without comments on most of it."""

import psycopg

_SCHEMA = """
create type size as enum ('small', 'medium', 'large');
create table customers (customer_id int primary key, name text not null, city text not null,
                        country_code char(2) not null, signed_up_at timestamptz not null,
                        loyalty_tier text not null check (loyalty_tier in ('bronze', 'silver', 'gold')));
comment on table customers is 'People who bought something.';
create table categories (category_id int primary key, category_name text not null);
create table products (sku text primary key, name text not null, category_id int not null references categories,
                       unit_price_eur numeric(10,2) not null, size size not null, colours text[] not null,
                       specs jsonb not null);
create table sales_orders (order_id int primary key, customer_id int not null references customers,
                           ordered_at timestamptz not null, order_status text not null, discount_pct numeric(5,2));
create table order_items (order_id int not null references sales_orders, line_no int not null,
                          sku text not null references products, qty int not null, unit_price numeric(10,2) not null,
                          primary key (order_id, line_no));
create table supplier_notes (note_id int primary key, supplier_contact text, body text);
insert into customers values (1, 'Ada Kowalska', 'Gdansk', 'PL', '2025-01-05', 'gold'),
                             (2, 'Bo Lindqvist', 'Malmo', 'SE', '2025-06-01', 'bronze'),
                             (3, 'Cleo Papadaki', 'Patras', 'GR', '2026-02-01', 'silver');
insert into categories values (1, 'Tents'), (2, 'Sleeping Bags');
insert into products values ('TN-100', 'Aurora Dome', 1, 199.00, 'large', '{green,orange}', '{"waterproof": true}'),
                            ('SB-20', 'Nightfall', 2, 89.50, 'medium', '{blue}', '{"fill": "down"}');
insert into sales_orders values (10, 1, '2026-03-01', 'shipped', 5), (11, 2, '2026-03-10', 'returned', null),
                                (12, 3, '2026-03-15', 'awaiting_payment', 10);
insert into order_items values (10, 1, 'TN-100', 1, 199.00), (10, 2, 'SB-20', 2, 85.00), (11, 1, 'SB-20', 1, 89.50),
                               (12, 1, 'TN-100', 3, 180.00);
insert into supplier_notes values (1, 'the secret contact', 'do not tell');
"""
_ROLE = """
create role {0} nologin;
grant usage on schema public to {0};
grant select on customers, categories, products, sales_orders, order_items to {0};
"""


def make(dsn: str, role: str) -> None:
    """Fill an empty database; `role` is the one that may read it."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(_SCHEMA)
        connection.execute(_ROLE.format(role))
