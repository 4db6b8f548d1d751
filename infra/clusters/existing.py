"""A cluster that somebody else manages: its kubeconfig, checked before anything is made."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi_kubernetes as kubernetes
import yaml
from pulumi import ResourceOptions

from infra.faults import Fault, SettingsError, nearest
from infra.sections.cluster import Cluster
from infra.settings import KEY

FIELD = f"{KEY}.cluster.existing"


def kubernetes_provider(cluster: Cluster) -> kubernetes.Provider:
    """The region's one Kubernetes provider. Objects follow ``cluster.identifier``, not the kubeconfig's path."""
    path = kubeconfig_path(cluster.existing.kubeconfig, os.environ)
    check_context(path, cluster.existing.context)
    return kubernetes.Provider(
        "kubernetes",
        kubeconfig=str(path),
        context=cluster.existing.context,
        cluster_identifier=cluster.identifier,
        enable_server_side_apply=True,
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        upsert_existing_objects=cluster.existing.adopt.is_on,
        enable_patch_force=cluster.existing.adopt.is_on,
        opts=ResourceOptions(),
    )


def kubeconfig_path(given: str, environment: Mapping[str, str]) -> Path:
    """The kubeconfig's path. Raises :class:`SettingsError` where the variable is not set or the file is not there."""
    key = f"{FIELD}.kubeconfig"
    if given.startswith("$"):
        value = environment.get(given[1:], "")
        if not value:
            raise SettingsError(
                [Fault(key, given, f"the environment variable {given[1:]} is not set: set it to a path")]
            )
        given = value
    path = Path(given).expanduser().absolute()
    if not path.is_file():
        raise SettingsError([Fault(key, given, "is not a file: name an existing kubeconfig")])
    return path


def check_context(path: Path, context: str | None) -> None:
    """Refuse a context that the kubeconfig does not have."""
    if context is None:
        return
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    contexts = [str(entry["name"]) for entry in document.get("contexts", [])]
    if context not in contexts:
        raise SettingsError([Fault(f"{FIELD}.context", context, f"is not in {path}; {nearest(context, contexts)}")])
