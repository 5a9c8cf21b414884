"""A live swindle or despair is level I, and yet no 重大投诉 (第三号令第二十九条): grades given for it are put right."""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

PUT_RIGHT = """
UPDATE ticket SET grade = CASE
    WHEN extension > 0 OR CAST(flags AS TEXT) LIKE '%"identity_loan"%' OR CAST(flags AS TEXT) LIKE '%"group"%' THEN '复杂'
    ELSE '普通' END
WHERE grade = '重大' AND erased_at IS NULL
    AND NOT (urgency = 'I' AND CAST(flags AS TEXT) LIKE '%"group"%' AND CAST(flags AS TEXT) NOT LIKE '%"fraud_now"%'
        AND CAST(flags AS TEXT) NOT LIKE '%"self_harm"%' AND CAST(flags AS TEXT) NOT LIKE '%"violence"%')
    AND NOT EXISTS (SELECT 1 FROM event WHERE event.ticket_id = ticket.id AND event.kind = 'detailed'
        AND CAST(event.data AS TEXT) LIKE '%"grade"%')
"""
"""What a person called 重大 on the ticket's page stands, and so does a crowd that was level I by itself; of an erased ticket nobody
knows any more who called it so."""


def upgrade() -> None:
    op.execute(PUT_RIGHT)


def downgrade() -> None:
    """Nothing to undo: the schema is the same."""
