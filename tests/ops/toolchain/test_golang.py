"""Building from source: what is said while it goes on, and when it cannot."""

import shutil
import sys
from pathlib import Path

import pytest

from ops.toolchain import golang
from ops.toolchain.catalogue import NODE_TOOLS, TOOLS
from ops.toolchain.failure import ToolchainError
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import ToolName

ETCD = TOOLS[0]
KEDA = OPERATOR_TOOLS[OperatorName.KEDA]
(COREDNS,) = OPERATOR_TOOLS[OperatorName.COREDNS]


@pytest.fixture
def fake_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `go` that answers as the test writes it; only it and the shell's programs are on PATH."""
    directory = tmp_path / "bin"
    directory.mkdir()
    (directory / "python").symlink_to(sys.executable)
    for name in ("sh", "sleep", "touch", "chmod"):
        found = shutil.which(name)
        assert found is not None
        (directory / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(directory))
    return directory / "go"


def write(go: Path, build: str, version: str = "go1.26.8") -> None:
    """Write a fake Go whose `env` answers and whose `build` runs a shell snippet; `made NAME` in it makes a program."""
    build = f'for last; do [ "$before" = -o ] && out=$last; before=$last; done\nmade() {{ : > "$out$1"; }}\n{build}'
    go.write_text(
        f'#!/bin/sh\nif [ "$1" = env ]; then [ "$2" = GOVERSION ] && echo {version} || echo /tmp; exit 0; fi\n{build}\n'
    )
    go.chmod(0o755)


def test_no_go_is_one_sentence_with_the_remedy(fake_go: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"there is no Go: install Go 1\.26\.0 or newer .* or put etcd on PATH"):
        golang.build([ETCD], tmp_path, lambda _: None)


def test_too_old_a_go_is_one_sentence_with_the_remedy(fake_go: Path, tmp_path: Path) -> None:
    write(fake_go, "exit 1", version="go1.21.0")
    with pytest.raises(ToolchainError, match=r"Go is 1\.21\.0 and etcd 3\.7\.3 needs 1\.26\.0: install Go"):
        golang.build([ETCD], tmp_path, lambda _: None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("dial tcp: lookup modules.example: no such host", "connect this machine to the internet"),
        ("write /tmp/x: no space left on device", "The disk filled up while etcd was being built"),
        ("main.go:1: syntax error", "Building etcd 3.7.3 failed, please report it"),
    ],
)
def test_the_compiler_s_trouble_becomes_one_sentence(fake_go: Path, tmp_path: Path, words: str, sentence: str) -> None:
    write(fake_go, f"echo '{words}' >&2; exit 1")
    with pytest.raises(ToolchainError, match=sentence):
        golang.build([ETCD], tmp_path, lambda _: None)


def test_progress_is_said_while_it_builds(fake_go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golang, "REPORT_SECONDS", 0.1)
    write(fake_go, "echo example.org/package >&2; sleep 0.5; made server")
    said: list[str] = []
    golang.build([ETCD], tmp_path, said.append)
    assert len(said) >= 2
    assert said[-1] == "building etcd 3.7.3: 1 packages compiled, 0:00"


def test_interrupting_a_build_ends_the_compiler(fake_go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golang, "REPORT_SECONDS", 0.1)
    write(fake_go, f"sleep 60; touch {tmp_path / 'survived'}")

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        golang.build([ETCD], tmp_path, interrupt)
    assert not (tmp_path / "survived").exists()


def test_what_a_node_runs_as_a_pod_is_never_asked_for_on_path(fake_go: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"coredns .* install Go [\d.]+ or newer \(https://go.dev/dl/\)\.$"):
        golang.build([COREDNS], tmp_path, lambda _: None)


def test_tools_of_one_module_are_one_build_and_each_gets_its_own_name(fake_go: Path, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    write(fake_go, f"echo x >> {tmp_path / 'builds'}; made operator; made adapter; made webhooks")
    golang.build(KEDA, programs, lambda _: None)
    assert (tmp_path / "builds").read_text() == "x\n"
    assert {each.name for each in programs.iterdir()} == {tool.name for tool in KEDA}


def test_tools_of_two_modules_are_not_one_build(fake_go: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one module"):
        golang.build([ETCD, COREDNS], tmp_path, lambda _: None)


def test_every_program_is_static_stripped_and_the_same_wherever_it_is_built(fake_go: Path, tmp_path: Path) -> None:
    write(fake_go, f'echo "$CGO_ENABLED $GOFLAGS $GOOS $*" > {tmp_path / "call"}; made prometheus')
    prometheus = next(tool for tool in OPERATOR_TOOLS[OperatorName.PROMETHEUS] if tool.name is ToolName.PROMETHEUS)
    golang.build([prometheus], tmp_path, lambda _: None)
    call = (tmp_path / "call").read_text()
    assert call.startswith("0 ") and "-buildvcs=false linux build " in call
    assert "-trimpath -mod=readonly" in call and "-ldflags -s -w -X" in call
    assert "-tags remove_all_sd,enable_kubernetes_sd" in call


def test_the_name_that_go_gives_a_program_is_that_of_its_package_without_a_version() -> None:
    assert ETCD.output == "server"
    assert [tool.output for tool in NODE_TOOLS] == ["kubelet", "kube-proxy", "kube-scheduler", "kubectl"]
