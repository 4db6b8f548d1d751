"""A real NGINX, Debian's 1.22, on loopback with the controller's configuration.

What is changed for it to run beside others and without root: ports, directories, and the module njs with its three
lines, which only API-key policies use and none of our objects has. The controller's image brings NGINX 1.29 or newer.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.image.apt import unpacked

LEFT_OUT = re.compile(r"^\s*(load_module modules/ngx_http_js_module|js_import|js_set)\b[^;]*;", re.MULTILINE)
SECONDS = 20.0


@dataclass(frozen=True)
class Nginx:
    """A running one. ``directory`` has its log ``nginx.log``."""

    http: int
    https: int
    directory: Path

    def log(self) -> str:
        """Access and error log."""
        return (self.directory / "nginx.log").read_text(encoding="utf-8", errors="replace")

    def line_with(self, words: str) -> str:
        """The one line of the log with ``words``; it is written after the answer."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = [line for line in self.log().splitlines(keepends=True) if words in line and line.endswith("\n")]
            if found:
                (line,) = found
                return line
            time.sleep(0.01)
        raise AssertionError(f"no line has {words}")


def install(files: Mapping[str, str], directory: Path, http: int, https: int, status: int) -> None:
    """Write the configuration below ``directory``, adapted to run there."""
    for each in ("conf.d", "stream-conf.d", "secrets", "lib", "temporary"):
        (directory / each).mkdir(parents=True)
    (directory / "mime.types").write_text("types { text/html html; }\n", encoding="ascii")
    (directory / "config-version.conf").write_text("", encoding="ascii")
    ports = {"80": http, "443": https, "8080": status}
    for name, text in files.items():
        adapted = LEFT_OUT.sub("", text)
        adapted = re.sub(r"\blisten (80|443|8080)\b", lambda found: f"listen 127.0.0.1:{ports[found[1]]}", adapted)
        adapted = adapted.replace("/etc/nginx", str(directory)).replace("/var/lib/nginx", str(directory / "lib"))
        if name == "nginx.conf":
            adapted = _own_directories(adapted, directory)
        (directory / name).write_text(adapted, encoding="utf-8")


def _own_directories(text: str, directory: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {directory / 'temporary' / kind};" for kind in kinds)
    stream = unpacked("libnginx-mod-stream", print) / "usr/lib/nginx/modules/ngx_stream_module.so"
    user = "user root;" if os.geteuid() == 0 else ""
    return f"load_module {stream};{user}\n" + text.replace("http {", "http {" + paths, 1)


def check(directory: Path) -> str:
    """What ``nginx -t`` says. Raises CalledProcessError where it refuses."""
    done = subprocess.run(_command(directory, "-t"), capture_output=True, text=True, timeout=SECONDS, check=True)
    return done.stderr


@contextmanager
def running(directory: Path, http: int, https: int) -> Generator[Nginx]:
    """Start it, and stop it in the end."""
    log = directory / "nginx.log"
    with log.open("wb") as output:
        process = subprocess.Popen(_command(directory), stdout=output, stderr=output)
    try:
        _until_started(process, log)
        yield Nginx(http, https, directory)
    finally:
        process.terminate()
        process.wait(SECONDS)


def _command(directory: Path, *arguments: str) -> list[str]:
    program = shutil.which("nginx") or str(unpacked("nginx", print) / "usr/sbin/nginx")
    return [program, "-c", str(directory / "nginx.conf"), "-p", str(directory), "-e", "stderr", *arguments]


def _until_started(process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while b"start worker process" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"nginx does not start: {log.read_text(errors='replace')}")
        time.sleep(0.02)
