"""The audit chain can only grow: the database itself refuses to change or delete a row, whatever program asks."""

from sqlalchemy import DDL, event

from tickets.models.staff import Audit

DDLS = {
    "sqlite": (
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit rows are never changed or deleted'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
    ),
}

for _dialect, _statements in DDLS.items():
    for _statement in _statements:
        event.listen(Audit.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))
