"""Exams know whose questions they ask, whether others may fill up the paper, and whether everybody gets one of her own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """What was drawn up before asked the staff's questions first and filled up with others."""
    with op.batch_alter_table("exam") as table:
        table.add_column(sa.Column("audience", sa.String(length=16), nullable=False, server_default="员工"))
        table.add_column(sa.Column("topped_up", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("varied", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("exam") as table:
        for name in ("varied", "topped_up", "audience"):
            table.drop_column(name)
