"""The platform's image as it is: these look at the one in the cache, and run its commands the way a pod does.

What a pod does is done by a chroot in namespaces of its own: user 1000, no capabilities, a read-only root, /tmp alone
can be written. Containerd is not part of it; the real node is.
"""

import importlib.util
import marshal
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.names import IMAGE
from ops.bootstrap import ROOT
from ops.image import paths
from ops.image.base import Tree, merged
from ops.image.bill import bill_of_materials
from ops.image.code import code_layer
from ops.image.entries import Kind
from ops.image.image import Image
from ops.image.platform import run, version
from ops.image.python import python_of
from ops.toolchain.cache import cache_root

ENTER = """
set -e
mount --bind "$1" "$1"
mount -t tmpfs none "$1/tmp"
mount -t proc none "$1/proc"
mount --bind /dev "$1/dev"
mount -o remount,bind,ro "$1"
root=$1
shift
exec chroot "$root" setpriv --reuid {uid} --regid {gid} --clear-groups --bounding-set=-all --no-new-privs \\
    env -i {variables} "$@"
"""
ELF = b"\x7fELF"
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{64}")
UNWANTED = re.compile(rb"/staging-[a-z0-9_]{8}/|^deb(-src)? .*://", re.MULTILINE)
LIMIT_BYTES = 250_000_000
"""What the image may hold beyond its base."""


def test_everything_beyond_the_base_is_below_the_limit(platform_image: Image) -> None:
    assert [layer.name for layer in platform_image.layers] == ["base", "runtime", "dependencies", "code"]
    assert sum(layer.size for layer in platform_image.layers[1:]) < LIMIT_BYTES
    assert platform_image.reference == f"mcp-platform/platform:sha-{platform_image.digest[7:19]}"


def test_nothing_becomes_root_and_nothing_can_be_changed_by_the_process(platform_tree: Tree) -> None:
    for entry in platform_tree.values():
        assert entry.mode & 0o6000 == 0, entry.path
        assert (entry.uid, entry.gid) != (paths.USER, paths.USER), entry.path
        if entry.kind is not Kind.LINK and entry.mode & 0o002:
            assert (entry.kind, entry.mode) == (Kind.DIRECTORY, 0o1777), entry.path


def test_no_key_no_mirror_and_no_path_of_the_build_is_inside(platform_tree: Tree) -> None:
    places = [f"{ROOT}/".encode(), str(cache_root()).encode()]
    found: list[str] = []
    for path, entry in platform_tree.items():
        content = entry.content.read() if entry.content is not None else b""
        if any(place in content for place in places) or UNWANTED.search(content):
            found.append(path)
        if not content.startswith(ELF) and KEY.search(content):  # libgnutls tests itself with keys that it brings along
            found.append(path)
    assert found == []


def test_nothing_of_the_infrastructure_is_inside(platform_tree: Tree) -> None:
    inside = paths.DEPENDENCIES.strip("/")
    packages = {
        path.removeprefix(f"{inside}/").split("/")[0] for path in platform_tree if path.startswith(f"{inside}/")
    }
    assert {"fastapi", "asyncpg", "alembic"} <= packages
    assert not [name for name in packages if re.match(r"_?(pulumi|grpc|pytest|hypothesis|ruff|embedded)", name)]
    assert not [
        path for path in platform_tree if re.match(r"opt/platform/code/(infra|policy|tests|ops/(local|image))", path)
    ]


def test_every_source_has_bytecode_that_is_read_without_looking_at_it(platform_tree: Tree) -> None:
    sources = [path for path in platform_tree if path.endswith(".py") and path.startswith(("opt/", "usr/lib/python3"))]
    assert len(sources) > 1000
    for source in sources:
        content = platform_tree[importlib.util.cache_from_source(source)].content
        assert content is not None
        assert int.from_bytes(content.read()[4:8], "little") == 1, f"{source}: not an unchecked hash"


def test_tracebacks_name_the_paths_of_the_image(platform_tree: Tree) -> None:
    source = f"{paths.CODE}/app/__main__.py"
    content = platform_tree[importlib.util.cache_from_source(source.strip("/"))].content
    assert content is not None
    compiled = content.read()
    if compiled[:4] != importlib.util.MAGIC_NUMBER:
        pytest.skip("this Python cannot read the image's bytecode")
    assert marshal.loads(compiled[16:]).co_filename == source  # noqa: S302 - our own bytecode


def test_building_the_code_again_elsewhere_gives_the_same_bytes(
    platform_image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *below, code = platform_image.layers
    python = python_of((below[0], below[1]), lambda _: None)
    monkeypatch.setenv("MCP_PLATFORM_CACHE", str(tmp_path / "other"))
    bill = bill_of_materials(IMAGE, version(), merged(tuple(below)))
    before = os.umask(0o077)
    try:
        again = code_layer(python, tuple(below), lambda: bill, version(), lambda _: None)
    finally:
        os.umask(before)
    assert again.path != code.path
    assert again.digest == code.digest


@pytest.fixture(scope="module")
def root(platform_image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The image, unpacked."""
    if os.geteuid() != 0:
        pytest.skip("entering an image needs root")
    place = tmp_path_factory.mktemp("image") / "root"
    place.mkdir()
    place.chmod(0o755)
    for layer in platform_image.layers:
        with tarfile.open(layer.path) as archive:
            archive.extractall(place, filter="fully_trusted")  # noqa: S202 - our own layers
    yield place
    subprocess.run(["rm", "-rf", place], check=True)


def inside(root: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the image as a pod would."""
    settings = run()
    variables = " ".join(f"'{name}={value}'" for name, value in settings.environment.items())
    uid, _, gid = settings.user.partition(":")
    script = ENTER.format(uid=uid, gid=gid, variables=f"PATH=/usr/local/bin:/usr/bin:/bin {variables}")
    return subprocess.run(
        [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--net",
            "sh",
            "-c",
            script,
            "sh",
            str(root),
            *command,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("command", ["engine", "agent", "migrate"])
def test_each_command_starts_and_asks_for_its_environment(root: Path, command: str) -> None:
    done = inside(root, *run().entrypoint, command)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(
        rf"{command}: [A-Z_]+ is not set; set it in the environment, as the pod template does\.\n", done.stderr
    )


def test_everything_the_commands_may_import_is_there(root: Path) -> None:
    script = (
        "import ctypes, pathlib\n"
        "import app.engine.main, app.agent.main, app.migrations.main, app.llm.openai, app.llm.anthropic\n"
        "import redis.asyncio, websockets, uvicorn, greenlet, cryptography.fernet\n"
        f"for path in pathlib.Path('{paths.DEPENDENCIES}').rglob('*.so'): ctypes.CDLL(str(path))\n"
        "print('all')"
    )
    done = inside(root, "python", "-c", script)
    assert (done.stdout, done.stderr) == ("all\n", "")


def test_the_process_is_1000_and_writes_nowhere_but_in_tmp(root: Path) -> None:
    done = inside(
        root, "sh", "-c", "id -un; touch /tmp/x && echo yes; touch /app/x || touch /opt/x || touch /var/tmp/x"
    )
    assert done.stdout == "platform\nyes\n"
    assert done.returncode != 0
    assert "Read-only file system" in done.stderr


def test_operators_and_backups_find_their_programs(root: Path) -> None:
    assert "Usage: mcp-ops" in inside(root, "mcp-ops", "--help").stdout
    for program in ("pg_dump", "pg_restore", "psql"):
        assert "15." in inside(root, program, "--version").stdout
