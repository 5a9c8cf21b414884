"""The first schema: all that the house remembers, the search index beside it, and an audit table that only grows.

Frozen as it was: a later change of the models gets a migration of its own.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
IS_OPEN = "status IN ('received', 'assigned', 'investigating', 'appraisal', 'mediation', 'decided', 'reopened')"

OURS = {
    "sqlite": (
        "CREATE VIRTUAL TABLE ticket_text USING fts5(grams, tokenize='unicode61 remove_diacritics 0')",
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never "
        "changed'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never "
        "deleted'); END",
    ),
    "postgresql": (
        "CREATE TABLE ticket_text (ticket_id BIGINT PRIMARY KEY REFERENCES ticket (id) ON DELETE CASCADE, grams "
        "TSVECTOR NOT NULL)",
        "CREATE INDEX ix_ticket_text_grams ON ticket_text USING gin (grams)",
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit "
        "rows are never changed or deleted'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION "
        "audit_append_only()",
    ),
}
"""What Alembic cannot describe: the search index, and the guard of the audit table."""

TABLES = (
    "audit", "branch", "customer", "delivery", "fact", "parked", "sign_in_failure", "rectification", "staff",
    "chat", "desk_session", "duty", "exam", "route", "saved_filter", "warning", "attempt", "gap", "ticket",
    "training", "alert", "correction", "event", "message", "owed", "pause", "rating", "attachment",
)


def upgrade() -> None:
    op.create_table("audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sa.UniqueConstraint("digest", name="uq_audit_digest")
    )
    op.create_table("branch",
        sa.Column("id", ID, nullable=False),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("aliases", JSON, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["branch.id"], name="fk_branch_parent_id_branch"),
        sa.PrimaryKeyConstraint("id", name="pk_branch"),
        sa.UniqueConstraint("code", name="uq_branch_code")
    )
    op.create_index("ix_branch_path", "branch", ["path"])
    op.create_table("customer",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("phone_tail", sa.String(length=4), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
        sa.UniqueConstraint("phone_hash", name="uq_customer_phone_hash")
    )
    op.create_table("delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("channel", "key", name="uq_delivery_channel_key")
    )
    op.create_table("fact",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_fact")
    )
    op.create_table("parked",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("parked_at", MOMENT, nullable=True),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_parked"),
        sa.UniqueConstraint("channel", "key", name="uq_parked_channel_key")
    )
    op.create_table("sign_in_failure",
        sa.Column("id", ID, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_failure")
    )
    op.create_index("ix_sign_in_failure_account", "sign_in_failure", ["account"])
    op.create_index("ix_sign_in_failure_address", "sign_in_failure", ["address"])
    op.create_index("ix_sign_in_failure_at", "sign_in_failure", ["at"])
    op.create_table("rectification",
        sa.Column("id", ID, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("root_cause", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("branch_id", ID, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tickets", JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name="fk_rectification_branch_id_branch"),
        sa.PrimaryKeyConstraint("id", name="pk_rectification")
    )
    op.create_table("staff",
        sa.Column("id", ID, nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("branch_id", ID, nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("totp_secret", sa.String(length=64), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("telegram_id", sa.String(length=40), nullable=True),
        sa.Column("link_code_hash", sa.String(length=64), nullable=True),
        sa.Column("link_code_until", MOMENT, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name="fk_staff_branch_id_branch"),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("telegram_id", name="uq_staff_telegram_id"),
        sa.UniqueConstraint("username", name="uq_staff_username")
    )
    op.create_table("chat",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("state", JSON, nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("tips", sa.Boolean(), nullable=False),
        sa.Column("banned_until", MOMENT, nullable=True),
        sa.Column("unreachable_since", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_chat_customer_id_customer"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_chat_staff_id_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_chat"),
        sa.UniqueConstraint("channel", "address", name="uq_chat_channel_address")
    )
    op.create_index("ix_chat_customer_id", "chat", ["customer_id"])
    op.create_index("ix_chat_staff_id", "chat", ["staff_id"])
    op.create_table("desk_session",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_desk_session_staff_id_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_desk_session"),
        sa.UniqueConstraint("token_hash", name="uq_desk_session_token_hash")
    )
    op.create_index("ix_desk_session_staff_id", "desk_session", ["staff_id"])
    op.create_table("duty",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_duty_staff_id_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_duty")
    )
    op.create_index("ix_duty_staff_id", "duty", ["staff_id"])
    op.create_index("ix_duty_starts_at", "duty", ["starts_at"])
    op.create_table("exam",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("themes", JSON, nullable=False),
        sa.Column("questions", JSON, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("pass_score", sa.Integer(), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name="fk_exam_created_by_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_exam")
    )
    op.create_table("route",
        sa.Column("id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=24), nullable=True),
        sa.Column("branch_id", ID, nullable=True),
        sa.Column("urgency", sa.String(length=4), nullable=True),
        sa.Column("to_staff_id", ID, nullable=True),
        sa.Column("to_branch_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name="fk_route_branch_id_branch"),
        sa.ForeignKeyConstraint(["to_branch_id"], ["branch.id"], name="fk_route_to_branch_id_branch"),
        sa.ForeignKeyConstraint(["to_staff_id"], ["staff.id"], name="fk_route_to_staff_id_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_route")
    )
    op.create_table("saved_filter",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_saved_filter_staff_id_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_filter")
    )
    op.create_index("ix_saved_filter_staff_id", "saved_filter", ["staff_id"])
    op.create_table("warning",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("judged", sa.String(length=10), nullable=True),
        sa.Column("judged_reason", sa.Text(), nullable=False),
        sa.Column("judged_by", ID, nullable=True),
        sa.Column("judged_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["judged_by"], ["staff.id"], name="fk_warning_judged_by_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_warning"),
        sa.UniqueConstraint("key", name="uq_warning_key")
    )
    op.create_index("ix_warning_at", "warning", ["at"])
    op.create_table("attempt",
        sa.Column("id", ID, nullable=False),
        sa.Column("exam_id", ID, nullable=True),
        sa.Column("chat_id", ID, nullable=True),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("questions", JSON, nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name="fk_attempt_chat_id_chat"),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name="fk_attempt_exam_id_exam"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_attempt_staff_id_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt")
    )
    op.create_index("ix_attempt_chat_id", "attempt", ["chat_id"])
    op.create_index("ix_attempt_exam_id", "attempt", ["exam_id"])
    op.create_index("ix_attempt_staff_id", "attempt", ["staff_id"])
    op.create_table("gap",
        sa.Column("id", ID, nullable=False),
        sa.Column("chat_id", ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("candidates", JSON, nullable=False),
        sa.Column("chosen", sa.String(length=80), nullable=True),
        sa.Column("group_key", sa.String(length=80), nullable=True),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name="fk_gap_chat_id_chat"),
        sa.PrimaryKeyConstraint("id", name="pk_gap")
    )
    op.create_index("ix_gap_at", "gap", ["at"])
    op.create_index("ix_gap_group_key", "gap", ["group_key"])
    op.create_table("ticket",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("is_open", sa.Boolean(), sa.Computed(IS_OPEN, persisted=True), nullable=False),
        sa.Column("chat_id", ID, nullable=True),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("customer_type", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("outer_number", sa.String(length=40), nullable=True),
        sa.Column("business_channel", sa.String(length=16), nullable=True),
        sa.Column("category", sa.String(length=24), nullable=True),
        sa.Column("cause", sa.String(length=24), nullable=True),
        sa.Column("also", JSON, nullable=False),
        sa.Column("rights", JSON, nullable=False),
        sa.Column("primary_right", sa.String(length=16), nullable=True),
        sa.Column("urgency", sa.String(length=4), nullable=False),
        sa.Column("flags", JSON, nullable=False),
        sa.Column("grade", sa.String(length=8), nullable=False),
        sa.Column("model_version", sa.String(length=40), nullable=True),
        sa.Column("reading", JSON, nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("branch_named", sa.String(length=100), nullable=False),
        sa.Column("claim", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=100), nullable=False),
        sa.Column("branch_id", ID, nullable=True),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("first_handler_id", ID, nullable=True),
        sa.Column("against_staff_id", ID, nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("clock_from", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("extension", sa.Integer(), nullable=False),
        sa.Column("extension_asked_by", ID, nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=False),
        sa.Column("contact_due_at", MOMENT, nullable=True),
        sa.Column("regulator_due_at", MOMENT, nullable=True),
        sa.Column("first_contact_at", MOMENT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("contact_warned", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("redress", sa.Text(), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("told_how", sa.String(length=16), nullable=True),
        sa.Column("told_owed_id", sa.Integer(), nullable=True),
        sa.Column("told_evidence", sa.String(length=200), nullable=False),
        sa.Column("is_repeat", sa.Boolean(), nullable=False),
        sa.Column("repeat_of_id", ID, nullable=True),
        sa.Column("merged_into_id", ID, nullable=True),
        sa.Column("review_of_id", ID, nullable=True),
        sa.Column("crowd_id", ID, nullable=True),
        sa.Column("topic", sa.Integer(), nullable=True),
        sa.Column("erased_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["against_staff_id"], ["staff.id"], name="fk_ticket_against_staff_id_staff"),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name="fk_ticket_assignee_id_staff"),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name="fk_ticket_branch_id_branch"),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name="fk_ticket_chat_id_chat"),
        sa.ForeignKeyConstraint(["crowd_id"], ["warning.id"], name="fk_ticket_crowd_id_warning"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_ticket_customer_id_customer"),
        sa.ForeignKeyConstraint(["extension_asked_by"], ["staff.id"], name="fk_ticket_extension_asked_by_staff"),
        sa.ForeignKeyConstraint(["first_handler_id"], ["staff.id"], name="fk_ticket_first_handler_id_staff"),
        sa.ForeignKeyConstraint(["merged_into_id"], ["ticket.id"], name="fk_ticket_merged_into_id_ticket"),
        sa.ForeignKeyConstraint(["repeat_of_id"], ["ticket.id"], name="fk_ticket_repeat_of_id_ticket"),
        sa.ForeignKeyConstraint(["review_of_id"], ["ticket.id"], name="fk_ticket_review_of_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        sa.UniqueConstraint("number", name="uq_ticket_number")
    )
    op.create_index("ix_ticket_assignee_id_status", "ticket", ["assignee_id", "status"])
    op.create_index("ix_ticket_branch_id_status_due_at", "ticket", ["branch_id", "status", "due_at"])
    op.create_index("ix_ticket_chat_id_id", "ticket", ["chat_id", "id"])
    op.create_index("ix_ticket_customer_id", "ticket", ["customer_id"])
    op.create_index("ix_ticket_is_open_urgency_due_at_id", "ticket", ["is_open", "urgency", "due_at", "id"])
    op.create_index("ix_ticket_merged_into_id", "ticket", ["merged_into_id"])
    op.create_index("ix_ticket_outer_number", "ticket", ["outer_number"])
    op.create_index("ix_ticket_queue", "ticket", ["is_open", "due_at", "id", "status", "urgency", "assignee_id",
                    "branch_id", "against_staff_id", "extension_asked_by"])
    op.create_index("ix_ticket_received_at_id", "ticket", ["received_at", "id"])
    op.create_table("training",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("attended", JSON, nullable=False),
        sa.Column("exam_id", ID, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name="fk_training_exam_id_exam"),
        sa.PrimaryKeyConstraint("id", name="pk_training")
    )
    op.create_table("alert",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("acknowledged_by", ID, nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["staff.id"], name="fk_alert_acknowledged_by_staff"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_alert_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_alert")
    )
    op.create_index("ix_alert_acknowledged_at", "alert", ["acknowledged_at"])
    op.create_index("ix_alert_at", "alert", ["at"])
    op.create_index("ix_alert_ticket_id", "alert", ["ticket_id"])
    op.create_table("correction",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=True),
        sa.Column("head", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("was", sa.String(length=80), nullable=False),
        sa.Column("became", sa.String(length=80), nullable=False),
        sa.Column("model_version", sa.String(length=40), nullable=True),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_correction_staff_id_staff"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_correction_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_correction")
    )
    op.create_index("ix_correction_at", "correction", ["at"])
    op.create_index("ix_correction_ticket_id", "correction", ["ticket_id"])
    op.create_table("event",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("actor", sa.String(length=16), nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_event_staff_id_staff"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_event_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_event")
    )
    op.create_index("ix_event_ticket_id_id", "event", ["ticket_id", "id"])
    op.create_table("message",
        sa.Column("id", ID, nullable=False),
        sa.Column("chat_id", ID, nullable=True),
        sa.Column("ticket_id", ID, nullable=True),
        sa.Column("delivery_id", ID, nullable=True),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reading", JSON, nullable=True),
        sa.Column("platform_id", sa.String(length=40), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name="fk_message_chat_id_chat"),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_message_delivery_id_delivery"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_message_staff_id_staff"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_message_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_message")
    )
    op.create_index("ix_message_chat_id_id", "message", ["chat_id", "id"])
    op.create_index("ix_message_ticket_id_id", "message", ["ticket_id", "id"])
    op.create_table("owed",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("thread", sa.Integer(), nullable=True),
        sa.Column("chat_id", ID, nullable=True),
        sa.Column("ticket_id", ID, nullable=True),
        sa.Column("delivery_id", ID, nullable=True),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Integer(), nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("platform_id", sa.String(length=40), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name="fk_owed_chat_id_chat"),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_owed_delivery_id_delivery"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_owed_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_owed")
    )
    op.create_index("ix_owed_channel_address_id", "owed", ["channel", "address", "id"])
    op.create_index("ix_owed_chat_id", "owed", ["chat_id"])
    op.create_index("ix_owed_delivery_id", "owed", ["delivery_id"])
    op.create_index("ix_owed_status_next_try_at_id", "owed", ["status", "next_try_at", "id"])
    op.create_index("ix_owed_ticket_id", "owed", ["ticket_id"])
    op.create_table("pause",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_pause_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_pause")
    )
    op.create_index("ix_pause_ticket_id", "pause", ["ticket_id"])
    op.create_table("rating",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_rating_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_rating"),
        sa.UniqueConstraint("ticket_id", name="uq_rating_ticket_id")
    )
    op.create_table("attachment",
        sa.Column("id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("ticket_id", ID, nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("platform_file", sa.String(length=200), nullable=True),
        sa.Column("stored_as", sa.String(length=80), nullable=True),
        sa.Column("refused", sa.String(length=100), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_attachment_message_id_message"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_attachment_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_attachment")
    )
    op.create_index("ix_attachment_message_id", "attachment", ["message_id"])
    op.create_index("ix_attachment_ticket_id", "attachment", ["ticket_id"])
    for statement in OURS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    op.execute("DROP TABLE ticket_text")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_append_only ON audit")
        op.execute("DROP FUNCTION audit_append_only()")
    for name in TABLES[::-1]:
        op.drop_table(name)
