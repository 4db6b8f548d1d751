"""``python -m app migrate``: the command of the migration Job."""

import asyncio
from collections.abc import Mapping

from app.environment import Environment
from app.migrations.run import migrate
from contract.environment import DATABASE_URL_FILE


def main(variables: Mapping[str, str]) -> int:
    """Migrate the database that ``DATABASE_URL_FILE`` points to. Raises ``BadEnvironmentError``."""
    asyncio.run(migrate(Environment(variables).file(DATABASE_URL_FILE)))
    return 0
