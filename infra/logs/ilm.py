"""How long a log line lives. Nothing is moved out: there is no snapshot and no other cluster."""

from typing import Any, Final

ROLLOVER_AGE: Final = "1d"
ROLLOVER_SIZE: Final = "10gb"


def policy(retention_days: int) -> dict[str, Any]:
    """Body of ``PUT _ilm/policy``.

    The age of a deletion counts from the rollover, so a line is kept at least ``retention_days`` and at most a day
    longer.
    """
    rollover = {"max_age": ROLLOVER_AGE, "max_primary_shard_size": ROLLOVER_SIZE}
    return {
        "policy": {
            "phases": {
                "hot": {"min_age": "0ms", "actions": {"rollover": rollover}},
                "delete": {"min_age": f"{retention_days}d", "actions": {"delete": {}}},
            }
        }
    }
