"""Indexes for reports and the dashboard: a period of a million tickets is counted without reading their wide rows."""

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

INDEXES = {
    "ix_ticket_figures": ("ticket", ["received_at", "kind", "status", "category", "cause", "source", "business_channel",
                                     "primary_right", "branch_id", "told_at", "due_at", "assignee_id", "against_staff_id"]),
    "ix_ticket_repeat_of_id": ("ticket", ["repeat_of_id"]),
    "ix_ticket_review_of_id": ("ticket", ["review_of_id"]),
    "ix_message_author_at_chat_id": ("message", ["author", "at", "chat_id"]),
}


def upgrade() -> None:
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, (table, _) in reversed(INDEXES.items()):
        op.drop_index(name, table_name=table)
