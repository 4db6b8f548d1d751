"""Which images and charts may run."""

import re
from collections.abc import Iterator
from typing import Final

from policy.pods import named_containers, pod_of
from policy.resources import UNKNOWN, Item, strings, under
from policy.rules import Breach, ResourceRule, StackRule
from policy.stack import Stack

DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}$")
MOVING: Final = frozenset({"", "latest", "stable", "edge", "nightly", "main", "master", "dev"})
"""Tags that name another image tomorrow; empty is ``latest``."""
AWAITING_DIGEST: Final = frozenset(
    {
        "docker.elastic.co/elasticsearch/elasticsearch:9.5.3",
        "docker.elastic.co/kibana/kibana:9.5.3",
        "docker.io/fluent/fluentd-kubernetes-daemonset:v1.19.3-debian-elasticsearch9-1.1",
        "docker.io/library/haproxy:3.2.25-alpine",
        "docker.io/oliver006/redis_exporter:v1.88.0",
        "docker.io/valkey/valkey:9.1.1-alpine",
        "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie",
    }
)
"""Exact references that still pass without digest. To be emptied: pin the image in ``infra.charts``, remove it here."""
EXACT: Final = re.compile(r"^v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$")
BUILT_IN: Final = frozenset({"core", "apps", "batch", "networking.k8s.io", "rbac.authorization.k8s.io", "helm.sh"})


def images_of(item: Item) -> Iterator[tuple[str, str]]:
    """``resource/container`` and image of a workload; of a custom resource, every ``image`` and ``imageName``."""
    if pod_of(item) is not None:
        for name, container in named_containers(item):
            image = container.get("image", "")
            if image is not UNKNOWN:
                yield name, str(image or "")
    elif item.group not in BUILT_IN | {""}:
        for path, value in strings(under(item.properties, "spec")):
            if path and path[-1] in ("image", "imageName"):
                yield item.name, value


def images_do_not_float(item: Item) -> Iterator[str]:
    """An image is named by digest or by a tag that does not move."""
    for name, image in images_of(item):
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@" not in image and tag in MOVING:
            yield f"{name} runs {image or 'no image'}: name a digest"
    if item.kind == "Release":
        for path, value in strings(under(item.properties, "values")):
            if path and path[-1] in ("tag", "imageTag") and value in MOVING - {""}:
                yield f"{item.name} sets {'.'.join(path)} to {value}: name a version, or leave the chart's own"


def images_are_by_digest(stack: Stack) -> Iterator[Breach]:
    """In a shared cluster no image ever changes under its name, whoever can push to its registry."""
    if not stack.is_shared:
        return
    for item in stack.items:
        for name, image in images_of(item):
            if not DIGEST.search(image) and image not in AWAITING_DIGEST:
                yield item, f"{name} runs {image} in a shared cluster: add its @sha256:… digest"


def charts_are_pinned(item: Item) -> Iterator[str]:
    """A chart brings images, roles and definitions: another version is another decision."""
    version = item.properties.get("version")
    if item.kind == "Release" and version is not UNKNOWN and not EXACT.match(str(version or "")):
        yield f"{item.name} installs chart {item.properties.get('chart')} in version {version}: name an exact version"


IMAGE_RULES: Final = (
    ResourceRule(
        "images-do-not-float",
        images_do_not_float,
        "Name a digest or a tag that does not move; never `latest` and never no tag.",
    ),
    StackRule(
        "images-are-by-digest",
        images_are_by_digest,
        "Append `@sha256:…` to every image, also of custom resources. Stacks whose `environment` is `local` need none.",
    ),
    ResourceRule(
        "charts-are-pinned",
        charts_are_pinned,
        "Give every `Release` one exact `version`, no range. What a chart runs is pinned by its version.",
    ),
)
