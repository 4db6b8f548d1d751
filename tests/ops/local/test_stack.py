"""The stack's project is copied outside the tree, and the engine's events are counted as they come."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ops.local.stack import LocalStack, Update, follow, overlaid
from ops.local.state import ROOT, State


def resource(operation: str) -> str:
    return json.dumps({"sequence": 1, "resOutputsEvent": {"metadata": {"op": operation, "urn": "urn:x"}}}) + "\n"


def test_events_are_counted_by_operation_and_errors_are_kept() -> None:
    update = Update()
    for event in (resource("create"), resource("create"), resource("same"), resource("delete")):
        update.take(json.loads(event))
    update.take({"diagnosticEvent": {"severity": "error", "message": "it  broke\n"}})
    update.take({"diagnosticEvent": {"severity": "info", "message": "fine"}})
    assert update.summary() == "2 created, 1 deleted, 1 unchanged"
    assert (update.resources, update.changes) == (3, 3)
    assert update.complaints == ["it broke"]


def test_a_half_written_event_is_read_when_it_is_whole(tmp_path: Path) -> None:
    text = resource("create") + resource("same")
    log = tmp_path / "events"
    log.touch()
    program = (
        "import sys, time; f = open(sys.argv[1], 'a', buffering=1); half = len(sys.argv[2]) // 2 + 9\n"
        "f.write(sys.argv[2][:half]); f.flush(); sys.stdin.read(1); f.write(sys.argv[2][half:])"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(log), text], stdin=subprocess.PIPE)
    seen: list[str] = []

    def progress(update: Update) -> None:
        seen.append(update.summary())
        if "created" in seen[-1] and process.stdin is not None and not process.stdin.closed:
            process.stdin.write(b"x")
            process.stdin.close()

    with log.open(encoding="utf-8") as events:
        follow(process, events, update := Update(), progress)
    assert update.operations == {"create": 1, "same": 1}
    assert "1 created" in seen


def test_nothing_to_read_is_no_event() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    follow(process, io.StringIO(""), update := Update(), lambda _: None)
    assert update.summary() == "nothing yet"


def test_the_copy_points_into_the_clone_and_keeps_its_salt(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.make()
    stack = LocalStack(state.stack, Path("/bin/false"), Path("/kubeconfig"))
    stack.prepare()
    project = yaml.safe_load((stack.project / "Pulumi.yaml").read_text())
    assert project["main"] == str(ROOT / "infra")
    settings = stack.project / "Pulumi.local.yaml"
    settings.write_text(settings.read_text() + "encryptionsalt: v1:abc\n")
    passphrase = stack.passphrase.read_text()
    stack.prepare()
    copied = yaml.safe_load(settings.read_text())
    assert copied["encryptionsalt"] == "v1:abc"
    assert copied["config"] == yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]
    assert stack.passphrase.read_text() == passphrase


def test_the_callers_pulumi_and_cloud_settings_do_not_leak_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ops.toolchain.plugins import PluginKind, Plugins

    for name in ("PULUMI_ACCESS_TOKEN", "AWS_SECRET_ACCESS_KEY", "PULUMI_STACK", "KUBECONFIG"):
        monkeypatch.setenv(name, "leaked")
    state = State(tmp_path / "state")
    state.make()
    stack = LocalStack(state.stack, Path("/bin/false"), Path("/ours"))
    stack.prepare()
    environment = stack.environment(Plugins(PluginKind.OFFLINE, (tmp_path,)))
    assert "leaked" not in environment.values()
    assert environment["KUBECONFIG"] == "/ours"
    assert environment["PATH"].split(os.pathsep)[0] == str(tmp_path)
    assert environment["PULUMI_BACKEND_URL"].startswith("file://")


def test_a_cluster_lays_its_own_values_over_the_committed_ones(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path / "pulumi", Path("/bin/false"), Path("/k"), {"database": {"instances": 3}})
    stack.prepare()
    settings = yaml.safe_load((stack.project / "Pulumi.local.yaml").read_text())["config"]["mcp:settings"]
    committed = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]["mcp:settings"]
    assert settings["database"] == committed["database"] | {"instances": 3}
    assert settings["engine"] == committed["engine"]


def test_values_are_laid_over_object_by_object_and_neither_side_is_changed() -> None:
    below = {"database": {"instances": 1, "storage": "1Gi"}, "llm": {"preference": ["offline"]}, "waiting": "off"}
    over = {
        "database": {"instances": 3, "lease": {"seconds": 5}},
        "llm": {"preference": []},
        "waiting": "on",
        "new": {},
    }
    before = json.dumps([below, over])
    assert overlaid(below, over) == {
        "database": {"instances": 3, "storage": "1Gi", "lease": {"seconds": 5}},
        "llm": {"preference": []},
        "waiting": "on",
        "new": {},
    }
    assert json.dumps([below, over]) == before


def test_an_object_takes_the_place_of_a_value_and_a_value_that_of_an_object() -> None:
    assert overlaid({"a": 1, "b": {"c": 2}}, {"a": {"d": 3}, "b": 4}) == {"a": {"d": 3}, "b": 4}
    assert overlaid({"a": 1}, {}) == {"a": 1}
