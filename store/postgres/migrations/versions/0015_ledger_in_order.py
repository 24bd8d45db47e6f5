"""What the ledger holds in a state, or for a reason, is found in its order, however long it is, and
so are the newest orders with what was bought, and what is noted of somebody.
"""

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Built before, while everybody goes on writing. What is open is few, and has an index already.
INDEXES = (
    (
        "effects_settled_in_order",
        """
        create index concurrently if not exists effects_settled_in_order
        on effects (state, (coalesce(settled_at, decided_at)), key)
        where state not in ('wanted', 'claimed', 'data', 'held')
        """,
    ),
    (
        "effects_of_reason_in_order",
        """
        create index concurrently if not exists effects_of_reason_in_order
        on effects (reason, (coalesce(settled_at, decided_at)), key) where reason is not null
        """,
    ),
    ("audit_of_key", "create index concurrently if not exists audit_of_key on audit (key)"),
    (
        "events_with_items_in_order",
        """
        create index concurrently if not exists events_with_items_in_order
        on events (pos) where body -> 'data' ? 'order.items'
        """,
    ),
)


def upgrade() -> None:
    """Nothing is left to do."""


def downgrade() -> None:
    raise NotImplementedError("an older program cannot read what a newer one wrote: restore a backup")
