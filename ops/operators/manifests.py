"""Manifests as their modules ship them, read or built by kustomize, and small changes to them by name."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import yaml

from ops.controlplane.api import Json
from ops.operators.failure import OperatorError

SECONDS: Final = 60.0
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):
    """YAML 1.2 in one thing: a lone ``=`` is a string, as the definitions of prometheus-operator have it."""


def _as_text(loader: Any, node: Any) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:value", _as_text)
DEPLOYMENT: Final = "Deployment"


def documents(text: str) -> list[Json]:
    """Every object of a YAML text; lists are opened."""
    found: list[Json] = []
    for document in yaml.load_all(text, Loader=_Loader):
        if document and document.get("kind") == "List":
            found += document["items"]
        elif document:
            found.append(document)
    return found


def kustomized(kubectl: Path, directory: Path) -> list[Json]:
    """What ``kubectl kustomize`` makes of a module's directory. Raises :class:`OperatorError`."""
    done = subprocess.run(
        [str(kubectl), "kustomize", str(directory)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise OperatorError(f"The manifests in {directory} could not be built: {done.stderr.strip()[-300:]}")
    return documents(done.stdout)


def named(manifests: Iterable[Json], kind: str, name: str) -> Json:
    """The one object of that kind and name. Raises :class:`OperatorError` where the module has no such object."""
    for each in manifests:
        if each["kind"] == kind and each["metadata"]["name"] == name:
            return each
    raise OperatorError(f"The module has no {kind} {name} any more: see its release notes, and mend ops/operators.")


def container(deployment: Json, name: str | None = None) -> Json:
    """A container of a workload, the first where no name is given."""
    containers = cast("list[Json]", deployment["spec"]["template"]["spec"]["containers"])
    return next(each for each in containers if name in (None, each["name"]))


def run_image(target: Json, image: str, memory: str) -> None:
    """Let a container run ``image`` from the node's own store, small enough to share two cores with everything else.

    ``memory`` is its limit. It may use any idle core: a limit on CPU would slow start-up for nobody's good.
    """
    target["image"] = image
    target["imagePullPolicy"] = "IfNotPresent"
    target["resources"] = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": memory}}


def probe_often(target: Json, kinds: tuple[str, ...] = ("startupProbe", "readinessProbe")) -> None:
    """Notice within a second that a container is ready."""
    for kind in kinds:
        if kind in target:
            patience = int(target[kind].get("initialDelaySeconds", 0)) + int(
                target[kind].get("periodSeconds", 10)
            ) * int(target[kind].get("failureThreshold", 3))
            target[kind] |= {"periodSeconds": 1, "failureThreshold": max(patience, 60)}
            target[kind].pop("initialDelaySeconds", None)


def set_variables(target: Json, variables: Mapping[str, str]) -> None:
    """Set environment variables of a container, in the place of those of the same name."""
    kept = [each for each in target.get("env", []) if each["name"] not in variables]
    target["env"] = [*kept, *({"name": name, "value": value} for name, value in variables.items())]
