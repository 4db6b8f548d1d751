"""workflows and their steps, and the replicas that run them"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = (
    """
    create table workflow (
        id uuid primary key,
        tenant text not null references tenant,
        template text not null,
        title text not null,
        graph jsonb not null,
        input jsonb not null,
        status text not null default 'queued'
            check (status in ('queued', 'running', 'completed', 'failed', 'cancelled')),
        priority integer not null default 0,
        seq bigint not null default 0,
        open_steps integer not null check (open_steps >= 0),
        slot boolean not null default false,
        wants_slot_at timestamptz,
        created_at timestamptz not null default now(),
        admitted_at timestamptz,
        finished_at timestamptz,
        error jsonb,
        check (not slot or status = 'running'),
        check ((finished_at is null) = (status in ('queued', 'running')))
    ) with (fillfactor = 70)
    """,
    "comment on column workflow.graph is 'the template as submitted: a deployment never changes a running workflow'",
    "comment on column workflow.seq is 'sequence number of the newest event; raised under this row''s lock'",
    "comment on column workflow.slot is 'counts against MAX_CONCURRENT_WORKFLOWS; only a holder''s steps are claimed'",
    "comment on column workflow.wants_slot_at is 'when it may next get a slot; null with one or when finished'",
    "create index workflow_newest on workflow (tenant, created_at desc, id desc)",
    "create index workflow_slot on workflow (tenant) where slot",
    """
    create index workflow_admission on workflow (tenant, status desc, priority desc, created_at, id)
        where wants_slot_at is not null
    """,
    """
    create table step (
        workflow_id uuid not null references workflow on delete cascade,
        id text not null,
        tenant text not null,
        role text not null,
        task text not null,
        status text not null default 'blocked'
            check (status in ('blocked', 'ready', 'running', 'completed', 'failed', 'cancelled')),
        waiting integer not null check (waiting >= 0),
        needs text[] not null,
        successors text[] not null,
        review jsonb,
        iteration integer not null default 0,
        attempt integer not null default 0,
        max_attempts integer not null,
        run_at timestamptz,
        owner uuid,
        fence bigint not null default 0,
        settled bigint not null default 0,
        takeovers integer not null default 0,
        output jsonb,
        error jsonb,
        feedback jsonb,
        role_digest text,
        started_at timestamptz,
        finished_at timestamptz,
        primary key (workflow_id, id),
        check ((status = 'running') = (owner is not null)),
        check (status <> 'ready' or run_at is not null)
    ) with (fillfactor = 70)
    """,
    "comment on column step.waiting is 'needs that are not completed yet'",
    "comment on column step.review is 'field, equals, at_most, and body: the steps that run again when work goes back'",
    "comment on column step.fence is 'raised by every claim; a run may write only under the fence of its claim'",
    "comment on column step.settled is 'the last fence whose own run recorded its outcome'",
    "comment on column step.takeovers is 'how often a dead replica lost this step; bounded, but spends no attempt'",
    "create index step_ready on step (role, run_at) where status = 'ready'",
    "create index step_owner on step (owner) where status = 'running'",
    "create index step_live on step (workflow_id) where status in ('ready', 'running')",
    """
    create table replica (
        id uuid primary key,
        started_at timestamptz not null default now(),
        heartbeat_at timestamptz not null default now()
    ) with (fillfactor = 50)
    """,
    """
    create table idempotency (
        tenant text not null references tenant,
        key text not null,
        body_hash bytea not null,
        workflow_id uuid not null references workflow on delete cascade,
        status integer not null,
        response jsonb not null,
        created_at timestamptz not null default now(),
        primary key (tenant, key)
    )
    """,
    "create index idempotency_workflow on idempotency (workflow_id)",
)

DOWN = ("drop table idempotency", "drop table replica", "drop table step", "drop table workflow")


def upgrade() -> None:
    """Make the tables."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for statement in DOWN:
        op.execute(statement)
