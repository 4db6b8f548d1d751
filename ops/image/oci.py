"""An image as the OCI specifies it: configuration, manifest, index, and an archive for containerd and Docker."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Final

from ops.image.entries import Content, Entry, directory, file, from_file
from ops.image.failure import ImageError
from ops.image.layer import Layer
from ops.image.tarball import Writer, add, end

CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE: Final = "application/vnd.oci.image.index.v1+json"
LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar"
ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CREATED: Final = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Run:
    """How a container of the image runs. ``user`` is ``uid:gid``, or nothing for root."""

    user: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    workdir: str = "/"
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Blobs:
    """Everything of an image but its layers: configuration and manifest as they are stored."""

    config: bytes
    manifest: bytes

    @property
    def digest(self) -> str:
        """The image's digest, ``sha256:…``."""
        return f"sha256:{hashlib.sha256(self.manifest).hexdigest()}"


def architecture() -> str:
    """This machine's architecture in the OCI's words. Raises ImageError for one nobody tried."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise ImageError(
            f"No image can be built on a {machine}: use a machine with one of {', '.join(ARCHITECTURES)}, "
            "or build the Dockerfile there."
        )
    return ARCHITECTURES[machine]


def describe(run: Run, layers: tuple[Layer, ...]) -> Blobs:
    """Configuration and manifest of an image of these layers, lowest first."""
    settings: dict[str, Any] = {
        "User": run.user,
        "Env": [f"{name}={value}" for name, value in sorted(({"PATH": PATH} | dict(run.environment)).items())],
        "Entrypoint": list(run.entrypoint) or None,
        "Cmd": list(run.command) or None,
        "WorkingDir": run.workdir,
        "Labels": dict(sorted(run.labels.items())) or None,
    }
    config = _json(
        {
            "architecture": architecture(),
            "os": "linux",
            "created": CREATED,
            "config": {name: value for name, value in settings.items() if value is not None},
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
            "history": [{"created": CREATED, "created_by": f"ops.image: {layer.name}"} for layer in layers],
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": _descriptor(CONFIG_TYPE, config),
            "layers": [{"mediaType": LAYER_TYPE, "digest": layer.digest, "size": layer.size} for layer in layers],
        }
    )
    return Blobs(config, manifest)


def canonical(reference: str) -> str:
    """The reference as containerd and the kubelet look it up: with a registry and a tag."""
    first, slash, _ = reference.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    whole = reference if named else f"docker.io/{reference if slash else f'library/{reference}'}"
    return whole if ":" in whole.rpartition("/")[2] else f"{whole}:latest"


def write_archive(reference: str, blobs: Blobs, layers: tuple[Layer, ...], stream: IO[bytes]) -> Writer:
    """Write the OCI image layout as a tar, with the one more file that ``docker load`` reads.

    Raises:
        ImageError: a layer in the cache is not what was written there.
    """
    name = canonical(reference)
    annotations = {
        "io.containerd.image.name": name,
        "org.opencontainers.image.ref.name": name.rpartition(":")[2],
    }
    index = {
        "schemaVersion": 2,
        "mediaType": INDEX_TYPE,
        "manifests": [_descriptor(MANIFEST_TYPE, blobs.manifest) | {"annotations": annotations}],
    }
    docker = [
        {
            "Config": _blob(_descriptor(CONFIG_TYPE, blobs.config)["digest"]),
            "RepoTags": [reference],
            "Layers": [_blob(layer.digest) for layer in layers],
        }
    ]
    writer = Writer(stream)
    for entry in (
        directory("blobs"),
        directory("blobs/sha256"),
        *(file(_blob(_descriptor("", blob)["digest"]), blob) for blob in (blobs.config, blobs.manifest)),
        file("index.json", _json(index)),
        file("manifest.json", _json(docker)),
        file("oci-layout", _json({"imageLayoutVersion": "1.0.0"})),
    ):
        add(entry, writer)
    for layer in {layer.digest: layer for layer in layers}.values():
        add(_checked(layer), writer)
    end(writer)
    return writer


def _checked(layer: Layer) -> Entry:
    content: Content = from_file(layer.path)
    if f"sha256:{content.digest()}" != layer.digest:
        raise ImageError(f"The layer in {layer.path.parent} was damaged: remove that directory, then build again.")
    return file(_blob(layer.digest), layer.path)


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{hashlib.sha256(blob).hexdigest()}", "size": len(blob)}


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
