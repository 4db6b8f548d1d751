"""What every pod of ours has in common: restricted, without token, spread over zones, bounded in everything."""

from dataclasses import dataclass, field, replace
from typing import Final

from pulumi_kubernetes.core.v1 import (
    AffinityArgs,
    CapabilitiesArgs,
    ConfigMapEnvSourceArgs,
    ConfigMapVolumeSourceArgs,
    ContainerArgs,
    ContainerPortArgs,
    EmptyDirVolumeSourceArgs,
    EnvFromSourceArgs,
    EnvVarArgs,
    ExecActionArgs,
    HTTPGetActionArgs,
    KeyToPathArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    PodAffinityTermArgs,
    PodAntiAffinityArgs,
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


@dataclass(frozen=True, kw_only=True)
class Container:
    """What a container runs, and what it sees. Mounts of one name are one volume, whichever containers have them."""

    name: str
    image: str
    command: tuple[str, ...]
    """Empty: the image's own."""
    resources: Resources
    args: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict[str, str])
    environment_from: tuple[str, ...] = ()
    """ConfigMaps whose keys become variables."""
    ports: dict[str, int] = field(default_factory=dict[str, int])
    mounts: tuple[Mount, ...] = ()
    startup: ProbeArgs | None = None
    """The other probes begin after it."""
    liveness: ProbeArgs | None = None
    readiness: ProbeArgs | None = None
    before_stop: tuple[str, ...] = ()
    """Runs before the container is told to stop; empty: one with ports serves :data:`DRAIN_SECONDS` longer."""


@dataclass(frozen=True, kw_only=True)
class Workload(Container):
    """A pod: its main container, which it is named after, and those around it."""

    labels: dict[str, str]
    service_account: str
    annotations: dict[str, str] = field(default_factory=dict[str, str])
    prepared_by: tuple[Container, ...] = ()
    """Init containers: each ends before the next begins."""
    sidecars: tuple[Container, ...] = ()
    """Run beside the main container, started and stopped with it."""
    apart: bool = False
    """No two of its pods on one node, even if one has to wait for another node."""
    priority_class: str | None = None
    token: bool = False
    """Whether it carries a token for the Kubernetes API."""
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
            automount_service_account_token=work.token,
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
            priority_class_name=work.priority_class,
            affinity=_apart(work) if work.apart else None,
            topology_spread_constraints=_spread(work) if work.restart_policy is None else None,
            init_containers=[_container(each) for each in work.prepared_by] or None,
            containers=[_container(each) for each in (work, *work.sidecars)],
            volumes=_volumes(work) or None,
        ),
    )


def _container(each: Container) -> ContainerArgs:
    return ContainerArgs(
        name=each.name,
        image=each.image,
        image_pull_policy="IfNotPresent",
        command=list(each.command) or None,
        args=list(each.args) or None,
        env=[EnvVarArgs(name=name, value=value) for name, value in each.environment.items()] or None,
        env_from=[EnvFromSourceArgs(config_map_ref=ConfigMapEnvSourceArgs(name=name)) for name in each.environment_from]
        or None,
        ports=[ContainerPortArgs(name=name, container_port=port) for name, port in each.ports.items()] or None,
        resources=ResourceRequirementsArgs(
            requests=each.resources.requests.model_dump(), limits=each.resources.limits.model_dump()
        ),
        startup_probe=each.startup,
        liveness_probe=each.liveness,
        readiness_probe=each.readiness,
        lifecycle=_before_stop(each),
        security_context=SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[
            VolumeMountArgs(
                name=mount.name, mount_path=mount.path, read_only=None if isinstance(mount, Scratch) else True
            )
            for mount in each.mounts
        ]
        or None,
    )


def _before_stop(each: Container) -> LifecycleArgs | None:
    if each.before_stop:
        return LifecycleArgs(pre_stop=LifecycleHandlerArgs(exec_=ExecActionArgs(command=list(each.before_stop))))
    if each.ports:
        return LifecycleArgs(pre_stop=LifecycleHandlerArgs(sleep=SleepActionArgs(seconds=DRAIN_SECONDS)))
    return None


def _apart(work: Workload) -> AffinityArgs:
    others = PodAffinityTermArgs(
        topology_key="kubernetes.io/hostname",
        label_selector=LabelSelectorArgs(match_labels={"app": work.labels["app"]}),
    )
    return AffinityArgs(
        pod_anti_affinity=PodAntiAffinityArgs(required_during_scheduling_ignored_during_execution=[others])
    )


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


def _volumes(work: Workload) -> list[VolumeArgs]:
    """Every volume once; refuses one name for two different things."""
    mounts: dict[str, Mount] = {}
    for each in (work, *work.sidecars, *work.prepared_by):
        for mount in each.mounts:
            same = replace(mounts.setdefault(mount.name, mount), path=mount.path)
            if same != mount:
                raise ValueError(f"{work.name}: volume {mount.name!r} is {same} and {mount}: give one another name")
    return [_volume(mount) for mount in mounts.values()]


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
