"""what steps record: turns, artifacts, events, audit"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = (
    """
    create table turn (
        workflow_id uuid not null,
        step_id text not null,
        iteration integer not null,
        number integer not null check (number >= 1),
        tenant text not null,
        attempt integer not null,
        fence bigint not null,
        response jsonb not null,
        results jsonb not null,
        usage jsonb not null,
        created_at timestamptz not null default now(),
        primary key (workflow_id, step_id, iteration, number),
        foreign key (workflow_id, step_id) references step on delete cascade
    )
    """,
    """
    create table artifact (
        id bigint generated always as identity primary key,
        workflow_id uuid not null references workflow on delete cascade,
        path text not null,
        version integer not null,
        step_id text not null,
        iteration integer not null,
        tenant text not null,
        media_type text not null,
        size integer not null,
        sha256 bytea not null,
        content bytea not null,
        created_at timestamptz not null default now(),
        committed boolean not null,
        check (committed = (version > 0))
    )
    """,
    "comment on column artifact.version is 'from 1 within the path; 0 while a draft of its step''s iteration'",
    "create unique index artifact_version on artifact (workflow_id, path, version) where committed",
    "create unique index artifact_draft on artifact (workflow_id, step_id, iteration, path) where not committed",
    """
    create table event (
        workflow_id uuid not null references workflow on delete cascade,
        seq bigint not null check (seq >= 1),
        tenant text not null,
        type text not null,
        step_id text,
        data jsonb not null,
        at timestamptz not null default clock_timestamp(),
        primary key (workflow_id, seq)
    )
    """,
    """
    create table audit (
        id bigint generated always as identity primary key,
        tenant text not null,
        at timestamptz not null default clock_timestamp(),
        actor text not null,
        action text not null,
        object text not null,
        detail jsonb not null
    )
    """,
    "create index audit_tenant on audit (tenant, at)",
)

DOWN = ("drop table audit", "drop table event", "drop table artifact", "drop table turn")


def upgrade() -> None:
    """Make the tables."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for statement in DOWN:
        op.execute(statement)
