"""Job: it ran to completion; one that failed is an error at once."""

from offline_plugins.kubernetes.readiness.status import at, because, condition, holds
from offline_plugins.kubernetes.readiness.verdict import READY, Around, Verdict, failed, waiting
from ops.controlplane.api import Json


def job(live: Json, around: Around) -> Verdict:
    """Wait for the start, then for the condition ``Complete``."""
    del around
    if not at(live, "status", "startTime"):
        return waiting("it has not started")
    if holds(live, "Failed"):
        return failed(f"it failed: {because(condition(live, 'Failed'))}")
    if holds(live, "Complete"):
        return READY
    counts = (f"{at(live, 'status', key, default=0)} {key}" for key in ("active", "succeeded", "failed"))
    return waiting(f"it is not complete ({', '.join(counts)})")
