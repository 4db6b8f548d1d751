"""The images of a local platform: built here where the cluster can pull none, else by Docker or from a registry."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ops.image.base import base_image
from ops.image.haproxy import haproxy_image
from ops.image.image import Image
from ops.image.platform import platform_image
from ops.image.postgresql import postgresql_image
from ops.image.redis_exporter import redis_exporter_image
from ops.image.valkey import valkey_image
from ops.local.clusters.kind import BUILT_BY_DOCKER, call
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.state import ROOT
from ops.toolchain.cache import Report

VARIABLE: Final = "IMAGE"


@dataclass(frozen=True)
class Images:
    """What the stack runs.

    Attributes:
        platform: reference of the platform's image.
        replaced: third-party images by their settings' key, where the pinned ones cannot be pulled.
        shell: reference of an image with a shell, for the storage provisioner.
        built: archives to load.
    """

    platform: str
    replaced: Mapping[str, str] = field(default_factory=dict[str, str])
    shell: str = "docker.io/library/busybox:1.37"
    built: tuple[Image, ...] = ()

    def summary(self) -> str:
        """For people."""
        return self.platform if not self.built else f"{self.platform} and {len(self.built) - 1} others, built here"


def ensure_images(kind: ClusterKind, report: Report) -> Images:
    """Have every image of the stack.

    Raises:
        LocalError: a cluster of the user's own, and nobody said which image it can pull.
        ImageError: one cannot be built.
    """
    match kind:
        case ClusterKind.NODE:
            return built_images(report)
        case ClusterKind.KIND:
            report("docker build, which takes minutes the first time")
            call("docker", "build", "--tag", BUILT_BY_DOCKER, str(ROOT))
            return Images(BUILT_BY_DOCKER)
        case _:
            reference = os.environ.get(VARIABLE, "")
            if not reference:
                raise LocalError(
                    f"CLUSTER={kind} needs {VARIABLE}: build the Dockerfile, push it where your cluster pulls from, "
                    f"and name it, as in `make up CLUSTER={kind} {VARIABLE}=registry.example/mcp-platform:1`."
                )
            return Images(reference)


def built_images(report: Report) -> Images:
    """Build what is not in the cache. Raises :class:`ops.image.failure.ImageError`."""
    platform, base = platform_image(report), base_image(report)
    postgresql, valkey = postgresql_image(report), valkey_image(report)
    haproxy, redis_exporter = haproxy_image(report), redis_exporter_image(report)
    return Images(
        platform=platform.reference,
        replaced={
            "postgresql": postgresql.reference,
            "valkey": valkey.reference,
            "haproxy": haproxy.reference,
            "redisExporter": redis_exporter.reference,
        },
        shell=base.reference,
        built=(platform, base, postgresql, valkey, haproxy, redis_exporter),
    )
