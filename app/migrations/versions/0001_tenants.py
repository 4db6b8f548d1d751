"""tenants, their API keys and one-time tickets"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UP = (
    """
    create table tenant (
        id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
        created_at timestamptz not null default now()
    )
    """,
    """
    create table api_key (
        id uuid primary key default gen_random_uuid(),
        tenant text not null references tenant,
        name text not null,
        hash bytea not null unique check (octet_length(hash) = 32),
        scopes text[] not null,
        expires_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz not null default now()
    )
    """,
    "create index api_key_tenant on api_key (tenant)",
    """
    create table ticket (
        hash bytea primary key check (octet_length(hash) = 32),
        tenant text not null references tenant,
        api_key uuid not null references api_key on delete cascade,
        workflow_id uuid,
        expires_at timestamptz not null,
        created_at timestamptz not null default now()
    )
    """,
    "create index ticket_expires_at on ticket (expires_at)",
    # Who calls is known only after the look-up, so row-level security by tenant cannot serve it: these two
    # functions run as the owner and answer for one hash, which only its bearer can know.
    """
    create function api_key_of(wanted bytea) returns table (id uuid, tenant text, scopes text[])
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    begin atomic
        select k.id, k.tenant, k.scopes from api_key k
        where k.hash = wanted and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
    end
    """,
    """
    create function redeem_ticket(wanted bytea, workflow uuid) returns table (id uuid, tenant text, scopes text[])
    language sql volatile security definer set search_path = pg_catalog, public, pg_temp
    begin atomic
        with spent as (
            delete from ticket t
            where t.hash = wanted and t.expires_at > now() and (t.workflow_id is null or t.workflow_id = workflow)
            returning t.api_key, t.tenant
        )
        select k.id, s.tenant, k.scopes from spent s join api_key k on k.id = s.api_key
        where k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
    end
    """,
    "revoke all on function api_key_of(bytea), redeem_ticket(bytea, uuid) from public",
)

DOWN = (
    "drop function redeem_ticket(bytea, uuid)",
    "drop function api_key_of(bytea)",
    "drop table ticket",
    "drop table api_key",
    "drop table tenant",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for statement in DOWN:
        op.execute(statement)
