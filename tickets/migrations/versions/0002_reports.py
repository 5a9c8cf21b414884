"""Rectification items say more, and reports are kept as they were made."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("rectification") as table:
        table.add_column(sa.Column("measures", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("category", sa.String(length=24), nullable=True))
        table.add_column(sa.Column("cause", sa.String(length=24), nullable=True))
        table.add_column(sa.Column("origin", sa.String(length=120), nullable=True))
        table.add_column(sa.Column("opened_by", ID, nullable=True))
        table.add_column(sa.Column("closed_at", MOMENT, nullable=True))
        table.create_unique_constraint("uq_rectification_origin", ["origin"])
        table.create_foreign_key("fk_rectification_opened_by_staff", "staff", ["opened_by"], ["id"])
    op.create_table("edition",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("said", JSON, nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", ID, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name="fk_edition_made_by_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_edition")
    )
    op.create_index("ix_edition_kind_period_id", "edition", ["kind", "period", "id"])


def downgrade() -> None:
    op.drop_table("edition")
    with op.batch_alter_table("rectification") as table:
        table.drop_constraint("fk_rectification_opened_by_staff", type_="foreignkey")
        table.drop_constraint("uq_rectification_origin", type_="unique")
        for name in ("closed_at", "opened_by", "origin", "cause", "category", "measures"):
            table.drop_column(name)
