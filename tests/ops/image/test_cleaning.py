"""What of an installed Debian goes into an image."""

import pytest

from ops.image.cleaning import cleaned
from ops.image.entries import Entry, Kind, directory, file, link


def kept(*entries: Entry) -> list[str]:
    return [entry.path for entry in cleaned(entries)]


def test_nothing_becomes_somebody_else() -> None:
    (entry,) = cleaned([Entry("usr/bin/su", Kind.FILE, 0o6755, content=file("x", b"").content)])
    assert entry.mode == 0o755
    (sticky,) = cleaned([directory("tmp", 0o1777)])
    assert sticky.mode == 0o1777


@pytest.mark.parametrize(
    "path",
    [
        "etc/ssl/private/ssl-cert-snakeoil.key",
        "etc/ssl/certs/ssl-cert-snakeoil.pem",
        "etc/apt/sources.list",
        "etc/resolv.conf",
        "etc/machine-id",
        "etc/passwd-",
        "var/log/dpkg.log",
        "var/cache/ldconfig/aux-cache",
        "var/lib/apt/lists/x",
        "var/lib/dpkg/status-old",
        "usr/share/man/man1/ls.1.gz",
        "usr/share/doc/bash/README.gz",
        "usr/share/locale/de/LC_MESSAGES/x.mo",
        "dev/null",
        "tmp/x",
    ],
)
def test_traces_of_the_installation_keys_and_manuals_go(path: str) -> None:
    assert kept(file(path, b"")) == []


@pytest.mark.parametrize(
    "path",
    [
        "etc/passwd",
        "etc/ssl/certs/ca-certificates.crt",
        "etc/ssl/openssl.cnf",
        "var/lib/dpkg/status",
        "usr/share/doc/bash/copyright",
        "usr/share/postgresql/15/postgres.bki",
        "usr/share/zoneinfo/UTC",
    ],
)
def test_what_programs_and_licences_need_stays(path: str) -> None:
    assert kept(file(path, b"")) == [path]


def test_directories_stay_where_their_contents_go() -> None:
    assert kept(directory("tmp", 0o1777), directory("var/log"), directory("proc")) == ["tmp", "var/log", "proc"]


def test_a_link_to_what_goes_goes_too() -> None:
    assert kept(link("etc/ssl/certs/0123abcd.0", "ssl-cert-snakeoil.pem"), link("bin", "usr/bin")) == ["bin"]
