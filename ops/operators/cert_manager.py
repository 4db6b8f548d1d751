"""cert-manager from the chart in its module, rendered by Helm."""

import subprocess
from typing import Any, Final

from ops.operators.failure import OperatorError
from ops.operators.install import Release
from ops.operators.manifests import DEPLOYMENT, SECONDS, container, documents, named, probe_often, run_image
from ops.operators.workshop import Workshop
from ops.toolchain.catalogue import KUBERNETES_VERSION
from ops.toolchain.modules import module_directory
from ops.toolchain.operators import CERT_MANAGER_VERSION, OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import ToolName

MODULE: Final = "github.com/cert-manager/cert-manager"
NAMESPACE: Final = "cert-manager"
PROGRAMS: Final = {
    "cert-manager": ("cert-manager-controller", "/controller", ToolName.CERT_MANAGER_CONTROLLER),
    "cert-manager-webhook": ("cert-manager-webhook", "/webhook", ToolName.CERT_MANAGER_WEBHOOK),
    "cert-manager-cainjector": ("cert-manager-cainjector", "/cainjector", ToolName.CERT_MANAGER_CAINJECTOR),
}
"""Deployment -> its image, its program in there, and what that is built as."""
VALUES: Final = ("crds.enabled=true", "startupapicheck.enabled=false", "prometheus.servicemonitor.enabled=false")


def release(workshop: Workshop) -> Release:
    """All three, each with an image of its own."""
    module = module_directory(OPERATOR_TOOLS[OperatorName.CERT_MANAGER][0].module, MODULE)
    command = [str(workshop.helm), "template", NAMESPACE, str(module / "deploy" / "charts" / "cert-manager")]
    options = [
        "--namespace",
        NAMESPACE,
        "--kube-version",
        KUBERNETES_VERSION,
        *(part for value in VALUES for part in ("--set", value)),
    ]
    done = subprocess.run(
        [*command, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode != 0:
        raise OperatorError(f"The chart of cert-manager could not be rendered: {done.stderr.strip()[-300:]}")
    namespace: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    objects = [namespace, *documents(done.stdout)]
    for name, (image, path, tool) in PROGRAMS.items():
        target = container(named(objects, DEPLOYMENT, name))
        run_image(target, workshop.image(f"quay.io/jetstack/{image}:v{CERT_MANAGER_VERSION}", {path: tool}), "128Mi")
        probe_often(target)
    return Release.of(OperatorName.CERT_MANAGER, CERT_MANAGER_VERSION, objects)
