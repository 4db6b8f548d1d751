"""Secrets that nobody can generate and that some setting cannot do without."""

from collections.abc import Iterable, Iterator

from infra.faults import Fault, SettingsError
from infra.kinds import AnySettings
from infra.secret_sources import NAMESPACE, SecretKey
from infra.sections.certificates import DnsProvider
from infra.settings import Settings


def check_needs(settings: AnySettings, present: Iterable[str]) -> None:
    """Refuse settings whose secret is not among ``present`` (full names). Raises :class:`SettingsError`."""
    there = set(present)
    faults = [
        Fault(full, None, f"is required by {setting}: run `pulumi config set --secret {full}`")
        for key, setting in needs(settings)
        if (full := f"{NAMESPACE}:{key}") not in there
    ]
    if faults:
        raise SettingsError(faults)


def needs(settings: AnySettings) -> Iterator[tuple[SecretKey, str]]:
    """Each secret that ``settings`` need, and the setting that needs it."""
    acme = settings.certificates.acme
    if acme is not None and acme.dns01.provider is DnsProvider.RFC2136:
        yield SecretKey.DNS_UPDATE_KEY, "certificates.acme.dns01.provider rfc2136"
    if not isinstance(settings, Settings):
        return
    if settings.backup.enabled.is_on and settings.backup.endpoint is not None:
        yield SecretKey.BACKUP_ACCESS_KEY_ID, "backup.endpoint"
        yield SecretKey.BACKUP_SECRET_ACCESS_KEY, "backup.endpoint"
    if settings.monitoring.remote_write is not None:
        yield SecretKey.REMOTE_WRITE_PASSWORD, "monitoring.remoteWrite"
    if settings.logging.forward is not None:
        yield SecretKey.LOG_FORWARD_PASSWORD, "logging.forward"
