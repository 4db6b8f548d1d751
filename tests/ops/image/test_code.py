"""The layer of our code: what the image's commands need, and nothing of the infrastructure or of this machine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.bootstrap import ROOT
from ops.image.code import code, imported
from ops.image.entries import arranged, fingerprint
from ops.image.paths import CODE

INSIDE = CODE.strip("/")


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """The packages in another place."""
    for name in ("app", "client", "contract", "ops", "infra"):
        shutil.copytree(ROOT / name, tmp_path / "clone" / name)
    shutil.copy(ROOT / "LICENSE", tmp_path / "clone")
    return tmp_path / "clone"


def test_it_holds_every_command_and_nothing_that_only_a_workstation_runs() -> None:
    found = set(code(ROOT))
    assert {f"{INSIDE}/app/__main__.py", f"{INSIDE}/ops/cli.py", f"{INSIDE}/LICENSE"} <= found
    tops = {tuple(path.removeprefix(f"{INSIDE}/").split("/"))[:2] for path in found if path.startswith(f"{INSIDE}/")}
    assert {top[0] for top in tops} == {"LICENSE", "app", "client", "contract", "ops"}
    assert not {"local", "controlplane", "toolchain", "image", "testing.py", "bootstrap.py"} & {
        top[1] for top in tops if top[0] == "ops"
    }


def test_the_same_code_is_the_same_layer_in_another_clone_with_other_rights(clone: Path) -> None:
    for path in clone.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert fingerprint(arranged(code(clone).values())) == fingerprint(arranged(code(ROOT).values()))


def test_a_change_to_the_code_changes_the_layer_and_one_to_the_infrastructure_does_not(clone: Path) -> None:
    before = fingerprint(arranged(code(clone).values()))
    (clone / "infra/region.py").write_text("# changed\n")
    (clone / "ops/local/command.py").write_text("# changed\n")
    (clone / "app/__pycache__").mkdir(exist_ok=True)
    (clone / "app/__pycache__/main.cpython-399.pyc").write_bytes(b"")
    (clone / "app/.main.py.swp").write_bytes(b"")
    assert fingerprint(arranged(code(clone).values())) == before
    (clone / "app/__main__.py").write_text("# changed\n")
    assert fingerprint(arranged(code(clone).values())) != before


def test_what_a_command_imports_comes_along_however_it_is_imported(tmp_path: Path) -> None:
    for name, text in {
        "ops/__init__.py": "",
        "ops/cli.py": "import json\nfrom ops.a import x\nfrom ops import b\n",
        "ops/a.py": "def f():\n    import ops.deep.c\n",
        "ops/b.py": "from app import no\n",
        "ops/deep/__init__.py": "",
        "ops/deep/c.py": "",
        "ops/other.py": "",
        "app/no.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = {path.relative_to(tmp_path).as_posix() for path in imported(tmp_path, "ops.cli")}
    assert found == {"ops/__init__.py", "ops/cli.py", "ops/a.py", "ops/b.py", "ops/deep/__init__.py", "ops/deep/c.py"}


def test_no_path_of_this_machine_is_in_it() -> None:
    for entry in code(ROOT).values():
        if entry.content is not None:
            assert str(ROOT).encode() not in entry.content.read()
