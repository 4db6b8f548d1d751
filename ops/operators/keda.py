"""KEDA from its module's own kustomization: operator, metrics API and admission."""

from typing import Final

from ops.operators.install import Release
from ops.operators.manifests import DEPLOYMENT, container, kustomized, named, probe_often, run_image
from ops.operators.workshop import Workshop
from ops.toolchain.modules import module_directory
from ops.toolchain.operators import KEDA_VERSION, OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import ToolName

MODULE: Final = "github.com/kedacore/keda/v2"
PROGRAMS: Final = {
    "keda-operator": ("keda", "/keda", ToolName.KEDA_OPERATOR),
    "keda-metrics-apiserver": ("keda-metrics-apiserver", "/keda-adapter", ToolName.KEDA_ADAPTER),
    "keda-admission": ("keda-admission-webhooks", "/keda-admission-webhooks", ToolName.KEDA_WEBHOOKS),
}
"""Deployment -> its image, its program in there, and what that is built as."""


def release(workshop: Workshop) -> Release:
    """All three, each with an image of its own."""
    module = module_directory(OPERATOR_TOOLS[OperatorName.KEDA][0].module, MODULE)
    objects = kustomized(workshop.kubectl, module / "config" / "default")
    for name, (image, path, tool) in PROGRAMS.items():
        target = container(named(objects, DEPLOYMENT, name))
        run_image(target, workshop.image(f"ghcr.io/kedacore/{image}:{KEDA_VERSION}", {path: tool}), "256Mi")
        probe_often(target)
    return Release.of(OperatorName.KEDA, KEDA_VERSION, objects)
