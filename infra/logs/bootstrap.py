"""The Job that gives the log store its lifecycle policy, template and stream before the first line comes.

Named after what it does: other settings, another image or another pod are another Job.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from contract.names import (
    ELASTICSEARCH,
    LOG_BOOTSTRAP_JOB,
    ConfigMapName,
    Namespace,
    Port,
    Priority,
    SecretName,
    service_host,
)
from infra.logs.desired import desired
from infra.logs.users import BOOTSTRAP
from infra.pods import ConfigFiles, Scratch, SecretFiles, Workload
from infra.presets import Amount, Resources
from infra.stack_settings import StackSettings

LABELS: Final = {"app": LOG_BOOTSTRAP_JOB}
DESIRED: Final = "desired.json"
DEADLINE_SECONDS: Final = 300
PATIENCE_SECONDS: Final = 240
"""How long the store may take to know a user that was just added."""
BACKOFF_LIMIT: Final = 3
RESOURCES: Final = Resources(requests=Amount(cpu="50m", memory="64Mi"), limits=Amount(cpu="500m", memory="256Mi"))


@dataclass(frozen=True)
class BootstrapJob:
    """The Job of some settings."""

    settings: StackSettings

    @property
    def content(self) -> str:
        """What the store is to have, see :mod:`infra.logs.desired`."""
        return desired(self.settings.logging)

    @property
    def config_map(self) -> str:
        """A ConfigMap of its own, so that a Job never reads what another one is to do."""
        return f"{ConfigMapName.LOG_STORE}-{_digest(self.content)}"

    @property
    def name(self) -> str:
        """``log-bootstrap-<digest>``."""
        return f"{LOG_BOOTSTRAP_JOB}-{_digest(repr(self.workload))}"

    @property
    def workload(self) -> Workload:
        """Its pod."""
        store = f"https://{service_host(ELASTICSEARCH, Namespace.LOGGING)}:{Port.ELASTICSEARCH}"
        options = {
            "--store": store,
            "--ca-file": "/app/authority/ca.crt",
            "--user": BOOTSTRAP.name,
            "--password-file": "/app/secrets/password",
            "--desired": f"/app/config/{DESIRED}",
            "--patience": str(PATIENCE_SECONDS),
        }
        return Workload(
            name=LOG_BOOTSTRAP_JOB,
            image=self.settings.image,
            command=("mcp-ops", "logs", "bootstrap"),
            args=tuple(part for option in options.items() for part in option),
            labels=LABELS,
            service_account=LOG_BOOTSTRAP_JOB,
            mounts=(
                ConfigFiles("desired", self.config_map, "/app/config"),
                SecretFiles("user", SecretName.LOG_BOOTSTRAP, "/app/secrets"),
                SecretFiles("authority", SecretName.LOG_AUTHORITY, "/app/authority"),
                Scratch("tmp", "/tmp", "64Mi"),  # noqa: S108 - a mount of its own
            ),
            resources=RESOURCES,
            restart_policy="OnFailure",
            priority_class=Priority.BACKGROUND,
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
