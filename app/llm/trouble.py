"""What a provider's HTTP answer means for failover."""

import math
from collections.abc import Mapping
from typing import Final

from app.llm.ports import Trouble

LONGEST_WAIT: Final = 600.0


def of_status(status: int) -> Trouble:
    """401, 403 and 404 mean a key or model that is wrong here; other 4xx that the request is."""
    if status == 429:
        return "rate_limited"
    if status == 408:
        return "timeout"
    if status >= 500 or status == 409:
        return "unavailable"
    return "misconfigured" if status in (401, 403, 404) else "rejected"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a provider asks to wait, where it said so in seconds."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None
