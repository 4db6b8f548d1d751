"""What needs a written reason: findings that kube-score calls critical, and Trivy high or critical."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.toolchain.catalogue import KUBERNETES_VERSION
from ops.toolchain.tool import ToolName
from tests.lint.rendered import Objects, identity

SECONDS = 120
CRITICAL_GRADE = 1
"""kube-score grades 10 (good), 5 (warning), 1 (critical)."""


@dataclass(frozen=True, order=True)
class Finding:
    """One check that one object does not pass."""

    tool: str
    check: str
    object: str
    """``Kind/namespace/name``."""
    message: str

    def __str__(self) -> str:
        return f"{self.tool} {self.check} {self.object}: {self.message}"


def findings(programs: Mapping[ToolName, Path], objects: Objects) -> set[Finding]:
    """Of both tools."""
    return kube_score(programs[ToolName.KUBE_SCORE], objects) | trivy(programs[ToolName.TRIVY], objects)


def kube_score(program: Path, objects: Objects) -> set[Finding]:
    """Critical findings; what a manifest's annotations would have ignored is not ignored."""
    minor = ".".join(KUBERNETES_VERSION.split(".")[:2])
    scored = _answer(
        [
            *(str(program), "score", "--output-format", "json", "--kubernetes-version", f"v{minor}"),
            *("--disable-ignore-checks-annotations", *objects.files),
        ]
    )
    return {
        Finding("kube-score", check["check"]["id"], _identity(each), _said(comment))
        for each in scored
        for check in each["checks"] or ()
        if check["grade"] <= CRITICAL_GRADE and not check["skipped"]
        for comment in check["comments"] or ({"path": "", "summary": check["check"]["name"]},)
    }


def trivy(program: Path, objects: Objects) -> set[Finding]:
    """High and critical findings."""
    report = _answer([str(program), str(objects.directory)])
    assert report["files"] == len(objects.documents)
    return {
        Finding("trivy", each["id"], identity(objects.documents[each["file"]]), each["message"])
        for each in report["findings"]
        if each["severity"] in ("HIGH", "CRITICAL")
    }


def _answer(command: list[str]) -> Any:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode in (0, 1) and done.stdout, done.stderr
    return json.loads(done.stdout)


def _identity(scored: Mapping[str, Any]) -> str:
    metadata = scored["object_meta"]
    return f"{scored['type_meta']['kind']}/{metadata.get('namespace', '')}/{metadata['name']}"


def _said(comment: Mapping[str, str]) -> str:
    return f"({comment['path']}) {comment['summary']}" if comment["path"] else comment["summary"]
