"""What every pod of ours has in common: restricted, without token, spread over zones, bounded in everything."""

from dataclasses import dataclass, field
from typing import Final

from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    ConfigMapEnvSourceArgs,
    ConfigMapVolumeSourceArgs,
    ContainerArgs,
    ContainerPortArgs,
    EmptyDirVolumeSourceArgs,
    EnvFromSourceArgs,
    EnvVarArgs,
    HTTPGetActionArgs,
    KeyToPathArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ProbeArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecretVolumeSourceArgs,
    SecurityContextArgs,
    SleepActionArgs,
    TopologySpreadConstraintArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from infra.presets import Resources

USER: Final = 1000
"""User, group and fsGroup (seed, "Pod Security Standards")."""
DRAIN_SECONDS: Final = 5
"""A stopping pod still serves this long, until every proxy has forgotten it."""


@dataclass(frozen=True)
class ConfigFiles:
    """A ConfigMap mounted as a directory; ``items`` maps key to file name, without them every key is a file."""

    name: str
    config_map: str
    path: str
    items: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class SecretFiles:
    """A Secret mounted as a directory, readable by the pod's group only."""

    name: str
    secret: str
    path: str


@dataclass(frozen=True)
class Scratch:
    """An empty directory that lives as long as the pod."""

    name: str
    path: str
    size: str


Mount = ConfigFiles | SecretFiles | Scratch


@dataclass(frozen=True)
class Workload:
    """One container and the pod around it."""

    name: str
    image: str
    command: tuple[str, ...]
    resources: Resources
    labels: dict[str, str]
    service_account: str
    args: tuple[str, ...] = ()
    annotations: dict[str, str] = field(default_factory=dict[str, str])
    environment: dict[str, str] = field(default_factory=dict[str, str])
    environment_from: tuple[str, ...] = ()
    """ConfigMaps whose keys become variables."""
    ports: dict[str, int] = field(default_factory=dict[str, int])
    mounts: tuple[Mount, ...] = ()
    liveness: ProbeArgs | None = None
    readiness: ProbeArgs | None = None
    grace_seconds: int = 30
    restart_policy: str | None = None


def http_probe(path: str, port: int, delay: int, period: int) -> ProbeArgs:
    """An HTTP probe; ``delay`` and ``period`` in seconds."""
    return ProbeArgs(
        http_get=HTTPGetActionArgs(path=path, port=port),
        initial_delay_seconds=delay,
        period_seconds=period,
        timeout_seconds=5,
    )


def pod_template(work: Workload) -> PodTemplateSpecArgs:
    """The pod of ``work``, fit for Pod Security ``restricted``."""
    return PodTemplateSpecArgs(
        metadata=ObjectMetaArgs(labels=work.labels, annotations=work.annotations or None),
        spec=PodSpecArgs(
            service_account_name=work.service_account,
            automount_service_account_token=False,
            enable_service_links=False,
            security_context=PodSecurityContextArgs(
                run_as_non_root=True,
                run_as_user=USER,
                run_as_group=USER,
                fs_group=USER,
                seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
            ),
            termination_grace_period_seconds=work.grace_seconds,
            restart_policy=work.restart_policy,
            topology_spread_constraints=_spread(work) if work.restart_policy is None else None,
            containers=[_container(work)],
            volumes=[_volume(mount) for mount in work.mounts] or None,
        ),
    )


def _container(work: Workload) -> ContainerArgs:
    return ContainerArgs(
        name=work.name,
        image=work.image,
        image_pull_policy="IfNotPresent",
        command=list(work.command),
        args=list(work.args) or None,
        env=[EnvVarArgs(name=name, value=value) for name, value in work.environment.items()] or None,
        env_from=[EnvFromSourceArgs(config_map_ref=ConfigMapEnvSourceArgs(name=name)) for name in work.environment_from]
        or None,
        ports=[ContainerPortArgs(name=name, container_port=port) for name, port in work.ports.items()] or None,
        resources=ResourceRequirementsArgs(
            requests=work.resources.requests.model_dump(), limits=work.resources.limits.model_dump()
        ),
        liveness_probe=work.liveness,
        readiness_probe=work.readiness,
        lifecycle=_drain() if work.ports else None,
        security_context=SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[
            VolumeMountArgs(
                name=mount.name, mount_path=mount.path, read_only=None if isinstance(mount, Scratch) else True
            )
            for mount in work.mounts
        ]
        or None,
    )


def _drain() -> LifecycleArgs:
    return LifecycleArgs(pre_stop=LifecycleHandlerArgs(sleep=SleepActionArgs(seconds=DRAIN_SECONDS)))


def _spread(work: Workload) -> list[TopologySpreadConstraintArgs]:
    return [
        TopologySpreadConstraintArgs(
            max_skew=1,
            topology_key=key,
            when_unsatisfiable="ScheduleAnyway",
            label_selector=LabelSelectorArgs(match_labels={"app": work.labels["app"]}),
        )
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _volume(mount: Mount) -> VolumeArgs:
    name = mount.name
    match mount:
        case ConfigFiles():
            items = [KeyToPathArgs(key=key, path=path) for key, path in mount.items.items()]
            return VolumeArgs(
                name=name, config_map=ConfigMapVolumeSourceArgs(name=mount.config_map, items=items or None)
            )
        case SecretFiles():
            return VolumeArgs(name=name, secret=SecretVolumeSourceArgs(secret_name=mount.secret, default_mode=0o440))
        case Scratch():
            return VolumeArgs(name=name, empty_dir=EmptyDirVolumeSourceArgs(size_limit=mount.size))
