"""Questions to the node's Prometheus, through the API server."""

from typing import Any, Final

from contract.names import Namespace
from ops.controlplane.api import Api

SERVICE: Final = "prometheus-operated:9090"
"""The operator's Service, and its port."""


def ask(cluster: Api, question: str, **query: str) -> dict[str, Any]:
    """``data`` of the answer to one question of its HTTP API, such as ``rules``."""
    services = cluster.kind("v1", "Service").path(Namespace.MONITORING, SERVICE)
    answer = cluster.request("GET", f"{services}/proxy/api/v1/{question}", query=query)
    assert answer["status"] == "success", answer
    found: dict[str, Any] = answer["data"]
    return found


def vector(cluster: Api, expression: str) -> list[tuple[dict[str, str], float]]:
    """Labels and value of each series that the expression gives now."""
    found = ask(cluster, "query", query=expression)["result"]
    return [(each["metric"], float(each["value"][1])) for each in found]
