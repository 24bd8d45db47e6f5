"""What is read of a shop does not grow with it: its carriers, and what its breakers hold."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# `scans_of` stays: a worker of the code before still reads it.
BOUNDED_READS = """
-- The newest scan of each carrier that these orders and customers name, or did when their journeys
-- last read their events, or do in what those have not read yet.
create function scans_named(the_shop text, the_subjects text[]) returns setof json
language sql stable as $$
    select coalesce(json_object_agg(c.carrier, c.last_scan_at), '{}')
    from (
        select parcel.value #>> '{facts,shipment.carrier,0}' as carrier
        from subjects s, jsonb_each(s.facts #> '{things,shipment}') parcel
        where s.id = any(the_subjects)
        union
        select parcel.value #>> '{facts,shipment.carrier,0}'
        from journeys j, jsonb_each(j.facts #> '{things,shipment}') parcel
        where j.subject = any(the_subjects)
        union
        select e.body #>> '{data,shipment.carrier}'
        from journeys j join events e on e.subject = j.subject and e.seq > j.cursor
        where j.subject = any(the_subjects)
    ) named join carriers c
        on c.shop = the_shop collate "default" and c.carrier = named.carrier collate "C"
$$;

-- What breakers hold, most of the time nothing.
create index waits_of_breakers on waits (journey) where firing ->> 'again_at' is not null;
create index effects_of_breakers on effects (journey) where state = 'held' and reason = 'breaker';
"""


def upgrade() -> None:
    op.execute(BOUNDED_READS)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
