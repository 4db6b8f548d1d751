"""Loopback ports that lead to Services of a cluster that this machine cannot route to, by `kubectl port-forward`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ops.controlplane.processes import Lifetime, ProcessRecord, is_alive, start, stop, tail, wait_until
from ops.local.failure import LocalError
from ops.local.state import State, write_private
from ops.node.forward import Forward

READY_SECONDS = 30.0


def reach(state: State, kubectl: Path, kubeconfig: Path, forwards: Sequence[Forward]) -> None:
    """Start one process for each port; those of an earlier run are ended first. Raises :class:`LocalError`."""
    end(state)
    records: list[ProcessRecord] = []
    for each in forwards:
        namespace, _, service = each.host.partition("/")
        name = f"port-forward-{each.port}"
        log = state.log(name)
        log.unlink(missing_ok=True)
        command = [str(kubectl), "--kubeconfig", str(kubeconfig), "--namespace", namespace, "port-forward"]
        record = start(name, [*command, f"service/{service}", f"{each.port}:{each.target}"], log, Lifetime.DETACHED)
        records.append(record)
        write_private(_note(state), json.dumps([asdict(record) for record in records]))

        def listening(log: Path = log, record: ProcessRecord = record) -> bool:
            return not is_alive(record) or "Forwarding from" in tail(log)

        if not wait_until(listening, READY_SECONDS) or not is_alive(record):
            raise LocalError(f"Port {each.port} does not lead to Service {each.host}: {tail(log)}")


def end(state: State) -> int:
    """End the recorded processes; how many there were."""
    try:
        records = [ProcessRecord(**each) for each in json.loads(_note(state).read_text(encoding="utf-8"))]
    except (OSError, ValueError):
        return 0
    stop(records)
    _note(state).unlink(missing_ok=True)
    return len(records)


def _note(state: State) -> Path:
    return state.run / "port-forwards.json"
