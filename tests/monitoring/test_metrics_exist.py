"""Every metric and label in a rule exists where it comes from.

The table :mod:`infra.monitoring.metrics` says where; tests/infra/monitoring/test_metrics.py holds it against sources
of CloudNativePG, KEDA and cert-manager, this file against those of Barman's plugin and of the kubelet, and against a
running HAProxy. The application's own are asked of its running processes (test_alerts_fire.py). No module carries the
exporters of NGINX, Fluentd, the cache and kube-state-metrics: their files were read by people.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from infra.cache.haproxy import configuration
from infra.cache.members import Member
from infra.monitoring.metrics import BARMAN_CLOUD, VOLUMES, known
from infra.monitoring.rules.alert import Scope
from infra.monitoring.rules.catalogue import all_alerts
from ops.toolchain.catalogue import MODULES
from ops.toolchain.modules import module_directory
from tests.monitoring import exposition
from tests.monitoring.servers import process
from tests.servers import haproxy
from tests.servers.session import free_port

BARMAN = "github.com/cloudnative-pg/plugin-barman-cloud@v0.13.0"
"""What chart 0.7.0 of the plugin runs."""


def test_every_metric_and_label_that_a_rule_asks_for_is_in_the_table(scope: Scope) -> None:
    table = known() | {"up": known()["up"] | {"agent_role"}}
    for alert in all_alerts(scope):
        assert not exposition.missing(alert.expr, table), alert.name


def test_barmans_are_those_of_its_plugin() -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("the plugin's sources cannot be had without Go")
    command = [go, "mod", "download", "-json", BARMAN]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, cwd=MODULES / "cloudnative-pg"
    )
    if done.returncode != 0:
        pytest.skip(f"the plugin's sources cannot be had here: {done.stdout[-200:]}")
    directory = Path(json.loads(done.stdout)["Dir"])
    code = (directory / "internal/cnpgi/instance/metrics.go").read_text(encoding="utf-8")
    name = (directory / "internal/cnpgi/metadata/constants.go").read_text(encoding="utf-8")
    (plugin,) = re.findall(r'PluginName = "([^"]+)"', name)
    prefix = re.sub(r"[.-]", "_", plugin)
    assert {f"{prefix}_{each}" for each in re.findall(r'buildFqName\("(\w+)"\)', code)} == set(BARMAN_CLOUD.metrics)


def test_the_kubelets_figures_of_volumes_are_those_of_its_collector() -> None:
    directory = module_directory(MODULES / "kubernetes", "k8s.io/kubernetes")
    code = (directory / "pkg/kubelet/metrics/collectors/volume_stats.go").read_text(encoding="utf-8")
    keys = (directory / "pkg/kubelet/metrics/metrics.go").read_text(encoding="utf-8")
    names = dict(re.findall(r'(VolumeStats\w+Key)\s+= "(\w+)"', keys))
    found = {
        f"kubelet_{names[key]}": set(re.findall(r'"(\w+)"', labels))
        for key, labels in re.findall(
            r"kubeletmetrics\.(VolumeStats\w+Key)\),.*?\[\]string\{([^}]*)\}", code, re.DOTALL
        )
    }
    for metric, labels in VOLUMES.metrics.items():
        assert labels - {"metrics_path"} == found[metric], metric


def test_a_running_proxy_shows_the_backends_that_the_caches_rule_counts(tmp_path: Path) -> None:
    """The proxy's real configuration, with no server behind it."""
    port, metrics_port = free_port(), free_port()
    members = tuple(Member("127.0.0.1", free_port(), free_port()) for _ in range(3))
    file = tmp_path / "haproxy.cfg"
    file.write_text(configuration(members, "secret", "127.0.0.1", port, metrics_port))
    program = haproxy.program()
    libraries = [f"{key}={value}" for key, value in program.environment.items() if key == "LD_LIBRARY_PATH"]
    command = ["env", *libraries, program.path, "-f", file, "-db"]
    with process(command, metrics_port, tmp_path / "log"):
        shown = httpx.get(f"http://127.0.0.1:{metrics_port}/metrics", trust_env=False).text
    for kind in ("server", "named"):
        for number in range(3):
            assert f'haproxy_backend_active_servers{{proxy="{kind}-{number}"}} ' in shown
