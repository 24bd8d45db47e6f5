"""A customer may turn out to be another one: whoever names them means the other one."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PEOPLE = """
alter table subjects add column merged_into text collate "C";
create index merged_subjects on subjects (merged_into) where merged_into is not null;

-- Whom an effect concerns: the subject of its journey, its order and its customer, by the one they
-- turned out to be.
create or replace view effect_subjects as
select e.key, j.subject, e.order_subject, shop_of(j.subject) as shop,
    case when j.subject like 'order:%' then o.customer else coalesce(c.merged_into, j.subject) end
        as customer_subject
from effects e
    join journeys j on j.journey = e.journey
    left join subjects o on o.id = e.order_subject
    left join subjects c on c.id = j.subject;
"""


def upgrade() -> None:
    op.execute(PEOPLE)


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
