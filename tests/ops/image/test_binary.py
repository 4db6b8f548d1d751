"""Images of static programs, and the pause program itself."""

import signal
import stat
import subprocess
from pathlib import Path

import pytest

from ops.image.base import merged
from ops.image.binary import binary_image
from ops.image.failure import ImageError
from ops.image.image import Image
from ops.image.pause import pause_image

pytestmark = pytest.mark.usefixtures("own_cache")


def quiet(_: str) -> None:
    """Takes lines of progress."""


def config(image: Image) -> str:
    return image.archive.read_bytes().decode("latin-1")


def test_an_image_holds_the_programs_and_what_is_given_and_nothing_else(tmp_path: Path) -> None:
    program = tmp_path / "built-here"
    program.write_bytes(b"elf")
    image = binary_image(
        "local/operator:1",
        {"/operator/manager_amd64": program},
        quiet,
        links={"/manager": "operator/manager_amd64"},
        files={"/etc/ssl/certs/ca-certificates.crt": b"authorities"},
    )
    tree = merged(image.layers)
    assert {path: oct(entry.mode) for path, entry in tree.items() if entry.kind.value != "directory"} == {
        "etc/ssl/certs/ca-certificates.crt": "0o644",
        "manager": "0o777",
        "operator/manager_amd64": "0o755",
    }
    assert tree["tmp"].mode == 0o1777
    assert '"Entrypoint":["/operator/manager_amd64"]' in config(image)
    assert '"User":"65532:65532"' in config(image)
    assert str(tmp_path) not in config(image)


def test_the_same_programs_are_the_same_image_wherever_they_lie(tmp_path: Path) -> None:
    made: list[Image] = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x").write_bytes(b"elf")
        made.append(binary_image("local/x:1", {"x": tmp_path / folder / "x"}, quiet))
    assert made[0] == made[1]
    (tmp_path / "two/x").write_bytes(b"ELF")
    assert binary_image("local/x:1", {"x": tmp_path / "two/x"}, quiet).digest != made[0].digest


def test_pause_is_one_static_program_that_ends_when_told(tmp_path: Path) -> None:
    (entry,) = merged(pause_image(quiet).layers).values()
    assert entry.content is not None
    program = tmp_path / entry.path
    program.write_bytes(entry.content.read())
    program.chmod(stat.S_IRWXU)
    assert b"PT_INTERP" not in subprocess.run(["file", program], capture_output=True, check=False).stdout
    with subprocess.Popen([program]) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_pause_without_a_compiler_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError, match="needs a C compiler: install gcc and libc6-dev"):
        pause_image(quiet)
