"""Quotas leave room for every autoscaler's maximum in mid-rollout, and depend on no role."""

from decimal import Decimal

import pytest

from infra.presets import MINIMUM, Replicas
from infra.quotas import agents_quota, amount, engine_quota, with_surge


@pytest.mark.parametrize(
    ("quantity", "number"),
    [("500m", Decimal("0.5")), ("2", Decimal(2)), ("512Mi", Decimal(512 * 2**20)), ("2Gi", Decimal(2**31))],
)
def test_quantities_are_numbers(quantity: str, number: Decimal) -> None:
    assert amount(quantity) == number


def test_a_rollout_adds_a_quarter_rounded_up() -> None:
    assert [with_surge(Replicas(min=1, max=count)) for count in (1, 4, 10)] == [2, 5, 13]


def test_the_engine_fits_at_its_maximum() -> None:
    quota = engine_quota(MINIMUM.engine)
    assert (quota["pods"], quota["requests.cpu"], quota["limits.memory"]) == ("17", "8500m", "34Gi")


def test_eight_agents_fit_at_their_maximum() -> None:
    quota = agents_quota(MINIMUM.agents)
    assert (quota["pods"], quota["requests.cpu"], quota["limits.memory"]) == ("80", "20", "80Gi")
