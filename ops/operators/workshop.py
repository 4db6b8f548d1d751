"""What operators' manifests and images are made with: programs from the cache, modules, kustomize and Helm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ops.image.binary import binary_image
from ops.image.image import Image
from ops.toolchain.cache import Report
from ops.toolchain.tool import ToolName


@dataclass(frozen=True)
class Workshop:
    """Tools for making operators' releases.

    Attributes:
        programs: the operators' own, built; None where the cluster pulls the official images itself.
        kubectl: builds kustomizations.
        helm: renders charts.
        shell: reference of an image that has ``sh``.
        report: takes lines of progress.
        built: images that were made, to be loaded into the cluster.
    """

    programs: Mapping[ToolName, Path] | None
    kubectl: Path
    helm: Path
    shell: str
    report: Report
    built: list[Image] = field(default_factory=list[Image])

    def image(self, official: str, programs: Mapping[str, ToolName], links: Mapping[str, str] | None = None) -> str:
        """Reference of an image with these programs (path in the image -> program).

        It is built as ``local/…`` with the tag of the official one, or is the official one.
        """
        if self.programs is None:
            return official
        found = {path: self.programs[tool] for path, tool in programs.items()}
        image = binary_image(f"local/{official.rpartition('/')[2]}", found, self.report, links=links or {})
        self.built.append(image)
        return image.reference
