"""The provider's configuration, as far as it matters on a loopback API server."""

import json
import os
from dataclasses import dataclass
from typing import Any

from offline_plugins.wire import UNKNOWN, has_unknown, reveal
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.kubeconfig import read_kubeconfig


@dataclass(frozen=True)
class Settings:
    """Configuration of one provider instance."""

    kubeconfig: str | None
    """Contents or path; None where it is not known yet, as in a preview that makes the cluster."""
    context: str | None
    namespace: str | None
    server_side_apply: bool
    config_map_mutable: bool
    secret_mutable: bool
    patch_force: bool
    upsert: bool

    def mutable_data(self, kind: str, *, frozen: bool) -> bool:
        """Say whether the contents of a ConfigMap or Secret may change in place; ``frozen`` ones never."""
        return not frozen and (self.config_map_mutable if kind == "ConfigMap" else self.secret_mutable)


def settings_from(args: dict[str, Any]) -> Settings:
    """Read the configuration; the SDK hands every value over that is not a string as JSON text."""

    def flag(name: str, default: bool = False) -> bool:
        value = reveal(args.get(name))
        return default if value in (None, UNKNOWN, "") else value is True or value == "true"

    def words(name: str) -> str | None:
        value = reveal(args.get(name))
        return None if value in (None, UNKNOWN, "") else str(value)

    kubeconfig = reveal(args.get("kubeconfig"))
    if isinstance(kubeconfig, dict):
        kubeconfig = json.dumps(kubeconfig)
    if not has_unknown(args.get("kubeconfig")) and not kubeconfig:
        kubeconfig = os.environ.get("KUBECONFIG", "~/.kube/config")
    return Settings(
        kubeconfig=None if kubeconfig is UNKNOWN else kubeconfig,
        context=words("context"),
        namespace=words("namespace"),
        server_side_apply=flag("enableServerSideApply", default=True),
        config_map_mutable=flag("enableConfigMapMutable"),
        secret_mutable=flag("enableSecretMutable"),
        patch_force=flag("enablePatchForce"),
        upsert=flag("upsertExistingObjects"),
    )


def server_of(config: dict[str, Any]) -> str | None:
    """Return the address of the API server that a configuration leads to, None where that is not known."""
    settings = settings_from(config)
    if settings.kubeconfig is None:
        return None
    try:
        return read_kubeconfig(settings.kubeconfig, settings.context).server
    except ControlPlaneError:
        return None
