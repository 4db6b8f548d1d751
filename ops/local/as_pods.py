"""`make up` on a cluster that runs pods: images, operators, a real `pulumi up` that waits for everything, ports."""

import os
from dataclasses import replace
from typing import Any, Final

from contract.names import ENGINE, Namespace, SecretName
from infra.sections.cluster import Operator
from ops.controlplane.api import Api, Json
from ops.controlplane.crds import apply_crds
from ops.controlplane.operators import operator_crds
from ops.local import operators
from ops.local.awake import wait_awake
from ops.local.clusters import all_clusters
from ops.local.clusters.cluster import Needs, PodCluster
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.farewell import Farewell
from ops.local.identity import forget_another_cluster, require_own_cluster
from ops.local.images import Images, ensure_images
from ops.local.objects import secret_data
from ops.local.platform import record_connection
from ops.local.ports import PortPlan
from ops.local.presence import present, settings_for
from ops.local.progress import Step, Steps
from ops.local.reach import forwards
from ops.local.replacement import LOOPBACK
from ops.local.sample import run_sample
from ops.local.stack import LocalStack, Update
from ops.local.state import State, write_private
from ops.operators.install import install, installed, remove
from ops.operators.workshop import Workshop
from ops.toolchain.catalogue import NODE_TOOLS, TOOLS
from ops.toolchain.helm import HELM
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.plugins import plugins_for
from ops.toolchain.tools import Tools, ensure_tools, estimated_seconds

TOTAL_STEPS: Final = 7
WORTH_SAYING: Final = 60.0
"""Seconds."""
SHORT_LEASE: Final = {"durationSeconds": 5, "renewSeconds": 3, "retrySeconds": 1}
"""On one machine the API server is never far: a primary that does not answer it is gone."""


def up(state: State, kind: ClusterKind, ports: PortPlan) -> int:
    """Bring everything up and run a sample workflow; 0 when it completed. Raises the errors of each step."""
    steps = Steps(TOTAL_STEPS)
    cluster = all_clusters.cluster(kind, state, ports)
    announce_builds(kind)
    with steps.step("tools") as step:
        tools = ensure_tools(step.say)
        plugins = plugins_for(tools, state.stack_on(kind) / "home", step.say)
        cluster.get(step.say)
        step.say(f"Pulumi ({plugins.kind.value} plugins), what the cluster is made of")
    with steps.step("images") as step:
        images = ensure_images(kind, step.say)
        step.say(images.summary())
    with steps.step("cluster") as step:
        cluster.start(images.built, step.say)
    needs = cluster.needs()
    chosen = operators.chosen(needs, os.environ)
    api = Api.from_kubeconfig(cluster.kubeconfig)
    try:
        with steps.step("operators") as step:
            shop = operators.workshop(chosen, needs, images.shell, step.say)
            install_operators(api, cluster, chosen, shop, step)
        with steps.step("pulumi up") as step:
            settings = overlay(images, needs, present(api, chosen))
            stack = LocalStack(state.stack_on(kind), tools.pulumi, cluster.kubeconfig, settings)
            stack.prepare()
            forget_another_cluster(stack, lambda: Api.from_kubeconfig(cluster.kubeconfig))
            update = stack.up(plugins, progress(step), refresh=True)
            step.say(f"stack local: {update.summary()}")
            remove_operators(api, chosen, shop, step)
        with steps.step("platform") as step:
            shop = replace(shop, report=step.say)
            later = operators.later_releases(chosen, shop)
            cluster.load(shop.built, step.say)
            install(api, later, step.say)
            cluster.reach(forwards(api, ports))
            token = api_token(api)
            http_url, ws_url = f"http://{LOOPBACK}:{ports.engine}", f"ws://{LOOPBACK}:{ports.events}"
            write_private(state.token, token)
            record_connection(state, http_url, ws_url)
            wait_awake(http_url, token, step.say)
            step.say(f"API {http_url}, API server on {LOOPBACK}:{ports.api_server}")
    finally:
        api.close()
    print(f"\nplatform ready after {steps.elapsed:.1f} s\n", flush=True)
    if needs.builds:
        print("left out here, and tested otherwise")
        print("\n".join(f"  {name}: {reason}" for name, reason in operators.LEFT_OUT.items()) + "\n", flush=True)
    with steps.step("workflow") as step:
        step.say("software-delivery, offline model")
    completed = run_sample(http_url, ws_url, token)
    farewell = Farewell(state, kind, http_url, ws_url, token, tools.pulumi, cluster.kubeconfig)
    print(farewell.text(ENGINE, steps.elapsed))
    return 0 if completed else 1


def check_operators(state: State, kind: ClusterKind, ports: PortPlan) -> None:
    """Refuse a misspelt operator before anything is built. Raises :class:`LocalError`.

    A cluster of the user's own tells what it needs once it answers, so it is checked later.
    """
    if kind is not ClusterKind.CONTEXT:
        operators.chosen(all_clusters.cluster(kind, state, ports).needs(), os.environ)


def announce_builds(kind: ClusterKind) -> None:
    """Say beforehand what will take long, and how to do without; where everything is there, say nothing."""
    if kind is not ClusterKind.NODE:
        return
    named = os.environ.get(operators.VARIABLE) or " ".join(OperatorName)
    programs = [tool for name, tools in OPERATOR_TOOLS.items() if name in named.split() for tool in tools]
    seconds = estimated_seconds([*TOOLS, *NODE_TOOLS, HELM, *programs])
    if seconds > WORTH_SAYING:
        print(
            f"what is missing takes about {seconds / 60:.0f} minutes to build, this once: Kubernetes, and operators as "
            f"pods; {operators.VARIABLE}='{' '.join(operators.INDISPENSABLE)}' builds fewer, CLUSTER=processes none",
            flush=True,
        )


def install_operators(
    api: Api, cluster: PodCluster, chosen: tuple[OperatorName, ...], shop: Workshop, step: Step
) -> None:
    """Have the operators' images, definitions and objects in the cluster, and wait until they serve."""
    if not chosen:
        step.say("none: the cluster's own")
        return
    releases = operators.releases(chosen, shop)
    cluster.load(shop.built, step.say)
    apply_crds(api, operator_crds(step.say))
    install(api, releases, step.say)
    step.say(f"{', '.join(chosen)}")


def remove_operators(api: Api, chosen: tuple[OperatorName, ...], shop: Workshop, step: Step) -> None:
    """Take away operators that an earlier run installed and this one leaves out; the stack does without them by now."""
    left_out = operators.left_out(chosen, installed(api), shop)
    for release in left_out:
        step.say(f"removing {release.name}")
        remove(api, release)


def overlay(images: Images, needs: Needs, operators: list[Operator]) -> Json:
    """What differs from the committed stack file, which is written for a control plane without a node."""
    settings: dict[str, Any] = settings_for(operators) | {
        "waiting": "on",
        "image": images.platform,
        "database": {"instances": 3, "storageClass": needs.storage_class, "primaryLease": SHORT_LEASE},
    }
    settings["cluster"]["existing"] = {"adopt": "on"}
    if images.replaced:
        settings["images"] = dict(images.replaced)
    return settings


def progress(step: Step) -> Any:
    """What to call with each of the engine's events."""

    def say(update: Update) -> None:
        step.say(f"stack local: {update.summary()}")

    return say


def api_token(api: Api) -> str:
    """The first API key. Raises :class:`LocalError` where there is none."""
    secret = api.get("v1", "Secret", SecretName.API_TOKEN, Namespace.ORCHESTRATION)
    token = secret_data(secret or {}).get("token", b"").decode()
    if not token:
        raise LocalError(f"Secret {SecretName.API_TOKEN} holds no token: run `make up` again.")
    return token


def destroy(state: State, kind: ClusterKind, ports: PortPlan, tools: Tools, step: Step) -> None:
    """Take the stack out of a cluster that goes on without it. Raises :class:`LocalError` where it is another one."""
    cluster = all_clusters.cluster(kind, state, ports)
    stack = LocalStack(state.stack_on(kind), tools.pulumi, cluster.kubeconfig)
    if stack.passphrase.exists():
        require_own_cluster(stack, lambda: Api.from_kubeconfig(cluster.kubeconfig))
        stack.destroy(plugins_for(tools, stack.home), progress(step))
