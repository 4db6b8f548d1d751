"""Sources of modules are given only in the version and with the contents that a toolchain module pins."""

import json
import shutil
from pathlib import Path

import pytest

from ops.toolchain.catalogue import MODULES
from ops.toolchain.failure import ToolchainError
from ops.toolchain.modules import module_directory

NAME, VERSION = "example.org/manifests", "v1.2.3"


@pytest.fixture
def pinning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A toolchain module with one pinned module, and nothing but a shell on PATH."""
    (tmp_path / "bin").mkdir()
    shell = shutil.which("sh")
    assert shell is not None
    (tmp_path / "bin" / "sh").symlink_to(shell)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    module = tmp_path / "toolchain"
    module.mkdir()
    (module / "go.sum").write_text(f"{NAME} {VERSION} h1:x=\nexample.org/only/required v1.0.0/go.mod h1:y=\n")
    return module


def answering(module: Path, listed: dict[str, object], downloaded: dict[str, object]) -> None:
    """Install a `go` with these answers to `list -m` and `mod download`, which notes its arguments."""
    go = module.parent / "bin" / "go"
    go.write_text(
        f'#!/bin/sh\necho "$*" >> {module.parent / "calls"}\n'
        f"if [ \"$1\" = list ]; then echo '{json.dumps(listed)}'; else echo '{json.dumps(downloaded)}'; fi\n"
    )
    go.chmod(0o755)


def test_what_is_there_already_is_not_downloaded(pinning: Path) -> None:
    answering(pinning, {"Path": NAME, "Version": VERSION, "Dir": "/sources"}, {})
    assert module_directory(pinning, NAME) == Path("/sources")
    assert "download" not in (pinning.parent / "calls").read_text()


def test_what_is_missing_is_downloaded_in_the_pinned_version(pinning: Path) -> None:
    answering(pinning, {"Path": NAME, "Version": VERSION}, {"Path": NAME, "Version": VERSION, "Dir": "/sources"})
    assert module_directory(pinning, NAME) == Path("/sources")
    assert f"mod download -json {NAME}@{VERSION}" in (pinning.parent / "calls").read_text()


def test_a_replaced_module_is_its_replacement(pinning: Path) -> None:
    replacement = {"Path": NAME, "Version": VERSION, "Dir": "/sources"}
    answering(pinning, {"Path": "example.org/replaced", "Version": "v0.0.0", "Replace": replacement}, {})
    assert module_directory(pinning, "example.org/replaced") == Path("/sources")


@pytest.mark.parametrize(
    "listed",
    [{}, {"Path": NAME, "Version": "v1.2.4"}, {"Path": "example.org/only/required", "Version": "v1.0.0"}],
    ids=["unknown", "another version", "only its go.mod"],
)
def test_what_is_not_pinned_is_refused_and_nothing_downloaded(pinning: Path, listed: dict[str, object]) -> None:
    answering(pinning, listed, {"Dir": "/sources"})
    with pytest.raises(ToolchainError, match=r"is not pinned in toolchain/go\.sum"):
        module_directory(pinning, str(listed.get("Path", NAME)))
    assert "download" not in (pinning.parent / "calls").read_text()


def test_what_cannot_be_had_is_one_sentence_with_the_remedy(pinning: Path) -> None:
    answering(pinning, {"Path": NAME, "Version": VERSION}, {"Error": "no such host"})
    with pytest.raises(ToolchainError, match=r"cannot be had \(no such host\): connect this machine"):
        module_directory(pinning, NAME)


def test_without_go_it_is_one_sentence_with_the_remedy(pinning: Path) -> None:
    with pytest.raises(ToolchainError, match="cannot be had without Go: install it"):
        module_directory(pinning, NAME)


@pytest.mark.skipif(shutil.which("go") is None, reason="no Go here")
def test_a_directory_of_the_catalogue_is_read_without_a_change_to_its_go_sum() -> None:
    sums = MODULES / "etcd" / "go.sum"
    before = sums.read_bytes()
    assert (module_directory(MODULES / "etcd", "go.etcd.io/etcd/server/v3") / "etcdmain").is_dir()
    assert sums.read_bytes() == before
