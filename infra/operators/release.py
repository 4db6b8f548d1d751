"""One chart's release as a resource.

The same resource as ``pulumi_kubernetes.helm.v3.Release``, whose package costs 0.14 s to import at every preview.
"""

from collections.abc import Mapping
from typing import Any, Final

from pulumi import CustomResource, ResourceOptions

from infra.charts import Chart
from infra.sections.section import Switch

TIMEOUT_SECONDS: Final = 600
HISTORY: Final = 5
"""Revisions that Helm keeps for a rollback."""


class ChartRelease(CustomResource):
    """A release of ``chart`` with ``values``. An upgrade that does not get ready is rolled back.

    Refuses to make namespaces: their Pod Security level and policies are ours.
    """

    def __init__(
        self, chart: Chart, values: Mapping[str, Any], waiting: Switch, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("kubernetes:helm.sh/v3:Release", chart.name, inputs(chart, values, waiting), opts)


def inputs(chart: Chart, values: Mapping[str, Any], waiting: Switch) -> dict[str, Any]:
    """Inputs of the resource."""
    repository = {"repositoryOpts": {"repo": chart.repository}} if chart.repository else {}
    return {
        "name": chart.name,
        "chart": chart.chart,
        "version": chart.version,
        "namespace": chart.namespace,
        **repository,
        "values": dict(values),
        "atomic": waiting.is_on,
        "skipAwait": not waiting.is_on,
        "cleanupOnFail": True,
        "createNamespace": False,
        "maxHistory": HISTORY,
        "timeout": TIMEOUT_SECONDS,
    }
