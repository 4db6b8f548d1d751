"""`make dev`: the app alone, without Kubernetes and Pulumi, started again whenever its code or a role changes.

PostgreSQL, cache, engine and one agent per role. Its state is its own, in `dev` below the state directory; its ports
are those of `make up`, so only one of the two runs at a time.
"""

import os
import secrets
import time
from typing import Final

from ops.local import supervision
from ops.local.as_processes import migrate, start_app, start_data
from ops.local.dev_objects import dev_objects
from ops.local.platform import CONNECTION, Platform, platform, write_connection
from ops.local.ports import PortPlan, port_plan
from ops.local.postgres import Server, ensure_server
from ops.local.process_logs import Tail
from ops.local.progress import Step, Steps
from ops.local.spec import Plan
from ops.local.state import State, write_private

INTERVAL: Final = 0.5
"""Seconds between looks at the code."""


def dev(parent: State) -> int:
    """Run until interrupted; then every process is ended."""
    state = State(parent.directory / "dev")
    state.make()
    ports = port_plan(os.environ)
    try:
        steps = Steps(3)
        with steps.step("database and cache") as step:
            server = ensure_server(state.postgres)
            running = translated(state, ports, server)
            start_data(state, running, server, ports, step)
        with steps.step("migration") as step:
            migrate(state, running, server, step)
        with steps.step("engine and agents") as step:
            start_app(state, running, step)
        token = write_connection(state, running, dev_objects(password(state)))
        print(f"\nAPI {running.http_url}/api/v1   events {running.ws_url}   token {token}")
        print(
            f"ready after {steps.elapsed:.1f} s; changes of code and roles restart what they concern; Ctrl-C ends it\n"
        )
        follow(state, ports, server, running, step)
    finally:
        supervision.end(state)
        CONNECTION.unlink(missing_ok=True)
    return 0


def password(state: State) -> str:
    """One password for everything, made once."""
    file = state.directory / "password"
    if not file.exists():
        write_private(file, secrets.token_hex(24))
    return file.read_text(encoding="utf-8")


def translated(state: State, ports: PortPlan, server: Server) -> Platform:
    """The processes as code and roles are now."""
    return platform(state, dev_objects(password(state)), ports, server)


def follow(state: State, ports: PortPlan, server: Server, running: Platform, step: Step) -> None:
    """Show what the app's processes write, and restart those that a change concerns, until interrupted."""
    tails = {spec.name: Tail(state.log(spec.name), lines=5) for spec in running.app}
    while True:
        time.sleep(INTERVAL)
        for name, tail in tails.items():
            for line in tail.new():
                print(f"{name:<26} | {line}", flush=True)
        try:
            newer = translated(state, ports, server)
        except ValueError as error:  # a role in the middle of being edited
            print(f"waiting for a role that can be read: {error}", flush=True)
            continue
        changed = [spec.name for spec in newer.app if spec not in running.app]
        if changed:
            running = newer
            print(f"changed, starting anew: {', '.join(changed)}", flush=True)
            migrate(state, newer, server, step)
            supervision.apply(state, Plan(processes=(*newer.data, *newer.app)))
