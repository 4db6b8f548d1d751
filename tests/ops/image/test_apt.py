"""The machine's apt: it is read, never changed, and only Debian's own repositories count.

apt itself is a stand-in here; the images in the cache come from the real one.
"""

from pathlib import Path

import pytest

from ops.image import apt
from ops.image.failure import ImageError


def release(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "os-release"
    path.write_text(text)
    return path


def test_another_system_is_refused_with_the_way_out(tmp_path: Path) -> None:
    fedora = release(tmp_path, 'ID=fedora\nPRETTY_NAME="Fedora 42"\n')
    with pytest.raises(ImageError, match="built on Debian bookworm and this is Fedora 42: build the Dockerfile"):
        apt.codename(fedora)
    with pytest.raises(ImageError, match="this is another system"):
        apt.codename(tmp_path / "none")
    assert apt.codename(release(tmp_path, 'ID=debian\nVERSION_CODENAME="bookworm"\n')) == "bookworm"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> dict[str, str]:
    """What each program says; the commands run are under the key of the program's name."""
    answers = {"update": "E: nothing answers", "indextargets": "", "dump": ""}
    monkeypatch.setattr(apt, "codename", lambda: "bookworm")

    def run(program: str, *arguments: str, directory: Path | None = None) -> str:
        if program == "apt-get":
            assert f"Dir::State={own_cache}/images/apt/state" in arguments
            assert f"Dir::Cache={own_cache}/images/apt/cache" in arguments
        return next(answers[name] for name in answers if name in arguments)

    monkeypatch.setattr(apt, "_run", run)
    return answers


def test_only_debians_own_repositories_of_this_release_are_used(said: dict[str, str]) -> None:
    said["indextargets"] = "\n".join(
        (
            "Debian|bookworm|main|http://mirror.test/debian/",
            "Debian|bookworm-security|main|http://mirror.test/security/",
            "Debian|bookworm|contrib|http://mirror.test/debian/",
            "Debian|sid|main|http://mirror.test/debian/",
            "Somebody|bookworm|main|http://other.test/",
        )
    )
    said["dump"] = 'APT::Architecture "amd64";\nAcquire::http::Proxy "http://proxy.test";\n'
    found = apt.debian(lambda _: None)
    assert found.sources == (
        "deb http://mirror.test/debian/ bookworm main",
        "deb http://mirror.test/security/ bookworm-security main",
    )
    assert found.options == ('Acquire::http::Proxy "http://proxy.test";',)


@pytest.mark.usefixtures("said")
def test_no_repository_is_one_sentence_with_apts_own_words() -> None:
    with pytest.raises(ImageError, match=r"apt finds no packages of Debian bookworm \(E: nothing answers\)"):
        apt.debian(lambda _: None)


def test_a_machine_without_apt_is_told(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    monkeypatch.setenv("PATH", str(own_cache))
    monkeypatch.setattr(apt, "codename", lambda: "bookworm")
    with pytest.raises(ImageError, match="need apt-get and it is not on PATH: build the Dockerfile"):
        apt.debian(lambda _: None)
