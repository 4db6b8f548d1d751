"""What runs where no node does: every process, whether it is ready, and on which ports."""

import time
from typing import Any

from ops.local import supervision
from ops.local.as_processes import idle_plane
from ops.local.record import Condition
from ops.local.state import State


def report(state: State) -> dict[str, Any]:
    """Everything that there is to say, as JSON."""
    plane = idle_plane(state)
    servers = plane.health().servers if plane.processes() else {}
    processes: list[dict[str, Any]] = [
        {
            "name": record.name,
            "condition": Condition.READY if servers[record.name] else Condition.STOPPED,
            "pid": record.pid,
            "source": "control plane",
            "log": str(plane.logs / f"{record.name}.log"),
        }
        for record in plane.processes()
    ]
    seen = supervision.statuses(state)
    plan = supervision.current_plan(state)
    for spec in plan.processes:
        running = seen.named(spec.name) if seen else None
        processes.append(
            {
                "name": spec.name,
                "condition": running.condition if running else Condition.STOPPED,
                "pid": running.pid if running else None,
                "ports": spec.ports,
                "source": spec.source,
                "restarts": running.restarts if running else 0,
                "last_end": running.last_end if running else "",
                "seconds": round(time.time() - running.since) if running and running.is_alive else None,
                "log": str(state.log(spec.name)),
            }
        )
    supervised = supervision.is_running(state)
    ready = supervised and bool(processes) and all(each["condition"] == Condition.READY for each in processes)
    return {"ready": ready, "supervised": supervised, "processes": processes}


def table(document: dict[str, Any]) -> str:
    """The same for people."""
    lines = [f"{'process':<28} {'condition':<9} {'pid':>8} {'up':>8} {'restarts':>8}  ports and source"]
    for each in document["processes"]:
        ports = " ".join(f"{name}:{port}" for name, port in each.get("ports", {}).items())
        seconds = f"{each['seconds']} s" if each.get("seconds") is not None else ""
        what = "  ".join(part for part in (ports, each["source"], each.get("last_end", "")) if part)
        pid = each["pid"] or ""
        lines.append(
            f"{each['name']:<28} {each['condition']:<9} {pid:>8} {seconds:>8} {each.get('restarts', ''):>8}  {what}"
        )
    if not document["processes"]:
        lines = ["nothing is running: `make up` starts the platform"]
    elif not document["supervised"]:
        lines.append("the supervisor does not run, so nothing is started again: `make up` mends that")
    return "\n".join(lines)
