"""Prometheus reads the pods that ask for it, each once, at the port that they name; its own program accepts the rules.

Here the rules are followed in Python, whose regular expressions allow more than Prometheus's.
"""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract.names import Port
from ops.operators.prometheus import SCRAPE
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import ToolName
from ops.toolchain.tools import available

META = "__meta_kubernetes_pod_"
SECONDS = 60


def found(pod: str, ports: list[int], **annotations: str) -> list[dict[str, str]]:
    """What discovery finds of a pod: one target for each port of its containers."""
    return [
        {
            "__address__": f"10.244.0.7:{port}",
            "__metrics_path__": "/metrics",
            "__meta_kubernetes_namespace": "mcp-agents",
            f"{META}name": pod,
            f"{META}container_port_number": str(port),
            **{f"{META}annotation_prometheus_io_{name}": value for name, value in annotations.items()},
        }
        for port in ports
    ]


def relabelled(target: dict[str, str]) -> dict[str, str] | None:
    """The target after every rule, or None where one drops it."""
    labels = dict(target)
    for rule in SCRAPE[0]["relabel_configs"]:
        value = ";".join(labels.get(name, "") for name in rule["source_labels"])
        matched = re.fullmatch(rule.get("regex", "(.*)"), value, re.DOTALL)
        match rule.get("action", "replace"):
            case "keep":
                if matched is None:
                    return None
            case "replace":
                if matched is not None:
                    wanted = re.sub(r"\$(\d)", r"\\\1", rule.get("replacement", "$1"))
                    labels[rule["target_label"]] = matched.expand(wanted)
            case action:
                pytest.fail(f"nobody told this test what {action} does")
    return {name: value for name, value in labels.items() if not name.startswith("__meta_")}


def targets(*found_there: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    """Address, path and pod of what is read; targets with the same labels are one, as for Prometheus."""
    kept = [labels for each in found_there for target in each if (labels := relabelled(target)) is not None]
    return sorted({(each["__address__"], each["__metrics_path__"], each["pod"]) for each in kept})


ANNOTATIONS = {"scrape": "true", "path": "/metrics"}


@pytest.mark.parametrize(
    ("pod", "ports", "port"),
    [("engine", [Port.HTTP, Port.WEBSOCKET], Port.HTTP), ("agent", [Port.AGENT], Port.AGENT)],
    ids=["the engine has two ports", "an agent has one"],
)
def test_a_pod_that_asks_is_read_once_at_the_port_that_it_names(pod: str, ports: list[int], port: int) -> None:
    assert targets(found(pod, ports, **ANNOTATIONS, port=str(port))) == [(f"10.244.0.7:{port}", "/metrics", pod)]


def test_a_pod_is_read_at_a_port_that_no_container_declares() -> None:
    assert targets(found("any", [80], **ANNOTATIONS, port="9187")) == [("10.244.0.7:9187", "/metrics", "any")]


def test_a_pod_that_does_not_ask_is_left_alone() -> None:
    silent = found("silent", [3001])
    refusing = found("refusing", [3001], scrape="false", port="3001")
    nearly = found("nearly", [3001], scrape="true-ish", port="3001")
    assert targets(silent, refusing, nearly) == []


def test_a_pod_that_names_no_port_is_read_at_each_and_one_that_names_no_path_at_the_usual_one() -> None:
    assert targets(found("plain", [80, 81], scrape="true")) == [
        ("10.244.0.7:80", "/metrics", "plain"),
        ("10.244.0.7:81", "/metrics", "plain"),
    ]
    assert targets(found("other", [80], scrape="true", path="/stats"))[0][1] == "/stats"


def test_prometheus_itself_accepts_the_rules(tmp_path: Path) -> None:
    """It reads its configuration first and then cannot listen, since there is no such address."""
    program = available(next(t for t in OPERATOR_TOOLS[OperatorName.PROMETHEUS] if t.name is ToolName.PROMETHEUS))
    if program is None:
        pytest.skip("Prometheus is not built here yet: `python -m ops.toolchain` does it")

    def said(scrape: list[dict[str, Any]]) -> str:
        configuration = tmp_path / "prometheus.yaml"
        configuration.write_text(yaml.safe_dump({"scrape_configs": scrape}))
        options = [f"--storage.tsdb.path={tmp_path / 'data'}", "--web.listen-address=999.0.0.1:1"]
        command = [str(program), f"--config.file={configuration}", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=tmp_path)
        return done.stderr

    assert "Unable to start web listener" in said(SCRAPE)
    assert "Error loading config" in said([{**SCRAPE[0], "relabel_configs": [{"action": "keep", "regex": r"(.);\1"}]}])


def test_no_rule_uses_what_prometheuss_regular_expressions_lack() -> None:
    """For machines where its program is not built: no back reference, no look-around."""
    for rule in SCRAPE[0]["relabel_configs"]:
        assert not re.search(r"\\[1-9]|\(\?[=!<>]", rule.get("regex", ""))
