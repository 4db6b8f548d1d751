"""Kinds of stack: which model reads a settings object, and which secrets that kind reads.

The models of a kind are imported where the settings say it: a region's preview does not load the other's.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from infra.faults import Fault, SettingsError, nearest
from infra.secret_sources import SecretKey
from infra.settings import Settings, parse
from infra.stack_settings import KEY, Kind

if TYPE_CHECKING:
    from infra.central.settings import ObservatorySettings

AnySettings: TypeAlias = "Settings | ObservatorySettings"
READ: Final[dict[Kind, Iterable[SecretKey]]] = {
    Kind.REGION: tuple(SecretKey),
    Kind.MONITORING: (
        SecretKey.GRAFANA_PASSWORD,
        SecretKey.LOG_READER_PASSWORD,
        SecretKey.LOG_BOOTSTRAP_PASSWORD,
        SecretKey.DNS_UPDATE_KEY,
        SecretKey.ALERT_WEBHOOK_URL,
        SecretKey.ALERT_PAGERDUTY_KEY,
        SecretKey.ALERT_SLACK_URL,
        SecretKey.ALERT_HEARTBEAT_URL,
    ),
}
"""Configuration keys that each kind reads."""


def kind_of(document: object) -> Kind:
    """What the settings object says the stack is; a region where it says nothing. Raises :class:`SettingsError`."""
    said = cast("dict[str, object]", document).get("kind", Kind.REGION) if isinstance(document, dict) else Kind.REGION
    try:
        return Kind(said)
    except ValueError:
        reason = f"is no kind of stack; {nearest(str(said), list(Kind))}"
        raise SettingsError([Fault(f"{KEY}.kind", said, reason)]) from None


def parse_any(document: object) -> AnySettings:
    """Settings of any kind from the parsed object. Raises :class:`SettingsError` with every fault."""
    if kind_of(document) is Kind.MONITORING and isinstance(document, dict):
        from infra.central.settings import parse_observatory

        return parse_observatory(cast("dict[str, Any]", document))
    return parse(document)
