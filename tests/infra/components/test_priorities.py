"""Who goes first when nodes run out."""

from contract.names import Priority
from infra.components.priorities import RANKS

SYSTEM = 1_000_000_000
"""Values from here on are Kubernetes' own."""


def test_every_class_has_a_rank_in_the_order_of_their_names() -> None:
    assert list(RANKS) == list(Priority)
    values = [rank.value for rank in RANKS.values()]
    assert values == sorted(values, reverse=True)
    assert 0 < values[-1] <= values[0] < SYSTEM


def test_what_can_wait_never_pushes_out_what_serves() -> None:
    assert [name for name, rank in RANKS.items() if not rank.preempts] == [Priority.BACKGROUND]
