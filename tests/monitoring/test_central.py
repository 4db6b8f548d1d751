"""Rules of a dedicated monitoring stack, by Prometheus's own engine over simulated time: quiet, firing, gone.

Its senders' own rules are not evaluated there; those that it shares with a region are held to their text elsewhere.
"""

import subprocess
from pathlib import Path

import pytest
import yaml

from infra.central import rules
from ops.toolchain.tool import ToolName
from tests.monitoring import rulebook
from tests.monitoring.timeline import GONE, Scenario, Series, course

EAST, WEST = 'up{region="us-east-1",job="a"}', 'up{region="us-west-2",job="a"}'
STATEFUL = 'kube_statefulset_status_replicas_ready{namespace="logging",statefulset="elasticsearch-es-default"}'
OF_EAST = 'kube_statefulset_status_replicas_ready{namespace="logging",region="us-east-1"}'


def volume(namespace: str, free: tuple[float, float], region: str = "") -> tuple[Series, Series]:
    labels = f'{{namespace="{namespace}",persistentvolumeclaim="data",region="{region}"}}'
    return (
        Series(f"kubelet_volume_stats_available_bytes{labels}", *free),
        Series(f"kubelet_volume_stats_capacity_bytes{labels}", 100, 100),
    )


FULL = {"namespace": "logging", "persistentvolumeclaim": "data"}
SCENARIOS = (
    Scenario(
        "RegionMetricsMissing",
        (Series(EAST, 1, 1), Series(WEST, 1, GONE)),
        "Nothing has come from us-west-2: it is cut off, or its monitoring is down",
        {"region": "us-west-2"},
        severity="critical",
    ),
    Scenario(
        "MonitoringTargetDown",
        (
            Series('up{job="grafana",namespace="monitoring",pod="grafana-0"}', 1, 0),
            # Another region's is that region's business.
            Series('up{job="grafana",namespace="monitoring",pod="grafana-0",region="us-east-1"}', 0, 0),
        ),
        "grafana-0 (grafana) does not answer Prometheus",
        {"job": "grafana", "namespace": "monitoring", "pod": "grafana-0"},
    ),
    Scenario(
        "LogStoreIncomplete",
        (Series(STATEFUL, 3, 2), Series(OF_EAST, 0, 3)),
        "2 of 3 nodes are ready, 3 are needed",
        {},
    ),
    Scenario(
        "LogStoreIncomplete",
        (Series(STATEFUL, 2, 1), Series(OF_EAST, 0, 3)),
        "1 of 3 nodes are ready, 2 are needed",
        {},
        severity="critical",
    ),
    Scenario(
        "MonitoringVolumeFillingUp",
        (*volume("logging", (21, 19)), *volume("logging", (1, 1), "us-east-1")),
        "19% of data is free",
        FULL,
    ),
    Scenario(
        "MonitoringVolumeFillingUp",
        (*volume("monitoring", (11, 9)), *volume("monitoring", (1, 1), "us-east-1")),
        "9% of data is free",
        FULL | {"namespace": "monitoring"},
    ),
)


@pytest.fixture(scope="module")
def checked(programs: dict[ToolName, Path]) -> Path:
    return programs[ToolName.PROMTOOL]


def passes(promtool: Path, *arguments: str | Path) -> None:
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_every_rule(checked: Path, tmp_path: Path) -> None:
    specs = rules.rules(rulebook.central_settings()).values()
    file = rulebook.write(tmp_path / "rules.yaml", [group for spec in specs for group in spec["groups"]])
    passes(checked, "check", "rules", "--lint=all", "--lint-fatal", file)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: f"{each.alert}-{each.severity}-{each.says[:12]}")
def test_an_alert_fires_above_its_threshold_alone_and_clears(scenario: Scenario, checked: Path, tmp_path: Path) -> None:
    rule = rulebook.central_rules()[scenario.alert, scenario.severity]
    rulebook.write(tmp_path / "rules.yaml", [{"name": "one", "interval": "15s", "rules": [rule]}])
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(course(scenario, rule, "rules.yaml"), sort_keys=False))
    passes(checked, "test", "rules", file)


def test_a_region_whose_samples_come_late_is_told_with_their_age(checked: Path, tmp_path: Path) -> None:
    """The west's last sample is at 10 minutes; three minutes of age and five of patience later it is told."""
    rule = rulebook.central_rules()["RegionMetricsLate", "warning"]
    rulebook.write(tmp_path / "rules.yaml", [{"name": "one", "interval": "15s", "rules": [rule]}])
    told = {
        "exp_labels": {"severity": "warning", "region": "us-west-2"},
        "exp_annotations": rule["annotations"] | {"description": "The newest sample of us-west-2 is 10m 0s old"},
    }
    document = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": EAST, "values": "1x120"}, {"series": WEST, "values": "1x40 _x80"}],
                "alert_rule_test": [
                    {"eval_time": "10m", "alertname": "RegionMetricsLate", "exp_alerts": []},
                    {"eval_time": "17m", "alertname": "RegionMetricsLate", "exp_alerts": []},
                    {"eval_time": "20m", "alertname": "RegionMetricsLate", "exp_alerts": [told]},
                ],
            }
        ],
    }
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(document))
    passes(checked, "test", "rules", file)


def test_every_rule_has_a_scenario_or_is_a_region_s() -> None:
    reused = {"CertificateExpiresSoon", "CertificateNotReady", "IngressDown", "IngressConfigurationRejected"}
    tried = {(each.alert, each.severity) for each in SCENARIOS} | {("RegionMetricsLate", "warning")}
    assert {key for key in rulebook.central_rules() if key[0] not in reused} == tried | {("Watchdog", "none")}
    for (name, _), rule in rulebook.central_rules().items():
        assert name not in reused or 'region=""' in rule["expr"], "a region's rule would judge every region"
