"""A Helm chart in a folder: its defaults, schema, templates and subcharts, and what Helm makes of it."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ops.toolchain.helm import HELM
from ops.toolchain.tool import ToolName
from ops.toolchain.tools import ensure_group

SECONDS = 120
KUBERNETES = "1.36.3"

Values = Mapping[str, Any]


class RenderError(Exception):
    """Helm refuses the chart with these values; the message is Helm's."""


@dataclass(frozen=True)
class Chart:
    """One chart. ``given`` are folders of subcharts, by name or alias, that the chart does not bring itself."""

    folder: Path
    given: Mapping[str, Path] = field(default_factory=dict[str, Path])

    def about(self) -> dict[str, Any]:
        """Chart.yaml."""
        return _mapping(self.folder / "Chart.yaml")

    def defaults(self) -> dict[str, Any]:
        """values.yaml."""
        return _mapping(self.folder / "values.yaml")

    def schema(self) -> dict[str, Any]:
        """values.schema.json, or an empty one."""
        file = self.folder / "values.schema.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def templates(self) -> str:
        """The text of every template."""
        files = sorted(each for each in (self.folder / "templates").rglob("*") if each.is_file())
        return "\n".join(each.read_text(encoding="utf-8", errors="replace") for each in files)

    def dependencies(self) -> dict[str, dict[str, Any]]:
        """Chart.yaml's ``dependencies`` by the key under which their values stand, and the folders in charts/."""
        declared = {each.get("alias", each["name"]): each for each in self.about().get("dependencies") or []}
        names = {each["name"] for each in declared.values()}
        vendored = (each for each in sorted(self.folder.glob("charts/*")) if (each / "Chart.yaml").exists())
        return declared | {each.name: {"name": each.name} for each in vendored if each.name not in names}

    def subchart(self, key: str) -> "Chart | None":
        """The chart whose values stand under ``key``; None where its folder is not known."""
        name = self.dependencies()[key]["name"]
        places = (self.given.get(key), self.given.get(name), self.folder / "charts" / name)
        found = next((each for each in places if each is not None and (each / "Chart.yaml").exists()), None)
        return Chart(found, self.given) if found else None


def render(
    chart: Chart, values: Values, namespace: str = "default", apis: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """Every object, hooks included. Subcharts whose folder is not known are left out.

    Args:
        chart: the chart.
        values: on top of its defaults.
        namespace: of the release.
        apis: further API versions that the cluster is said to have, such as ``monitoring.coreos.com/v1``.

    Raises:
        RenderError: Helm refuses.
        ToolchainError: there is no Helm.
    """
    with tempfile.TemporaryDirectory() as directory:
        text = _template(_complete(chart, Path(directory)), values, namespace, apis, Path(directory))
    return [each for each in yaml.safe_load_all(text) if each]


def _template(chart: Path, values: Values, namespace: str, apis: tuple[str, ...], directory: Path) -> str:
    helm = ensure_group((HELM,), print)[ToolName.HELM]
    file = directory / "values.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    command = [str(helm), "template", "release", str(chart), "--namespace", namespace, "--values", str(file)]
    command += ["--kube-version", KUBERNETES, *(f"--api-versions={each}" for each in apis)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    if done.returncode != 0:
        raise RenderError(done.stderr.strip())
    return done.stdout


def _complete(chart: Chart, directory: Path) -> Path:
    """A copy of the chart that Helm renders offline: known subcharts in place, unknown ones no longer asked for."""
    copy = directory / "chart"
    shutil.copytree(chart.folder, copy)
    if schema := chart.schema():
        (copy / "values.schema.json").write_text(json.dumps(_local(schema)), encoding="utf-8")
    (copy / "Chart.lock").unlink(missing_ok=True)
    about = chart.about()
    kept: list[dict[str, Any]] = []
    for key, dependency in chart.dependencies().items():
        found = chart.subchart(key)
        if found is None:
            continue
        place = copy / "charts" / dependency["name"]
        if not place.exists():
            (directory / key).mkdir()
            shutil.copytree(_complete(found, directory / key), place)
        if "version" in dependency:
            kept.append(dependency | {"version": "*", "repository": ""})
    (copy / "Chart.yaml").write_text(yaml.safe_dump(about | {"dependencies": kept}), encoding="utf-8")
    return copy


def _local(schema: Any) -> Any:
    """The schema without what it refers to elsewhere, such as Kubernetes' own kinds: Helm would download it."""
    if isinstance(schema, dict):
        elsewhere = not str(schema.get("$ref", "#")).startswith("#")
        return {} if elsewhere else {key: _local(value) for key, value in schema.items()}
    return [_local(each) for each in schema] if isinstance(schema, list) else schema


def _mapping(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8")) or {} if file.exists() else {}
