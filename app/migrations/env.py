"""Alembic's environment: runs revisions on the connection that app/migrations/run.py hands over, and prints each."""

from typing import Any

from alembic import context
from sqlalchemy import Connection


def _tell(*, step: Any, **_: Any) -> None:
    direction = "up to" if step.is_upgrade else "down from"
    revision = step.up_revision
    print(f"{direction} {revision.revision}: {revision.doc}")


connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, on_version_apply=_tell)  # pyright: ignore[reportArgumentType] - all come by keyword
context.run_migrations()
