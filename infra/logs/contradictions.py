"""Settings of the log system that are each valid and together, or to Fluentd and ECK, are not."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.faults import Fault
from infra.logs.versions import version

if TYPE_CHECKING:
    from infra.settings import Settings
    from infra.stack_settings import StackSettings


def contradictions(settings: "Settings") -> Iterator[Fault]:
    """Images without a version, two versions at once, a buffer that is no amount of bytes."""
    yield from versions(settings)
    if settings.logging.buffer.endswith("m"):
        yield Fault("logging.buffer", settings.logging.buffer, "is no amount of bytes: write a number with Mi or Gi")


def versions(settings: "StackSettings") -> Iterator[Fault]:
    """Images of the store and its pages without a version, or of two."""
    found: dict[str, str] = {}
    for key, image in (("elasticsearch", settings.images.elasticsearch), ("kibana", settings.images.kibana)):
        try:
            found[key] = version(image)
        except ValueError:
            yield Fault(f"images.{key}", image, "must have a version such as 9.5.3 as its tag: the operator is told it")
    if len(set(found.values())) > 1:
        reason = f"must be of images.elasticsearch's version, {found['elasticsearch']}"
        yield Fault("images.kibana", settings.images.kibana, reason)
