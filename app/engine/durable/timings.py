"""Every duration of the durable core, in one place, since each follows from another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timings:
    """Durations in seconds. Raises ``ValueError`` where they contradict one another."""

    heartbeat: float = 2.0
    """Between two heartbeats of a replica."""
    lease: float = 6.0
    """A replica that was silent for so long is dead, to others and to itself."""
    call: float = 4.0
    """Deadline of a database call; later its connection is terminated."""
    poll: float = 1.0
    """Longest sleep of a loop that nobody woke: what the guarantee of progress rests on."""
    coalesce: float = 0.02
    """Shortest time between two notifications of one replica."""
    pause: float = 0.25
    """Before a loop tries again after the database was away."""
    retry_base: float = 1.0
    """Back-off after a first failed attempt; doubles with each."""
    retry_cap: float = 60.0
    """Longest back-off."""
    drain: float = 10.0
    """How long :meth:`DurableCore.stop` lets running attempts finish before it puts them back."""

    def __post_init__(self) -> None:
        ordered = {
            "0 < heartbeat": self.heartbeat > 0,
            "two heartbeats fit into a lease": 2 * self.heartbeat < self.lease,
            "0 < call < lease": 0 < self.call < self.lease,
            "0 < poll": self.poll > 0,
            "0 < retry_base <= retry_cap": 0 < self.retry_base <= self.retry_cap,
        }
        broken = [rule for rule, holds in ordered.items() if not holds]
        if broken:
            raise ValueError(f"timings contradict one another, want: {'; '.join(broken)}")

    def backoff(self, attempt: int, jitter: float = 0.5) -> float:
        """Delay after failed attempt number ``attempt``; ``jitter`` in [0, 1) spreads it over its upper half."""
        whole = min(self.retry_cap, self.retry_base * 2.0 ** min(attempt - 1, 30))
        return whole * (0.5 + jitter / 2)
