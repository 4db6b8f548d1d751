"""metrics-server from its module's own kustomization: CPU and memory of pods, for autoscalers and `kubectl top`."""

from typing import Final

from ops.operators.install import Release
from ops.operators.manifests import DEPLOYMENT, container, kustomized, named, probe_often, run_image
from ops.operators.workshop import Workshop
from ops.toolchain.modules import module_directory
from ops.toolchain.operators import METRICS_SERVER_VERSION, OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import ToolName

MODULE: Final = "sigs.k8s.io/metrics-server"
PROGRAM: Final = "/metrics-server"
AUTHORITY: Final = "/authority"


def release(workshop: Workshop) -> Release:
    """The server; it trusts the kubelet by the cluster's own authority."""
    official = f"registry.k8s.io/metrics-server/metrics-server:v{METRICS_SERVER_VERSION}"
    image = workshop.image(official, {PROGRAM: ToolName.METRICS_SERVER})
    module = module_directory(OPERATOR_TOOLS[OperatorName.METRICS_SERVER][0].module, MODULE)
    objects = kustomized(workshop.kubectl, module / "manifests" / "base")
    deployment = named(objects, DEPLOYMENT, "metrics-server")
    deployment["spec"]["replicas"] = 1
    server = container(deployment)
    run_image(server, image, "128Mi")
    server["args"].append(f"--kubelet-certificate-authority={AUTHORITY}/ca.crt")
    server["volumeMounts"].append({"name": "authority", "mountPath": AUTHORITY, "readOnly": True})
    deployment["spec"]["template"]["spec"]["volumes"].append(
        {"name": "authority", "configMap": {"name": "kube-root-ca.crt"}}
    )
    probe_often(server)
    return Release.of(OperatorName.METRICS_SERVER, METRICS_SERVER_VERSION, objects)
