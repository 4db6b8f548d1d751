"""`make up` where no node runs: a control plane, and the pods' commands as processes beside it, step by step."""

import contextlib
import shutil
from collections.abc import Generator
from typing import Final

from ops.controlplane.operators import operator_crds
from ops.controlplane.plane import ControlPlane
from ops.controlplane.servers import Programs
from ops.local import supervision
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.farewell import Farewell
from ops.local.identity import forget_another_cluster
from ops.local.jobs import JobBook, run_job
from ops.local.logins import reconcile
from ops.local.objects import Objects, read_objects
from ops.local.platform import Platform, platform, write_connection
from ops.local.ports import PortPlan
from ops.local.postgres import Server, ensure_server
from ops.local.progress import Step, Steps
from ops.local.sample import run_sample
from ops.local.spec import Plan
from ops.local.stack import LocalStack, Update
from ops.local.state import State, write_private
from ops.toolchain.plugins import Plugins, plugins_for
from ops.toolchain.tools import Tools, ensure_tools

READY_DEADLINE: Final = 120.0
TOTAL_STEPS: Final = 7


def up(state: State, ports: PortPlan) -> int:
    """Bring everything up and run a sample workflow; 0 when it completed. Raises the errors of each step."""
    steps = Steps(TOTAL_STEPS)
    with undone_on_failure(state):
        with steps.step("tools") as step:
            tools = ensure_tools(step.say)
            plugins = plugins_for(tools, state.stack / "home", step.say)
            step.say(f"Pulumi ({plugins.kind.value} plugins), etcd, Kubernetes")
        plane = control_plane(state, ports, tools)
        with steps.step("control plane") as step:
            start_plane(plane, step)
        with steps.step("pulumi up") as step:
            update = bring_stack_up(state, plane, tools, plugins, step)
            step.say(f"stack local: {update.summary()}")
        objects = read_from(plane)
        with steps.step("database and cache") as step:
            server = ensure_server(state.postgres)
            running = platform(state, objects, ports, server)
            start_data(state, running, server, ports, step)
        with steps.step("migration") as step:
            migrate(state, running, server, step)
        with steps.step("engine and agents") as step:
            start_app(state, running, step)
        token = write_connection(state, running, objects)
    ready = steps.elapsed
    every = state.directory / "replaced.txt"
    write_private(every, "\n".join([*running.ledger.lines(), ""]))
    print("\nreplaced, because this machine is no cluster; everything else is as in the pod templates")
    print("\n".join(f"  {line}" for line in running.ledger.table()))
    print(f"  (each of them: {every})")
    print(f"\nplatform ready after {ready:.1f} s\n", flush=True)
    with steps.step("workflow") as step:
        step.say("software-delivery, offline model")
    completed = run_sample(running.http_url, running.ws_url, token)
    farewell = Farewell(state, ClusterKind.PROCESSES, running.http_url, running.ws_url, token, tools.pulumi)
    print(farewell.text(running.engine.name, steps.elapsed))
    return 0 if completed else 1


@contextlib.contextmanager
def undone_on_failure(state: State) -> Generator[None]:
    """End what this run has started if it fails or is interrupted; what ran before it goes on."""
    plane = idle_plane(state)
    plane_ran, supervisor_ran = bool(plane.processes()) and plane.health().healthy, supervision.is_running(state)
    try:
        yield
    except BaseException:
        if not supervisor_ran:
            supervision.end(state)
        if not plane_ran:
            plane.stop()
        raise


def control_plane(state: State, ports: PortPlan, tools: Tools) -> ControlPlane:
    """The control plane of this state."""
    return ControlPlane(
        state.control_plane,
        Programs(tools.etcd, tools.apiserver, tools.controller_manager),
        api_port=ports.api_server,
        etcd_port=ports.etcd,
        crds=operator_crds,
    )


def idle_plane(state: State) -> ControlPlane:
    """The control plane, to ask or to stop, where its programs are not known."""
    nowhere = state.programs
    return ControlPlane(state.control_plane, Programs(nowhere, nowhere, nowhere))


def start_plane(plane: ControlPlane, step: Step) -> None:
    """Have the control plane run."""
    plane.start(step.say)
    step.say(f"API server on {plane.api().access.server}")


def bring_stack_up(state: State, plane: ControlPlane, tools: Tools, plugins: Plugins, step: Step) -> Update:
    """Run `pulumi up`. Where an interrupted run left state and cluster at odds, begin the stack anew, once."""
    stack = LocalStack(state.stack, tools.pulumi, plane.kubeconfig)
    stack.prepare()
    unfinished = stack.directory / "unfinished"
    forget_another_cluster(stack, plane.api)
    was_interrupted = unfinished.exists()
    unfinished.touch()

    def progress(update: Update) -> None:
        step.say(f"stack local: {update.summary()}")

    try:
        update = stack.up(plugins, progress)
    except LocalError:
        if not was_interrupted:
            raise
        step.say("an interrupted run left state and cluster at odds: beginning the stack anew")
        plane.stop()
        shutil.rmtree(state.control_plane / "etcd", ignore_errors=True)
        stack.forget()
        plane.start()
        forget_another_cluster(stack, plane.api)
        update = stack.up(plugins, progress)
    unfinished.unlink()
    return update


def read_from(plane: ControlPlane) -> Objects:
    """The platform's objects."""
    api = plane.api()
    try:
        return read_objects(api)
    finally:
        api.close()


def start_data(state: State, running: Platform, server: Server, ports: PortPlan, step: Step) -> None:
    """Have PostgreSQL and the cache ready, with every login."""
    plan = supervision.current_plan(state)
    wanted = {spec.name for spec in (*running.data, *running.app)}
    kept = Plan(processes=tuple(spec for spec in plan.processes if spec.name in wanted))
    if not supervision.is_running(state):
        kept = Plan()
    supervision.apply(state, kept.updated(running.data))
    names = ", ".join(spec.name for spec in running.data)
    supervision.wait_ready(
        state, running.data, READY_DEADLINE, lambda ready, total: step.say(f"{names}: {ready} of {total} ready")
    )
    reconcile(server, running.database, ports.postgres)


def migrate(state: State, running: Platform, server: Server, step: Step) -> None:
    """Run every Job that has not completed on this database yet."""
    book = JobBook(server.data / "mcp-jobs.json")
    step.say("no Job")
    for job, spec in running.jobs:
        if book.has(spec):
            step.say(f"{spec.name} has completed before")
            continue
        step.say(spec.name)
        run_job(spec, state.log(spec.name), job.retries, job.deadline)
        book.add(spec)


def start_app(state: State, running: Platform, step: Step) -> None:
    """Have engine and agents ready."""
    supervision.apply(state, Plan(processes=(*running.data, *running.app)))
    supervision.wait_ready(
        state, running.app, READY_DEADLINE, lambda ready, total: step.say(f"{ready} of {total} ready")
    )
