"""CloudNativePG from its module's own kustomization."""

from typing import Final

from ops.image.oci import architecture
from ops.operators.install import Release
from ops.operators.manifests import DEPLOYMENT, container, kustomized, named, probe_often, run_image, set_variables
from ops.operators.workshop import Workshop
from ops.toolchain.modules import module_directory
from ops.toolchain.operators import CLOUDNATIVE_PG_VERSION, OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import ToolName

MODULE: Final = "github.com/cloudnative-pg/cloudnative-pg"
PROGRAM: Final = "/operator/manager_{architecture}"
"""Where an instance's init container looks for the instance manager."""


def release(workshop: Workshop) -> Release:
    """The operator; instances get the manager out of its image."""
    program = PROGRAM.format(architecture=architecture())
    image = workshop.image(
        f"ghcr.io/cloudnative-pg/cloudnative-pg:{CLOUDNATIVE_PG_VERSION}",
        {program: ToolName.CLOUDNATIVE_PG},
        {"/manager": program},
    )
    module = module_directory(OPERATOR_TOOLS[OperatorName.CLOUDNATIVE_PG][0].module, MODULE)
    objects = kustomized(workshop.kubectl, module / "config" / "default")
    manager = container(named(objects, DEPLOYMENT, "cnpg-controller-manager"))
    run_image(manager, image, "256Mi")
    set_variables(
        manager,
        {"OPERATOR_IMAGE_NAME": image, "MONITORING_QUERIES_CONFIGMAP": "cnpg-default-monitoring"},
    )
    manager["args"] = [
        each.replace("$(OPERATOR_DEPLOYMENT_NAME)", "cnpg-controller-manager") for each in manager["args"]
    ]
    probe_often(manager)
    return Release.of(OperatorName.CLOUDNATIVE_PG, CLOUDNATIVE_PG_VERSION, objects)
