"""Kubeconfig files: writing one for a client certificate and reading any of them."""

import base64
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from ops.controlplane.certificates import KeyPair
from ops.controlplane.failure import ControlPlaneError


@dataclass(frozen=True)
class Access:
    """How to reach and talk to one API server; certificates and key are PEM text."""

    server: str
    namespace: str | None = None
    authority: str | None = None
    certificate: str | None = None
    key: str | None = None
    token: str | None = None
    verify: bool = True


def write_kubeconfig(path: Path, server: str, authority: Path, client: KeyPair, name: str = "local") -> None:
    """Write a kubeconfig with everything inside, mode 0600, replacing the old one at once."""

    def inline(file: Path) -> str:
        return base64.b64encode(file.read_bytes()).decode()

    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": inline(authority)}}],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": inline(client.certificate),
                    "client-key-data": inline(client.key),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mkstemp makes it 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump(content, file, sort_keys=False)
    Path(temporary).replace(path)


def read_kubeconfig(source: str | Path, context: str | None = None) -> Access:
    """Parse a kubeconfig.

    Args:
        source: a path, or the file's contents (YAML or JSON).
        context: name of the context to use instead of the current one.

    Raises:
        ControlPlaneError: the file is missing, malformed, or names a context it does not have.
    """
    text, base = _text(source)
    try:
        config: Any = yaml.safe_load(text)
        chosen = context or config["current-context"]
        entry = _named(config["contexts"], chosen)["context"]
        cluster = _named(config["clusters"], entry["cluster"])["cluster"]
        user = _named(config["users"], entry["user"])["user"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ControlPlaneError(f"The kubeconfig cannot be used: {error!r} is wrong or missing in it.") from error
    if "exec" in user or "auth-provider" in user:
        raise ControlPlaneError("The kubeconfig asks for a credential plugin: give a client certificate or token.")
    token = user.get("token")
    if token is None and "tokenFile" in user:
        token = (base / user["tokenFile"]).read_text(encoding="utf-8").strip()
    return Access(
        server=str(cluster["server"]).rstrip("/"),
        namespace=entry.get("namespace"),
        authority=_material(cluster, "certificate-authority", base),
        certificate=_material(user, "client-certificate", base),
        key=_material(user, "client-key", base),
        token=token,
        verify=not cluster.get("insecure-skip-tls-verify", False),
    )


def _text(source: str | Path) -> tuple[str, Path]:
    if isinstance(source, str) and "\n" not in source and not source.lstrip().startswith("{"):
        source = Path(source).expanduser()
    if isinstance(source, str):
        return source, Path.cwd()
    try:
        return source.read_text(encoding="utf-8"), source.parent
    except OSError as error:
        raise ControlPlaneError(f"The kubeconfig {source} cannot be read: {error.strerror}.") from error


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for entry in entries:
        if entry["name"] == name:
            return entry
    raise KeyError(name)


def _material(holder: dict[str, Any], key: str, base: Path) -> str | None:
    data = cast("str | None", holder.get(f"{key}-data"))
    if data:
        return base64.b64decode(data).decode()
    file = cast("str | None", holder.get(key))
    return (base / file).read_text(encoding="utf-8") if file else None
