"""The plugins as processes: what they refuse, how they end, and a policy pack through the language host."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops.controlplane.plane import ControlPlane
from ops.toolchain.plugins import OFFLINE_PLUGINS
from ops.toolchain.tools import Tools
from tests.offline.engine import Engine

PLUGINS = sorted(OFFLINE_PLUGINS.iterdir())
SECONDS = 20


def start(plugin: Path, backend: str) -> "subprocess.Popen[str]":
    """Start a plugin as the engine would."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.Popen(
        [plugin, "127.0.0.1:1"],
        env={**os.environ, "PATH": path, "PULUMI_BACKEND_URL": backend},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda each: each.name)
@pytest.mark.parametrize("backend", ["s3://state", "https://api.pulumi.com", ""])
def test_any_backend_but_files_is_refused(plugin: Path, backend: str) -> None:
    process = start(plugin, backend)
    said = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert said[0] == "" and "offline plugins serve file:// backends only" in said[1]


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda each: each.name)
def test_an_interrupt_ends_a_plugin_quietly(plugin: Path) -> None:
    process = start(plugin, "file:///nowhere")
    assert process.stdout is not None
    assert int(process.stdout.readline()) > 0
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=SECONDS)
    assert (process.returncode, said) == (0, ("", ""))


@pytest.mark.stack
def test_a_policy_pack_is_loaded_and_heard(tools: Tools, plane: ControlPlane, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(
        "from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy\n"
        "def check(args, report):\n"
        "    if args.props.get('length') == 3: report('three is too short')\n"
        "policy = ResourceValidationPolicy('short', 'no short ones', check)\n"
        "PolicyPack('tiny', [policy], EnforcementLevel.MANDATORY)\n"
    )
    project = tmp_path / "project"
    project.mkdir()
    engine = Engine(project, tools, plane.kubeconfig)
    source = "pulumi_random.RandomPassword('password', length={})".format

    engine.program(source(4))
    accepted = engine.run("preview", "--policy-pack", str(pack))
    engine.program(source(3))
    refused = engine.run("preview", "--policy-pack", str(pack))

    assert accepted.code == 0, accepted.text
    assert refused.code != 0 and "three is too short" in refused.text


@pytest.mark.stack
def test_a_program_that_raises_fails_the_run_with_its_words(tools: Tools, plane: ControlPlane, tmp_path: Path) -> None:
    engine = Engine(tmp_path, tools, plane.kubeconfig)
    engine.program("raise ValueError('settings are wrong')")
    done = engine.up()
    assert done.code != 0 and "settings are wrong" in done.text
