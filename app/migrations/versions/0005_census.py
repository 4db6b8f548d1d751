"""counting finished workflows for the metrics without reading them all"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.execute("create index workflow_finished on workflow (finished_at) where finished_at is not null")


def downgrade() -> None:
    """Drop it."""
    op.execute("drop index workflow_finished")
