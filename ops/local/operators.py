"""Which operators ``make up`` installs: what ``OPERATORS`` names, else all that the cluster needs."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from ops.local.clusters.cluster import Needs
from ops.local.failure import LocalError
from ops.operators import cert_manager, cloudnative_pg, dns, keda, metrics_server, prometheus, storage
from ops.operators.install import Release
from ops.operators.workshop import Workshop
from ops.toolchain.cache import Report
from ops.toolchain.catalogue import KUBECTL
from ops.toolchain.helm import HELM
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import Tool, ToolName
from ops.toolchain.tools import ensure_group

VARIABLE: Final = "OPERATORS"
INDISPENSABLE: Final = (OperatorName.COREDNS, OperatorName.CLOUDNATIVE_PG, OperatorName.STORAGE)
RELEASES: Final = {
    OperatorName.COREDNS: dns.release,
    OperatorName.STORAGE: storage.release,
    OperatorName.CERT_MANAGER: cert_manager.release,
    OperatorName.CLOUDNATIVE_PG: cloudnative_pg.release,
    OperatorName.METRICS_SERVER: metrics_server.release,
    OperatorName.PROMETHEUS: prometheus.release,
    OperatorName.KEDA: keda.release,
}
"""In the order in which they are waited for."""
LEFT_OUT: Final = {
    "NGINX Ingress Controller": "its image needs NGINX built with modules of its own; the Ingress objects are made",
    "Elasticsearch, Kibana, Fluentd": "they are no Go programs, and their images cannot be pulled",
    "Grafana": "its image cannot be pulled",
}
"""What a region has and a node of this machine has not, and why."""


def chosen(needs: Needs, environment: Mapping[str, str]) -> tuple[OperatorName, ...]:
    """Operators to install.

    Raises:
        LocalError: ``OPERATORS`` names one that does not exist or that the cluster brings itself, or leaves out one
            without which nothing runs.
    """
    text = environment.get(VARIABLE, "")
    if not text:
        return needs.operators
    names = [name for name in re.split(r"[,\s]+", text) if name]
    unknown = [name for name in names if name not in list(OperatorName)]
    if unknown:
        raise LocalError(f"{VARIABLE} names {unknown[0]}: choose among {', '.join(OperatorName)}.")
    brought = [name for name in names if name not in needs.operators]
    if brought:
        raise LocalError(f"{VARIABLE} names {brought[0]}, which this kind of cluster brings itself: leave it out.")
    missing = [name for name in INDISPENSABLE if name in needs.operators and name not in names]
    if missing:
        raise LocalError(f"{VARIABLE} leaves out {', '.join(missing)}: nothing runs here without.")
    return tuple(each for each in RELEASES if each in names)


def workshop(operators: tuple[OperatorName, ...], needs: Needs, shell: str, report: Report) -> Workshop:
    """Have what the operators are made with."""
    programs: dict[ToolName, Path] | None = None
    if needs.builds:
        tools: list[Tool] = [tool for name in operators for tool in OPERATOR_TOOLS[name]]
        programs = ensure_group(tools, report)
    return Workshop(
        programs=programs,
        kubectl=ensure_group([KUBECTL], report)[KUBECTL.name],
        helm=ensure_group([HELM], report)[HELM.name],
        shell=shell,
        report=report,
    )


def releases(operators: tuple[OperatorName, ...], shop: Workshop) -> list[Release]:
    """What is installed before the stack."""
    return [make(shop) for name, make in RELEASES.items() if name in operators]


def left_out(operators: tuple[OperatorName, ...], installed: Iterable[str], shop: Workshop) -> list[Release]:
    """Operators that are installed and not wanted any more, what depends on them first."""
    wanted = {*operators, *(each.name for each in later_releases(operators, shop))}
    nameless = replace(shop, programs=None, built=[])  # which images they run does not matter any more
    found: dict[str, Callable[[], Release]] = {prometheus.SERVER: lambda: prometheus.server(nameless)}
    found |= {name: partial(make, nameless) for name, make in reversed(RELEASES.items())}
    return [make() for name, make in found.items() if name in set(installed) - wanted]


def later_releases(operators: tuple[OperatorName, ...], shop: Workshop) -> list[Release]:
    """What is installed after the stack, in namespaces that it makes."""
    return [prometheus.server(shop)] if OperatorName.PROMETHEUS in operators else []
