"""What each database login may do. Granted anew after every migration: logins may be made later than the schema."""

from typing import Final

from sqlalchemy import Connection, text

from contract.names import DatabaseLogin

GRANTS: Final = {
    DatabaseLogin.API: (
        "select on tenant, api_key, ticket, workflow, step, turn, artifact, event, audit, idempotency, alembic_version",
        "insert on tenant, api_key, ticket, workflow, step, event, audit, idempotency",
        "update (status, seq, open_steps, slot, wants_slot_at, finished_at, error) on workflow",
        "update (status, owner, run_at, finished_at) on step",
        "update (revoked_at) on api_key",
        "delete on ticket",
        "execute on function api_key_of(bytea), redeem_ticket(bytea, uuid)",
    ),
    DatabaseLogin.WORKER: (
        "select, insert, update, delete on workflow, step, turn, artifact, event, replica",
        "select, insert on tenant, audit, idempotency",
        "select, insert, update on api_key",
        "select, delete on ticket",
    ),
    DatabaseLogin.BACKUP: ("select on all tables in schema public",),
}


def grant(connection: Connection) -> list[str]:
    """Grant to each login that exists; returns those that do not, which a later migration serves."""
    missing: list[str] = []
    for login, privileges in GRANTS.items():
        if connection.scalar(text("select 1 from pg_roles where rolname = :login"), {"login": login.value}) is None:
            missing.append(login.value)
            continue
        for privilege in privileges:
            connection.execute(text(f'grant {privilege} to "{login.value}"'))
    if missing:
        print(f"logins not made yet, run migrate again once they are: {', '.join(missing)}")
    return missing
