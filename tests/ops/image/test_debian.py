"""Installing packages: in a namespace of its own, and a failure is one sentence.

The installer is a stand-in here; the images in the cache come from the real one.
"""

import os
import time
from pathlib import Path

import pytest

from ops.image import debian
from ops.image.apt import Debian
from ops.image.debian import Recipe, install
from ops.image.failure import ImageError

FAILS = """#!/bin/sh
echo 'I: starting'
echo '{said}'
exit 1
"""


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for mmdebstrap, to be written by the test."""
    monkeypatch.setattr(debian, "debian", lambda _: Debian("bookworm", ("deb http://mirror.test bookworm main",), ()))
    monkeypatch.setattr(debian, "unpacked", lambda *_: tmp_path / "tool")
    program = tmp_path / "tool/usr/bin/mmdebstrap"
    program.parent.mkdir(parents=True)
    (tmp_path / "work").mkdir()
    return program


def write(program: Path, text: str) -> None:
    program.write_text(text)
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("E: Failed to fetch http", "packages cannot be downloaded: name a reachable mirror"),
        ("tar: No space left on device", "The disk filled up .*: free 2 GB"),
        ("E: something odd", "cannot be installed into an image, please report it: E: something odd"),
    ],
)
def test_a_failure_is_one_sentence_with_the_remedy(installer: Path, tmp_path: Path, said: str, sentence: str) -> None:
    write(installer, FAILS.format(said=said))
    with pytest.raises(ImageError, match=sentence):
        install(Recipe(), tmp_path / "work", lambda _: None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts in a namespace that the command makes")
def test_what_the_installer_mounts_is_never_seen_outside(installer: Path, tmp_path: Path) -> None:
    write(
        installer,
        f"#!/bin/sh\nmount -t tmpfs none {tmp_path}/work/tmp && grep -c {tmp_path} /proc/self/mounts\nexit 1\n",
    )
    with pytest.raises(ImageError, match="report it: 1"):
        install(Recipe(), tmp_path / "work", lambda _: None)
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()


def test_an_interrupted_installer_is_ended(installer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(installer, f"#!/bin/sh\necho $$ > {tmp_path}/began\nexec sleep 60\n")
    monkeypatch.setattr(debian, "_namespace", list[str])
    monkeypatch.setattr(debian, "REPORT_SECONDS", 0.05)

    def interrupt(_: str) -> None:
        if (tmp_path / "began").exists():
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        install(Recipe(), tmp_path / "work", interrupt)
    assert time.monotonic() - began < 30, "nobody waits for it"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "began").read_text()), 0)


def test_the_tree_does_not_depend_on_where_and_as_whom_it_is_made(installer: Path, tmp_path: Path) -> None:
    write(
        installer,
        f'#!/bin/sh\necho "$SOURCE_DATE_EPOCH $(umask) $LC_ALL" > {tmp_path}/seen\necho "$@" >> {tmp_path}/seen\n',
    )
    before = os.umask(0o077)
    try:
        install(Recipe(("python3",), unneeded=("perl",)), tmp_path / "work", lambda _: None)
    finally:
        os.umask(before)
    environment, arguments = (tmp_path / "seen").read_text().splitlines()
    assert environment == "0 0022 C.UTF-8"
    assert "--variant=essential" in arguments
    assert "--include=python3 " in arguments
    assert "dpkg --force-depends --purge perl" in arguments
