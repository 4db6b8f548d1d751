"""Building from source: what is said while it goes on, and when it cannot."""

import shutil
import sys
from pathlib import Path

import pytest

from ops.toolchain import golang
from ops.toolchain.catalogue import TOOLS
from ops.toolchain.failure import ToolchainError

ETCD = TOOLS[0]


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
    """Write a fake Go whose `env` answers and whose `build` runs a shell snippet."""
    go.write_text(
        f'#!/bin/sh\nif [ "$1" = env ]; then [ "$2" = GOVERSION ] && echo {version} || echo /tmp; exit 0; fi\n{build}\n'
    )
    go.chmod(0o755)


def test_no_go_is_one_sentence_with_the_remedy(fake_go: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"there is no Go: install Go 1\.26 or newer"):
        golang.build(ETCD, tmp_path / "etcd", lambda _: None)


def test_too_old_a_go_is_one_sentence_with_the_remedy(fake_go: Path, tmp_path: Path) -> None:
    write(fake_go, "exit 1", version="go1.21.0")
    with pytest.raises(ToolchainError, match=r"Go is 1\.21 and etcd 3\.7\.3 needs 1\.26: install Go"):
        golang.build(ETCD, tmp_path / "etcd", lambda _: None)


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
        golang.build(ETCD, tmp_path / "etcd", lambda _: None)


def test_progress_is_said_while_it_builds(fake_go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golang, "REPORT_SECONDS", 0.1)
    write(fake_go, "echo example.org/package >&2; sleep 0.5; exit 0")
    said: list[str] = []
    golang.build(ETCD, tmp_path / "etcd", said.append)
    assert len(said) >= 2
    assert said[-1] == "building etcd 3.7.3: 1 packages compiled, 0:00"


def test_interrupting_a_build_ends_the_compiler(fake_go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golang, "REPORT_SECONDS", 0.1)
    write(fake_go, f"sleep 60; touch {tmp_path / 'survived'}")

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        golang.build(ETCD, tmp_path / "etcd", interrupt)
    assert not (tmp_path / "survived").exists()
