"""`make bench-infra`: how fast a preview and an update are; one line of JSON at the end.

``python -m tests.stack.bench [--rounds N] [--stack NAME]``. Two comparisons, each in turns on the same control plane:

* preview of the stack against the preview of an empty Python program by the same CLI;
* ``pulumi up`` of the stack, from nothing, against ``kubectl apply --server-side`` of the same objects: once with the
  state written at the end (kubectl keeps none), once as a file backend does it by default, the whole state before and
  after each resource.

Both rest on the offline plugins, which do in Python what Pulumi's own do in Go; nothing runs, so nothing is awaited.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ops.controlplane.api import Api
from ops.controlplane.operators import operator_crds
from ops.controlplane.plane import ControlPlane
from ops.controlplane.processes import Lifetime
from ops.controlplane.servers import Programs
from ops.toolchain.catalogue import KUBECTL
from ops.toolchain.plugins import plugins_for
from ops.toolchain.tools import ensure_group, ensure_tools
from tests.stack.project import Project

SECONDS = 300.0
EMPTY = "empty"
CLUSTER_WIDE = frozenset({"Namespace", "ClusterIssuer", "PriorityClass", "ClusterRole", "ClusterRoleBinding"})
"""Kinds without a namespace."""


@dataclass(frozen=True)
class Comparison:
    """Seconds of two ways to do the same, in the order in which they were measured."""

    ours: list[float]
    other: list[float]

    def summary(self) -> dict[str, Any]:
        """Medians, their ratio, and the lowest and highest ratio of a pair."""
        ratios = [ours / other for ours, other in zip(self.ours, self.other, strict=True)]
        return {
            "ours_s": round(statistics.median(self.ours), 2),
            "other_s": round(statistics.median(self.other), 2),
            "ratio": round(statistics.median(self.ours) / statistics.median(self.other), 2),
            "ratio_spread": [round(min(ratios), 2), round(max(ratios), 2)],
        }


def main() -> int:
    """Measure, say what is measured on the way, and print the line."""
    parser = argparse.ArgumentParser(prog="python -m tests.stack.bench", description="Speed of preview and up.")
    parser.add_argument("--rounds", type=int, default=7, help="how often each pair is measured")
    parser.add_argument("--stack", default="prod")
    parser.add_argument("--only", choices=("preview", "up"), help="one of the two comparisons")
    chosen = parser.parse_args()
    tools = ensure_tools(say)
    with tempfile.TemporaryDirectory(prefix="mcp-bench-") as directory, contextlib.ExitStack() as stack:
        place = Path(directory)
        plane = ControlPlane(
            place / "plane",
            Programs(tools.etcd, tools.apiserver, tools.controller_manager),
            lifetime=Lifetime.PARENT,
            durable=False,
            crds=operator_crds,
        )
        plane.start()
        stack.callback(plane.stop)
        api = plane.api()
        stack.callback(api.close)
        project = Project(place, tools.pulumi, plugins_for(tools, place / "home"), plane.kubeconfig)
        figures: dict[str, Any] = {}
        if chosen.only != "up":
            figures |= previews(project, empty_project(place, project), chosen.stack, chosen.rounds)
        if chosen.only != "preview":
            figures |= updates(project, api, chosen.stack, chosen.rounds, place)
    print(json.dumps(figures))
    return 0


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def empty_project(place: Path, like: Project) -> Project:
    """A project with the same CLI, plugins and interpreter whose program does nothing."""
    empty = like.sibling(place / EMPTY)
    program = place / EMPTY / "program"
    program.mkdir()
    (program / "__main__.py").write_text("import pulumi\n", encoding="utf-8")
    document = yaml.safe_load((empty.directory / "Pulumi.yaml").read_text(encoding="utf-8"))
    document = {"name": EMPTY, "main": str(program), "runtime": document["runtime"]}
    (empty.directory / "Pulumi.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return empty


def previews(project: Project, empty: Project, stack: str, rounds: int) -> dict[str, Any]:
    """Previews in turns."""
    project.init(stack)
    project.configure(stack, project.settings(stack))
    empty.init(EMPTY)
    resources = len(checked(project.preview(stack)).operations["create"])
    checked(empty.preview(EMPTY))

    def pair() -> tuple[float, float]:
        return timed(lambda: checked(project.preview(stack))), timed(lambda: checked(empty.preview(EMPTY)))

    found = in_turns(f"preview of {stack} against an empty program", pair, rounds)
    return {"resources": resources} | prefixed("preview", found.summary())


def updates(project: Project, api: Api, stack: str, rounds: int, place: Path) -> dict[str, Any]:
    """Updates in turns, each from nothing."""
    kubectl = ensure_group([KUBECTL], say)[KUBECTL.name]
    project.init(stack)
    project.configure(stack, project.settings(stack) | {"protection": "off", "waiting": "off"})
    render = place / "render.yaml"
    render.write_text(rendered(project, stack), encoding="utf-8")
    config = f"--kubeconfig={project.kubeconfig}"

    checkpointed: list[float] = []

    def pair() -> tuple[float, float]:
        ours = timed(lambda: checked(project.up(stack)))
        checked(project.destroy(stack))
        checkpointed.append(timed(lambda: checked(project.up(stack, checkpoints=True))))
        checked(project.destroy(stack))
        command = (str(kubectl), config, "apply", "--server-side", "-f", str(render))
        other = timed(lambda: done(command))
        done((str(kubectl), config, "delete", "--ignore-not-found", "--wait", "-f", str(render)))
        return ours, other

    found = in_turns(f"up of {stack} against kubectl apply", pair, rounds)
    with_checkpoints = Comparison(checkpointed, found.other).summary()
    return prefixed("up", found.summary()) | prefixed("up_with_checkpoints", with_checkpoints)


def done(command: tuple[str, ...]) -> None:
    """Run a command that must succeed."""
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
    if ended.returncode:
        raise SystemExit(f"{' '.join(command[:3])} failed: {ended.stderr}")


def rendered(project: Project, stack: str) -> str:
    """The objects of a stack as Pulumi sent them, taken from its state, secrets included; namespaces first."""
    checked(project.up(stack))
    objects = [
        clear(each["inputs"])
        for each in project.resources(stack, show_secrets=True)
        if each["type"].startswith("kubernetes:") and "kind" in each.get("inputs", {})
    ]
    checked(project.destroy(stack))
    objects.sort(key=lambda each: each["kind"] not in CLUSTER_WIDE)
    for each in objects:
        annotations = each["metadata"].get("annotations", {})
        each["metadata"]["annotations"] = {k: v for k, v in annotations.items() if not k.startswith("pulumi.com/")}
    return yaml.safe_dump_all(objects)


def clear(value: Any) -> Any:
    """``value`` with every secret as it is: the state wraps each, as JSON text under ``plaintext``."""
    if isinstance(value, dict):
        inner = value.get("plaintext")
        return json.loads(inner) if isinstance(inner, str) else {key: clear(each) for key, each in value.items()}
    return [clear(each) for each in value] if isinstance(value, list) else value


def in_turns(what: str, pair: Callable[[], tuple[float, float]], rounds: int) -> Comparison:
    """Measure both, one after the other, round after round."""
    found = Comparison([], [])
    for number in range(rounds):
        ours, other = pair()
        found.ours.append(ours)
        found.other.append(other)
        say(f"{what}, round {number + 1} of {rounds}: {ours:.2f} s and {other:.2f} s")
    return found


def timed(work: Callable[[], object]) -> float:
    """Seconds that ``work`` takes."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def checked(result: Any) -> Any:
    """``result``, of a command that must have succeeded."""
    if result.code:
        raise SystemExit(result.output)
    return result


def prefixed(name: str, figures: dict[str, Any]) -> dict[str, Any]:
    """``{"ratio": …}`` -> ``{"preview_ratio": …}``."""
    return {f"{name}_{key}": value for key, value in figures.items()}


if __name__ == "__main__":
    sys.exit(main())
