"""row-level security: login api sees one tenant, login worker sees all

Policies name no role, since CloudNativePG may make the logins after this has run: a login that is not ``worker``
sees the rows of ``app.tenant`` and, where that is not set, none. Grants are app/migrations/logins.py's.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TENANTS = ("api_key", "ticket", "workflow", "step", "turn", "artifact", "event", "audit", "idempotency")


def upgrade() -> None:
    """Enable it on every table with a tenant. The owner, who migrates, is not bound by it."""
    for table in TENANTS:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy one_tenant on {table} using (tenant = current_setting('app.tenant', true))")
        op.execute(f"create policy every_tenant on {table} using (current_user = 'worker')")


def downgrade() -> None:
    """Disable it."""
    for table in TENANTS:
        op.execute(f"drop policy every_tenant on {table}")
        op.execute(f"drop policy one_tenant on {table}")
        op.execute(f"alter table {table} disable row level security")
