"""Things have several names, and the log tells the events of one shop from those of another."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Of a parcel that was kept under its id the tracking number is learned too.
NAMES = """
alter table things add column known_as text,
    add column pos bigint generated always as identity;
comment on column things.order_subject is 'The order or customer that has the thing.';
alter table things drop constraint things_pkey, add primary key (thing, kind, shop, order_subject);
create index things_of_home on things (order_subject, kind);

insert into things (shop, kind, thing, order_subject, known_as)
select shop_of(s.id), 'shipment', parcel.value #>> '{facts,shipment.tracking_number,0}', s.id,
    parcel.key
from subjects s, jsonb_each(s.facts #> '{things,shipment}') parcel
where s.id like 'order:%' and parcel.key <> 'only'
    and length(parcel.value #>> '{facts,shipment.tracking_number,0}') between 1 and 200
on conflict do nothing;

alter table events add column shop text generated always as (body ->> 'shop') stored;
alter table events drop constraint events_pkey, add primary key (shop, source, id);

-- Of a journey there is none.
alter table quarantine add column shop text;
update quarantine q set shop = e.shop from events e
where q.source <> 'journey' and (e.source, e.id) = (q.source, q.id) and e.subject is null;
"""


def upgrade() -> None:
    op.execute(NAMES)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
