"""How fast alerts see and fire: production's seconds, divided by ``monitoring.alertSpeed``.

The division ends where a rule would see too little: two scrapes are a second apart or more, a window holds four of
them, since a rate needs two and one may be late, and no alert fires because one is late. Thresholds are never divided:
a drill meets the real ones.
"""

from dataclasses import dataclass
from typing import Final

SCRAPE_SECONDS: Final = 15
"""Between two scrapes, and between two evaluations of a rule (seed, "Prometheus Configuration")."""
SCRAPES_PER_WINDOW: Final = 4
SCRAPES_BEFORE_ALARM: Final = 2


@dataclass(frozen=True)
class Pace:
    """Durations at ``speed``; 1 is production."""

    speed: int

    @property
    def scrape(self) -> str:
        """Between two scrapes, and between two evaluations."""
        return duration(self._scrape)

    def window(self, seconds: int) -> str:
        """Range of a rate or of an ``_over_time``."""
        return duration(max(seconds // self.speed, SCRAPES_PER_WINDOW * self._scrape))

    def hold(self, seconds: int) -> str:
        """How long a condition lasts before its alert fires."""
        return duration(max(seconds // self.speed, SCRAPES_BEFORE_ALARM * self._scrape))

    def pause(self, seconds: int) -> str:
        """How long Alertmanager waits."""
        return duration(max(seconds // self.speed, 1))

    @property
    def _scrape(self) -> int:
        return max(SCRAPE_SECONDS // self.speed, 1)


def duration(seconds: int) -> str:
    """``300`` -> ``5m``, in the largest unit that divides it, as Prometheus writes durations."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86400
