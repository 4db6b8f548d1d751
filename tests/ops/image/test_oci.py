"""The archive: everything in it is named by its digest, and both ways of reading it lead to the same layers.

Import by containerd is proven on the real node; ``docker load`` rests on the format alone.
"""

import hashlib
import io
import json
import tarfile
from typing import Any

import pytest

from ops.image.entries import file
from ops.image.failure import ImageError
from ops.image.layer import Layer, cached_layer, layer_key
from ops.image.oci import Run, canonical, describe, write_archive

RUN = Run(user="1000:1000", entrypoint=("python",), workdir="/app", environment={"B": "2", "A": "1"}, labels={"l": "m"})


def layers(*contents: bytes) -> tuple[Layer, ...]:
    return tuple(
        cached_layer("test", layer_key(content.decode()), lambda _, each=content: [file("x", each)], lambda _: None)
        for content in contents
    )


def unpacked(reference: str, made: tuple[Layer, ...]) -> dict[str, bytes]:
    stream = io.BytesIO()
    write_archive(reference, describe(RUN, made), made, stream)
    with tarfile.open(fileobj=io.BytesIO(stream.getvalue())) as archive:
        found = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
        return {name: content.read() for name, content in found.items() if content is not None}


@pytest.mark.usefixtures("own_cache")
def test_every_blob_is_what_its_name_says_and_every_reference_leads_to_one() -> None:
    files = unpacked("local/x:1", layers(b"one", b"two"))
    for name, content in files.items():
        if name.startswith("blobs/"):
            assert name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"

    def blob(descriptor: dict[str, Any]) -> bytes:
        content = files[f"blobs/{descriptor['digest'].replace(':', '/')}"]
        assert len(content) == descriptor["size"]
        return content

    (listed,) = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(blob(listed))
    config = json.loads(blob(manifest["config"]))
    digests = [f"sha256:{hashlib.sha256(blob(layer)).hexdigest()}" for layer in manifest["layers"]]
    assert config["rootfs"]["diff_ids"] == digests
    assert listed["annotations"]["io.containerd.image.name"] == "docker.io/local/x:1"
    assert listed["annotations"]["org.opencontainers.image.ref.name"] == "1"
    assert config["config"] == {
        "User": "1000:1000",
        "Entrypoint": ["python"],
        "WorkingDir": "/app",
        "Env": ["A=1", "B=2", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "Labels": {"l": "m"},
    }
    (docker,) = json.loads(files["manifest.json"])
    assert docker["RepoTags"] == ["local/x:1"]
    assert docker["Config"] == f"blobs/{manifest['config']['digest'].replace(':', '/')}"
    assert [files[name] for name in docker["Layers"]] == [blob(layer) for layer in manifest["layers"]]


@pytest.mark.usefixtures("own_cache")
def test_the_same_layers_give_the_same_digest_and_others_another() -> None:
    assert describe(RUN, layers(b"one")) == describe(RUN, layers(b"one"))
    assert describe(RUN, layers(b"one")).digest != describe(RUN, layers(b"two")).digest
    assert unpacked("local/x:1", layers(b"one")) == unpacked("local/x:1", layers(b"one"))


@pytest.mark.usefixtures("own_cache")
def test_a_damaged_layer_gets_into_no_archive() -> None:
    (layer,) = layers(b"one")
    content = layer.path.read_bytes()
    layer.path.write_bytes(content.replace(b"one", b"two"))
    with pytest.raises(ImageError, match="was damaged: remove that directory, then build again"):
        unpacked("local/x:1", (layer,))


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("local/pause:1", "docker.io/local/pause:1"),
        ("busybox", "docker.io/library/busybox:latest"),
        ("registry.example/a/b", "registry.example/a/b:latest"),
        ("localhost:5000/a:2", "localhost:5000/a:2"),
    ],
)
def test_a_reference_is_what_the_kubelet_looks_up(reference: str, name: str) -> None:
    assert canonical(reference) == name
