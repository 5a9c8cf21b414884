"""What the office changes in its knowledge base at the desk, and who approved it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "entry_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("group_key", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *(column for act in ("asked", "decided", "ended") for column in (
            sa.Column(f"{act}_by", ID, nullable=True), sa.Column(f"{act}_at", MOMENT, nullable=act != "asked"))),
        *(sa.ForeignKeyConstraint([f"{act}_by"], ["staff.id"], name=op.f(f"fk_entry_change_{act}_by_staff"))
          for act in ("asked", "decided", "ended")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_change")))
    op.create_index(op.f("ix_entry_change_status"), "entry_change", ["status"])


def downgrade() -> None:
    op.drop_index(op.f("ix_entry_change_status"), table_name="entry_change")
    op.drop_table("entry_change")
