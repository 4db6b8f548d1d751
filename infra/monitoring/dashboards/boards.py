"""Every dashboard of a region: those of what it has."""

from collections.abc import Iterable

from infra.monitoring.dashboards import (
    agents,
    autoscaling,
    backup,
    cache,
    certificates,
    database,
    engine,
    ingress,
    logs,
    platform,
)
from infra.monitoring.dashboards.model import Board
from infra.sections.cluster import Operator
from infra.settings import Settings


def boards(settings: Settings, roles: Iterable[str]) -> tuple[Board, ...]:
    """Dashboards, the specification's first; one whose metrics nobody would give is left out."""
    has = settings.cluster.has
    optional = (
        (has(Operator.INGRESS_NGINX), ingress.BOARD),
        (settings.logging.enabled.is_on, logs.BOARD),
        (settings.backup.enabled.is_on, backup.BOARD),
        (has(Operator.KEDA), autoscaling.BOARD),
        (has(Operator.CERT_MANAGER), certificates.BOARD),
    )
    return (
        platform.BOARD,
        engine.BOARD,
        agents.board(roles),
        database.BOARD,
        cache.BOARD,
        *(board for there, board in optional if there),
    )
