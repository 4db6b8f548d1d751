"""Volumes as directories of the node: Rancher's local-path-provisioner, with its module's own manifest."""

import json
from typing import Final

import yaml

from ops.controlplane.api import Json
from ops.node.layout import INSIDE, Layout
from ops.operators.install import Release
from ops.operators.manifests import DEPLOYMENT, container, documents, named, run_image
from ops.operators.workshop import Workshop
from ops.toolchain.modules import module_directory
from ops.toolchain.operators import LOCAL_PATH_PROVISIONER_VERSION, OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import ToolName

MODULE: Final = "github.com/rancher/local-path-provisioner"
STORAGE_CLASS: Final = "local-path"
PROGRAM: Final = "/usr/bin/local-path-provisioner"


def release(workshop: Workshop) -> Release:
    """The provisioner; its helper pods make and remove directories with a shell."""
    image = workshop.image(
        f"docker.io/rancher/local-path-provisioner:v{LOCAL_PATH_PROVISIONER_VERSION}",
        {PROGRAM: ToolName.LOCAL_PATH_PROVISIONER},
    )
    module = module_directory(OPERATOR_TOOLS[OperatorName.STORAGE][0].module, MODULE)
    manifest = module / "deploy" / "local-path-storage.yaml"
    objects = documents(manifest.read_text(encoding="utf-8"))
    provisioner = container(named(objects, DEPLOYMENT, "local-path-provisioner"))
    run_image(provisioner, image, "128Mi")
    provisioner["command"][0] = PROGRAM
    _configure(named(objects, "ConfigMap", "local-path-config"), workshop.shell)
    return Release.of(OperatorName.STORAGE, LOCAL_PATH_PROVISIONER_VERSION, objects)


def _configure(configuration: Json, shell: str) -> None:
    volumes = str(Layout(INSIDE).volumes)
    paths = {"nodePathMap": [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [volumes]}]}
    helper: Json = yaml.safe_load(configuration["data"]["helperPod.yaml"])
    helper["spec"]["containers"][0] |= {"image": shell, "imagePullPolicy": "IfNotPresent"}
    configuration["data"] |= {"config.json": json.dumps(paths), "helperPod.yaml": yaml.safe_dump(helper)}
