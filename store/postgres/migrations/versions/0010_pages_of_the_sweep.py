"""The sweep goes by index, page after page; it knows whether anybody decides, and which nudges were
refused.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SWEEP = """
-- In place of those without the second column: what is due at the same moment comes in pages too.
-- `effects_untouched` stays for now: a worker of the code before still sweeps by it.
create index journeys_due_in_order on journeys (wake_at, journey) where not ended;
create index effects_open_in_order on effects (touched_db, key)
    where state in ('wanted', 'claimed', 'data');
create index effects_held_in_order on effects (held_until, key)
    where state = 'held' and held_until is not null;
create index effects_leaving on effects (data_until_db) where state = 'data';

-- How often Temporal was not reached, apart from the tries that nobody answered with a decision.
alter table nudges add column failures integer not null default 0;

-- One row: when a decision was last committed, noted every twenty seconds at most, and when the
-- first one after a pause of a minute or more was.
create table deciding (
    is_the_row boolean primary key default true check (is_the_row),
    last_db timestamptz not null,
    resumed_db timestamptz not null
);
insert into deciding (last_db, resumed_db) values ('-infinity', '-infinity');

-- A journey that was nudged in vain: once somebody decides again, it is nudged anew.
alter table quarantine add column in_vain boolean not null default false;
update quarantine set in_vain = true
where source = 'journey' and seq is null and error like 'nudged % times without a decision';
create index quarantined_journeys on quarantine (id) where source = 'journey' and seq is null;
create index nudged_in_vain on quarantine (number) where in_vain;

-- Last, since whoever reads journeys waits from here to the end.
drop index journeys_due;
"""


def upgrade() -> None:
    op.execute(SWEEP)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
