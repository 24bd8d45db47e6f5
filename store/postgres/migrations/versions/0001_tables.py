"""Every table of the store. Columns that hold the database's clock end in `_db`; all other instants are given."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
-- Ids compare by bytes, so that PostgreSQL and Python sort them alike: locks are taken in that order.
create table subjects (
    id text collate "C" primary key,
    seq bigint not null default 0,
    facts jsonb not null,
    customer text collate "C",
    erased_at timestamptz
);
-- People name an order by its own id.
create index subjects_by_own_id on subjects (substr(id, strpos(id, '/') + 1));
create index orders_of_customer on subjects (customer) where customer is not null;

-- The log. A quarantined event has no subject. `pos` is the order of arrival within one subject's lock, nothing more.
create table events (
    source text not null,
    id text not null,
    pos bigint generated always as identity,
    subject text collate "C",
    seq bigint,
    order_subject text collate "C",
    customer_subject text collate "C",
    type text not null,
    occurred_at timestamptz not null,
    body jsonb not null,
    digest text,
    revision text not null,
    stale boolean not null,
    wakes boolean not null,
    known_at timestamptz not null,
    conflicts integer not null default 0,
    primary key (source, id)
);
create unique index events_of_subject on events (subject, seq);
create index events_of_customer on events (customer_subject, type, occurred_at);
create index events_of_order on events (order_subject, type, occurred_at);
create index waking_events on events (pos) where wakes;
-- Who bought, what people said of a product, and its newest facts: few events carry any of them.
create index events_of_items on events using gin ((body -> 'data' -> 'order.items') jsonb_path_ops)
    where body -> 'data' ? 'order.items';
create index events_of_reviewed_products on events ((body -> 'data' ->> 'review.product_id'), occurred_at)
    where body -> 'data' ? 'review.product_id';
create index events_of_products on events ((body -> 'data' ->> 'item.id'), occurred_at)
    where body -> 'data' ? 'item.id';

create table things (
    shop text not null,
    kind text not null,
    thing text not null,
    order_subject text collate "C" not null,
    primary key (thing, kind, shop)
);

-- `again` are events behind the cursor that broke a decision and are to be read once more.
create table journeys (
    journey text collate "C" primary key,
    subject text collate "C" not null,
    facts jsonb not null,
    cursor bigint not null default 0,
    revision text,
    wake_at timestamptz,
    ended boolean not null default false,
    again bigint[] not null default '{}',
    touched_db timestamptz not null default now()
);
create index journeys_of_subject on journeys (subject);
create index journeys_due on journeys (wake_at) where not ended;

-- Each line of a rule's `when` waits by itself.
create table waits (
    journey text collate "C" not null,
    rule_id text not null,
    occurrence text not null,
    line integer not null,
    due_at timestamptz not null,
    firing jsonb not null,
    primary key (journey, rule_id, occurrence, line)
);

create table nudges (
    journey text collate "C" primary key,
    seq bigint not null,
    not_before_db timestamptz not null default now(),
    tries integer not null default 0
);
create index nudges_fresh on nudges (not_before_db) where tries = 0;
create index nudges_again on nudges (not_before_db) where tries > 0;

-- A Temporal that has forgotten every journey: those up to `reached` have been nudged again.
create table recalls (
    cluster text primary key,
    reached text collate "C" not null default ''
);

create table once_keys (
    subject text collate "C" not null,
    rule_id text collate "C" not null,
    value text collate "C" not null,
    holder text not null,
    taken_at timestamptz not null,
    free_at timestamptz,
    primary key (subject, rule_id, value)
);
create index once_keys_held on once_keys (rule_id, holder);

-- The ledger: one row per message, call and own event.
create table effects (
    key text collate "C" primary key,
    kind text not null check (kind in ('send', 'call', 'emit')),
    name text not null,
    journey text collate "C" not null,
    rule_id text not null,
    occurrence text not null,
    order_subject text collate "C",
    customer_subject text collate "C",
    firing jsonb not null,
    category text,
    valid_until timestamptz,
    arguments jsonb not null,
    state text not null check (state in
        ('wanted', 'claimed', 'data', 'held', 'sent', 'uncertain', 'refused', 'dropped', 'done', 'failed')),
    owner text,
    channel text,
    revision text,
    held_until timestamptz,
    resent integer not null default 0,
    reason text,
    reason_by text,
    decided_at timestamptz,
    settled_at timestamptz,
    result jsonb,
    awaits_room boolean not null default false,
    -- Of the carrier of a digest: the template it leaves in, and the keys of the messages it carries.
    shown text,
    carries text[] not null default '{}',
    -- Of a call whose result only messages use: their keys.
    awaited_by text[] not null default '{}',
    -- Of what reads the results of calls: their keys.
    awaits text[] not null default '{}',
    data_until_db timestamptz,
    touched_db timestamptz not null default now()
);
create index effects_to_see_to on effects (journey) where state in ('wanted', 'claimed', 'data', 'held');
create index effects_of_firing on effects (journey, rule_id, occurrence);
create index effects_of_customer on effects (customer_subject, state, settled_at);
create index effects_of_order on effects (order_subject);
create index effects_uncertain on effects (settled_at) where state = 'uncertain';
create index effects_untouched on effects (touched_db) where state in ('wanted', 'claimed', 'data', 'held');

create table suppressions (
    key text collate "C" primary key,
    rule_id text not null,
    categories text[] not null,
    customer_subject text collate "C",
    order_subject text collate "C",
    across_customer boolean not null,
    about text[],
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    until text[] not null,
    place text not null,
    product text,
    lifted_by_customer text[] not null default '{}'
);
create index suppressions_of_customer on suppressions (customer_subject);
create index suppressions_of_order on suppressions (order_subject);

-- The newest scan of each carrier, to the minute: all parcels of a carrier write the same row, so most do not.
create table carriers (
    shop text not null,
    carrier text collate "C" not null,
    last_scan_at timestamptz not null,
    primary key (shop, carrier)
);

-- When a breaker last opened, and when a decision last saw that it holds something.
create table breakers (
    shop text not null,
    breaker text collate "C" not null,
    opened_at timestamptz not null,
    held_at timestamptz not null,
    primary key (shop, breaker)
);

create table dead_addresses (
    address text primary key,
    reason text not null,
    since timestamptz not null
);

create table decisions (
    id bigint generated always as identity primary key,
    journey text collate "C" not null,
    rule_id text not null,
    occurrence text not null,
    revision text not null,
    at timestamptz not null,
    event text not null,
    event_at timestamptz not null,
    due_at timestamptz not null,
    reason text,
    "by" text,
    until timestamptz,
    proof jsonb not null
);
create index decisions_of_journey on decisions (journey, rule_id);

-- An event that could not be folded; with the source "journey" a journey that never decides, or, with `seq`, the event
-- of its log that broke its decision.
create table quarantine (
    number bigint generated always as identity primary key,
    source text not null,
    id text not null,
    seq bigint,
    error text not null,
    since_db timestamptz not null default now()
);

create table rulesets (
    revision text primary key,
    files jsonb not null,
    language_version integer not null
);

-- `kinds` of subjects are still to be nudged for what it brings; those up to `reached` have been.
create table activations (
    number bigint generated always as identity primary key,
    revision text not null references rulesets,
    author text not null,
    reason text not null,
    at timestamptz not null,
    kinds text[] not null default '{}',
    reached text collate "C" not null default ''
);

create table audit (
    number bigint generated always as identity primary key,
    key text not null,
    what text not null,
    at timestamptz not null
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
