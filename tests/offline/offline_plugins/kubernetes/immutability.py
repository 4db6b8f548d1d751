"""Which properties of which kinds cannot change in place (the real provider's table, the kinds this project uses)."""

from offline_plugins.diffing import Path

ALWAYS = (("kind",), ("metadata", "name"), ("metadata", "namespace"))
IMMUTABLE: dict[str, tuple[str, ...]] = {
    "apps/Deployment": ("spec.selector",),
    "apps/StatefulSet": (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "batch/Job": ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    "/PersistentVolumeClaim": ("spec",),
    "/PersistentVolume": ("spec.csi", "spec.hostPath", "spec.local", "spec.nfs"),
    "/Pod": ("spec",),
    "/ResourceQuota": ("spec.scopes",),
    "/Secret": ("type",),
    "/Service": ("spec.clusterIP",),
    "rbac.authorization.k8s.io/RoleBinding": ("roleRef",),
    "rbac.authorization.k8s.io/ClusterRoleBinding": ("roleRef",),
    "storage.k8s.io/StorageClass": ("parameters", "provisioner"),
}
"""Kind with its group -> properties. Others (a DaemonSet's selector) the API server refuses to change."""
DATA = ("data", "binaryData", "stringData")


def immutable(api_version: str, kind: str, path: Path, *, mutable_data: bool) -> bool:
    """Say whether changing the property at ``path`` needs a new object.

    Args:
        api_version: of the object, its group decides.
        kind: of the object.
        path: of the property that changes.
        mutable_data: for ConfigMaps and Secrets: their contents may change in place.
    """
    if path in ALWAYS:
        return True
    group = api_version.rpartition("/")[0]
    if kind in ("ConfigMap", "Secret") and not group and path[0] in (*DATA, "immutable"):
        return not mutable_data
    names = [str(step) for step in path]
    fixed = [each.split(".") for each in IMMUTABLE.get(f"{group}/{kind}", ())]
    # A change of `spec` as a whole touches every immutable property below it.
    return any(names[: len(each)] == each or each[: len(names)] == names for each in fixed)
