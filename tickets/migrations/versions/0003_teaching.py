"""Exams know for whom and how often, trainings what with and whether held, chats whether they want the daily question."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("exam") as table:
        table.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("roles", JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("branches", JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("cancelled_at", MOMENT, nullable=True))
    with op.batch_alter_table("training") as table:
        table.add_column(sa.Column("roles", JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("branches", JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("teacher", sa.String(length=40), nullable=False, server_default=""))
        table.add_column(sa.Column("material", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("held_on", sa.Date(), nullable=True))
    op.add_column("chat", sa.Column("daily", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("chat") as table:
        table.drop_column("daily")
    with op.batch_alter_table("training") as table:
        for name in ("held_on", "material", "teacher", "branches", "roles"):
            table.drop_column(name)
    with op.batch_alter_table("exam") as table:
        for name in ("cancelled_at", "branches", "roles", "tries"):
            table.drop_column(name)
