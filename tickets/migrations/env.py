"""Alembic's entry: it uses the connection that tickets/migrate.py hands over, so that every migration is one transaction."""

from alembic import context

from tickets.migrate import is_ours
from tickets.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=False,
                  compare_type=True, transactional_ddl=True, include_name=is_ours)
with context.begin_transaction():
    context.run_migrations()
