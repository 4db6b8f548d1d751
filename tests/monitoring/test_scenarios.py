"""Every rule, by Prometheus's own engine over simulated time: quiet just below its threshold, firing above it no sooner
than it should, saying what it says, and gone once the cause is."""

import subprocess
from pathlib import Path

import pytest
import yaml

from infra.monitoring.rules.alert import Scope
from ops.toolchain.tool import ToolName
from tests.monitoring import rulebook
from tests.monitoring.scenarios.everything import SCENARIOS
from tests.monitoring.timeline import Scenario, course


def test_every_rule_has_a_scenario_and_every_scenario_a_rule(scope: Scope) -> None:
    assert {(each.alert, each.severity) for each in SCENARIOS} == set(rulebook.rules(scope))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: f"{each.alert}-{each.severity}-{each.says[:24]}")
def test_an_alert_fires_above_its_threshold_alone_and_clears(
    scenario: Scenario, scope: Scope, programs: dict[ToolName, Path], tmp_path: Path
) -> None:
    rule = rulebook.rules(scope)[scenario.alert, scenario.severity]
    rulebook.write(tmp_path / "rules.yaml", [{"name": "one", "interval": "15s", "rules": [rule]}])
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(course(scenario, rule, "rules.yaml"), sort_keys=False))
    done = subprocess.run(
        [programs[ToolName.PROMTOOL], "test", "rules", file], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
