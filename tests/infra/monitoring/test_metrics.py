"""The table of metrics is what exporters export: read out of their own code wherever that is at hand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from app.agent.metrics import AgentMetrics
from app.engine.metrics import EngineMetrics
from infra.monitoring import metrics
from infra.monitoring.metrics import Source
from ops.toolchain.modules import module_directory
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName


def exported(registry: CollectorRegistry) -> dict[str, frozenset[str]]:
    """Name as stored -> labels of every metric of an application's registry."""
    found: dict[str, frozenset[str]] = {}
    for collector in registry._collector_to_names:  # pyright: ignore[reportPrivateUsage] - labels have no public way
        assert isinstance(collector, MetricWrapperBase)
        labels = frozenset(collector._labelnames)  # pyright: ignore[reportPrivateUsage]
        for family in collector.describe():
            match family.type:
                case "counter":
                    found[f"{family.name}_total"] = labels
                case "histogram":
                    found[f"{family.name}_bucket"] = labels | {"le"}
                    found |= dict.fromkeys((f"{family.name}_count", f"{family.name}_sum"), labels)
                case _:
                    found[family.name] = labels
    return found


def test_the_engines_metrics_are_those_of_the_table() -> None:
    assert exported(EngineMetrics().registry) == metrics.ENGINE.metrics


def test_the_agents_metrics_are_those_of_the_table_and_their_monitor_adds_the_role() -> None:
    with_role = {name: labels | {"agent_role"} for name, labels in exported(AgentMetrics().registry).items()}
    assert with_role == metrics.AGENT.metrics


def module(operator: OperatorName, name: str) -> Path:
    """Sources of a Go module that an operator is built from."""
    try:
        return module_directory(OPERATOR_TOOLS[operator][0].module, name)
    except Exception as error:
        pytest.skip(f"the operator's module cannot be had here: {error}")


def test_cloudnative_pgs_are_those_of_its_own_queries() -> None:
    file = module(OperatorName.CLOUDNATIVE_PG, "github.com/cloudnative-pg/cloudnative-pg")
    text = (file / "config/manager/default-monitoring.yaml").read_text(encoding="utf-8")
    (config_map,) = [each for each in yaml.safe_load_all(text) if each]
    found: dict[str, frozenset[str]] = {}
    for key, query in yaml.safe_load(config_map["data"]["queries"]).items():
        usages = {name: column["usage"] for each in query["metrics"] for name, column in each.items()}
        labels = frozenset(name for name, usage in usages.items() if usage == "LABEL")
        for column in usages.keys() - labels:
            found[f"cnpg_{query.get('name', key)}_{column}"] = labels
    assert metrics.CLOUDNATIVE_PG.metrics.items() <= found.items()


def declared(code: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Name without its namespace, and labels, of each metric that Go code declares by options and a list of labels."""
    shared = {
        name: frozenset(re.findall(r'"(\w+)"', labels))
        for name, labels in re.findall(r"(\w+) += \[\]string\{([^}]*)\}", code)
    }
    options = re.compile(
        r'(?:Subsystem: +"(?P<before>\w+)",\s+)?Name: +"(?P<name>\w+)"(?P<rest>.*?)\n\t*\},?\s*'
        r"(?P<labels>\[\]string\{[^}]*\}|\w+)?",
        re.DOTALL,
    )
    for each in options.finditer(code):
        system = each["before"] or next(iter(re.findall(r'Subsystem: +"(\w+)"', each["rest"])), "")
        labels = each["labels"] or ""
        yield (
            "_".join(part for part in (system, each["name"]) if part),
            shared.get(labels, frozenset(re.findall(r'"(\w+)"', labels))),
        )


def test_kedas_are_those_of_its_collector() -> None:
    directory = module(OperatorName.KEDA, "github.com/kedacore/keda/v2")
    code = (directory / "pkg/metricscollector/prommetrics.go").read_text(encoding="utf-8")
    found = {f"keda_{name}": labels for name, labels in declared(code)}
    assert metrics.KEDA.metrics.items() <= found.items()


def test_cert_managers_are_those_of_its_collectors() -> None:
    directory = module(OperatorName.CERT_MANAGER, "github.com/cert-manager/cert-manager")
    code = (directory / "pkg/metrics/metrics.go").read_text(encoding="utf-8")
    found = {f"certmanager_{name}": labels for name, labels in declared(code)}
    collector = (directory / "internal/collectors/certificate_collector.go").read_text(encoding="utf-8")
    for name, labels in re.findall(r'NewDesc\("(\w+)", "[^"]*", \[\]string\{([^}]*)\}', collector):
        found[name] = frozenset(re.findall(r'"(\w+)"', labels))
    assert metrics.CERT_MANAGER.metrics.items() <= found.items()


def test_cloudnative_pgs_collector_declares_the_rest() -> None:
    directory = module(OperatorName.CLOUDNATIVE_PG, "github.com/cloudnative-pg/cloudnative-pg")
    file = directory / "pkg/management/postgres/webserver/metricserver/pg_collector.go"
    code = file.read_text(encoding="utf-8").replace("subsystem,", '"collector",')
    found = {f"cnpg_{name}": labels for name, labels in declared(code)}
    assert metrics.CLOUDNATIVE_PG_COLLECTOR.metrics.items() <= found.items()


@pytest.mark.parametrize("source", metrics.SOURCES, ids=lambda source: source.origin.split(";")[0])
def test_every_source_says_where_it_was_read(source: Source) -> None:
    assert source.origin
    assert source.metrics


def test_no_metric_has_two_sources() -> None:
    names = [name for source in metrics.SOURCES for name in source.metrics]
    assert len(names) == len(set(names))
